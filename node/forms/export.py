"""Answers as an Excel workbook, as a school files them."""

from collections.abc import Iterator

from kit import sheets
from kit.clock import local
from node.forms.model import Given, ResultRow, Results


def workbook(results: Results) -> bytes:
    """One sheet: class, number, name, answered when and by whom, one column a question.

    A line for each answer, and for each guardian or child of whom one is owed. Where an answer is not
    stored as it was signed, the record's stands here, and a last column says what differs.
    """
    widths = dict.fromkeys("CDEF", 18.0)
    return sheets.xlsx("회신", _rows(results), frozen="D2", widths=widths)


def _rows(results: Results) -> Iterator[list[sheets.Cell]]:
    fields = results.draft.fields
    corrected = len(results.wordings) > 1
    yield [
        "학년-반",
        "번호",
        "이름",
        "회신 시각",
        "서명한 보호자",
        "종이",
        *(field.label for field in fields),
        *(["서명한 글"] if corrected else []),
        *(["기록과 다름"] if results.differing else []),
    ]
    for row in results.rows:
        child: list[sheets.Cell] = [row.class_name, row.number, row.name]
        for given in row.answers:
            answers = {a.field: a.answer for a in given.answers}
            yield [
                *child,
                local(given.signed_at).strftime("%Y-%m-%d %H:%M"),
                given.guardian_name,
                given.on_paper_by,
                *(answers.get(field.id, "") for field in fields),
                *([_wording(given.version)] if corrected else []),
                *([_differs(given)] if results.differing else []),
            ]
        for guardian in row.owing:
            yield [*child, "", f"{guardian.name} 미회신"]
        if not row.answers and not row.owing:
            yield [*child, "", "미회신", *_of_earlier(row, results)]


def _of_earlier(row: ResultRow, results: Results) -> list[sheets.Cell]:
    """In the last column, what differs in answers that hold no more."""
    found = " ".join(_differs(one) for one in row.earlier)
    if not found:
        return []
    before = 1 + len(results.draft.fields) + (1 if len(results.wordings) > 1 else 0)
    return [*[""] * before, found]


def _differs(given: Given) -> str:
    return " ".join(one.text % one.params for one in given.differs)


def _wording(version: int) -> str:
    return "처음 글" if version == 1 else f"{version - 1}차 정정한 글"
