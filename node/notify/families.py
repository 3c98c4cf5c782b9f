"""Whose move it is with a letter: pure rules over rows of the reach ledger."""

from collections.abc import Iterable
from typing import TypeVar

from node.notify.model import PersonReach, Reached, Totals

Row = TypeVar("Row", PersonReach, Reached)


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
    asked = [family for family in found if _asked(family)]
    return Totals(
        sent=len(found),
        opened=sum(any(row.opened_at for row in family) for family in found),
        asked=len(asked),
        answered=sum(not _owing(family) for family in asked),
        unreachable=sum(is_unreached(family) for family in found),
    )


def is_unreached(family: list[Reached]) -> bool:
    """Whether a letter came to nobody of a family: nor was its slip handed in on paper."""
    is_silent = all(row.unreachable and row.opened_at is None for row in family)
    has_answered = any(row.answered_at for row in family) and not _owing(family)
    return is_silent and not has_answered


def _asked(family: list[Row]) -> list[Row]:
    """Those of whom a form asks something: guardians, through a child. Students and staff whom the
    letter addresses in their own right only read it."""
    return [row for row in family if row.student_id]


def _owing(family: list[Row]) -> list[Row]:
    """Those of a family who still owe an answer: one answer does unless both must sign."""
    asked = _asked(family)
    own = [row for row in asked if row.owes_own]
    if own:
        return [row for row in own if not row.answered_at]
    return [] if any(row.answered_at for row in asked) else asked


def _unread(family: list[Row]) -> list[Row]:
    return [] if any(row.opened_at for row in family) else family
