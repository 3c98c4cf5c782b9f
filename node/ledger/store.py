"""The SQL of the ledger."""

from typing import TypeVar

from kit.db import Tx, decode, encode
from node.ledger.model import LedgerKey, LostHistory
from protocol.attestation import KeyAttestation, KeyEnd
from protocol.merkle import EMPTY_ROOT, Frontier, SubtreeHash, node_hash, split_point
from protocol.records import AuditHeadV1, SignedRecord
from protocol.rotation import SignedRotation

T = TypeVar("T")

BATCH = 2_000


def frontier(tx: Tx) -> Frontier:
    row = tx.row("SELECT size, peaks FROM ledger_frontier")
    assert row is not None
    return Frontier.from_bytes(row[0], row[1])


def append(tx: Tx, signed: SignedRecord, leaf: bytes, at: int) -> int:
    """Add a leaf with the subtrees it completes; its position."""
    held = frontier(tx)
    position = held.size
    tx.execute(
        "INSERT INTO ledger_leaf (position, hash, text, key_id, signature, at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (position, leaf, signed.text, signed.key_id, signed.signature, at),
    )
    peaks, carry, place, level = list(held.peaks), leaf, position, 0
    while place & 1:
        carry = node_hash(peaks.pop(), carry)
        place >>= 1
        level += 1
        tx.execute(
            "INSERT INTO ledger_node (level, position, hash) VALUES (?, ?, ?)",
            (level, place, carry),
        )
    after = Frontier(position + 1, (*peaks, carry))
    tx.execute("UPDATE ledger_frontier SET size = ?, peaks = ?", (after.size, after.to_bytes()))
    return position


def keys(tx: Tx) -> list[LedgerKey]:
    """All keys of the school, the first one first."""
    return [
        LedgerKey(
            row[0],
            row[1],
            row[2],
            row[3],
            row[4],
            _read(row[5], KeyAttestation),
            _read(row[6], KeyEnd),
            _read(row[7], SignedRotation),
        )
        for row in tx.rows(
            "SELECT key_id, signing, from_position, since_at, until_at, attestation, ending,"
            " rotation FROM ledger_key ORDER BY number"
        )
    ]


def _read(text: str | None, kind: type[T]) -> T | None:
    return None if text is None else decode(text, kind)


def key_in_force(tx: Tx) -> str | None:
    """The id of the key that signs; None in a log that never signed."""
    found = tx.value("SELECT key_id FROM ledger_key WHERE until_at IS NULL")
    return None if found is None else str(found)


def add_key(
    tx: Tx,
    key_id: str,
    signing: str,
    at: int,
    *,
    attestation: KeyAttestation | None,
    rotation: SignedRotation | None = None,
) -> None:
    """From the next record on this key signs; the one before it, where there is one, no more."""
    tx.execute("UPDATE ledger_key SET until_at = ? WHERE until_at IS NULL", (at,))
    tx.execute(
        "INSERT INTO ledger_key (key_id, signing, from_position, since_at, attestation, rotation)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            key_id,
            signing,
            0 if rotation is None else frontier(tx).size,
            at,
            encode(attestation) if attestation is not None else None,
            encode(rotation) if rotation is not None else None,
        ),
    )


def save_attestation(tx: Tx, signing: str, attestation: KeyAttestation) -> None:
    tx.execute(
        "UPDATE ledger_key SET attestation = ? WHERE signing = ?", (encode(attestation), signing)
    )


def save_ending(tx: Tx, signing: str, ending: KeyEnd) -> None:
    """The hub's word on the end of an earlier key; the one in force has not ended."""
    tx.execute(
        "UPDATE ledger_key SET ending = ? WHERE signing = ? AND until_at IS NOT NULL",
        (encode(ending), signing),
    )


def subtrees(tx: Tx) -> SubtreeHash:
    """Hash of any range of leaves RFC 6962 asks for, from the stored full subtrees."""

    def subtree(start: int, end: int) -> bytes:
        count = end - start
        if count == 1:
            return _leaf_hash(tx, start)
        if count & (count - 1) == 0 and start % count == 0:
            level = count.bit_length() - 1
            found = tx.value(
                "SELECT hash FROM ledger_node WHERE level = ? AND position = ?",
                (level, start >> level),
            )
            if found is not None:
                return bytes(found)
        middle = start + split_point(count)
        return node_hash(subtree(start, middle), subtree(middle, end))

    return subtree


def root(tx: Tx, size: int) -> bytes | None:
    """Tree hash of the first `size` leaves; None when the log does not have so many."""
    if size == 0:
        return EMPTY_ROOT
    try:
        return subtrees(tx)(0, size)
    except LookupError:
        return None


def _leaf_hash(tx: Tx, position: int) -> bytes:
    found = tx.value("SELECT hash FROM ledger_leaf WHERE position = ?", (position,))
    if found is None:
        raise LookupError(f"no leaf {position}")
    return bytes(found)


def record(tx: Tx, position: int) -> SignedRecord | None:
    row = tx.row("SELECT text, key_id, signature FROM ledger_leaf WHERE position = ?", (position,))
    return None if row is None else SignedRecord(text=row[0], key_id=row[1], signature=row[2])


def leaves(tx: Tx, after: int, limit: int) -> list[tuple[int, bytes, SignedRecord]]:
    """(position, hash, record) of the leaves behind a position, in order."""
    rows = tx.rows(
        "SELECT position, hash, text, key_id, signature FROM ledger_leaf"
        " WHERE position > ? ORDER BY position LIMIT ?",
        (after, limit),
    )
    return [
        (position, bytes(leaf), SignedRecord(text=text, key_id=key, signature=signature))
        for position, leaf, text, key, signature in rows
    ]


def nodes(tx: Tx, first: int, last: int) -> dict[tuple[int, int], bytes]:
    """(level, position) → hash of the subtrees that the leaves from `first` to `last` complete."""
    found: dict[tuple[int, int], bytes] = {}
    for level in range(1, (last + 1).bit_length()):
        rows = tx.rows(
            "SELECT position, hash FROM ledger_node WHERE level = ? AND position BETWEEN ? AND ?",
            (level, (first >> level) - 1, last >> level),
        )
        found |= {(level, position): bytes(value) for position, value in rows}
    return found


def node(tx: Tx, level: int, position: int) -> bytes | None:
    found = tx.value(
        "SELECT hash FROM ledger_node WHERE level = ? AND position = ?", (level, position)
    )
    return None if found is None else bytes(found)


def save_witness(tx: Tx, size: int, root: str, witness: str) -> None:
    tx.execute(
        "INSERT INTO ledger_witness (size, root, witness) VALUES (?, ?, ?)"
        " ON CONFLICT (size) DO NOTHING",
        (size, root, witness),
    )


def witness_from(tx: Tx, size: int) -> str | None:
    """The earliest witness of a log of at least `size` leaves."""
    found = tx.value(
        "SELECT witness FROM ledger_witness WHERE size >= ? ORDER BY size LIMIT 1", (size,)
    )
    return None if found is None else str(found)


def witnessed_roots(tx: Tx) -> dict[int, str]:
    return dict(tx.rows("SELECT size, root FROM ledger_witness ORDER BY size"))


def save_lost(tx: Tx, size: int, root: str, witness: str, at: int) -> None:
    """A head of a lost history is the last one that the hub accepted, once more or for the first
    time."""
    tx.execute(
        "INSERT INTO ledger_lost (size, root, witness, found_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (size, root) DO UPDATE SET settled_at = NULL"
        " WHERE settled_at IS NOT NULL",
        (size, root, witness, at),
    )


def settle_lost(tx: Tx, at: int) -> None:
    tx.execute("UPDATE ledger_lost SET settled_at = ? WHERE settled_at IS NULL", (at,))


def lost(tx: Tx) -> list[LostHistory]:
    """The last found first."""
    return tx.structs(
        LostHistory,
        "SELECT size, found_at, settled_at FROM ledger_lost ORDER BY found_at DESC, size DESC",
    )


_AUDIT_HEADS = (
    "SELECT position, text FROM ledger_v_leaf WHERE form_id IS NULL AND type = 'audit-head.v1'"
)


def audit_heads(tx: Tx, after: int) -> list[tuple[int, AuditHeadV1]]:
    """(position, record) of the audit log's heads behind a position, in order, a batch."""
    rows = tx.rows(
        _AUDIT_HEADS + " AND position > ? ORDER BY position LIMIT ?",
        (after, BATCH),
    )
    return [(position, decode(text, AuditHeadV1)) for position, text in rows]


def last_audit_head(tx: Tx) -> AuditHeadV1 | None:
    row = tx.row(_AUDIT_HEADS + " ORDER BY position DESC LIMIT 1")
    return None if row is None else decode(row[1], AuditHeadV1)
