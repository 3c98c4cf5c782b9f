"""The SQL of locks."""

from collections.abc import Sequence

from kit.db import Tx, encode
from node.drive.model import Lock

_SELECT = (
    "SELECT l.token, l.item_id, l.is_deep, l.is_shared, l.person_id, l.person_name, l.owner, l.href,"
    " l.seconds, l.until, l.seen FROM "
)
_OF = _SELECT + (
    "drive_within w CROSS JOIN drive_lock l ON l.item_id = w.ancestor_id"
    " WHERE w.item_id = ? AND l.until > ? AND (w.depth = 0 OR l.is_deep = 1)"
)
# From the locks that are live, of which there are few: a folder may hold anything.
_BELOW = _SELECT + (
    "drive_lock l INDEXED BY drive_lock_until CROSS JOIN drive_within w ON w.item_id = l.item_id"
    " WHERE l.until > ? AND w.ancestor_id = ? AND w.depth > 0"
)
_ONE = _SELECT + "drive_lock l WHERE l.token = ?"


def add(tx: Tx, new: Lock) -> None:
    tx.execute(
        "INSERT INTO drive_lock (token, item_id, is_deep, is_shared, person_id, person_name, owner,"
        " href, seconds, until, seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new.token,
            new.item_id,
            new.is_deep,
            new.is_shared,
            new.person_id,
            new.person_name,
            new.owner,
            new.href,
            new.seconds,
            new.until,
            new.seen,
        ),
    )


def lock(tx: Tx, token: str) -> Lock | None:
    """A lock, live or over."""
    return tx.struct(Lock, _ONE, (token,))


def of(tx: Tx, item_id: str, now: int) -> list[Lock]:
    """Live locks that hold for an item: its own, and deep ones of the folders above."""
    return tx.structs(Lock, _OF, (item_id, now))


def below(tx: Tx, folder_id: str, now: int) -> list[Lock]:
    """Live locks of what is inside a folder."""
    return tx.structs(Lock, _BELOW, (now, folder_id))


def of_items(tx: Tx, item_ids: Sequence[str], now: int) -> list[Lock]:
    """Live locks taken on these items themselves."""
    return tx.structs(
        Lock,
        "SELECT l.token, l.item_id, l.is_deep, l.is_shared, l.person_id, l.person_name, l.owner,"
        " l.href, l.seconds, l.until, l.seen FROM json_each(?) j"
        " CROSS JOIN drive_lock l ON l.item_id = j.value WHERE l.until > ?",
        (encode(list(item_ids)), now),
    )


def count_of(tx: Tx, person_id: str, now: int) -> int:
    """How many live locks somebody has."""
    return int(
        tx.value(
            "SELECT count(*) FROM drive_lock WHERE person_id = ? AND until > ?", (person_id, now)
        )
    )


def renew(tx: Tx, token: str, seconds: int, until: int) -> None:
    tx.execute(
        "UPDATE drive_lock SET seconds = ?, until = ? WHERE token = ?", (seconds, until, token)
    )


def end(tx: Tx, token: str, now: int) -> None:
    """It holds no more."""
    tx.execute("UPDATE drive_lock SET until = ? WHERE token = ? AND until > ?", (now, token, now))


def end_of(tx: Tx, item_id: str, now: int) -> None:
    """None of an item's own locks holds any more."""
    tx.execute(
        "UPDATE drive_lock SET until = ? WHERE item_id = ? AND until > ?", (now, item_id, now)
    )


def hand_on(tx: Tx, item_id: str, to: str, now: int) -> None:
    """What an item's holders still send is meant for the file that it became."""
    tx.execute(
        "UPDATE drive_lock SET item_id = ?, until = min(until, ?) WHERE item_id = ?",
        (to, now, item_id),
    )


def know(tx: Tx, item_id: str, person_id: str, number: int) -> None:
    """Somebody's clients know this version of a file."""
    tx.execute(
        "UPDATE drive_lock SET seen = ? WHERE item_id = ? AND person_id = ?",
        (number, item_id, person_id),
    )


def forget(tx: Tx, before: int, limit: int) -> int:
    """Forget locks that were over then; how many."""
    return tx.execute(
        "DELETE FROM drive_lock WHERE token IN"
        " (SELECT token FROM drive_lock WHERE until < ? ORDER BY until LIMIT ?)",
        (before, limit),
    )


def unfilled(tx: Tx, now: int, limit: int) -> list[str]:
    """Names that were locked and have neither a content nor a live lock."""
    return [
        item_id
        for (item_id,) in tx.rows(
            "SELECT i.id FROM drive_item i INDEXED BY drive_item_unfilled"
            " WHERE i.is_folder = 0 AND i.version = 0 AND NOT EXISTS"
            " (SELECT 1 FROM drive_lock l WHERE l.item_id = i.id AND l.until > ?) LIMIT ?",
            (now, limit),
        )
    ]
