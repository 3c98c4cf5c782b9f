"""Who holds an audience key: asked from the key, the same as asked from the person."""

import random
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest

from kit.clock import ManualClock
from kit.db import Database, Tx, encode
from kit.web.keys import DB
from node.app import build, open_database
from node.people.audience import audience_of, holders, of_students
from node.people.model import Audience, Kind, Scope
from protocol.audience import is_of_families
from scripts.demo_content.answers import NOW
from scripts.demo_content.loader import load
from scripts.demo_content.model import SchoolContent
from scripts.demo_school import SchoolLoad
from tests.node.conftest import School, school_config

Rows = set[tuple[str, str | None, str]]
NOBODY_HOLDS = (
    "",
    "parents",
    "guardians/",
    "guardians/class",
    "guardians/class:",
    "guardians/grade:03",
    "guardians/grade:three",
    "guardians/department:교무부",
    "students/role:teacher",
    "staff/class:3-1",
    "staff/school:",
    "staff/person:' OR 1 --",
)


@pytest.fixture(scope="module")
def content() -> SchoolContent:
    return load("hanbit")


@pytest.fixture
async def demo(tmp_path: Path, content: SchoolContent) -> AsyncIterator[Database]:
    """The people of the demo's school, some of whom left, in a year that was not the first."""
    app = build(school_config(tmp_path), ManualClock(NOW))
    async with open_database(app):
        await SchoolLoad(app, ManualClock(NOW), content).load_people()
        await app[DB].write(_what_years_leave)
        yield app[DB]


def _what_years_leave(tx: Tx) -> None:
    """People who left, rights that ended, last year's class, a group of all kinds of people."""
    tx.execute("INSERT INTO people_year (year, is_current) VALUES (2025, 0)")
    tx.execute(
        "INSERT INTO people_class (id, year, grade, number) VALUES ('last-year', 2025, 2, 1)"
    )
    tx.execute(
        "INSERT INTO people_enrolment (student_id, class_id, number, from_on)"
        " SELECT student_id, 'last-year', number, '2025-03-01' FROM people_v_student"
        " WHERE grade = 3"
    )
    for sql in (
        "UPDATE people_person SET closed_at = 1 WHERE rowid % 29 = 0",
        "UPDATE people_enrolment SET until_on = '2026-09-01' WHERE number % 19 = 0",
        "UPDATE people_guardianship SET may_read = 0 WHERE substr(guardian_id, 1, 1) = '3'",
        "UPDATE people_guardianship SET until_on = '2026-09-01' WHERE substr(guardian_id, 1, 1) = '4'",
        "UPDATE people_staff SET until_on = '2026-09-01' WHERE substr(person_id, 1, 1) = '5'",
        "INSERT INTO people_group (id, name, kind) VALUES ('mixed', '마을 잔치', '모임')",
        "INSERT INTO people_group_member SELECT 'mixed', id FROM people_person WHERE rowid % 7 = 0",
    ):
        tx.execute(sql)
    tx.execute(  # a teacher whose own child is at the school
        "INSERT OR IGNORE INTO people_guardianship (guardian_id, student_id, relation)"
        " SELECT max(s.person_id), max(v.student_id), '어머니'"
        " FROM people_v_staff s, people_v_student v"
    )


def _asked_of_everybody(tx: Tx, keys: Iterable[str]) -> Rows:
    return {
        (person, student, "" if student in (None, person) else student)
        for person, student in tx.rows(
            "SELECT person_id, student_id FROM people_v_key"
            " WHERE key IN (SELECT value FROM json_each(?))",
            (encode(sorted(keys)),),
        )
    }


def _asked_of_keys(tx: Tx, keys: Iterable[str], classes: set[str] | None = None) -> Rows:
    sql, params = holders(keys, classes=classes)
    found = tx.rows(f"WITH {sql} SELECT person_id, student_id, through FROM holder", params)
    assert len(found) == len(set(found)), "somebody stands there twice"
    return set(found)


def _all_keys(tx: Tx) -> list[str]:
    """Every key; of those of single children, who are hundreds, one in fifty."""
    keys = [key for (key,) in tx.rows("SELECT DISTINCT key FROM people_v_key ORDER BY key")]
    children = [key for key in keys if "/child:" in key]
    return sorted({*keys} - {*children}) + children[::50]


async def test_every_key_of_a_school_is_held_by_the_same_people_either_way(demo: Database) -> None:
    def compare(tx: Tx) -> set[tuple[Kind, Scope]]:
        met = set()
        for key in _all_keys(tx):
            audience = audience_of(key)
            assert audience is not None
            assert audience.key == key
            met.add((audience.kind, audience.scope))
            assert _asked_of_keys(tx, [key]) == _asked_of_everybody(tx, [key]), key
        return met

    met = await demo.read(compare)
    families = {Scope.SCHOOL, Scope.GRADE, Scope.CLASS, Scope.GROUP, Scope.CHILD}
    staff = {Scope.SCHOOL, Scope.PERSON, Scope.DEPARTMENT, Scope.ROLE, Scope.GROUP}
    assert met == {(k, s) for k in (Kind.GUARDIAN, Kind.STUDENT) for s in families} | {
        (Kind.STAFF, scope) for scope in staff
    }


async def test_many_keys_together_name_nobody_twice_and_forget_nobody(demo: Database) -> None:
    chance = random.Random(13)

    def compare(tx: Tx) -> None:
        keys = [*_all_keys(tx), *NOBODY_HOLDS]
        for _time in range(60):
            some = chance.sample(keys, chance.randint(0, 8))
            assert _asked_of_keys(tx, some) == _asked_of_everybody(tx, some), some

    await demo.read(compare)


async def test_asked_for_some_classes_only_their_families_are_found(demo: Database) -> None:
    chance = random.Random(29)

    def compare(tx: Tx) -> None:
        keys = _all_keys(tx)
        of: dict[str, str] = dict(tx.rows("SELECT student_id, class_id FROM people_v_student"))
        for _time in range(60):
            some = chance.sample(keys, chance.randint(1, 8))
            classes = set(chance.sample(sorted(set(of.values())), 2))
            wanted = {
                row for row in _asked_of_everybody(tx, some) if of.get(row[1] or "") in classes
            }
            assert _asked_of_keys(tx, some, classes) == wanted, some

    await demo.read(compare)


async def test_asked_for_some_people_only_these_are_found(demo: Database) -> None:
    chance = random.Random(31)

    def compare(tx: Tx) -> None:
        keys = _all_keys(tx)
        known = [person for (person,) in tx.rows("SELECT id FROM people_v_person ORDER BY id")]
        for _time in range(60):
            some = chance.sample(keys, chance.randint(1, 8))
            people = set(chance.sample(known, 40))
            sql, params = holders(some, people=people)
            found = set(
                tx.rows(f"WITH {sql} SELECT person_id, student_id, through FROM holder", params)
            )
            assert found == {row for row in _asked_of_everybody(tx, some) if row[0] in people}
            plan = tx.rows(f"EXPLAIN QUERY PLAN WITH {sql} SELECT * FROM holder", params)
            scanned = {step[3].split()[1] for step in plan if step[3].startswith("SCAN")}
            assert scanned <= {"holder", "json_each", "c", "y", "r"}, some  # classes, years, roles

    await demo.read(compare)


@pytest.mark.parametrize("key", NOBODY_HOLDS)
async def test_what_is_no_key_is_held_by_nobody(school: School, key: str) -> None:
    assert await school.db.read(lambda tx: _asked_of_keys(tx, [key])) == set()


def test_a_key_reads_back_as_its_audience() -> None:
    assert audience_of("guardians") == Audience(Kind.GUARDIAN)
    assert audience_of("students/grade:3") == Audience(Kind.STUDENT, Scope.GRADE, "3")
    assert audience_of("staff/department:돌봄: 저녁") == Audience(
        Kind.STAFF, Scope.DEPARTMENT, "돌봄: 저녁"
    )


def test_keys_of_guardians_turn_into_those_of_their_children() -> None:
    keys = ["guardians", "guardians/class:c1", "students/grade:2", "staff"]
    assert of_students(keys) == {"students", "students/class:c1", "students/grade:2", "staff"}
    assert [is_of_families(key) for key in keys] == [True, True, True, False]
    assert of_students(["guardians/child:s1"]) == {"students/child:s1"}


async def test_a_class_a_group_or_a_child_is_found_by_indices_alone(demo: Database) -> None:
    def look(tx: Tx) -> None:
        for key in _all_keys(tx):
            if "/class:" in key or "/group:" in key or "/child:" in key:
                sql, params = holders([key])
                plan = tx.rows(f"EXPLAIN QUERY PLAN WITH {sql} SELECT * FROM holder", params)
                scanned = {step[3].split()[1] for step in plan if step[3].startswith("SCAN")}
                assert scanned <= {"holder", "json_each"}, key

    await demo.read(look)
