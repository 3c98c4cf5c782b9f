"""The hub's audit log: what was done to it in the database is found daily and by the doctor."""

import pytest

from hub.doctor import examine
from kit.finding import Level
from tests.hub.conftest import Province


async def graves(province: Province) -> list[str]:
    """What the doctor finds grave, in words."""
    found = await examine(province.hub.config, province.clock)
    return [one.text % one.params for one in found if one.level is Level.DANGER]


async def job_error(province: Province) -> str:
    await province.hub.ground.jobs.run("audit.check")
    return str(
        await province.hub.db.read(
            lambda tx: tx.value("SELECT last_error FROM kit_job WHERE name = 'audit.check'")
        )
        or ""
    )


async def test_a_hubs_log_that_nobody_touched_is_whole(province: Province) -> None:
    await province.joined()
    await province.restart()
    assert await graves(province) == []
    assert await job_error(province) == ""


@pytest.mark.parametrize(
    ("statement", "said", "code"),
    [
        (
            "UPDATE kit_audit SET actor_name = '이주무관' WHERE seq = 1",
            "변경되었습니다",
            "changed 1",
        ),
        ("DELETE FROM kit_audit WHERE seq = 1", "삭제된 기록", "removed 1"),
        (
            (
                "INSERT INTO kit_audit (seq, at, actor, actor_name, action, subject, detail)"
                " SELECT max(seq) + 1, 1, '', '', '', '', '{}' FROM kit_audit"
            ),
            "삽입되었습니다",
            "added",
        ),
    ],
)
async def test_what_was_done_to_the_hubs_log_is_found(
    province: Province, statement: str, said: str, code: str
) -> None:
    await province.joined()
    await province.hub.db.write(lambda tx: tx.execute(statement))
    assert any(said in text for text in await graves(province))
    assert code in await job_error(province)
