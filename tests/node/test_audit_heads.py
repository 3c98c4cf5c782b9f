"""The node's audit log: its head stands in the ledger, and the doctor and the daily check compare it."""

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

from kit.clock import HOUR
from kit.finding import Level
from kit.web.keys import JOBS
from node.app import CONFIG
from node.cli import main
from node.config import read_config
from node.doctor import DOCTOR
from tests.node.conftest import School
from tests.node.test_forms import sent, sql


def at_the_disk(school: School, *statements: str) -> None:
    """What somebody does who has the database's file, whether the node runs or not."""
    with sqlite3.connect(school.app[CONFIG].database) as file:
        for statement in statements:
            file.execute(statement)
    file.close()


async def dangers(school: School) -> list[str]:
    """What the doctor finds grave, in words."""
    found = await school.app[DOCTOR].examine(school.db)
    return [one.text % one.params for one in found if one.level is Level.DANGER]


async def job_error(school: School, name: str) -> str:
    await school.app[JOBS].run(name)
    ((error,),) = await sql(school, "SELECT last_error FROM kit_job WHERE name = ?", name)
    return error or ""


async def test_the_head_is_put_into_the_ledger_when_the_log_has_grown(school: School) -> None:
    async def kept() -> int:
        return len(await sql(school, "SELECT 1 FROM ledger_v_leaf WHERE type = 'audit-head.v1'"))

    await sent(school)
    for expected in (1, 1):
        await school.app[JOBS].run("audit.keep")
        assert await kept() == expected
    school.clock.advance(HOUR)
    await sent(school)
    await school.app[JOBS].run("audit.keep")
    assert await kept() == 2
    assert await dangers(school) == []
    assert await job_error(school, "audit.check") == ""


@pytest.mark.parametrize(
    ("statement", "said", "code"),
    [
        ("UPDATE kit_audit SET actor_name = '한지민' WHERE seq = 1", "변경되었습니다", "changed 1"),
        ("DELETE FROM kit_audit WHERE seq = 1", "삭제된 기록", "removed 1"),
        ("DELETE FROM kit_audit WHERE seq = 4", "끝부분이 삭제되었습니다", "cut 4"),
        (
            (
                "INSERT INTO kit_audit (seq, at, actor, actor_name, action, subject, detail)"
                " VALUES (5, 1, '', '', '', '', '{}')"
            ),
            "삽입되었습니다",
            "added 5",
        ),
    ],
)
async def test_what_was_done_to_the_log_is_found_by_the_doctor_and_the_daily_check(
    school: School, statement: str, said: str, code: str
) -> None:
    await sent(school)
    await sent(school)
    await school.app[JOBS].run("audit.keep")
    at_the_disk(school, statement)
    assert any(said in text for text in await dangers(school))
    assert code in await job_error(school, "audit.check")


def test_the_doctor_at_the_terminal_names_the_entry(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MADANG_LANG", "ko")
    folder = tmp_path / "school"
    made = ["init", str(folder), "--school", "J107530101", "--name", "한빛초등학교"]
    assert main([*made, "--administrator", "정민호", "--login", "minho"]) == 0
    assert main(["doctor", str(folder)]) == 0
    with sqlite3.connect(read_config(folder, {}).database) as file:
        file.execute(
            "INSERT INTO kit_audit (seq, at, actor, actor_name, action, subject, detail, hash)"
            " VALUES (1 + (SELECT coalesce(max(seq), 0) FROM kit_audit), 1, '', '', '', '', '', 'x')"
        )
    file.close()
    capsys.readouterr()
    assert main(["doctor", str(folder)]) == 1
    assert "감사 기록" in capsys.readouterr().out


async def test_the_log_holds_what_exactly_was_approved(school: School) -> None:
    await sent(school, ("guardians",))
    ((detail,),) = await sql(
        school, "SELECT detail FROM kit_audit WHERE action LIKE '%newsletter:approve'"
    )
    text = hashlib.sha256("체험학습\n\n갑니다.".encode()).hexdigest()
    assert json.loads(detail) == {"text": text, "files": []}
