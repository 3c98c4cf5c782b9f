"""What a page of people costs depends on what it shows, never on how many others the school has."""

from collections.abc import Callable
from typing import Any

import pytest

from kit.db import SQLite, Tx
from node.people.agreements import SIGNING
from node.people.invitations import invited
from node.people.invitations.service import Acceptance
from node.people.model import NewPerson
from node.people.roster import class_store, family_store, group_store, store
from tests.node.conftest import School
from tests.node.test_people import PASSWORD
from tests.node.test_people import invited as invited_by_letter
from tests.waiting import until


def steps(school: School, question: Callable[[Tx], Any]) -> int:
    """How many instructions of its machine SQLite runs for a question."""
    driver = school.db.driver
    assert isinstance(driver, SQLite)
    connection: Any = driver.connect(writer=False)
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    try:
        question(Tx(connection))  # what is prepared once is not counted
        connection.raw.set_progress_handler(step, 1)
        question(Tx(connection))
    finally:
        connection.close()
    return count


async def grow(school: School, classes: int) -> None:
    """More classes of thirty children with their mothers; and a year that is over."""
    roster = school.people.roster

    def work(tx: Tx) -> None:
        for year, base in ((2025, 0), (2026, 1)):
            roster.open_year(tx, year)
            for at in range(classes):
                room = roster.add_class(tx, year, at % 6 + 1, 10 + at // 6)
                for n in range(30):
                    name = f"아이{base}-{at}-{n}"
                    child = roster.add_student(tx, NewPerson(name=name), room, n + 1)
                    mother = roster.add_person(tx, NewPerson(name=f"엄마{base}-{at}-{n}"))
                    roster.add_guardianship(tx, mother, child, "모")

    await school.db.write(work)


QUESTIONS: dict[str, Callable[[School], Callable[[Tx], Any]]] = {
    "a class's page": lambda school: (
        lambda tx: (
            class_store.class_line(tx, school.class_id("3-2")),
            class_store.class_members(tx, school.class_id("3-2"), 0),
        )
    ),
    "a class's letters": lambda school: (
        lambda tx: invited.guardians_to_invite(tx, school.class_id("3-2"))
    ),
    "who keeps a class": lambda school: lambda tx: class_store.homeroom(tx, school.class_id("3-2")),
    "somebody's page": lambda school: lambda tx: family_store.children(tx, school.id("김하늘")),
    "the first page of people": lambda _school: (
        lambda tx: store.people(tx, "", "", False, ("", ""), 5)
    ),
    "people of a name": lambda _school: (
        lambda tx: store.people(tx, "김하늘", "guardian", False, ("", ""), 50)
    ),
    "the office's front page": lambda school: lambda tx: school.people.silence.counted(tx),
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_a_question_costs_the_same_in_a_school_of_many_classes(
    school: School, name: str
) -> None:
    question = QUESTIONS[name](school)
    few = steps(school, question)
    await grow(school, 12)
    assert steps(school, question) <= 1.5 * few + 200


async def test_a_group_costs_what_it_has_of_members(school: School) -> None:
    members = [school.id("한지민"), school.id("이지우")]
    group = await school.db.write(
        lambda tx: school.people.roster.add_group(tx, "축구부", "방과후", members)
    )

    def question(tx: Tx) -> object:
        return group_store.group(tx, group), group_store.group_members(tx, group)

    few = steps(school, question)
    await grow(school, 12)
    assert steps(school, question) <= 1.5 * few + 200
    shown = await school.people.groups.members(await school.asker("오정숙"), group)
    assert [(one.name, one.position) for one in shown[1]] == [
        ("이지우", "3학년 2반"),
        ("한지민", "교사"),
    ]


async def test_the_office_sees_how_many_guardians_never_signed_in(school: School) -> None:
    silence, office = school.people.silence, await school.client_as("오정숙")
    await silence.count()
    assert "3명 가운데 3명" in (await office.get("/")).text
    code = await invited_by_letter(school, "김하늘")
    await school.people.invitations.accept(
        code,
        Acceptance("이지호", PASSWORD, PASSWORD, "haneul", agreed=SIGNING.version),
        device="x",
        address="192.0.2.7",
    )

    async def is_told() -> bool:
        return "3명 가운데 2명" in (await office.get("/")).text

    await until(is_told)
