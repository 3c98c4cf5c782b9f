"""No picture without words: a letter goes out once every file of it says in text what it holds."""

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from kit.clock import DAY, ManualClock
from kit.problem import NotFound
from kit.typed import TooLong
from node.files.model import Attachment
from node.newsletters.model import (
    Content,
    Incomplete,
    Publication,
    Sort,
    State,
    WrongState,
)
from tests.models import documents, hangul
from tests.node.village import ALL_3_2, Village

WORDS = "운동장 그림 지도: 정문 왼쪽이 모이는 곳"
NO_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@pytest.fixture
async def village(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Village]:
    opened = Village(tmp_path, clock)
    await opened.open()
    yield opened
    await opened.close()


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (90, 60), "#8844aa").save(out, kind)
    return out.getvalue()


def scanned(*numbers: str, locked: str | None = None) -> bytes:
    """Paper from a scanner: a picture on each page, at most with its number below."""
    out = io.BytesIO()
    paper = canvas.Canvas(out, pagesize=(300, 400), encrypt=locked)
    for number in numbers:
        paper.drawImage(ImageReader(io.BytesIO(picture("PNG"))), 20, 60, 260, 300)
        paper.drawString(140, 20, number)
        paper.showPage()
    paper.save()
    return out.getvalue()


def word(body: str) -> bytes:
    """A Word document with this body alone."""
    xml = f'<w:document xmlns:w="{NO_WORD}"><w:body>{body}</w:body></w:document>'
    return documents.zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": xml})


RTF = rb"{\rtf1\ansi\ansicpg949 {\fonttbl\f0 Arial;} Field trip on Friday\par}"
MUTE: dict[str, tuple[str, bytes]] = {
    "a photo": ("사진.jpg", picture("JPEG")),
    "a poster": ("포스터.png", picture("PNG")),
    "a moving picture": ("그림.gif", picture("GIF")),
    "a picture of the web": ("그림.webp", picture("WEBP")),
    "a scanned page": ("가정통신문.pdf", scanned("")),
    "scanned pages with numbers": ("가정통신문.pdf", scanned("- 1 -", "- 2 -", "3 / 3")),
    "a blank PDF": ("빈 종이.pdf", documents.pdf("")),
    "a PDF with a password": ("잠근 안내.pdf", scanned("1", locked="열쇠")),
    "an empty HWP": ("빈.hwp", documents.hwp("")),
    "an HWP with a password": ("암호.hwp", hangul.hwp(properties=hangul.PASSWORD)),
    "an HWP that nobody can read": ("배포.hwp", hangul.hwp(properties=hangul.DISTRIBUTED)),
    "an HWP of the nineties": (
        "옛날.hwp",
        b"HWP Document File V3.00 \x1a\x01\x02\x03\x04\x05" + bytes(200),
    ),
    "an HWPX without text": ("빈.hwpx", hangul.hwpx(hangul.p(""))),
    "a Word document without text": ("빈.docx", word("<w:p/>")),
    "a list of numbers": ("점수.txt", b"12 15 18\n20 11 9\n"),
}
SPEAKING: dict[str, tuple[str, bytes]] = {
    "a PDF": ("안내.pdf", documents.pdf("현장체험학습 안내")),
    "a PDF of pages": ("안내.pdf", documents.pdf("첫째 쪽", "둘째 쪽", "셋째 쪽")),
    "a PDF whose first page is a picture": ("안내.pdf", documents.pdf("", "둘째 쪽에 적힌 글")),
    "an English PDF": ("notice.pdf", documents.pdf("Field trip")),
    "an HWP": ("안내.hwp", documents.hwp("현장체험학습 안내")),
    "a short HWP": ("준비물.hwp", documents.hwp("물통")),
    "an HWP of paragraphs": ("안내.hwp", hangul.hwp([hangul.paragraph("가정통신문입니다.")])),
    "an HWPX": ("안내.hwpx", hangul.hwpx(hangul.p(hangul.t("현장체험학습 안내")))),
    "an HWPX of two sections": (
        "안내.hwpx",
        hangul.hwpx(hangul.p(hangul.t("앞")), hangul.p(hangul.t("뒤에 적힌 글"))),
    ),
    "a Word document": ("안내.docx", documents.docx("현장체험학습 안내")),
    "a Word document of a paragraph": (
        "안내.docx",
        word("<w:p><w:r><w:t>회의록</w:t></w:r></w:p>"),
    ),
    "a text": ("안내.txt", "현장체험학습 안내".encode()),
    "a table as text": ("명단.csv", "이름,반\n강아지,3\n".encode()),
    "a page of the web": ("안내.html", "<!doctype html><p>현장체험학습 안내</p>".encode()),
    "rich text": ("notice.rtf", RTF),
}


async def drafted(village: Village, name: str, content: bytes, at: int | None = None) -> str:
    """A draft of 박선아's to her class with one file."""
    teacher = await village.asker("park")
    desk = village.newsletters.desk
    draft = await desk.create(
        teacher, Sort.NEWSLETTER, Content("안내", "붙임을 봐 주세요.", ALL_3_2, scheduled_at=at)
    )
    await desk.attach(teacher, draft, village.files.keep(name, content))
    return draft


async def attached(village: Village, reader: str, letter: str) -> Attachment:
    found = await village.newsletters.read(await village.asker(reader), letter)
    return found.attachments[0]


async def described(village: Village, letter: str, words: str = WORDS) -> None:
    file = await attached(village, "park", letter)
    await village.newsletters.desk.describe(await village.asker("park"), letter, file.id, words)


async def states(village: Village) -> list[tuple[object, ...]]:
    return await village.sql("SELECT state FROM newsletters_newsletter")


def test_thirty_documents_of_many_kinds_are_tried() -> None:
    assert len(MUTE) + len(SPEAKING) == 30


@pytest.mark.parametrize("what", MUTE)
async def test_what_no_text_can_be_read_of_is_not_sent_until_somebody_says_what_it_is(
    village: Village, what: str
) -> None:
    letter = await drafted(village, *MUTE[what])
    teacher = await village.asker("park")
    with pytest.raises(Incomplete) as refused:
        await village.newsletters.desk.send(teacher, letter)
    assert set(refused.value.fields) == {"attachments"}
    assert await states(village) == [(State.DRAFT,)]
    await described(village, letter)
    await village.newsletters.desk.send(teacher, letter)
    assert await states(village) == [(State.PUBLISHED,)]
    assert (await attached(village, "haneul", letter)).words == WORDS


@pytest.mark.parametrize("what", SPEAKING)
async def test_what_has_text_goes_out_by_itself(village: Village, what: str) -> None:
    letter = await drafted(village, *SPEAKING[what])
    await village.newsletters.desk.send(await village.asker("park"), letter)
    assert await states(village) == [(State.PUBLISHED,)]


async def test_a_letter_for_later_and_one_for_approval_need_words_as_well(
    village: Village, clock: ManualClock
) -> None:
    teacher, desk = await village.asker("park"), village.newsletters.desk
    later = await drafted(village, *MUTE["a photo"], at=clock.now() + DAY)
    with pytest.raises(Incomplete):
        await desk.send(teacher, later)
    wide = await desk.create(teacher, Sort.NEWSLETTER, Content("안내", "모두에게", ("guardians",)))
    await desk.attach(teacher, wide, village.files.keep(*MUTE["a poster"]))
    with pytest.raises(Incomplete):
        await desk.send(teacher, wide)
    for letter in (later, wide):
        await described(village, letter)
        await desk.send(teacher, letter)
    await desk.approve(await village.asker("han"), wide)
    clock.advance(2 * DAY)
    await desk.publish_due()
    assert await states(village) == [(State.PUBLISHED,), (State.PUBLISHED,)]


async def test_what_was_scheduled_before_this_was_asked_goes_out_as_it_was_decided(
    village: Village, clock: ManualClock
) -> None:
    letter = await drafted(village, *MUTE["a photo"], at=clock.now() + DAY)
    await described(village, letter)
    await village.newsletters.desk.send(await village.asker("park"), letter)
    await village.db.write(lambda tx: tx.execute("DELETE FROM files_words"))
    clock.advance(2 * DAY)
    await village.newsletters.desk.publish_due()
    assert await states(village) == [(State.PUBLISHED,)]


async def test_what_the_province_sends_is_not_held_up(village: Village) -> None:
    teacher = await village.asker("park")
    file = village.files.keep(*MUTE["a poster"])
    publication = Publication(Sort.OFFICIAL, "안내", "내용", ALL_3_2, (file,))
    await village.db.write(lambda tx: village.newsletters.publish_now(tx, teacher, publication))
    assert await states(village) == [(State.PUBLISHED,)]


async def test_words_of_a_picture_are_found_by_whoever_reads_the_letter_alone(
    village: Village,
) -> None:
    letter = await drafted(village, *MUTE["a poster"])
    await described(village, letter)
    await village.newsletters.desk.send(await village.asker("park"), letter)
    await village.outbox.drained()
    found = await village.search.find(await village.asker("haneul"), "모이는 곳")
    assert len(found.hits) == 1
    assert (await village.search.find(await village.asker("doyun"), "모이는 곳")).hits == []


async def test_words_are_changed_while_a_letter_is_written_and_not_behind_it(
    village: Village,
) -> None:
    letter = await drafted(village, *MUTE["a photo"])
    await described(village, letter, "처음 적은 말")
    await described(village, letter)
    assert (await attached(village, "park", letter)).words == WORDS
    await village.newsletters.desk.send(await village.asker("park"), letter)
    with pytest.raises(WrongState):
        await described(village, letter, "나중에 바꾼 말")


async def test_words_are_their_writers_alone_to_put_down(village: Village) -> None:
    letter = await drafted(village, *MUTE["a photo"])
    file = await attached(village, "park", letter)
    desk = village.newsletters.desk
    for other in ("kim", "han", "haneul"):
        with pytest.raises(NotFound):
            await desk.describe(await village.asker(other), letter, file.id, WORDS)
    elsewhere = await drafted(village, *MUTE["a poster"])
    with pytest.raises(NotFound):
        await desk.describe(await village.asker("park"), elsewhere, file.id, WORDS)
    with pytest.raises(TooLong):
        await desk.describe(await village.asker("park"), letter, file.id, "말" * 3000)


async def test_a_copy_of_a_letter_keeps_the_words_of_its_files(village: Village) -> None:
    letter = await drafted(village, *MUTE["a photo"])
    await described(village, letter)
    copy = await village.newsletters.desk.duplicate(await village.asker("park"), letter)
    assert (await attached(village, "park", copy)).words == WORDS
    await village.newsletters.desk.send(await village.asker("park"), copy)


async def test_nothing_stays_of_the_words_of_a_file_that_was_taken_off(village: Village) -> None:
    teacher, desk = await village.asker("park"), village.newsletters.desk
    letter = await drafted(village, *MUTE["a photo"])
    await described(village, letter)
    await desk.detach(teacher, letter, (await attached(village, "park", letter)).id)
    other = await drafted(village, *MUTE["a photo"])
    await described(village, other)
    await desk.discard(teacher, other)
    assert await village.sql("SELECT count(*) FROM files_words") == [(0,)]
