"""Papers as HWPX files: what Hancom Office opens, read back by the product's own reader and by another."""

import io
import zipfile

import pytest
from hwpx.document import HwpxDocument
from hwpx.tools.package_validator import validate_editor_open_safety

from kit.pdf.document import (
    Block,
    Boxes,
    Document,
    Form,
    Kind,
    Line,
    Place,
    Rule,
    Size,
    Step,
    Typed,
)
from kit.pdf.press import Press
from tests.models import documents
from tests.reading_pdf import words

FORM = (
    Boxes((Step("담임교사", "박서연", "11. 23."), Step("교감", "윤태식", "11. 24."))),
    Line("결석신고서", Place.CENTRE, Size.TITLE),
    Rule(),
    Form((("접수번호", "2026-1 (승인완료)"), ("사유", "열이 나서\n쉬었습니다. <38.5도>"))),
    Line("2026. 11. 24.", Place.CENTRE),
    Line("보호자: 김하늘 (전자 제출)", Place.RIGHT),
)
LETTER = Typed(
    "## 일정\n1. 일시: **11월** 27일\n| 시간 | 활동 |\n|---|:-:|\n| 09:00 | **안전** 교육 |\n"
    "> 준비물: 도시락\n> | 가 | 나 |\n> |---|---|\n> | 1 | 2 |"
)


def paper(*blocks: Block) -> Document:
    return Document("결석신고서 2026-1", "마당초등학교", "접수번호 2026-1", blocks)


async def hwpx(*blocks: Block) -> bytes:
    return await Press().made(paper(*blocks), Kind.HWPX)


async def test_the_package_is_as_the_standard_has_it() -> None:
    content = await hwpx(*FORM, LETTER)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        first = package.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert package.read("mimetype") == b"application/hwp+zip"
        names = package.namelist()
    assert {"version.xml", "Contents/header.xml", "Contents/section0.xml"} <= set(names)
    assert {"Contents/content.hpf", "META-INF/container.xml"} <= set(names)
    assert validate_editor_open_safety(content).ok
    with HwpxDocument.open(content) as opened:
        assert opened.validate().ok
        metadata = opened.parts.metadata
        assert metadata is not None
        assert (metadata.title, metadata.creator) == ("결석신고서 2026-1", "마당초등학교")


async def test_a_form_has_its_approval_line_and_fields_in_tables() -> None:
    with HwpxDocument.open(await hwpx(*FORM)) as opened:
        boxes, form = (table for one in opened.paragraphs for table in one.tables)
        assert [boxes.cell(0, at).text for at in (0, 1)] == ["담임교사", "교감"]
        assert [boxes.cell(1, at).text for at in (0, 1)] == ["박서연\n11. 23.", "윤태식\n11. 24."]
        assert [form.cell(at, 0).text for at in (0, 1)] == ["접수번호", "사유"]
        assert form.cell(1, 1).text == "열이 나서\n쉬었습니다. <38.5도>"
        assert form.cell(0, 0).width < form.cell(0, 1).width


async def test_the_file_says_what_the_pdf_says() -> None:
    read = documents.read(await hwpx(*FORM, LETTER)).text.split()
    drawn = words(await Press().made(paper(*FORM, LETTER))).split()
    assert {*read} - {"·"} == {*drawn}  # the point stands before the number of a page


async def test_a_table_of_a_letter_keeps_its_cells_and_a_box_its_table() -> None:
    with HwpxDocument.open(await hwpx(LETTER)) as opened:
        table, box = (table for one in opened.paragraphs for table in one.tables)
        assert [[table.cell(down, across).text for across in (0, 1)] for down in (0, 1)] == [
            ["시간", "활동"],
            ["09:00", "안전 교육"],
        ]
        (within,) = box.cell(0, 0).tables
        assert within.cell(1, 1).text == "2"


@pytest.mark.parametrize(
    "answer", ["세로\x0b탭", "\ud7a3\ufffe끝", "a\tb", "=1+1", "가\u3000나", ""]
)
async def test_any_answer_is_a_file_that_opens(answer: str) -> None:
    content = await hwpx(Form((("내용", answer),)))
    assert validate_editor_open_safety(content).ok
    assert "내용" in documents.read(content).text


async def test_a_text_in_several_languages_keeps_every_part() -> None:
    content = await hwpx(
        Typed("안내\n\n=== Tiếng Việt ===\n## Thông báo\nXin chào\n\n=== English ===\nHello")
    )
    read = documents.read(content).text
    for said in ("안내", "Tiếng Việt", "Thông báo", "Xin chào", "English", "Hello"):
        assert said in read
