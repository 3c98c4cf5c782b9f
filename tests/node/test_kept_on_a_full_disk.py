"""What is sent while the disk is full is refused in words; what waits goes on once there is room."""

import base64
from collections.abc import AsyncIterator
from contextlib import ExitStack, nullcontext
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import FormData

from kit.clock import DAY, HOUR, ManualClock
from kit.db import StorageFailed
from node.newsletters.model import Publication, Sort
from node.newsletters.web import NEWSLETTERS
from node.people.agreements import SIGNING
from tests.models import documents
from tests.node.conftest import Answer, School
from tests.node.post_office import PostedSchool, posted_school
from tests.node.test_forms import drawings, left_behind, page, sent
from tests.node.test_full_disk import full_disk

REFUSED = "저장하지 못했습니다. 바뀐 것은 없으니 잠시 뒤에 다시 시도해 주세요."
DRAWN = "data:image/png;base64," + base64.b64encode(documents.png()).decode()
SPOOLED = 2 << 20  # bytes: the server keeps a request of this size in a temporary file
BOTH = ["father@home.test", "haneul@home.test"]


@pytest.fixture
async def posted(tmp_path: Path, clock: ManualClock) -> AsyncIterator[PostedSchool]:
    """A school with a mail server, where both parents have an address."""
    async for one in posted_school(tmp_path, clock):
        await one.addresses(김하늘="haneul@home.test", 이준혁="father@home.test")
        yield one


def require_refused(answer: Answer) -> None:
    assert answer.status == 507
    assert REFUSED in answer.text


@pytest.mark.parametrize("signature", [{}, {"signature": DRAWN}], ids=["typed", "drawn"])
async def test_a_signature_is_refused_in_words_and_nothing_of_it_is_kept(
    school: School, signature: dict[str, str]
) -> None:
    form = await sent(school)
    guardian = await school.client_as("김하늘")
    values = {
        "answer_going": "동의합니다",
        "submission": "s1",
        "agree": str(SIGNING.version),
        **signature,
    }
    values |= {"signature_typed": "김하늘"}
    with full_disk():
        require_refused(await guardian.post(page(school, form), values))
    assert await left_behind(school) == [0] * 6
    assert drawings(school) == []
    assert (await guardian.post(page(school, form), values)).location == "/receipts/0"


@pytest.mark.parametrize("size", [0, SPOOLED], ids=["small", "spooled"])
async def test_a_file_that_finds_no_room_is_refused_in_words_and_attached_later(
    school: School, size: int
) -> None:
    teacher = await school.client_as("박서연")
    made = await teacher.post("/newsletters/new", {"kind": "newsletter"})
    letter = made.location.removesuffix("/edit")

    async def attach() -> Answer:
        files = FormData(quote_fields=False)
        content = BytesIO(documents.png() + bytes(size))
        files.add_field("files", content, filename="준비물.png")
        return await teacher.post(f"{letter}/attachments", files)

    with full_disk():
        require_refused(await attach())
    assert "준비물.png" not in (await teacher.get(made.location)).text
    assert (await attach()).status == 303
    assert "준비물.png" in (await teacher.get(made.location)).text


async def test_a_letter_that_could_not_go_out_is_still_a_draft_and_its_text_is_shown(
    posted: PostedSchool,
) -> None:
    school = posted.school
    teacher = await school.client_as("박서연")
    made = await teacher.post("/newsletters/new", {"kind": "newsletter"})
    written = {
        "title": "현장체험학습 안내",
        "body": "금요일에 갑니다.",
        "audience": f"guardians/class:{school.class_id('3-2')}",
        "act": "send",
    }
    with full_disk():
        refused = await teacher.post(made.location, written)
        require_refused(refused)
        assert "금요일에 갑니다." in refused.text
    assert "현장체험학습 안내" not in (await (await school.client_as("김하늘")).get("/")).text
    assert (await teacher.post(made.location, written)).status == 303
    await school.settled()
    assert await posted.send()
    assert posted.office.addressees == BOTH


async def test_whoever_was_to_be_told_when_the_disk_was_full_hears_it_once(
    posted: PostedSchool,
) -> None:
    """The letter is out, and nobody has been told yet."""
    school = posted.school
    principal = await school.asker("최은영")
    letter = Publication(kind=Sort.NEWSLETTER, title="대피 훈련", body="모두", keys=("guardians",))
    fills_up = iter([full_disk()])
    with ExitStack() as filled:
        school.db.on_commit(lambda _signals: filled.enter_context(next(fills_up, nullcontext())))
        await school.db.write(lambda tx: school.app[NEWSLETTERS].publish_now(tx, principal, letter))
        with pytest.raises(StorageFailed):
            await posted.send()
        assert await posted.states() == []
    await school.settled()
    for _day in range(2):
        assert await posted.send()
        school.clock.advance(DAY)
    assert posted.office.addressees == BOTH


@pytest.mark.parametrize("answer", ["250 OK", "421 4.3.2 shutting down", "450 4.2.0 come later"])
async def test_what_became_of_a_mail_while_the_disk_was_full_is_noted_once_there_is_room(
    posted: PostedSchool, answer: str
) -> None:
    """The disk fills up between the mail's claim and the server's answer: what is known of it is no
    doubt, and nobody gets it twice."""
    school = posted.school
    principal = await school.asker("최은영")
    letter = Publication(kind=Sort.NEWSLETTER, title="대피 훈련", body="모두", keys=("guardians",))
    await school.db.write(lambda tx: school.app[NEWSLETTERS].publish_now(tx, principal, letter))
    await school.settled()
    if answer != "250 OK":
        posted.office.answers |= dict.fromkeys(BOTH, answer)
    fills_up = iter([full_disk()])
    with ExitStack() as filled:
        posted.office.meanwhile = lambda: filled.enter_context(next(fills_up, nullcontext()))
        with pytest.raises(StorageFailed):
            await posted.send()
    posted.office.answers.clear()
    for _hour in range(2):
        school.clock.advance(HOUR)
        assert await posted.send()
    assert posted.office.addressees == BOTH
    doubtful = "SELECT count(*) FROM notices_mail WHERE sent_at IS NULL"
    assert await school.db.read(lambda tx: tx.value(doubtful)) == 0
