"""Answers as an Excel workbook, as a school files them."""

from collections.abc import Callable, Iterator

import msgspec

from kit import sheets
from kit.clock import local
from node.questions.model import Given, ResultRow, Results, RowState, parts_of


class Heads(msgspec.Struct, frozen=True, kw_only=True):
    """What a workbook says beside questions and answers: heads of its columns."""

    sheet: str
    group: str
    number: str
    name: str
    at: str
    by: str
    on_paper: str
    version: str
    differs: str
    missing: str
    """Of whom no answer came."""
    retracted: str = ""
    """When an answer was taken back."""
    contrary: str = ""
    """Who answered otherwise."""
    outcome: str = ""
    """What holds of one of whom somebody refused."""
    refused: str = ""
    """The same in words: it counts as refused."""


def workbook(
    results: Results, heads: Heads, version_name: Callable[[int], str] | None = None
) -> bytes:
    """One sheet: group, number, name, answered when and by whom, one column a question.

    A line for each answer, and for each of those who owe one. `version_name`: what was asked is named
    beside each answer, where all were not asked the same. Of an answer that was taken back stands
    when, and not what it was, for columns are counted. Where an answer is not stored as it was given,
    what was given stands here, and a last column says what differs.
    """
    widths = dict.fromkeys("CDEF", 18.0)
    rows = _rows(results, heads, version_name)
    return sheets.xlsx(heads.sheet, rows, frozen="D2", widths=widths)


def _rows(
    results: Results, heads: Heads, version_name: Callable[[int], str] | None
) -> Iterator[list[sheets.Cell]]:
    fields = parts_of(results.fields)
    has_refused = any(row.state is RowState.REFUSED for row in results.rows)
    yield [
        heads.group,
        heads.number,
        heads.name,
        heads.at,
        heads.by,
        heads.on_paper,
        *(field.label for field in fields),
        *([heads.version] if version_name else []),
        *([heads.retracted] if results.retracted else []),
        *([heads.contrary] if results.disputed else []),
        *([heads.outcome] if has_refused else []),
        *([heads.differs] if results.differing else []),
    ]
    for row in results.rows:
        one = row.asked
        asked: list[sheets.Cell] = [one.group_name, one.number, one.name]
        for given in row.answers:
            answers = {a.field: a.answer for a in given.answers if given.retracted_at is None}
            yield [
                *asked,
                _moment(given.given_at),
                given.by_name,
                given.on_paper_by,
                *(answers.get(field.id, "") for field in fields),
                *([version_name(given.version)] if version_name else []),
                *([_moment(given.retracted_at)] if results.retracted else []),
                *([", ".join(given.contrary)] if results.disputed else []),
                *([heads.refused if row.state is RowState.REFUSED else ""] if has_refused else []),
                *([_differs(given)] if results.differing else []),
            ]
        for answerer in row.owing:
            yield [*asked, "", f"{answerer.name} {heads.missing}"]
        if not row.answers and not row.owing:
            some = (version_name, results.retracted, results.disputed, has_refused)
            before = 1 + len(fields) + sum(map(bool, some))
            yield [*asked, "", heads.missing, *_of_earlier(row, before)]


def _moment(at: int | None) -> str:
    return "" if at is None else local(at).strftime("%Y-%m-%d %H:%M")


def _of_earlier(row: ResultRow, before: int) -> list[sheets.Cell]:
    """Behind so many empty cells, what differs in answers that hold no more."""
    found = " ".join(_differs(one) for one in row.earlier)
    return [*[""] * before, found] if found else []


def _differs(given: Given) -> str:
    return " ".join(one.text % one.params for one in given.differs)
