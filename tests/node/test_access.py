"""THE rule of who may see what, in SQL and in Python alike, for every kind of asker."""

import pytest

from kit.db import Tx
from kit.problem import Forbidden, NotFound
from node.approval.model import Rules
from node.approval.service import Approval
from node.approval.web import APPROVAL
from node.assistant.web import HANDOVERS
from node.drive.web import DRIVE
from node.people.access import (
    READABLE,
    may_read,
    may_see_class,
    readable_params,
    require_role,
    require_staff,
)
from node.people.model import Audience, Kind, Role, Scope
from protocol.audience import is_of_families
from tests.node.conftest import School

# Who reads what is addressed so. Keys name classes as {3-2}; groups as {choir}.
READERS = {
    "guardians": {"김하늘", "이준혁", "이도윤"},
    "guardians/grade:3": {"김하늘", "이준혁"},
    "guardians/grade:6": {"이도윤"},
    "guardians/class:{3-2}": {"김하늘", "이준혁"},
    "guardians/class:{5-1}": {"김하늘"},
    "guardians/group:{choir}": {"이도윤"},
    "students": {"이지우"},
    "students/class:{3-2}": {"이지우"},
    "students/class:{3-1}": set(),
    "students/group:{choir}": set(),
    "staff": set(),
    "staff/department:연구부": set(),
    "staff/role:principal": set(),
}
STAFF_ONLY = {
    "staff": {"박서연", "한지민", "최은영", "윤태식", "정민호", "오정숙"},
    "staff/department:연구부": {"한지민"},
    "staff/role:principal": {"최은영"},
    "staff/role:office": {"오정숙"},
}
FAMILIES = ("김하늘", "이준혁", "이도윤", "이지우")
STAFF = ("박서연", "한지민", "최은영", "윤태식", "정민호", "오정숙")


@pytest.fixture
async def places(school: School) -> dict[str, str]:
    """Ids for the names in keys, with 최하린 in the choir."""
    choir = await school.db.write(
        lambda tx: school.people.roster.add_group(tx, "합창단", "동아리", [school.id("최하린")])
    )
    return {**school.classes, "choir": choir}


def filled(key: str, places: dict[str, str]) -> str:
    for name, place in places.items():
        key = key.replace("{" + name + "}", place)
    return key


async def reads(school: School, name: str, key: str) -> bool:
    """Both forms of the rule; they must agree."""
    asker = await school.asker(name)

    def in_sql(tx: Tx) -> bool:
        sql = "SELECT 1 FROM (SELECT ? AS key) a WHERE " + READABLE
        return tx.value(sql, (key, *readable_params(asker))) is not None

    by_sql = await school.db.read(in_sql)
    assert by_sql == may_read(asker, {key}), (name, key)
    return by_sql


@pytest.mark.parametrize("key", READERS)
async def test_families_read_what_is_addressed_to_them(
    school: School, places: dict[str, str], key: str
) -> None:
    found = {name for name in FAMILIES if await reads(school, name, filled(key, places))}
    assert found == READERS[key]


@pytest.mark.parametrize("key", [key for key in READERS if is_of_families(key)])
async def test_staff_read_all_that_goes_to_families(
    school: School, places: dict[str, str], key: str
) -> None:
    found = {name for name in STAFF if await reads(school, name, filled(key, places))}
    assert found == set(STAFF)


@pytest.mark.parametrize("key", STAFF_ONLY)
async def test_what_is_for_some_staff_is_for_them_alone(school: School, key: str) -> None:
    found = {name for name in (*STAFF, *FAMILIES) if await reads(school, name, key)}
    assert found == STAFF_ONLY[key]


def test_an_audience_and_its_key_say_the_same() -> None:
    assert Audience(Kind.GUARDIAN).key == "guardians"
    assert Audience(Kind.STUDENT, Scope.GRADE, "3").key == "students/grade:3"
    assert Audience(Kind.STAFF, Scope.ROLE, "head").key == "staff/role:head"


async def test_a_teacher_who_is_a_guardian_too_holds_both_keys(school: School) -> None:
    await school.db.write(
        lambda tx: school.people.roster.add_guardianship(
            tx, school.id("한지민"), school.id("박하준"), "모"
        )
    )
    asker = await school.asker("한지민")
    assert asker.kinds == {Kind.STAFF, Kind.GUARDIAN}
    assert may_read(asker, {"staff"})
    assert may_read(asker, {f"guardians/class:{school.class_id('3-2')}"})


async def test_outsiders_are_not_told_what_staff_pages_there_are(school: School) -> None:
    with pytest.raises(NotFound):
        require_staff(await school.asker("김하늘"))
    with pytest.raises(NotFound):
        require_role(await school.asker("김하늘"), Role.PRINCIPAL)
    with pytest.raises(Forbidden):
        require_role(await school.asker("한지민"), Role.PRINCIPAL)
    require_role(await school.asker("최은영"), Role.PRINCIPAL)


async def test_a_class_is_seen_by_its_homeroom_teacher_and_the_heads(school: School) -> None:
    seeing = {
        name
        for name in (*STAFF, *FAMILIES)
        if may_see_class(await school.asker(name), school.class_id("3-2"))
    }
    assert seeing == {"박서연", "최은영", "윤태식", "오정숙"}


async def test_last_years_class_gives_no_rights(school: School) -> None:
    await school.db.write(lambda tx: school.people.roster.open_year(tx, 2027))
    seoyeon = await school.asker("박서연")
    assert seoyeon.classes == frozenset()
    assert "students" not in seoyeon.keys


async def test_a_role_that_ended_while_a_request_was_on_its_way_writes_nothing(
    school: School,
) -> None:
    principal, roster = await school.asker("최은영"), school.people.roster
    await school.db.write(lambda tx: roster.set_roles(tx, principal.id, [Role.TEACHER]))
    for late in (
        school.app[HANDOVERS].reply(principal, "t", "내일까지입니다."),
        school.app[DRIVE].leaving.hand_over(principal, "x", f"staff/person:{principal.id}"),
    ):
        with pytest.raises(Forbidden):
            await late


async def test_a_unit_of_those_who_may_is_measured_under_its_own_name(school: School) -> None:
    await school.app[APPROVAL].set_rules(await school.asker("최은영"), Rules())
    assert f"{Approval.set_rules.__module__}.Approval.set_rules.<locals>.unit" in school.db.slowest
