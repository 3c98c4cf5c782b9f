"""Whose move it is with a letter: pure rules over rows of the reach ledger."""

from collections.abc import Iterable
from typing import TypeVar

from node.notify.model import Reached, Share, Totals

Row = TypeVar("Row", Share, Reached)


def families(rows: Iterable[Row]) -> list[list[Row]]:
    """Rows by child; those addressed in their own right stand alone."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.student_id or row.person_id, []).append(row)
    return list(found.values())


def missing(rows: Iterable[Row], *, has_form: bool) -> list[Row]:
    """Those who still have to answer, or to read where there is nothing to answer."""
    found: list[Row] = []
    for family in families(rows):
        found += _owing(family) if has_form else _unread(family)
    return found


def totals(rows: Iterable[Reached]) -> Totals:
    found = families(rows)
    return Totals(
        sent=len(found),
        opened=sum(any(row.opened_at for row in family) for family in found),
        answered=sum(not _owing(family) for family in found),
        unreachable=sum(
            all(row.unreachable and row.opened_at is None for row in family) for family in found
        ),
    )


def _owing(family: list[Row]) -> list[Row]:
    """Those of a family who still owe an answer: one answer does unless both must sign."""
    own = [row for row in family if row.owes_own]
    if own:
        return [row for row in own if not row.answered_at]
    return [] if any(row.answered_at for row in family) else family


def _unread(family: list[Row]) -> list[Row]:
    return [] if any(row.opened_at for row in family) else family
