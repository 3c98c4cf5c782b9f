"""Rows of the reach ledger, as notify keeps them."""

import msgspec

from kit.db import Tx

_INSERT = (
    "INSERT OR IGNORE INTO notify_reach (newsletter_id, person_id, student_id, sent_at, opened_at,"
    " answered_at, unreachable) VALUES (?, ?, ?, ?, ?, ?, ?)"
)


class Row(msgspec.Struct, frozen=True):
    """Somebody whom a letter is for, and how far it came. `child`: "" in their own right."""

    person: str
    child: str
    opened_at: int | None
    answered_at: int | None
    unreachable: str


def write(tx: Tx, letter: str, at: int, until: int, rows: list[Row]) -> None:
    """The rows of a letter sent at a moment (ms); of what lies behind `until` nothing is known."""
    tx.many(
        _INSERT,
        [
            (
                letter, row.person, row.child, at, _by(row.opened_at, until),
                _by(row.answered_at, until), row.unreachable,
            )
            for row in rows
        ],
    )  # fmt: skip


def _by(at: int | None, until: int) -> int | None:
    return at if at is not None and at <= until else None
