"""The SQL of records whose text the school disposed of: what is listed to go, by which record it went."""

from collections.abc import Iterable

from kit.db import Tx
from node.ledger.model import Disposed


def add(tx: Tx, list_id: str, positions: Iterable[int]) -> None:
    """List records that are to go."""
    tx.many(
        "INSERT INTO ledger_disposed (position, list) VALUES (?, ?) ON CONFLICT (position) DO NOTHING",
        [(position, list_id) for position in positions],
    )


def listed(tx: Tx, list_id: str) -> list[tuple[int, bytes]]:
    """(place, leaf hash) of what is listed, in order."""
    rows = tx.rows(
        "SELECT d.position, l.hash FROM ledger_disposed d JOIN ledger_leaf l ON l.position = d.position"
        " WHERE d.list = ? ORDER BY d.position",
        (list_id,),
    )
    return [(position, bytes(leaf)) for position, leaf in rows]


def give_up(tx: Tx, list_id: str) -> None:
    """What is listed does not go after all; a trigger refuses it once the log says that it does."""
    tx.execute("DELETE FROM ledger_disposed WHERE list = ?", (list_id,))


def close(tx: Tx, list_id: str, record: int, at: int) -> None:
    """The log says from now on that what is listed goes."""
    tx.execute(
        "INSERT INTO ledger_disposal (record, list, at) VALUES (?, ?, ?)", (record, list_id, at)
    )


def erase(tx: Tx, list_id: str, positions: Iterable[int]) -> None:
    """The texts and signatures of listed records; a trigger refuses all others."""
    tx.many(
        "UPDATE ledger_leaf SET text = '', signature = '' WHERE position = ? AND text <> ''"
        " AND EXISTS (SELECT 1 FROM ledger_disposed d WHERE d.position = ledger_leaf.position"
        "  AND d.list = ?)",
        [(position, list_id) for position in positions],
    )


def disposed(tx: Tx, position: int, leaf: bytes) -> Disposed | None:
    """By what a record went, for whoever knows its hash; None: it did not."""
    return tx.struct(
        Disposed,
        "SELECT r.record, r.at FROM ledger_leaf l JOIN ledger_disposed d ON d.position = l.position"
        " JOIN ledger_disposal r ON r.list = d.list"
        " WHERE l.position = ? AND l.hash = ? AND l.text = ''",
        (position, leaf),
    )


def disposed_in(tx: Tx, after: int, last: int) -> frozenset[int]:
    """Of the places behind one, up to another, those of records that a disposal in the log lists."""
    rows = tx.rows(
        "SELECT d.position FROM ledger_disposed d JOIN ledger_disposal r ON r.list = d.list"
        " JOIN ledger_v_leaf l ON l.position = r.record AND l.type = 'disposal.v1'"
        " WHERE d.position > ? AND d.position <= ?",
        (after, last),
    )
    return frozenset(position for (position,) in rows)


def lists_in(tx: Tx, after: int, last: int) -> dict[int, list[tuple[int, bytes]]]:
    """By the place of each disposal behind one, up to another: what it lists."""
    rows = tx.rows(
        "SELECT record, list FROM ledger_disposal WHERE record > ? AND record <= ?", (after, last)
    )
    return {record: listed(tx, list_id) for record, list_id in rows}
