"""Whom a letter or a shared file may be for: what is offered to choose, in the words a school prints."""

from kit.db import Tx
from node.people.access import name_of
from node.people.audience import (
    WHOLE_STAFF,
    audience_of,
    colleague_labels,
    colleagues,
    how_many,
    is_held,
    labels,
    person_key,
    places,
)
from node.people.model import Kind, Scope
from tests.node.conftest import School

HEADINGS = {"보호자에게": Kind.GUARDIAN, "학생에게": Kind.STUDENT, "교직원에게": Kind.STAFF}


async def test_a_letter_may_be_for_classes_and_groups_and_is_said_to_be_for_them_later(
    school: School,
) -> None:
    """A group is offered to those of its members whom it reaches."""
    of_all = [school.id(name) for name in ("김하늘", "이준혁", "박서연")]

    def gather(tx: Tx) -> None:
        school.people.roster.add_group(tx, "합창단", "동아리", of_all)
        school.people.roster.add_group(tx, "학부모회", "학부모회", of_all[:2])
        school.people.roster.add_group(tx, "새 모임", "동아리")

    await school.db.write(gather)
    offered = await school.db.read(places)
    assert {heading: choices[0].label for heading, choices in offered.items()} == {
        "보호자에게": "전체 보호자",
        "학생에게": "전체 학생",
        "교직원에게": "전체 교직원",
    }
    words = {one.label for one in offered["보호자에게"]}
    assert {"3학년 보호자", "3학년 2반 보호자", "합창단 보호자", "학부모회 보호자"} <= words
    assert {"3학년부 교직원", "합창단 교직원"} <= {one.label for one in offered["교직원에게"]}
    every = {one.label for choices in offered.values() for one in choices}
    assert every.isdisjoint(
        {"학부모회 교직원", "학부모회 학생", "새 모임 보호자", "새 모임 교직원"}
    )
    for heading, choices in offered.items():
        kinds = {audience.kind for one in choices if (audience := audience_of(one.key))}
        assert kinds == {HEADINGS[heading]}
    words_of_all = {one.key: one.label for choices in offered.values() for one in choices}
    assert await school.db.read(lambda tx: labels(tx, words_of_all)) == words_of_all


async def test_a_class_or_group_that_is_gone_is_called_a_former_one(school: School) -> None:
    said = await school.db.read(lambda tx: labels(tx, ["guardians/class:gone", "staff/group:gone"]))
    assert list(said.values()) == ["지난 학급 보호자", "없어진 모임 교직원"]


async def test_a_file_may_be_shared_with_colleagues_but_not_with_oneself(school: School) -> None:
    seoyeon, jimin = school.id("박서연"), school.id("한지민")
    offered = await school.db.read(lambda tx: colleagues(tx, without=seoyeon))
    assert offered[Scope.SCHOOL] == [WHOLE_STAFF]
    people = {one.key for one in offered[Scope.PERSON]}
    assert person_key(jimin) in people
    assert person_key(seoyeon) not in people
    assert "3학년부" in {one.label for one in offered[Scope.DEPARTMENT]}
    assert offered[Scope.GROUP] == []  # nobody of the staff is in a group


async def test_who_is_a_guardian_only_now_keeps_their_name_where_they_had_a_share(
    school: School,
) -> None:
    person = school.id("한지민")
    key = person_key(person)
    await school.db.write(lambda tx: school.people.roster.leave_staff(tx, person))
    said = await school.db.read(lambda tx: colleague_labels(tx, [key, "staff/department:옛부서"]))
    assert said == {key: "한지민", "staff/department:옛부서": "옛부서"}
    assert await school.db.read(lambda tx: name_of(tx, person)) == "한지민"
    assert not await school.db.read(lambda tx: is_held(tx, [key]))


async def test_a_key_counts_its_people_once(school: School) -> None:
    class_id = school.class_id("3-2")
    families = [f"guardians/class:{class_id}", f"students/class:{class_id}"]
    one, both = await school.db.read(
        lambda tx: (how_many(tx, families[:1]), how_many(tx, [*families, *families]))
    )
    assert 0 < one < both
    assert await school.db.read(lambda tx: is_held(tx, families, classes=[class_id]))
    assert not await school.db.read(lambda tx: is_held(tx, families, classes=["another"]))
