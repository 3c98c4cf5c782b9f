"""Stories about contacts: whom to call for what, seen by those whom it is for."""

import pytest

from tests.node.conftest import Client, School

NURSE = {
    "name": "보건실",
    "about": "다치거나 아플 때, 약",
    "telephone": "031-000-0103",
    "hours": "평일 8:40–16:40",
    "for_guardians": "1",
    "for_students": "1",
}
STAFF_ONLY = {"name": "숙직실", "telephone": "031-000-0199"}


async def written(school: School, *contacts: dict[str, str]) -> Client:
    """The administrator adds them by the form of the page."""
    administrator = await school.client_as("정민호")
    for one in contacts:
        answer = await administrator.post("/contacts", one)
        assert (answer.status, answer.location) == (303, "/contacts")
    await school.settled()
    return administrator


async def found(client: Client, words: str) -> list[str]:
    answer = await client.get(f"/api/v1/search?q={words}")
    hits = answer.json()["hits"]
    return ["".join(part["text"] for part in hit["title"]) for hit in hits]


async def test_a_guardian_calls_the_nurse_by_a_press(school: School) -> None:
    await written(school, NURSE, STAFF_ONLY)
    guardian = await school.client_as("김하늘")
    page = (await guardian.get("/contacts")).text
    assert 'href="tel:0310000103"' in page
    assert "평일 8:40–16:40" in page
    assert 'href="tel:117"' in page
    assert "숙직실" not in page
    assert "연락처 추가" not in page


async def test_what_is_for_staff_alone_families_neither_see_nor_find(school: School) -> None:
    await written(school, NURSE, STAFF_ONLY)
    guardian, teacher = await school.client_as("김하늘"), await school.client_as("한지민")
    assert await found(guardian, "보건실") == ["보건실 연락처"]
    assert await found(guardian, "숙직실") == []
    assert await found(teacher, "숙직실") == ["숙직실 연락처"]
    assert "교직원에게만 표시됨" in (await teacher.get("/contacts")).text


async def test_what_is_taken_from_families_is_gone_from_their_search_too(school: School) -> None:
    administrator = await written(school, NURSE)
    page = (await administrator.get("/contacts")).text
    contact = page.partition('href="/contacts/')[2].partition('"')[0]
    answer = await administrator.post(
        f"/contacts/{contact}", {"name": "보건실", "telephone": "031-000-0103"}
    )
    assert answer.status == 303
    await school.settled()
    guardian = await school.client_as("김하늘")
    assert "보건실" not in (await guardian.get("/contacts")).text.partition("<main")[2]
    assert await found(guardian, "보건실") == []
    assert (await administrator.post(f"/contacts/{contact}/remove")).status == 303
    await school.settled()
    assert await found(administrator, "보건실") == []


async def test_the_order_is_the_administrators(school: School) -> None:
    administrator = await written(school, NURSE, STAFF_ONLY)
    page = (await administrator.get("/contacts")).text
    assert page.index("보건실</h2>") < page.index("숙직실</h2>")
    second = page.rpartition("/up")[0].rpartition("/contacts/")[2]
    await administrator.post(f"/contacts/{second}/up")
    page = (await administrator.get("/contacts")).text
    assert page.index("숙직실</h2>") < page.index("보건실</h2>")


@pytest.mark.parametrize(
    "changed",
    [{"telephone": "아무 번호"}, {"telephone": ""}, {"name": " "}, {"about": "가" * 201}],
)
async def test_what_cannot_be_called_is_refused_in_words(
    school: School, changed: dict[str, str]
) -> None:
    administrator = await school.client_as("정민호")
    answer = await administrator.post("/contacts", {**NURSE, **changed})
    assert answer.status == 422
    assert "031-000-0103</a>" not in (await administrator.get("/contacts")).text
