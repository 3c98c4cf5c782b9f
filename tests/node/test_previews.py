"""What can be seen of a file before it is downloaded: families see of a letter's file what staff see
of the same file in the drive, and what is left out is said."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from kit.db import Tx
from kit.schema import migrate
from kit.web.assembly import ASSEMBLY
from models.extract import sniff
from models.extract.extraction import TEXT_LIMIT
from node.drive.web import DRIVE
from node.files.access import FILES
from node.files.model import File
from node.newsletters.model import Publication, Sort
from node.newsletters.web import NEWSLETTERS
from tests.models import documents, word
from tests.node.conftest import School
from tests.node.earlier_release import BEFORE_FILES

SEEN = re.compile(
    r'<section class="file-text prose"[^>]*>(?P<text>.*?)</section>|class="file-page"[^>]*alt="(?P<page>[^"]*)"'
    r'|<div class="alert[^>]*>.*?<p>(?P<told>.*?)</p>|<p class="empty-text">(?P<why>.*?)</p>',
    re.DOTALL,
)


def seen(page: str) -> list[str]:
    """Texts, pages and what is told on a page, in order."""
    found = [one[one.lastgroup or ""] for one in SEEN.finditer(page)]
    lines = (re.sub(r"</(?:div|li|tr|h\d)>", "\n", one) for one in found)
    return [re.sub(r"<[^>]*>", "", one).strip() for one in lines]


async def sent(school: School, file: File) -> str:
    """A letter to 3-2 with the file; the file's address."""
    newsletters, teacher = school.app[NEWSLETTERS], await school.asker("박서연")
    keys = (f"guardians/class:{school.class_id('3-2')}",)
    publication = Publication(Sort.NEWSLETTER, "안내", "내용", keys, (file,))
    letter = await school.db.write(lambda tx: newsletters.publish_now(tx, teacher, publication))
    (attached,) = (await newsletters.read(teacher, letter)).attachments
    return f"/attachments/{attached.id}"


async def of_letter(school: School, content: bytes, media_type: str = "") -> list[str]:
    """What a guardian sees of a letter's file, whatever type it was said to be."""
    file = school.app[FILES].keep("안내", content)
    address = await sent(school, replace(file, media_type=media_type or file.media_type))
    answer = await (await school.client_as("김하늘")).get(address)
    assert answer.status == 200
    return seen(answer.text)


async def of_drive(school: School, content: bytes) -> list[str]:
    """What a teacher sees of the same file in the drive."""
    drive, teacher = school.app[DRIVE], await school.asker("박서연")

    async def chunks() -> AsyncIterator[bytes]:
        yield content

    root = (await drive.areas(teacher))[0].id
    file = await drive.uploads.take(teacher, root, "안내", chunks())
    await drive.reading.work()
    answer = await (await school.client_as("박서연")).get(f"/drive/{file}")
    return seen(answer.text)


@pytest.mark.parametrize("media_type", ["", "application/x-hwp", "application/octet-stream"])
async def test_families_see_an_hwp_file_whatever_its_type_was_called(
    school: School, media_type: str
) -> None:
    made = documents.hwp("방과후학교 신청서")
    assert await of_letter(school, made, media_type) == ["방과후학교 신청서"]
    assert await of_drive(school, made) == ["방과후학교 신청서"]


async def test_families_see_an_hwpx_file_as_the_province_sends_it(
    school: School, tmp_path: Path
) -> None:
    made = documents.hwpx(tmp_path, "급식 설문 안내")
    found = await of_letter(school, made, "application/hwp+zip")
    assert "급식 설문 안내" in found[0]
    assert await of_drive(school, made) == found


async def test_a_table_of_a_document_is_a_table_on_the_page(school: School) -> None:
    rows = [("구분", "내용"), ("일시", "10. 20.(화)"), ("장소", "너른숲")]
    made = word.docx(
        word.said("체험학습 안내")
        + word.table(*(word.row(*(word.cell(word.said(text)) for text in row)) for row in rows))
    )
    file = school.app[FILES].keep("안내", made)
    page = (await (await school.client_as("김하늘")).get(await sent(school, file))).text
    assert page.count("<table>") == 1
    for text in ("구분", "내용", "장소", "너른숲"):
        assert f"<td>{text}</td>" in page
    assert await of_drive(school, made) == await of_letter(school, made)


async def test_pages_are_shown_alike(school: School) -> None:
    made = documents.pdf("하나", "둘", "셋")
    found = await of_letter(school, made)
    assert found == ["1쪽", "2쪽", "3쪽", "하나\n\n둘\n\n셋"]
    assert await of_drive(school, made) == found


async def test_a_page_that_cannot_be_read_is_named_and_the_others_are_shown(school: School) -> None:
    made = documents.pdf_with_bad_page(b"null")
    found = await of_letter(school, made)
    assert found == [
        "2쪽은 읽지 못했습니다. 내려받아서 확인해 주세요.",
        "1쪽",
        "3쪽",
        "First page\n\nLast page",
    ]
    assert await of_drive(school, made) == found


async def test_only_pages_that_were_drawn_are_given(school: School) -> None:
    file = school.app[FILES].keep("안내.pdf", documents.pdf_with_bad_page(b"null"))
    address = await sent(school, file)
    guardian = await school.client_as("김하늘")
    statuses = [(await guardian.get(f"{address}/pages/{n}")).status for n in (1, 2, 3, 4)]
    assert statuses == [200, 404, 200, 404]


async def test_a_text_that_is_cut_says_so(school: School) -> None:
    made = word.docx(word.said("가" * TEXT_LIMIT, "끝"))
    told = "내용이 길어 앞부분만 텍스트로 보여 드립니다. 나머지는 내려받아 확인해 주세요."
    for found in (await of_letter(school, made), await of_drive(school, made)):
        assert [found[0], len(found[1])] == [told, TEXT_LIMIT]


async def test_a_file_that_cannot_be_shown_says_why_alike(school: School) -> None:
    made = documents.hwp("")
    found = await of_letter(school, made)
    assert found == ["파일에서 읽을 수 있는 글을 찾지 못했습니다. 내려받아서 열어 주세요."]
    assert await of_drive(school, made) == found


async def test_a_page_of_the_web_is_read_and_never_served_as_one(school: School) -> None:
    made = "<html><p>학부모 연수</p><script>alert(1)</script></html>".encode()
    file = school.app[FILES].keep("연수.html", made)
    assert (file.name, file.media_type) == ("연수.html", sniff.HTML)
    address = await sent(school, file)
    guardian = await school.client_as("김하늘")
    assert seen((await guardian.get(address)).text) == ["학부모 연수"]
    answer = await guardian.get(f"{address}/file")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")


BEFORE = (
    *BEFORE_FILES,
    "UPDATE newsletters_preview SET text = 'old', state = 'ready'",
    "UPDATE drive_text SET text = 'old', state = 'ready'",
    *(
        f"ALTER TABLE {table} DROP COLUMN {column}"
        for table in ("newsletters_preview", "drive_text")
        for column in ("unread", "is_cut")
    ),
    "DELETE FROM kit_migration WHERE name LIKE '%what_a_preview_leaves_out.sql'",
)


@pytest.mark.parametrize("state", ["ready", "failed"])
async def test_documents_that_an_earlier_version_opened_are_read_anew(
    school: School, state: str
) -> None:
    made, drawn = word.docx(word.said("새로 읽은 글")), documents.pdf("PDF")
    addresses = [await sent(school, school.app[FILES].keep("안내", c)) for c in (made, drawn)]
    await of_drive(school, made)

    def as_before(tx: Tx) -> None:
        for statement in BEFORE:
            tx.execute(statement)
        tx.execute("UPDATE drive_text SET state = ?", (state,))

    await school.db.write(as_before)
    await migrate(school.db, school.app[ASSEMBLY].packages, school.clock)
    guardian = await school.client_as("김하늘")
    pages = [seen((await guardian.get(address)).text) for address in addresses]
    assert pages == [["새로 읽은 글"], ["old"]]
    await school.app[DRIVE].reading.work()
    assert await school.db.read(lambda tx: tx.rows("SELECT text FROM drive_text")) == [
        ("새로 읽은 글",)
    ]


async def test_files_that_never_come_hold_up_no_other(school: School) -> None:
    """Of notices whose files the province has lost, more than one round looks at."""
    files = school.app[FILES]
    made = documents.hwp("방과후학교 신청서")
    file = files.keep("안내", made)
    await sent(school, file)

    def lost(tx: Tx) -> None:
        for number in range(450):
            files.previews.want(tx, f"{number:064x}", "application/pdf")

    await school.db.write(lost)
    assert sum([await files.previews.work() for _round in range(3)]) == 1
    state = "SELECT state FROM files_preview WHERE sha256 = ?"
    assert await school.db.read(lambda tx: tx.value(state, (file.sha256,))) != "waiting"
    assert sum([await files.previews.work() for _round in range(3)]) == 0
