"""What the doctor looks at at night, what the system page says of it, and a database that is damaged."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kit.clock import HOUR, ManualClock
from kit.db import Connection, Tx
from kit.finding import AtOnce, Finding, Level
from kit.verified import NIGHTS, Verified, verified
from kit.web.dates import Dates
from kit.web.keys import JOBS
from kit.web.page import SHELL
from node.app import CONFIG
from node.config import FILE, NodeConfig, toml_of
from node.doctor import DOCTOR
from node.forms.web import FORMS
from node.nightly import CHECKS
from tests.node.conftest import School, running_school, school_config
from tests.node.test_doctor import asked_too, texts
from tests.node.test_ledger import consent

# The page -----------------------------------------------------------------------------------------


async def page_says(school: School, level: Level) -> list[str]:
    return texts(await school.app[DOCTOR].examine_running(school.app), level)


async def test_the_page_tells_when_each_check_found_nothing_wrong(school: School) -> None:
    assert "동의 기록 점검: 아직 실행하지 않았습니다. 오늘 밤에 실행합니다." in await page_says(
        school, Level.OK
    )
    jobs = school.app[JOBS]
    known = [name for name in CHECKS if name in {one.name for one in await jobs.states()}]
    assert all([await jobs.run(name) for name in known])
    told = [text for text in await page_says(school, Level.OK) if "이상이 없었습니다" in text]
    assert len(told) == len(known) == 6


async def test_an_english_page_tells_of_checks_in_english(school: School) -> None:
    jobs = school.app[JOBS]
    assert await jobs.run("audit.check")
    await school.db.write(lambda tx: tx.execute("UPDATE ledger_frontier SET size = size + 1"))
    assert not await jobs.run("ledger.check")
    minho = await school.client_as("정민호")
    page = (await minho.get("/admin/system", headers={"Accept-Language": "en"})).text
    state = next(one for one in await jobs.states() if one.name == "audit.check")
    english = school.app[SHELL].catalogues["en"]
    at = Dates(english).moment(state.last_ok_at).replace("\N{NO-BREAK SPACE}", " ")
    assert f"{english.gettext(state.title)}: nothing wrong ({at})." in page
    assert f"A regular job failed: {english.gettext('동의 기록 점검')}" in page
    assert "점검:" not in page


async def test_who_asks_while_another_asks_gets_the_same_findings(
    tmp_path: Path, clock: ManualClock
) -> None:
    asked = 0

    def look(_tx: Tx) -> list[Finding]:
        nonlocal asked
        asked += 1
        return []

    async for school in running_school(tmp_path, clock, asked_too(AtOnce(look), clock)):
        doctor = school.app[DOCTOR]
        both = await asyncio.gather(*(doctor.examine_running(school.app) for _twice in "12"))
        assert both[0] == both[1]
        assert asked == 1
        await doctor.examine_running(school.app)
        assert asked == 2


async def test_a_page_reads_no_record_and_checks_no_table(school: School) -> None:
    """Its cost stays: of what a school writes in years the page asks nothing."""
    statements: list[str] = []
    school.db._read = told_of(school, statements)  # type: ignore[method-assign, assignment]
    await school.app[DOCTOR].examine_running(school.app)
    said = " ".join(statements)
    assert "kit_job" in said
    assert "quick_check" not in said
    assert "ledger_leaf" not in said
    assert "max(at)" not in said


def told_of(
    school: School, statements: list[str]
) -> Callable[[Callable[[Tx], object], Connection], object]:
    """The reading of a school's database that puts down every statement."""
    real = school.db._read

    def read(unit: Callable[[Tx], object], connection: Connection) -> object:
        def told(tx: Tx) -> object:
            raw = tx._connection.raw  # type: ignore[attr-defined]
            raw.set_trace_callback(statements.append)
            try:
                return unit(tx)
            finally:
                raw.set_trace_callback(None)

        return real(told, connection)

    return read


# Each night a part --------------------------------------------------------------------------------


async def so_far(school: School) -> Verified:
    return await school.db.read(lambda tx: verified(tx, "ledger"))


async def grow(school: School, records: int) -> None:
    ledger = school.app[FORMS]._ledger

    def work(tx: Tx) -> None:
        for n in range(records):
            ledger.append(tx, consent(n))

    await school.db.write(work)


async def tamper(school: School, position: int) -> None:
    """Somebody with the file changes a signature."""
    raw = sqlite3.connect(school.app[CONFIG].database)
    triggers = raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in triggers:
        raw.execute(f"DROP TRIGGER {name}")
    raw.execute("UPDATE ledger_leaf SET signature = 'x' WHERE position = ?", (position,))
    raw.commit()
    raw.close()


async def test_a_night_verifies_what_is_new_and_a_part_of_the_rest(school: School) -> None:
    jobs = school.app[JOBS]
    await grow(school, 2 * NIGHTS)
    assert await jobs.run("ledger.check")
    first = await so_far(school)
    assert (first.size >= 2 * NIGHTS, first.again) == (True, 0)
    await grow(school, 5)
    assert await jobs.run("ledger.check")
    second = await so_far(school)
    assert second.size == first.size + 5
    assert 0 < second.again <= first.size // NIGHTS + 1


async def test_what_was_changed_after_it_was_verified_is_found_within_a_month(
    school: School,
) -> None:
    jobs = school.app[JOBS]
    await grow(school, 2 * NIGHTS)
    assert await jobs.run("ledger.check")
    await tamper(school, 40)
    nights = [await jobs.run("ledger.check") for _night in range(NIGHTS)]
    assert nights[0]
    assert not nights[-1]
    assert any("동의 기록 점검" in text for text in await page_says(school, Level.DANGER))
    stuck = await so_far(school)
    assert not await jobs.run("ledger.check")  # and it is not passed over in the next one
    assert await so_far(school) == stuck


async def test_the_command_finds_at_once_what_was_changed_anywhere(school: School) -> None:
    await grow(school, 2 * NIGHTS)
    assert await school.app[JOBS].run("ledger.check")
    await tamper(school, 40)
    said: list[tuple[str, int, int]] = []
    found = await school.app[DOCTOR].examine(
        school.db, lambda title, done, of: said.append((title, done, of))
    )
    assert any("서명된 뒤에 변경되었습니다." in text for text in texts(found, Level.DANGER))
    assert {title for title, _done, _of in said} >= {"데이터베이스 점검", "동의 기록 점검"}


async def test_a_month_of_nights_goes_through_everything_and_begins_anew(school: School) -> None:
    await grow(school, 2 * NIGHTS)
    seen = []
    for _night in range(NIGHTS + 3):
        school.clock.advance(24 * HOUR)
        assert await school.app[JOBS].run("ledger.check")
        seen.append((await so_far(school)).again)
    assert 0 in seen[1:]
    assert max(seen) >= 2 * NIGHTS - 4


# Damaged ------------------------------------------------------------------------------------------


@pytest.fixture
def closed(tmp_path: Path) -> NodeConfig:
    """A school whose server is stopped."""
    folder = tmp_path / "node"
    folder.mkdir()
    config = school_config(folder)
    (folder / FILE).write_text(toml_of(config), encoding="utf-8")
    made = doctor(config)
    assert "데이터베이스가 온전합니다." in made.stdout
    return config


def doctor(config: NodeConfig) -> subprocess.CompletedProcess[str]:
    """`madang-node doctor` in a process of its own."""
    command = [sys.executable, "-m", "node.cli", "doctor", config.data_dir]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-8192])


def overwritten(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\xa5" * 100)


def in_the_middle(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * 4096 * 40)


def without_a_table(path: Path) -> None:
    raw = sqlite3.connect(path)
    raw.execute("DROP TABLE drive_text")
    raw.commit()
    raw.close()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (overwritten, "앞부분이 덮어써졌거나, 데이터베이스가 아닌 파일입니다."),
        (in_the_middle, "손상되었습니다"),
        (cut, "잘렸습니다"),
        (without_a_table, "데이터베이스에 테이블이 없습니다: drive_text"),
        (lambda path: path.write_bytes(b""), "데이터베이스 파일이 비어 있습니다."),
        (lambda path: path.write_text("시간표"), "데이터베이스가 아닌 파일입니다."),
        (
            lambda path: path.with_name(path.name + "-wal").write_bytes(b"\xa5" * 5000),
            "WAL 파일(-wal)이 손상되었습니다.",
        ),
    ],
    ids=["header", "middle", "cut off", "no table", "empty", "another file", "wal"],
)
def test_the_command_says_what_is_wrong_with_a_damaged_database(
    closed: NodeConfig, spoil: Callable[[Path], object], said: str
) -> None:
    spoil(closed.database)
    found = doctor(closed)
    assert found.returncode == 1
    assert said in found.stdout
    assert "Traceback" not in found.stdout + found.stderr


def test_the_command_says_that_another_program_holds_the_database(closed: NodeConfig) -> None:
    holder = sqlite3.connect(closed.database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    found = doctor(closed)
    holder.close()
    assert found.returncode == 1
    assert "다른 프로그램이 데이터베이스를 사용하고 있습니다." in found.stdout


async def test_damage_that_the_night_found_is_told_by_healthz_and_on_the_page(
    school: School,
) -> None:
    client = await school.anonymous()
    assert (await client.get("/healthz")).status == 200
    damage_pages_of(school, "people_group")
    assert not await school.app[JOBS].run("database.check")
    health = await client.get("/healthz")
    assert health.status == 503
    assert "people_group" in health.json()["reason"]
    told = await page_says(school, Level.DANGER)
    assert any("정기 작업이 실패했습니다: 데이터베이스 점검" in text for text in told)


async def test_damage_that_a_reader_met_is_told_by_healthz(school: School) -> None:
    damage_pages_of(school, "people_group")
    async with school.db.apart() as apart:
        with pytest.raises(sqlite3.DatabaseError):
            await apart.read(lambda tx: tx.rows("SELECT * FROM people_group"))
    health = await (await school.anonymous()).get("/healthz")
    assert health.status == 503
    assert "malformed" in health.json()["reason"]


def damage_pages_of(school: School, table: str) -> None:
    """Overwrite where a table begins, as a failing disk may."""
    database = school.app[CONFIG].database
    raw = sqlite3.connect(database)
    found = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    with database.open("r+b") as file:
        file.seek((found[0] - 1) * 4096)
        file.write(b"\xa5" * 4096)
