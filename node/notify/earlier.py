"""Letters whose ledger an earlier release wrote: their rows come from notify_reach into
notify_reached, letter by letter, while pages are served.

A letter's rows are whole in one of the two tables: whoever writes to a letter or shows it brings it
over first (`bring`), the others come one after another (`bring_next`). When all have come,
notify_reach is empty, and a later release may drop it.
"""

from kit.db import Tx
from node.notify.model import REASONS

_REASON = " ".join(
    f"WHEN '{reason}' THEN {number}" for number, reason in enumerate(REASONS) if reason
)
_BRING = (
    "INSERT INTO notify_reached (letter, person, child, answered_at, unreachable, reminded_at)"  # noqa: S608
    " SELECT l.number, p.number, c.number, r.answered_at,"
    f" CASE r.unreachable {_REASON} ELSE 0 END, r.reminded_at"
    " FROM notify_reach r"
    " JOIN notify_letter l ON l.id = r.newsletter_id"
    " JOIN notify_person p ON p.id = r.person_id"
    " JOIN notify_person c ON c.id = r.student_id"
    " WHERE r.newsletter_id = ? ORDER BY 2, 3"
)


def some_wait(tx: Tx) -> bool:
    """Whether any rows have yet to come."""
    return tx.value("SELECT 1 FROM notify_reach LIMIT 1") is not None


def waits(tx: Tx, newsletter_id: str) -> bool:
    """Whether the rows of a letter have yet to come."""
    found = tx.value("SELECT 1 FROM notify_reach WHERE newsletter_id = ? LIMIT 1", (newsletter_id,))
    return found is not None


def bring(tx: Tx, newsletter_id: str) -> None:
    """Bring the rows of a letter over."""
    params = (newsletter_id,)
    tx.execute(
        "INSERT INTO notify_letter (id, sent_at)"
        " SELECT newsletter_id, min(sent_at) FROM notify_reach WHERE newsletter_id = ?"
        " GROUP BY newsletter_id",
        params,
    )
    tx.execute(
        "INSERT OR IGNORE INTO notify_person (id)"
        " SELECT person_id FROM notify_reach WHERE newsletter_id = ?1"
        " UNION SELECT student_id FROM notify_reach WHERE newsletter_id = ?1",
        params,
    )
    tx.execute(_BRING, params)
    tx.execute("DELETE FROM notify_reach WHERE newsletter_id = ?", params)


def bring_next(tx: Tx, at: str | None) -> str | None:
    """Bring the next letter over; which one it was, None when all have come."""
    found = tx.value(
        "SELECT newsletter_id FROM notify_reach WHERE newsletter_id > ?"
        " ORDER BY newsletter_id LIMIT 1",
        (at or "",),
    )
    if found is not None:
        bring(tx, str(found))
    return None if found is None else str(found)
