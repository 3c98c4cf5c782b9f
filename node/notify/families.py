"""Whose move it is with a letter: pure rules over rows of the reach ledger."""

from collections.abc import Iterable

from node.notify.model import Reached, Totals


def families(rows: Iterable[Reached]) -> list[list[Reached]]:
    """Rows by child; those addressed in their own right stand alone."""
    found: dict[str, list[Reached]] = {}
    for row in rows:
        found.setdefault(row.student_id or row.person_id, []).append(row)
    return list(found.values())


def missing(rows: Iterable[Reached], *, has_form: bool) -> list[Reached]:
    """Those who still have to answer, or to read where there is nothing to answer."""
    return [row for family in families(rows) for row in (_owing if has_form else _unread)(family)]


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


def _owing(family: list[Reached]) -> list[Reached]:
    """Those of a family who still owe an answer: one answer does unless both must sign."""
    own = [row for row in family if row.owes_own]
    if own:
        return [row for row in own if not row.answered_at]
    return [] if any(row.answered_at for row in family) else family


def _unread(family: list[Reached]) -> list[Reached]:
    return [] if any(row.opened_at for row in family) else family
