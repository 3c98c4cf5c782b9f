"""The SQL of notifications: lines that somebody finds in the portal."""

from collections.abc import Collection, Iterable

from kit.db import Tx, encode
from kit.ids import new_id
from node.notices.model import NotificationLine, Told, Topic

_LINE = "SELECT id, person_id, kind, about, children, at, seen_at FROM notices_line"


def add(tx: Tx, told: Told, what: Topic, at: int) -> None:
    tx.many(
        "INSERT INTO notices_line (id, person_id, kind, about, at, children)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (new_id(), person, what.kind, what.about, at, encode(sorted(children)))
            for person, children in told.items()
        ],
    )


def drop_unseen(tx: Tx, people: Iterable[str], kinds: Collection[str], about: str) -> None:
    """Forget what nobody has looked at yet."""
    listed = encode(sorted(kinds))
    tx.many(
        "DELETE FROM notices_line WHERE person_id = ? AND seen_at IS NULL AND about = ?"
        " AND kind IN (SELECT value FROM json_each(?))",
        [(person, about, listed) for person in people],
    )


def drop(tx: Tx, people: Iterable[str], about: str) -> None:
    tx.many(
        "DELETE FROM notices_line WHERE person_id = ? AND about = ?",
        [(person, about) for person in people],
    )


def latest(tx: Tx, person_id: str, limit: int, behind: int) -> list[NotificationLine]:
    """Somebody's lines, the newest first, behind so many of them."""
    sql = _LINE + " WHERE person_id = ? ORDER BY at DESC LIMIT ? OFFSET ?"
    return tx.structs(NotificationLine, sql, (person_id, limit, behind))


def unseen(tx: Tx, person_id: str) -> list[NotificationLine]:
    """Those that they have not looked at, the newest first."""
    sql = (
        _LINE + " WHERE person_id = ? AND seen_at IS NULL ORDER BY +at DESC"
    )  # few: by their own index
    return tx.structs(NotificationLine, sql, (person_id,))


def mark_seen(tx: Tx, person_id: str, at: int) -> None:
    tx.execute(
        "UPDATE notices_line SET seen_at = ? WHERE person_id = ? AND seen_at IS NULL",
        (at, person_id),
    )


def mark_seen_of(tx: Tx, person_id: str, about: str, at: int) -> None:
    tx.execute(
        "UPDATE notices_line SET seen_at = ? WHERE person_id = ? AND about = ? AND seen_at IS NULL",
        (at, person_id, about),
    )
