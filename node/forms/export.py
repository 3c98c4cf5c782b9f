"""Answers as an Excel workbook, as a school files them."""

import io

from kit.clock import local
from node.forms.model import Results

_RISKY = ("=", "+", "-", "@", "\t", "\r")


def workbook(results: Results) -> bytes:
    """One sheet: class, number, name, answered when and by whom, one column a question."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "회신"
    fields = results.draft.fields
    sheet.append(
        [
            "학년-반",
            "번호",
            "이름",
            "회신 시각",
            "서명한 보호자",
            "종이",
            *(_text(f.label) for f in fields),
        ]
    )
    for row in results.rows:
        given = row.given
        answers = {a.field: a.answer for a in given.answers} if given is not None else {}
        sheet.append(
            [
                row.class_name,
                row.number,
                _text(row.name),
                local(given.signed_at).strftime("%Y-%m-%d %H:%M") if given is not None else "",
                _text(given.guardian_name) if given is not None else "미회신",
                _text(given.on_paper_by) if given is not None else "",
                *(_text(answers.get(field.id, "")) for field in fields),
            ]
        )
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    for column in "CDEF":
        sheet.column_dimensions[column].width = 18
    sheet.freeze_panes = "D2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _text(value: str) -> str:
    """What a person typed, so that a spreadsheet never runs it as a formula."""
    return f"'{value}" if value.startswith(_RISKY) else value
