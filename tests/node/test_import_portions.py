"""A list that somebody said yes to goes in ten lines at a time, and to its end whatever happens."""

import asyncio
import contextlib
import itertools
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest
from aiohttp import web

from kit.db import Tx
from kit.problem import Problem
from kit.web.keys import DB
from node.app import build, open_database
from node.config import FILE, NodeConfig, toml_of
from node.people.lists import imported
from node.people.lists.columns import Kind
from node.people.lists.importing import ImportUnderWay, Report
from node.people.lists.placing import Seat, in_turn
from node.people.lists.trial import PORTION
from node.people.model import FamiliesChanged, NewPerson, Role
from node.people.service import People
from node.people.web import PEOPLE
from tests.node.conftest import School, school_config
from tests.node.test_import import files, tallies


def school_of(families: int, year: int = 0) -> dict[str, str]:
    """Lists of a school of four classes: each child has a mother; each third a father in two lines,
    for they have a sibling. In another `year` all stand one class on."""
    rooms = [(grade, number) for grade in (1, 2) for number in (1, 2)]
    students, guardians = "학생관리번호,이름,학년,반,번호\n", "학생관리번호,보호자이름,관계,전화\n"
    for n in range(families):
        grade, number = rooms[(n + year) % len(rooms)]
        students += f"S{n},학생{n},{grade},{number},{n // len(rooms) + 1}\n"
        guardians += f"S{n},어머니{n},모,010-0001-{n:04}\n"
        if n % 3 == 0:
            guardians += f"S{n},아버지 {n},부,010-0002-{n:04}\n"
            guardians += f"S{(n + 1) % families},아버지{n},부,010-0002-{n:04}\n"
    return {
        "classes": "학년,반\n" + "".join(f"{grade},{number}\n" for grade, number in rooms),
        "students": students,
        "guardians": guardians,
    }


async def everybody(app: web.Application) -> list[tuple[object, ...]]:
    """What lists brought, without the ids, which every import makes anew."""

    def work(tx: Tx) -> list[tuple[object, ...]]:
        return [
            *tx.rows("SELECT import_key, name, phone FROM people_person ORDER BY import_key"),
            *tx.rows(
                "SELECT p.import_key, c.year, c.grade, c.number, e.number, e.until_on IS NULL"
                " FROM people_enrolment e JOIN people_class c ON c.id = e.class_id"
                " JOIN people_person p ON p.id = e.student_id ORDER BY 1, 2, 3, 4"
            ),
            *tx.rows(
                "SELECT g.import_key, s.import_key, t.relation, t.may_sign"
                " FROM people_guardianship t JOIN people_person g ON g.id = t.guardian_id"
                " JOIN people_person s ON s.id = t.student_id ORDER BY 1, 2"
            ),
            *tx.rows("SELECT subject, detail FROM kit_audit WHERE action = 'people:list:import'"),
        ]

    return await app[DB].read(work)


# Killed -------------------------------------------------------------------------------------------


def node_of(folder: Path) -> NodeConfig:
    folder.mkdir()
    config = school_config(folder)
    (folder / FILE).write_text(toml_of(config), encoding="utf-8")
    return config


@contextlib.asynccontextmanager
async def opened(config: NodeConfig) -> AsyncIterator[web.Application]:
    app = build(config)
    async with open_database(app):
        yield app


async def killed(after: int, config: NodeConfig, lists: dict[str, str], year: int = 2026) -> None:
    """`madang-node import` in a process that ends itself once so many portions are in."""
    given = ["import", config.data_dir, "--year", str(year)]
    for name, text in lists.items():
        path = Path(config.data_dir) / f"{name}.csv"
        path.write_text(text, encoding="utf-8")
        given += [f"--{name}", str(path)]
    module = ["-m", "tests.node.importing_child", str(after)]
    process = await asyncio.create_subprocess_exec(sys.executable, *module, *given)
    assert await process.wait() == -signal.SIGKILL


async def gone_on(app: web.Application) -> Report:
    """The server is started, and takes over what is left."""
    imports = app[PEOPLE].imports
    ((import_id,),) = await app[DB].read(
        lambda tx: tx.rows("SELECT id FROM people_import WHERE ended_at IS NULL")
    )
    await imports.resume()
    return await imports.ended(import_id)


async def bring(app: web.Application, lists: dict[str, str], year: int = 2026) -> Report:
    return await app[PEOPLE].imports.run(files(**lists), dry_run=False, year=year)


@pytest.mark.parametrize("portions", [0, 1, 3, 5, 9])
async def test_a_list_killed_anywhere_goes_on_to_the_same_end(
    tmp_path: Path, portions: int
) -> None:
    lists = school_of(60)
    async with opened(node_of(tmp_path / "whole")) as app:
        undisturbed = await bring(app, lists)
        expected = await everybody(app)
    config = node_of(tmp_path / "killed")
    await killed(portions, config, lists)
    async with opened(config) as app:
        report = await gone_on(app)
        assert tallies(report) == tallies(undisturbed)
        assert report.faults == []
        assert await everybody(app) == expected
        left = await app[DB].read(lambda tx: tx.rows("SELECT * FROM people_import_portion"))
        assert left == []


async def test_what_a_stopped_server_left_is_finished_before_the_next_list(tmp_path: Path) -> None:
    config = node_of(tmp_path / "node")
    await killed(2, config, school_of(40))
    async with opened(config) as app:
        again = await bring(app, school_of(40))
        assert {name: (added, changed) for name, (added, changed, _same) in tallies(again).items()}
        assert all(added == changed == 0 for added, changed, _same in tallies(again).values())


async def places(app: web.Application) -> dict[str, str]:
    """Where everybody sees the students, by name."""
    found = await app[DB].read(
        lambda tx: tx.rows("SELECT name, grade || '-' || class_number FROM people_v_student")
    )
    return {str(name): str(place) for name, place in found}


async def test_a_new_school_year_is_seen_whole_or_not_at_all(tmp_path: Path) -> None:
    config = node_of(tmp_path / "node")
    async with opened(config) as app:
        await bring(app, school_of(60))
        before = await places(app)
    await killed(3, config, school_of(60, year=1), year=2027)
    async with opened(config) as app:
        assert await places(app) == before
        await gone_on(app)
        after = await places(app)
        assert after.keys() == before.keys()
        assert all(after[name] != before[name] for name in before)
        held = "SELECT count(*) FROM people_enrolment WHERE until_on IS NULL"
        assert await app[DB].read(lambda tx: tx.value(held)) == 60


# In portions --------------------------------------------------------------------------------------


async def concerned(school: School) -> list[tuple[str, ...] | None]:
    """Whom each event of an import names."""
    rows = await school.db.read(
        lambda tx: tx.rows(
            "SELECT body FROM kit_event WHERE tag = 'people.families_changed'"
            " AND body LIKE '%\"import\"%' ORDER BY seq"
        )
    )
    return [msgspec.json.decode(body, type=FamiliesChanged).people for (body,) in rows]


async def test_each_portion_tells_whom_it_concerns_and_nobody_else(school: School) -> None:
    await bring(school.app, school_of(50))
    named = await concerned(school)
    assert len(named) > 5
    assert all(people is not None and 0 < len(people) <= PORTION for people in named)


async def test_one_changed_telephone_tells_no_family_and_touches_one_person(
    school: School,
) -> None:
    lists = school_of(50)
    await bring(school.app, lists)
    told, before = await concerned(school), await everybody(school.app)
    lists["guardians"] = lists["guardians"].replace("모,010-0001-0007", "모,010-9999-0007")
    report = await bring(school.app, lists)
    assert tallies(report)["guardians"] == (0, 1, len(lists["guardians"].splitlines()) - 2)
    assert await concerned(school) == told
    others = set(await everybody(school.app)) - set(before)
    assert {row[0] for row in others if len(row) > 2} == {"guardian:010-9999-0007/어머니7"}


async def test_a_look_at_a_list_takes_nothing_of_the_writer(school: School) -> None:
    office = await school.asker("오정숙")
    written = school.db.units_written
    pending = await school.people.imports.preview(office, files(**school_of(50)))
    assert tallies(pending.report)["students"] == (50, 0, 0)
    assert school.db.units_written == written


async def test_others_save_between_two_portions(school: School) -> None:
    await begun(school, school_of(200))

    def save(tx: Tx) -> int | None:
        tx.execute("UPDATE people_person SET phone = '1' WHERE id = ?", (school.id("김하늘"),))
        one = imported.running(tx)
        return None if one is None else one.progress.done

    met = [done async for done in saving(school, save)]
    assert len(set(met)) > 10
    assert all(after - before <= 3 * PORTION for before, after in itertools.pairwise(met))


async def saving(school: School, save: Callable[[Tx], int | None]) -> AsyncIterator[int]:
    """What somebody meets who saves one thing after the other while a list is taken over."""
    while (done := await school.db.write(save)) is not None:
        yield done


# Places -------------------------------------------------------------------------------------------


def test_students_move_in_turn_and_those_in_a_ring_together() -> None:
    moves = [
        Seat(2, ("a", 1), ("a", 2)),  # waits for line 3, which waits for nobody
        Seat(3, ("a", 2), ("b", 1)),
        Seat(4, ("c", 1), ("c", 2)),
        Seat(5, ("c", 2), ("c", 1)),
        Seat(6, None, ("c", 9)),
        Seat(7, ("d", 1), ("d", 1)),
        Seat(8, ("e", 1), ("c", 1)),  # whose place the ring never leaves free
    ]
    turns = [[move.line for move in group] for group in in_turn(moves)]
    assert turns == [[3], [2], [4, 5], [6], [7], [8]]


async def test_a_class_makes_room_for_a_newcomer_in_front(school: School) -> None:
    """Everybody's number moves on by one, over several portions; two swap besides."""
    first = "학생관리번호,이름,학년,반,번호\n" + "".join(
        f"S{n},학생{n},2,1,{n}\n" for n in range(1, 61)
    )
    await bring(school.app, {"classes": "학년,반\n2,1\n", "students": first})
    numbers = {n: n + 1 for n in range(1, 61)}
    numbers[10], numbers[40] = numbers[40], numbers[10]
    second = "학생관리번호,이름,학년,반,번호\nS0,학생0,2,1,1\n" + "".join(
        f"S{n},학생{n},2,1,{at}\n" for n, at in numbers.items()
    )
    report = await bring(school.app, {"students": second})
    assert tallies(report)["students"] == (1, 60, 0)
    found: dict[str, int] = await school.db.read(
        lambda tx: dict(
            tx.rows(
                "SELECT name, number FROM people_v_student WHERE grade = 2 AND class_number = 1"
            )
        )
    )
    assert found == {"학생0": 1} | {f"학생{n}": at for n, at in numbers.items()}


# What others change meanwhile ---------------------------------------------------------------------


async def begun(school: School, lists: dict[str, str], name: str = "오정숙") -> str:
    """A list that somebody has just said yes to: whatever is asked of the writer now comes first."""
    imports, asker = school.people.imports, await school.asker(name)
    pending = await imports.preview(asker, {Kind(k): text.encode() for k, text in lists.items()})
    assert await imports.begin(asker, pending.id) is None
    return pending.id


async def test_a_line_whose_place_was_taken_meanwhile_is_left_out_whole_and_named(
    school: School,
) -> None:
    await bring(school.app, {"classes": "학년,반\n2,1\n"})
    room = await school.db.read(
        lambda tx: str(tx.value("SELECT id FROM people_v_class WHERE grade = 2"))
    )
    students = "학생관리번호,이름,학년,반,출석번호\nS1,문채원,2,1,1\nS2,문채민,2,1,2\n"
    roster = school.people.roster
    import_id = await begun(school, {"students": students})
    await school.db.write(lambda tx: roster.add_student(tx, NewPerson(name="새학생"), room, 1))
    report = await school.people.imports.ended(import_id)
    assert [(one.line, one.column) for one in report.faults] == [(2, "출석번호")]
    assert tallies(report)["students"] == (1, 0, 0)
    known = await school.db.read(lambda tx: tx.rows("SELECT name FROM people_person"))
    assert ("문채민",) in known
    assert ("문채원",) not in known
    page = (await (await school.client_as("오정숙")).get(f"/admin/import/{import_id}")).text
    assert "그 반에는 이미 1번 학생이 있습니다." in page


async def test_a_list_stops_when_whoever_brought_it_may_keep_lists_no_more(
    school: School,
) -> None:
    import_id = await begun(school, school_of(30))
    await school.db.write(
        lambda tx: school.people.roster.set_roles(tx, school.id("오정숙"), [Role.TEACHER])
    )
    report = await school.people.imports.ended(import_id)
    assert report.stopped
    assert report.changed == 0
    assert await school.db.read(lambda tx: tx.rows("SELECT * FROM people_import_portion")) == []
    minho = await school.client_as("정민호")
    assert "관리 권한이 없어" in (await minho.get(f"/admin/import/{import_id}")).text
    assert "명단 반영" in (await minho.get("/admin/audit")).text


async def test_a_role_that_ends_meanwhile_gives_no_roles(school: School) -> None:
    """An administrator's list holds at once; of one who is none any more it waits."""
    await school.db.write(
        lambda tx: school.people.roster.set_roles(
            tx, school.id("오정숙"), [Role.ADMINISTRATOR, Role.OFFICE]
        )
    )
    staff = "교직원번호,이름,직위,부서,역할\nT1,나은서,교사,2학년부,부장\n"
    import_id = await begun(school, {"staff": staff})
    await school.db.write(
        lambda tx: school.people.roster.set_roles(tx, school.id("오정숙"), [Role.OFFICE])
    )
    assert (await school.people.imports.ended(import_id)).waiting == 1


# The page -----------------------------------------------------------------------------------------


async def test_the_page_of_a_list_tells_how_far_it_is_and_what_came_of_it(school: School) -> None:
    import_id = await begun(school, school_of(50))
    await school.people.imports.stop()  # as when the server is stopped
    office = await school.client_as("오정숙")
    page = (await office.get(f"/admin/import/{import_id}")).text
    assert "이 화면을 닫아도 끝까지 반영합니다." in page
    assert 'data-live="people.import_moved"' in page
    assert f"/admin/import/{import_id}" in (await office.get("/admin/import")).text
    await school.people.imports.resume()
    report = await school.people.imports.ended(import_id)
    page = (await office.get(f"/admin/import/{import_id}")).text
    assert f"명단 {report.changed}줄을 반영했습니다." in page
    assert "people.import_moved" not in page


async def test_one_list_is_taken_over_after_the_other(school: School) -> None:
    people: People = school.people
    office, minho = await school.asker("오정숙"), await school.asker("정민호")
    other = await people.imports.preview(minho, files(classes="학년,반\n4,1\n"))
    import_id = await begun(school, school_of(50))
    await people.imports.stop()
    with pytest.raises(ImportUnderWay):
        await people.imports.preview(office, files(classes="학년,반\n4,1\n"))
    with pytest.raises(ImportUnderWay):
        await people.imports.begin(minho, other.id)
    await people.imports.resume()
    await people.imports.ended(import_id)
    assert (await people.imports.confirm(minho, other.id)).applied


async def test_a_yes_pressed_twice_takes_a_list_over_once(school: School) -> None:
    imports, office = school.people.imports, await school.asker("오정숙")
    pending = await imports.preview(office, files(**school_of(30)))
    pressed = [imports.confirm(office, pending.id) for _twice in "12"]
    came = await asyncio.gather(*pressed, return_exceptions=True)
    assert all(isinstance(one, Report | Problem) for one in came), came
    count = "SELECT count(*) FROM people_v_student WHERE name LIKE '학생%'"
    assert await school.db.read(lambda tx: tx.value(count)) == 30
    assert await school.db.read(lambda tx: tx.value("SELECT count(*) FROM people_import")) == 1
