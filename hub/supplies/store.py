"""The SQL of supplies: one statement a question."""

from collections.abc import Iterable

from hub.supplies.model import SupplyItem
from kit.db import Tx, decode, encode

_ITEM = (
    "SELECT kind, key, name, state, published, changed_at, changed_by, withdrawn_at"
    " FROM supplies_item"
)


def items(tx: Tx) -> list[SupplyItem]:
    """All: some dozens, as `MOST_OF_A_KIND` says; without their contents."""
    return tx.structs(SupplyItem, _ITEM + " ORDER BY kind, key")


def item(tx: Tx, kind: str, key: str) -> SupplyItem | None:
    return tx.struct(SupplyItem, _ITEM + " WHERE kind = ? AND key = ?", (kind, key))


def content(tx: Tx, kind: str, key: str) -> str:
    return str(
        tx.value("SELECT content FROM supplies_item WHERE kind = ? AND key = ?", (kind, key))
    )


def put(tx: Tx, one: SupplyItem, content: str) -> None:
    """As it is from now on; what was published of it stays."""
    tx.execute(
        "INSERT INTO supplies_item (kind, key, name, content, state, published, changed_at,"
        " changed_by, withdrawn_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (kind, key) DO UPDATE SET name = excluded.name, content = excluded.content,"
        " state = excluded.state, changed_at = excluded.changed_at,"
        " changed_by = excluded.changed_by, withdrawn_at = excluded.withdrawn_at",
        (
            one.kind,
            one.key,
            one.name,
            content,
            one.state,
            one.published,
            one.changed_at,
            one.changed_by,
            one.withdrawn_at,
        ),
    )


def withdraw(tx: Tx, kind: str, key: str, at: int | None, by: str, changed_at: int) -> None:
    """Out of the next publication, or (`at` None) back into it."""
    tx.execute(
        "UPDATE supplies_item SET withdrawn_at = ?, changed_by = ?, changed_at = ?"
        " WHERE kind = ? AND key = ?",
        (at, by, changed_at, kind, key),
    )


def forget(tx: Tx, kind: str, key: str) -> None:
    tx.execute("DELETE FROM supplies_item WHERE kind = ? AND key = ?", (kind, key))


def keep_release(tx: Tx, version: int, held: Iterable[tuple[str, str, str]]) -> None:
    """What a release holds."""
    tx.execute(
        "INSERT INTO supplies_release (version, held) VALUES (?, ?)", (version, encode(list(held)))
    )


def release(tx: Tx, version: int) -> list[tuple[str, str, str]] | None:
    """What a release holds; None: it is older than our records."""
    row = tx.row("SELECT held FROM supplies_release WHERE version = ?", (version,))
    return None if row is None else decode(row[0], list[tuple[str, str, str]])


def mark_published(tx: Tx, held: Iterable[tuple[str, str, str]]) -> None:
    """This is what schools are given; all else is not in the release."""
    tx.execute("UPDATE supplies_item SET published = '' WHERE published <> ''")
    tx.many(
        "UPDATE supplies_item SET published = ? WHERE kind = ? AND key = ?",
        [(state, kind, key) for kind, key, state in held],
    )
    tx.execute("DELETE FROM supplies_item WHERE withdrawn_at IS NOT NULL AND published = ''")
