"""Answers as an Excel workbook, as a school files them."""

from collections.abc import Iterator

from kit import sheets
from kit.clock import local
from node.forms.model import Results


def workbook(results: Results) -> bytes:
    """One sheet: class, number, name, answered when and by whom, one column a question."""
    widths = dict.fromkeys("CDEF", 18.0)
    return sheets.xlsx("회신", _rows(results), frozen="D2", widths=widths)


def _rows(results: Results) -> Iterator[list[sheets.Cell]]:
    fields = results.draft.fields
    yield [
        "학년-반",
        "번호",
        "이름",
        "회신 시각",
        "서명한 보호자",
        "종이",
        *(field.label for field in fields),
    ]
    for row in results.rows:
        given = row.given
        answers = {a.field: a.answer for a in given.answers} if given is not None else {}
        yield [
            row.class_name,
            row.number,
            row.name,
            local(given.signed_at).strftime("%Y-%m-%d %H:%M") if given is not None else "",
            given.guardian_name if given is not None else "미회신",
            given.on_paper_by if given is not None else "",
            *(answers.get(field.id, "") for field in fields),
        ]
