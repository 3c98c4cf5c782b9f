"""Makes the drive's files from their words: HWPX, PDF, DOCX, XLSX or Markdown, the same bytes
every time.

    document("docx", "한빛초등학교", "수련활동 정산", "1. 기간: …")
"""

import io

import docx
import openpyxl
from docx.oxml.ns import qn
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from kit import cleaning
from kit.clock import local
from kit.markdown import Heading, Table, TypedLine
from scripts.demo_content.attachments import hwpx, pdf, steady_archive
from scripts.demo_content.blocks import blocks

MEDIA_TYPES = {
    "hwpx": "application/vnd.hancom.hwpx",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "md": "text/markdown",
}
_WRITTEN = local(1_788_220_800_000).replace(tzinfo=None)  # 2026-09-01
_WIDEST = 44  # characters of a column


def document(kind: str, school: str, title: str, content: str) -> bytes:
    """The file's bytes. `kind` is a key of MEDIA_TYPES (else KeyError), `content` Markdown."""
    makers = {"hwpx": hwpx, "pdf": pdf, "docx": _docx, "xlsx": _xlsx, "md": _markdown}
    return makers[kind](cleaning.line(school), cleaning.line(title), cleaning.text(content))


def _markdown(_school: str, title: str, content: str) -> bytes:
    """The words as they are; a heading is put above unless they begin with one."""
    text = content if content.startswith("# ") else f"# {title}\n\n{content}"
    return f"{text}\n".encode()


def _docx(school: str, title: str, content: str) -> bytes:
    document = docx.Document()
    properties = document.core_properties
    properties.author, properties.title = school, title
    properties.created = properties.modified = _WRITTEN
    style = document.styles["Normal"]
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "맑은 고딕")
    document.add_paragraph(school)
    document.add_heading(title, level=1)
    for block in blocks(content):
        match block:
            case Table():
                table = document.add_table(len(block.rows), len(block.aligned), style="Table Grid")
                for row, cells in zip(table.rows, block.rows, strict=True):
                    for cell, typed in zip(row.cells, cells, strict=True):
                        cell.text = typed.text
            case Heading():
                document.add_heading(block.text, level=2)
            case TypedLine() if block.text:
                document.add_paragraph(block.text)
    out = io.BytesIO()
    document.save(out)
    return steady_archive(out.getvalue())


def _xlsx(school: str, title: str, content: str) -> bytes:
    """A sheet with the title, the tables' rows and the remarks below; numbers are numbers."""
    book = openpyxl.Workbook()
    book.properties.creator, book.properties.title = school, title
    book.properties.created = _WRITTEN
    sheet = book.active
    assert sheet is not None
    sheet.title = "자료"
    sheet.append([f"{school} {title}"])
    sheet["A1"].font = Font(bold=True, size=13)
    for block in blocks(content):
        if isinstance(block, Table):
            rows = [[cell.text for cell in row] for row in block.rows]
            for row in rows:
                sheet.append([_cell(text) for text in row])
            head = sheet.max_row - len(block.rows) + 1
            for cell in sheet[head]:
                cell.font = Font(bold=True)
            for column, texts in zip(sheet.columns, zip(*rows, strict=True), strict=False):
                letter = get_column_letter(int(column[0].column or 1))
                width = min(_WIDEST, 4 + 2 * max(len(text) for text in texts))
                sheet.column_dimensions[letter].width = width
        else:
            sheet.append([block.text])
    out = io.BytesIO()
    book.save(out)
    return steady_archive(out.getvalue())


def _cell(text: str) -> str | int:
    plain = text.replace(",", "")
    return int(plain) if plain.isascii() and plain.isdigit() else text
