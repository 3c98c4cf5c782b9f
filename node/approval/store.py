"""The SQL of approval: matters from the moment they are asked for until they are carried out."""

from kit.db import Tx
from node.approval.model import Matter, ReturnedMatter, WaitingMatter
from node.people.model import Asker


def ask(tx: Tx, matter: Matter, title: str, author: Asker, at: int) -> None:
    """Let a matter wait of which nothing is known any more."""
    tx.execute(
        "INSERT INTO approval_matter (kind, id, title, author_id, author_name, asked_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (matter.kind, matter.id, title, author.id, author.name, at),
    )


def decide(tx: Tx, matter: Matter, substance: str, at: int, by: tuple[str, str] = ("", "")) -> bool:
    """Keep what was decided on; False when it did not wait. `by`: id and name, of nobody but its
    author where they decided alone."""
    return bool(
        tx.execute(
            "UPDATE approval_matter SET decided_at = ?, substance = ?, decider_id = ?,"
            " decider_name = ? WHERE kind = ? AND id = ? AND decided_at IS NULL",
            (at, substance, *by, matter.kind, matter.id),
        )
    )


def send_back(tx: Tx, matter: Matter, reason: str, at: int, by_name: str) -> bool:
    """Let a matter wait no longer, and keep for its author why, where there is a reason to keep; False
    when it did not wait."""
    where = (matter.kind, matter.id)
    if reason:
        tx.execute(
            "INSERT INTO approval_returned (kind, id, author_id, reason, returned_at, by_name)"
            " SELECT kind, id, author_id, ?, ?, ? FROM approval_matter"
            " WHERE kind = ? AND id = ? AND decided_at IS NULL",
            (reason, at, by_name, *where),
        )
    return bool(
        tx.execute(
            "DELETE FROM approval_matter WHERE kind = ? AND id = ? AND decided_at IS NULL", where
        )
    )


def returned(tx: Tx, author_id: str, kind: str, limit: int) -> list[ReturnedMatter]:
    """What of a kind came back to its author, the latest first."""
    return tx.structs(
        ReturnedMatter,
        "SELECT id, reason, returned_at, by_name FROM approval_returned"
        " WHERE author_id = ? AND kind = ? ORDER BY returned_at DESC LIMIT ?",
        (author_id, kind, limit),
    )


def returned_one(tx: Tx, author_id: str, matter: Matter) -> ReturnedMatter | None:
    return tx.struct(
        ReturnedMatter,
        "SELECT id, reason, returned_at, by_name FROM approval_returned"
        " WHERE kind = ? AND id = ? AND author_id = ?",
        (matter.kind, matter.id, author_id),
    )


def waits(tx: Tx, matter: Matter) -> bool:
    return bool(
        tx.value(
            "SELECT 1 FROM approval_matter WHERE kind = ? AND id = ? AND decided_at IS NULL",
            (matter.kind, matter.id),
        )
    )


def forget(tx: Tx, matter: Matter) -> None:
    """It neither waits nor was decided on, nor did it come back."""
    where = (matter.kind, matter.id)
    tx.execute("DELETE FROM approval_returned WHERE kind = ? AND id = ?", where)
    tx.execute("DELETE FROM approval_matter WHERE kind = ? AND id = ?", where)


def is_approved(tx: Tx, matter: Matter) -> bool:
    """Whether another than its author decided on it."""
    return bool(
        tx.value(
            "SELECT decider_name <> '' FROM approval_matter WHERE kind = ? AND id = ?",
            (matter.kind, matter.id),
        )
    )


def is_as_decided(tx: Tx, matter: Matter, substance: str) -> bool:
    """Whether it was decided on, and as it is now."""
    return bool(
        tx.value(
            "SELECT substance = ? FROM approval_matter"
            " WHERE kind = ? AND id = ? AND decided_at IS NOT NULL",
            (substance, matter.kind, matter.id),
        )
    )


def waiting(tx: Tx, kind: str, limit: int) -> list[WaitingMatter]:
    """What waits and is on no line, the longest first."""
    return tx.structs(
        WaitingMatter,
        "SELECT m.id, m.title, m.author_name, m.asked_at FROM approval_matter m"
        " WHERE m.kind = ? AND m.decided_at IS NULL AND NOT EXISTS (SELECT 1 FROM"
        "  approval_underway u WHERE u.kind = m.kind AND u.id = m.id)"
        " ORDER BY m.asked_at, m.id LIMIT ?",
        (kind, limit),
    )


def held(tx: Tx, kind: str, holder_id: str, limit: int) -> list[WaitingMatter]:
    """What is on a line and waits for somebody, the longest first."""
    return tx.structs(
        WaitingMatter,
        "SELECT m.id, m.title, m.author_name, m.asked_at FROM approval_underway u"
        " CROSS JOIN approval_matter m ON m.kind = u.kind AND m.id = u.id"
        " WHERE u.holder_id = ? AND u.kind = ? ORDER BY u.started_at, u.kind, u.id LIMIT ?",
        (holder_id, kind, limit),
    )
