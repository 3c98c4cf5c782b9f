"""The large school of the benchmarks is a school: what its years wrote stands as verbs would leave it."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from aiohttp import web

from kit.clock import DAY, ManualClock
from kit.web.keys import DB
from node.app import build, open_database
from node.attendance.web import ATTENDANCE
from node.forms.web import FORMS
from node.keys import Keyring
from node.ledger.service import Ledger
from node.newsletters.service import Filter
from node.newsletters.web import NEWSLETTERS
from node.people.session import ASKERS
from node.search.web import SEARCH
from node.submissions.model import CasesWanted, PaperInput, PaperState
from node.submissions.web import SUBMISSIONS
from protocol.identity import SchoolId
from scripts.demo_content.answers import NOW
from scripts.demo_content.loader import load
from scripts.demo_school import SchoolLoad
from scripts.years.make import READS_ALL, READS_NOTHING, Making
from scripts.years.scale import Scale
from tests.node.conftest import school_config

SCALE = Scale(
    rooms=5, staff=75, guardians=950, letters=120, signatures=300, reads=600, files=6, looks=40,
    everyday=4,
)  # fmt: skip


@pytest.fixture
async def grown(tmp_path: Path) -> AsyncIterator[web.Application]:
    config = school_config(tmp_path)
    clock = ManualClock(NOW)
    app = build(config, clock)
    async with open_database(app):
        await SchoolLoad(app, clock, load("hanbit")).load_people()
        await a_day_of_school(app)
        await Making(app, config, clock, SCALE, lambda _told: None).run()
        clock.at = NOW
        yield app


ABSENT = {"kind": "질병", "reason": "감기로 쉬었습니다.", "telephone": ""}


async def a_day_of_school(app: web.Application) -> None:
    """A teacher marks the class, and a guardian hands in a paper."""
    teacher = await app[ASKERS].of(await reader(app, "hb-park"))
    room = str(await app[DB].read(lambda tx: tx.value(ROOM, (teacher.id,))))
    await app[ATTENDANCE].marking.mark(teacher, room, date(2026, 11, 23), {})
    guardian = await app[ASKERS].of(await reader(app, READS_ALL))
    writing = app[SUBMISSIONS].writing
    paper = await writing.begin(guardian, "absence", guardian.children[0].student_id, "")
    given = {field: [value] for field, value in ABSENT.items()}
    await writing.send(guardian, paper, PaperInput(given, "2026-11-19", "2026-11-20"))


async def count(app: web.Application, sql: str) -> int:
    return int(await app[DB].read(lambda tx: tx.value(sql)))


ROOM = "SELECT id FROM people_v_class WHERE homeroom_id = ?"


async def reader(app: web.Application, login: str) -> str:
    find = "SELECT account_id FROM signin_v_account WHERE login = ?"
    return str(await app[DB].read(lambda tx: tx.value(find, (login,))))


async def test_a_school_of_three_years_is_as_large_as_its_scale_says_and_whole(
    grown: web.Application, tmp_path: Path
) -> None:
    assert await count(grown, "SELECT count(*) FROM newsletters_v_published") == SCALE.letters
    assert await count(grown, "SELECT count(*) FROM people_v_class") == 6 * SCALE.rooms
    assert await count(grown, "SELECT count(*) FROM people_v_staff") == SCALE.staff
    signatures = await count(grown, "SELECT count(*) FROM forms_signature")
    assert abs(signatures - SCALE.signatures) < 0.1 * SCALE.signatures
    assert await count(grown, "SELECT min(published_at) FROM newsletters_v_published") < (
        NOW - 2 * 365 * DAY
    )
    keyring = Keyring(tmp_path / "keys")
    ledger = Ledger(grown[DB], ManualClock(NOW), keyring, SchoolId("J107530101"))
    assert await grown[DB].read(ledger.check) == []
    assert await grown[FORMS].compare(grown[DB]) == []


async def test_who_has_read_all_has_nothing_unread_and_who_reads_nothing_finds_it_all(
    grown: web.Application,
) -> None:
    for login, is_read in ((READS_ALL, True), (READS_NOTHING, False)):
        asker = await grown[ASKERS].of(await reader(grown, login))
        page = await grown[NEWSLETTERS].listing(asker, Filter())
        late = [line for line in page.lines if line.published_at < NOW - 10 * DAY]
        assert late
        assert {line.opened_at is not None for line in late} == {is_read}


async def test_its_letters_and_files_are_found(grown: web.Application) -> None:
    principal = await grown[ASKERS].of(await reader(grown, "hb-principal"))
    found = await grown[SEARCH].find(principal, "안내")
    assert found.hits
    files = await grown[SEARCH].find(principal, "안내", kind="file")
    assert files.hits


async def test_every_year_had_its_papers_and_days_of_school(grown: web.Application) -> None:
    principal = await grown[ASKERS].of(await reader(grown, "hb-principal"))
    found, _more = await grown[SUBMISSIONS].papers.cases(principal, CasesWanted(), (NOW + 1, ""))
    years = [(line.paper.year, line.paper.state) for line in found]
    assert years == [
        (2026, PaperState.RECEIVED),
        (2025, PaperState.APPROVED),
        (2025, PaperState.APPROVED),
        (2024, PaperState.APPROVED),
    ]
    assert await count(grown, "SELECT count(*) FROM attendance_day") == SCALE.everyday
