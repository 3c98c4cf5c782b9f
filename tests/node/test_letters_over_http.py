"""Letters at the edges of what a program or a colleague may do, over HTTP."""

import re

import pytest

from node.newsletters.model import Content, Publication, Sort
from node.newsletters.web import NEWSLETTERS
from tests.node.conftest import School
from tests.node.test_forms import sent, sql

LATEST = 253_402_214_400_000  # 9999-12-31T00:00Z


@pytest.mark.parametrize(("at", "status"), [(LATEST, 201), (LATEST + 1, 422), (-1, 422)])
async def test_a_draft_is_never_set_to_a_time_no_page_can_show(
    school: School, at: int, status: int
) -> None:
    author = await school.client_as("박서연")
    draft = {"title": "안내", "body_markdown": "내용", "scheduled_at": at}
    answer = await author.post("/api/v1/newsletters", json=draft)
    assert answer.status == status
    desk = await author.get("/newsletters/desk")
    assert desk.status == 200
    assert ("9999" in desk.text) == (status == 201)


@pytest.mark.parametrize(
    ("room", "name", "sees"),
    [
        ("3-2", "박서연", True),  # its homeroom teacher
        ("6-1", "박서연", False),  # not of this class
        ("6-1", "최은영", True),  # the principal
        ("6-1", "한지민", False),  # a teacher without a class
        ("6-1", "정민호", True),  # the author
    ],
)
async def test_who_may_see_the_reach_of_a_letter_is_led_there_and_nobody_else(
    school: School, room: str, name: str, sees: bool
) -> None:
    author = await school.asker("정민호")
    keys = (f"guardians/class:{school.class_id(room)}",)
    publication = Publication(Sort.NEWSLETTER, "안내", "내용", keys)
    newsletters = school.app[NEWSLETTERS]
    letter = await school.db.write(lambda tx: newsletters.publish_now(tx, author, publication))
    await school.settled()
    client = await school.client_as(name)
    page = await client.get(f"/newsletters/{letter}")
    reach = await client.get(f"/newsletters/{letter}/reach")
    assert (page.status, reach.status) == (200, 200 if sees else 404)
    assert (f"/newsletters/{letter}/reach" in page.text) == sees


async def test_a_letter_that_was_never_published_has_no_history(school: School) -> None:
    desk, author = school.app[NEWSLETTERS].desk, await school.asker("박서연")
    letter = await desk.create(author, Sort.NEWSLETTER, Content("학예회", "내용", ("guardians",)))
    await desk.send(author, letter)
    for name in ("박서연", "최은영"):
        client = await school.client_as(name)
        assert (await client.get(f"/newsletters/{letter}/history")).status == 404


async def test_a_returned_correction_lies_on_its_authors_desk_with_the_reason(
    school: School,
) -> None:
    author, principal = await school.asker("한지민"), await school.asker("최은영")
    newsletters = school.app[NEWSLETTERS]
    desk = newsletters.desk
    letter = await desk.create(author, Sort.NEWSLETTER, Content("학예회", "강당", ("guardians",)))
    await desk.send(author, letter)
    await desk.approve(principal, letter)
    await newsletters.corrections.correct(author, letter, "학예회", "체육관", "장소 변경")
    decides, writes = await school.client_as("최은영"), await school.client_as("한지민")
    back = await decides.post(f"/newsletters/{letter}/return", {"reason": "체육관은 공사 중"})
    assert back.status == 303
    for path in ("/newsletters/desk", f"/newsletters/{letter}", f"/newsletters/{letter}/correct"):
        assert "체육관은 공사 중" in (await writes.get(path)).text, path
        assert "체육관은 공사 중" not in (await decides.get(path)).text, path
    assert "체육관</textarea>" in (await writes.get(f"/newsletters/{letter}/correct")).text
    park = await school.client_as("김하늘")
    assert "공사 중" not in (await park.get(f"/newsletters/{letter}")).text


async def test_a_returned_correction_comes_back_with_what_it_would_have_done_to_the_form(
    school: School,
) -> None:
    form = await sent(school, ("guardians",))
    ((letter,),) = await sql(school, "SELECT subject FROM forms_form WHERE id = ?", form)
    writes, decides = await school.client_as("박서연"), await school.client_as("최은영")
    here = f"/newsletters/{letter}/correct"
    deadline = "2030-12-24T16:00"
    words = {"title": "체험학습", "body": "갑니다. 우산을 챙겨 주세요.", "reason": "준비물"}
    proposed = await writes.post(here, words | {"question": "anew", "deadline": deadline})
    assert proposed.status == 303, proposed.text
    await decides.post(f"/newsletters/{letter}/return", {"reason": "비 소식이 없습니다."})
    shown = (await writes.get(here)).text
    assert re.search(r'name="question" value="anew" checked', shown)
    assert not re.search(r'name="question" value="stands" checked', shown)
    assert f'value="{deadline}"' in shown
