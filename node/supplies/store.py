"""The SQL of supplies: one statement a question."""

import msgspec

from kit.db import Tx
from kit.schema import get_meta, set_meta
from node.supplies.model import SupplyAnswer, SupplyItem

UNREAD = "supplies.unread"  # in kit_meta
_ITEM = (
    "SELECT kind, key, name, content, digest, arrived_at, answer, waits, before FROM supplies_item"
)


def items(tx: Tx) -> list[SupplyItem]:
    """All that came: some dozens, as the province's list is bounded."""
    return tx.structs(SupplyItem, _ITEM + " ORDER BY kind, name, key")


def item(tx: Tx, kind: str, key: str) -> SupplyItem | None:
    return tx.struct(SupplyItem, _ITEM + " WHERE kind = ? AND key = ?", (kind, key))


def put(tx: Tx, one: SupplyItem) -> None:
    tx.execute(
        "INSERT OR REPLACE INTO supplies_item"
        " (kind, key, name, content, digest, arrived_at, answer, waits, before)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        msgspec.structs.astuple(one),
    )


def answer(tx: Tx, one: SupplyItem, said: SupplyAnswer, before: str) -> None:
    tx.execute(
        "UPDATE supplies_item SET answer = ?, waits = 0, before = ? WHERE kind = ? AND key = ?",
        (said, before, one.kind, one.key),
    )


def remove(tx: Tx, kind: str, key: str) -> None:
    tx.execute("DELETE FROM supplies_item WHERE kind = ? AND key = ?", (kind, key))


def waiting(tx: Tx) -> int:
    """How many wait for a word of the administrator."""
    return int(tx.value("SELECT count(*) FROM supplies_item WHERE waits = 1"))


def taken_from(tx: Tx) -> int:
    """The version of the release that was read last; 0: none."""
    return int(tx.value("SELECT coalesce(max(version), 0) FROM supplies_release"))


def take_from(tx: Tx, version: int) -> None:
    tx.execute("INSERT OR REPLACE INTO supplies_release (id, version) VALUES (1, ?)", (version,))


def unread(tx: Tx) -> str:
    """Why the newest list could not be read, as the program says it; empty: it was read."""
    return get_meta(tx, UNREAD) or ""


def note_unread(tx: Tx, why: str) -> None:
    set_meta(tx, UNREAD, why)


def renew(tx: Tx, one: SupplyItem, digest: str) -> None:
    """The province's list changed, and this does not."""
    tx.execute(
        "UPDATE supplies_item SET digest = ? WHERE kind = ? AND key = ?",
        (digest, one.kind, one.key),
    )


def by_themselves(tx: Tx) -> dict[str, str]:
    """Kinds that come by themselves → who said so."""
    return dict(tx.rows("SELECT kind, set_by FROM supplies_by_itself"))


def let_come(tx: Tx, kind: str, by: str, at: int) -> None:
    tx.execute(
        "INSERT OR REPLACE INTO supplies_by_itself (kind, set_by, set_at) VALUES (?, ?, ?)",
        (kind, by, at),
    )


def let_wait(tx: Tx, kind: str) -> None:
    tx.execute("DELETE FROM supplies_by_itself WHERE kind = ?", (kind,))
