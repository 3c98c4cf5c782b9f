"""People are found by any part of their name and by their initial consonants, wherever they are looked for."""

import pytest

from kit.db import Tx
from node.people.model import NewPerson
from node.people.roster import names, store
from tests.node.conftest import School

OFFICE = "오정숙"


async def found(school: School, typed: str) -> list[str]:
    """The names on the pages of the list, in order."""
    asker = await school.asker(OFFICE)
    shown: list[str] = []
    cursor = ""
    while True:
        page = await school.people.search(asker, typed, "", cursor)
        shown += [one.name for one in page.people]
        if not page.cursor:
            return shown
        cursor = page.cursor


async def add(school: School, *people: str) -> None:
    def unit(tx: Tx) -> None:
        for name in people:
            school.people.roster.add_person(tx, NewPerson(name=name))

    await school.db.write(unit)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("남궁", ["남궁보라"]),
        ("보라", ["보라매", "남궁보라"]),
        ("ㄴㄱㅂㄹ", ["남궁보라"]),
        ("ㅂㄹㅁ", ["보라매"]),
        ("궁보", ["남궁보라"]),
        ("minh", ["Minh Anh", "Nguyen Minh"]),
        ("MINH anh", ["Minh Anh"]),
        ("보람", []),
    ],
)
async def test_a_person_is_found_by_any_part_of_the_name_the_beginning_first(
    school: School, typed: str, expected: list[str]
) -> None:
    await add(school, "남궁보라", "보라매", "Minh Anh", "Nguyen Minh")
    assert await found(school, typed) == expected


async def test_a_renamed_person_is_found_by_the_new_name_alone(school: School) -> None:
    await add(school, "남궁보라")
    [(person,)] = await school.db.read(
        lambda tx: tx.rows("SELECT id FROM people_person WHERE name = '남궁보라'")
    )
    await school.db.write(lambda tx: store.update_person(tx, str(person), "남궁나래", "", ""))
    assert await found(school, "나래") == ["남궁나래"]
    assert await found(school, "보라") == []


async def test_pages_hold_everybody_once(school: School) -> None:
    people = [f"나나{chr(ord('가') + 28 * at)}나나" for at in range(60)]
    people += [f"김나나{chr(ord('가') + 28 * at)}" for at in range(60)]
    await add(school, *people)
    shown = await found(school, "나나")
    assert sorted(shown) == sorted(people)
    assert shown[:60] == sorted(people[:60])


async def test_names_of_an_earlier_release_are_found_by_parts_once_they_were_moved(
    school: School,
) -> None:
    await add(school, *(f"남궁보라{at}" for at in range(50)))
    await school.db.write(lambda tx: tx.execute("DELETE FROM people_name_part"))
    assert await found(school, "보라4") == []
    assert len(await found(school, "남궁")) == 50

    def move(tx: Tx) -> None:
        at: str | None = None
        while (at := names.bring_next(tx, at)) is not None:
            pass

    await school.db.write(move)
    assert len(await found(school, "보라4")) == 11


async def test_staff_find_their_own_school_by_duty_and_see_the_extension(school: School) -> None:
    def unit(tx: Tx) -> None:
        school.people.roster.add_staff(
            tx, NewPerson(name="남궁보라"), "보건교사", "보건실", "응급 처치", extension="214"
        )

    await school.db.write(unit)
    teacher = await school.client_as("박서연")
    for typed in ("보라", "ㄴㄱㅂ", "응급", "보건"):
        page = (await teacher.get("/directory", params={"q": typed})).text
        assert "남궁보라" in page, typed
        assert "한빛초등학교" in page
        assert "214" in page
    assert "남궁보라" not in (await teacher.get("/directory", params={"q": "보람"})).text


async def test_the_office_gives_a_colleague_an_extension(school: School) -> None:
    office = await school.client_as(OFFICE)
    person = f"/admin/people/{school.id('박서연')}"
    post = {"position": "교사", "department": "3학년부", "duty": "담임", "extension": "302"}
    assert (await office.post(f"{person}/post", post)).status == 303
    assert 'value="302"' in (await office.get(person)).text


async def test_an_english_list_of_people_says_classes_in_english(school: School) -> None:
    client = await school.client_as("정민호")
    page = (await client.get("/admin/people", headers={"Accept-Language": "en"})).text
    assert "(Grade 3, Class 2)" in page
    assert "학년 2반" not in page.partition("<table")[2].partition("</table>")[0]
