"""Stories of the access log (접속기록): who of the staff was shown whose data, and that it stays so."""

import asyncio
import os
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from kit import audit
from kit.clock import DAY, HOUR, MINUTE, ManualClock, moment
from kit.db import StorageFailed
from kit.web.keys import DB
from node.access_log.access import ACCESS_LOG
from node.access_log.journal import Journal
from node.access_log.model import EntriesWanted, JournalLine, JournalPlace, LookEntry, Odd, What
from node.access_log.service import AUDITED, FOLDER
from node.app import CONFIG, build, open_database
from node.backup import restore
from node.config import NodeConfig
from node.home.web import BACK_UP
from tests.node.conftest import School
from tests.node.looking import ALWAYS, entries, log_of, look_at_class
from tests.node.routes_forms import _form, _receipt
from tests.waiting import until

WEDNESDAY_NIGHT = moment(2026, 12, 2, 23, 10)


# What is noted --------------------------------------------------------------------------------


async def test_a_class_list_is_one_entry_that_names_everybody_on_it(school: School) -> None:
    await look_at_class(school)
    [entry] = await entries(school)
    assert (entry.reader_id, entry.reader_name) == (school.id("박서연"), "박서연")
    assert (entry.at, entry.address) == (school.clock.now(), "127.0.0.1")
    assert (entry.what, entry.title) == (What.LIST, "3학년 2반")
    assert set(entry.person_ids) == {
        school.id(name) for name in ("이지우", "박하준", "김하늘", "이준혁")
    }


async def test_it_can_be_asked_who_looked_at_a_child(school: School) -> None:
    await look_at_class(school)
    school.clock.advance(HOUR)
    office = await school.client_as("오정숙")
    await office.get(f"/admin/people/{school.id('이지우')}")
    await office.get(f"/admin/people/{school.id('최하린')}")
    about_jiu = EntriesWanted(0, 2**62, person_id=school.id("이지우"))
    assert [one.reader_name for one in await entries(school, about_jiu)] == ["오정숙", "박서연"]
    by_office = EntriesWanted(0, 2**62, reader_id=school.id("오정숙"))
    assert [one.title for one in await entries(school, by_office)] == ["최하린", "이지우"]


async def test_what_families_see_of_their_own_leaves_no_entry(school: School) -> None:
    receipt = await _receipt(school)
    mother = await school.client_as("김하늘")
    for page in ("/", "/me", receipt, "/search?q=학교", "/newsletters"):
        assert (await mother.get(page)).status == 200
    assert await entries(school) == []


async def test_a_teacher_who_is_a_guardian_sees_their_own_child_unnoted(school: School) -> None:
    roster = school.people.roster
    teacher, child = school.id("박서연"), school.id("최하린")
    await school.db.write(lambda tx: roster.add_guardianship(tx, teacher, child, "모"))
    await school.db.write(lambda tx: roster.families_changed(tx, "test"))
    log = log_of(school)
    reader = await school.asker("박서연")
    log.note(reader, What.RECEIPT, "127.0.0.1", persons=[child, teacher])
    log.note(reader, What.RECEIPT, "127.0.0.1", persons=[child, school.id("이도윤")])
    [entry] = await entries(school)
    assert entry.person_ids == [school.id("이도윤")]


async def test_a_page_that_reloads_itself_is_one_look(school: School) -> None:
    form = await _form(school)
    teacher = await school.client_as("박서연")
    for _reload in range(5):
        await teacher.get(f"/forms/{form}/results/table")
    assert len(await entries(school)) == 1
    school.clock.advance(6 * MINUTE)
    await teacher.get(f"/forms/{form}/results/table")
    assert len(await entries(school)) == 2


async def test_a_page_that_was_refused_shows_nothing(school: School) -> None:
    form = await _form(school)
    stranger = await school.client_as("한지민")
    assert (await stranger.get(f"/forms/{form}/results")).status == 404
    assert (await stranger.get("/admin/people")).status == 403
    assert await entries(school) == []


# What is odd ----------------------------------------------------------------------------------


async def test_nights_and_weekends_stand_out(school: School) -> None:
    school.clock.at = moment(2026, 12, 2, 10)
    await look_at_class(school)
    school.clock.at = WEDNESDAY_NIGHT
    await look_at_class(school)
    school.clock.at = moment(2026, 12, 5, 10)  # a Saturday
    await look_at_class(school)
    found = await entries(school)
    assert [Odd(one.odd) for one in found] == [Odd.OFF_HOURS, Odd.OFF_HOURS, Odd(0)]
    odd = await entries(school, EntriesWanted(0, 2**62, is_odd=True))
    assert [one.at for one in odd] == [one.at for one in found[:2]]


async def test_many_people_in_a_short_time_stand_out(school: School) -> None:
    school.clock.at = moment(2026, 12, 2, 10)
    office, log = await school.asker("오정숙"), log_of(school)
    for page in range(4):
        persons = [f"{page:02}{number:018}" for number in range(80)]
        log.note(office, What.LIST, "10.0.0.7", subject=str(page), persons=persons)
    assert [Odd(one.odd) for one in await entries(school)] == [Odd.BULK, Odd(0), Odd(0), Odd(0)]


async def test_children_of_another_class_stand_out(school: School) -> None:
    school.clock.at = moment(2026, 12, 2, 10)
    log = log_of(school)
    for name, child in (("박서연", "이지우"), ("박서연", "이지호"), ("오정숙", "이지호")):
        log.note(await school.asker(name), What.RESULTS, "", persons=[school.id(child)])
    assert [Odd(one.odd) for one in await entries(school)] == [Odd(0), Odd.ELSEWHERE, Odd(0)]


async def test_whoever_downloads_is_seen(school: School) -> None:
    school.clock.at = moment(2026, 12, 2, 10)
    form = await _form(school)
    teacher = await school.client_as("박서연")
    await teacher.get(f"/forms/{form}/results.xlsx")
    [entry] = await entries(school)
    assert (entry.what, Odd(entry.odd)) == (What.EXPORT, Odd.DOWNLOAD)


# That it stays --------------------------------------------------------------------------------


async def test_what_was_shown_before_a_kill_is_in_the_log_after_it(
    tmp_path: Path, clock: ManualClock
) -> None:
    folder = tmp_path / "school"
    folder.mkdir()
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.node.looking_child",
        str(folder),
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    assert await child.stdout.readline() == b"shown\n"
    child.kill()
    await child.wait()
    with sqlite3.connect(folder / "madang.sqlite3") as opened:
        assert opened.execute("SELECT count(*) FROM access_log_entry").fetchone() == (0,)
    opened.close()
    config = NodeConfig(
        school_id="J107530101", school_name="한빛초등학교", data_dir=str(folder), lan_announce=False
    )
    app = build(config, clock)
    async with open_database(app):
        log = app[ACCESS_LOG]
        assert await log.take_over() == 1
        assert await log.take_over() == 0
        [entry] = await app[DB].read(lambda tx: log.entries(tx, ALWAYS))
    assert (entry.reader_name, entry.title) == ("박서연", "3학년 2반")


async def test_lines_taken_over_once_are_not_taken_over_again(school: School) -> None:
    folder = school.app[CONFIG].root / FOLDER
    await look_at_class(school)
    shutil.copytree(folder, folder.with_name("kept"))
    assert len(await entries(school)) == 1
    # As if the process had ended before it removed what it took over.
    shutil.copytree(folder.with_name("kept"), folder, dirs_exist_ok=True)
    assert len(await entries(school)) == 1


async def test_a_take_over_that_fails_loses_nothing(school: School) -> None:
    log = log_of(school)
    await entries(school)
    await look_at_class(school)
    stop = (
        "CREATE TRIGGER stop BEFORE INSERT ON access_log_shown BEGIN SELECT raise(ABORT, ''); END"
    )
    await school.db.write(lambda tx: tx.execute(stop))
    with pytest.raises((sqlite3.IntegrityError, StorageFailed)):
        await log.take_over()
    await school.db.write(lambda tx: tx.execute("DROP TRIGGER stop"))
    assert len(await entries(school)) == 1


async def test_pages_go_on_while_the_disk_is_full_and_the_log_says_what_is_missing(
    school: School,
) -> None:
    log = log_of(school)
    await entries(school)
    full, kept = os.open("/dev/full", os.O_WRONLY), log._journal._file
    log._journal._file = full
    await look_at_class(school)
    school.clock.advance(HOUR)
    await look_at_class(school)
    state = await school.db.read(log.state)
    assert (state.missed, state.entries) == (2, 0)
    administrator = await school.client_as("정민호")
    assert "접속기록 2건을 기록하지 못했습니다" in (await administrator.get("/admin/system")).text
    log._journal._file = kept
    os.close(full)
    school.clock.advance(HOUR)
    await look_at_class(school)
    shown, gap = await entries(school)
    assert (gap.what, gap.title, Odd(gap.odd)) == (What.GAP, "2", Odd.GAP)
    assert shown.what == What.LIST
    assert (await school.db.read(log.state)).missed == 0


async def test_a_line_that_was_cut_off_is_told_as_a_gap(school: School) -> None:
    await look_at_class(school)
    log = log_of(school)
    await log.take_over()
    with (school.app[CONFIG].root / FOLDER / "00000001.jsonl").open("ab") as torn:
        torn.write(b'{"at": 1, "reader_')
    log._journal._begin(2)  # the next run begins a file of its own
    school.clock.advance(HOUR)
    await look_at_class(school)
    assert [one.what for one in await entries(school)] == [What.LIST, What.GAP, What.LIST]


def test_a_journal_that_could_not_begin_begins_once_it_can(tmp_path: Path) -> None:
    """Its number is above what was taken over before, or nobody would ever read it."""
    journal = Journal(tmp_path / "data" / FOLDER)
    with pytest.raises(OSError, match="No such file"):
        journal.open(7)
    (tmp_path / "data").mkdir()
    line = JournalLine(1, "reader", "박서연", "", What.LIST, "", "")
    journal.append(line)
    batch = journal.read(JournalPlace(7, 500))
    assert batch is not None
    assert batch.lines == [line]
    journal.close()


async def test_nobody_changes_or_removes_an_entry(school: School) -> None:
    await look_at_class(school)
    await entries(school)
    for attempt in (
        "UPDATE access_log_entry SET reader_name = ''",
        "DELETE FROM access_log_entry",
        "INSERT OR REPLACE INTO access_log_entry SELECT * FROM access_log_entry",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            await school.db.write(lambda tx, sql=attempt: tx.execute(sql))  # type: ignore[misc]
    assert len(await entries(school)) == 1


async def test_what_is_changed_behind_the_back_is_found(school: School) -> None:
    log = log_of(school)
    for _day in range(3):
        await look_at_class(school)
        school.clock.advance(DAY)
    await log.tend()
    assert (await school.db.read(log.state)).broken_at is None
    await school.db.write(lambda tx: tx.execute("DROP TRIGGER access_log_entry_is_fixed"))
    await school.db.write(
        lambda tx: tx.execute("UPDATE access_log_entry SET reader_name = '한지민' WHERE seq = 2")
    )
    await log.tend()
    assert (await school.db.read(log.state)).broken_at == 2
    administrator = await school.client_as("정민호")
    assert "접속기록이 2번째부터 변조되었습니다" in (await administrator.get("/admin/system")).text


async def test_a_chain_written_anew_does_not_fit_the_audit_log(school: School) -> None:
    log = log_of(school)
    await look_at_class(school)
    await log.tend()
    [told] = await school.db.read(lambda tx: audit.about(tx, AUDITED))
    assert f'"seq":{1}' in told.detail
    for trigger in ("is_fixed", "stays"):
        await school.db.write(
            lambda tx, name=trigger: tx.execute(f"DROP TRIGGER access_log_entry_{name}")  # type: ignore[misc]
        )
    for sql in (
        "DELETE FROM access_log_entry",
        "UPDATE access_log_state SET seq = 0, head = x''",
    ):
        await school.db.write(lambda tx, sql=sql: tx.execute(sql))  # type: ignore[misc]
    school.clock.advance(DAY)
    await look_at_class(school, "오정숙")
    await log.take_over()
    assert await log.check() == 1


async def test_entries_go_after_their_time_and_the_chain_still_holds(school: School) -> None:
    log = log_of(school)
    await look_at_class(school)
    school.clock.advance(400 * DAY)
    await look_at_class(school)
    await log.tend()
    assert len(await entries(school)) == 2
    school.clock.advance(400 * DAY)
    await look_at_class(school)
    await log.tend()
    assert [one.seq for one in await entries(school)] == [3, 2]
    assert await log.check() is None
    about = await entries(school, EntriesWanted(0, 2**62, person_id=school.id("이지우")))
    assert [one.seq for one in about] == [3, 2]


async def test_a_backup_holds_what_was_not_taken_over_yet(school: School, tmp_path: Path) -> None:
    root = school.app[CONFIG].root
    (root / "madang.toml").write_text("")
    await look_at_class(school)
    school.clock.advance(HOUR)
    await entries(school)
    await look_at_class(school)  # in the journal alone
    made = await school.app[BACK_UP].make()
    restore(made, tmp_path / "restored")
    lines = [path.read_text() for path in sorted((tmp_path / "restored" / FOLDER).iterdir())]
    assert sum(text.count("\n") for text in lines) == 2
    restored = build(replace(school.app[CONFIG], data_dir=str(tmp_path / "restored")), school.clock)
    async with open_database(restored):
        log = restored[ACCESS_LOG]
        assert (await restored[DB].read(log.state)).entries == 1
        assert await log.take_over() == 1
        assert await log.check() is None


class Asked:
    """Keeps the statement that a question becomes."""

    sql = ""

    def structs(self, _kind: object, sql: str, _params: object) -> list[LookEntry]:
        self.sql = sql
        return []


@pytest.mark.parametrize(
    "question",
    [
        EntriesWanted(0, 1),
        EntriesWanted(0, 1, is_odd=True),
        EntriesWanted(0, 1, "reader"),
        EntriesWanted(0, 1, "", "person"),
    ],
    ids=["all", "odd", "by reader", "about a person"],
)
async def test_questions_of_the_log_go_by_its_indexes(
    school: School, question: EntriesWanted
) -> None:
    asked = Asked()
    log_of(school).entries(asked, question)  # type: ignore[arg-type]
    values = (0,) * asked.sql.count("?")
    plan = await school.db.read(lambda tx: tx.rows(f"EXPLAIN QUERY PLAN {asked.sql}", values))
    steps = " ".join(str(row[-1]) for row in plan)
    assert "SCAN" not in steps
    assert "TEMP B-TREE" not in steps


async def test_the_server_takes_over_by_itself(school: School) -> None:
    await look_at_class(school)

    async def is_taken_over() -> bool:
        return bool((await school.db.read(log_of(school).state)).entries)

    await until(is_taken_over)
