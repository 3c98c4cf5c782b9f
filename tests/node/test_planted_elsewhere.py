"""Markup in a title or an answer, where the school writes outside its own pages: mail, messenger."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kit.clock import ManualClock
from node.assistant.model import Sentence, Source, Turn, TurnState
from node.messenger.bot.answering import in_chat
from node.messenger.jobs import _posts
from node.newsletters.model import Publication, Sort
from node.newsletters.web import NEWSLETTERS
from node.ports.told import Saying
from tests.node.post_office import PostedSchool, posted_school
from tests.planted import Page, planted


@pytest.fixture
async def posted(tmp_path: Path, clock: ManualClock) -> AsyncIterator[PostedSchool]:
    async for one in posted_school(tmp_path, clock):
        yield one


async def test_a_mail_is_plain_text_with_the_title_as_it_was_typed(posted: PostedSchool) -> None:
    school, title = posted.school, planted(1)
    await posted.addresses(김하늘="haneul@home.test")
    author, keys = await school.asker("박서연"), (f"guardians/class:{school.class_id('3-2')}",)
    publication = Publication(Sort.NEWSLETTER, title, "내용", keys)
    letters = school.app[NEWSLETTERS]
    await school.db.write(lambda tx: letters.publish_now(tx, author, publication))
    await school.settled()
    await posted.send()
    (mail,) = posted.office.received
    assert [part.get_content_type() for part in mail.walk()] == ["text/plain"]
    assert mail["Subject"] == f"[한빛초등학교] {title}"


def test_the_bot_tells_of_a_letter_with_its_title_as_text() -> None:
    saying = Saying("p1", "가정통신문", "1", "/newsletters/1", ("staff",))
    (post,) = _posts(saying, "newsletter", "https://school.example")
    said = post.titled(planted(1))
    page = Page(said.html)
    assert page.faults == []
    assert page.text == f"[가정통신문] {planted(1)}"
    assert planted(1) in said.body


def test_an_answer_in_the_messenger_quotes_its_sources_as_text() -> None:
    source = Source(1, planted(1), "newsletter", "", "/newsletters/1", "school", planted(2))
    turn = Turn(
        id="t1",
        person_id="p1",
        question=planted(3),
        asked_at=0,
        state=TurnState.DONE,
        outcome="extracted",
        sentences=(Sentence(planted(4), 1),),
        sources=(source,),
        note="",
        helpful=None,
    )
    page = Page(in_chat(turn, "https://school.example").html)
    assert page.faults == []
    assert planted(1) in page.text
    assert planted(4) in page.text
