"""The hub's audit log: what was done to it in the database is found daily and by the doctor."""

import re

import pytest

from hub.doctor import examine
from hub.officers.model import Role
from kit.finding import Level
from tests.hub.conftest import HANBIT, Province


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


async def test_officers_read_the_audit_log_in_words(province: Province) -> None:
    await province.joined()
    browser = await province.signed_in(Role.OFFICER)
    await browser.post(f"/schools/{HANBIT}/suspend", data={"reason": "점검"})
    for path in ("/audit", f"/schools/{HANBIT}"):
        page = await (await browser.get(path)).text()
        assert "사유: 점검 · 이전 상태: 사용 중" in page
        assert "was: active" not in page
    log = await (await browser.get("/audit")).text()
    assert "한빛초등학교" in log
    assert HANBIT not in log


async def test_the_audit_log_tells_which_role_somebody_got(province: Province) -> None:
    viewer = await province.officer(Role.VIEWER, "kim")
    browser = await province.signed_in(Role.ADMINISTRATOR)
    await browser.post(f"/officers/{viewer.id}/role", data={"role": "officer"})
    page = await (await browser.get("/audit")).text()
    assert "이전 역할: 조회 담당 · 새 역할: 업무 담당" in page


async def test_the_audit_log_pages_on(province: Province) -> None:
    for number in range(120):
        await province.invite(f"J1075{number:05}", f"제{number}초등학교")
    browser = await province.signed_in(Role.OFFICER)
    page = await (await browser.get("/audit")).text()
    older = re.search(r'href="(/audit\?before=\d+)"', page)
    assert older is not None
    assert "학교 초대" in await (await browser.get(older[1])).text()
