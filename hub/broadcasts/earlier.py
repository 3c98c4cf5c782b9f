"""The SQL of deliveries as earlier releases kept them, and how they come over in portions.

A row stands in one of the two tables. Whoever writes brings the rows over first; whoever reads looks
into both until the move `broadcasts.deliveries` has come to its end.
"""

from collections.abc import Sequence

from hub.broadcasts import numbers
from kit.db import Row, Tx

MOVED = 100  # rows in one step, a few milliseconds
_ROW = (
    "SELECT d.notice_id, d.school_id, n.notice, d.seq, d.reminded_at, d.revision, d.received_at,"
    " d.addressees, d.read_count, d.acknowledged_at, d.published_at, d.delayed_until, d.vetoed_at,"
    " nullif(d.reason, '') FROM broadcasts_earlier d"
    " JOIN broadcasts_sent n ON n.notice_id = d.notice_id"
)


def has_news(tx: Tx, school_id: str, seq: int) -> bool:
    """Whether a delivery of an earlier release stands in the school's stream after this number."""
    found = tx.value(
        "SELECT 1 FROM broadcasts_earlier WHERE school_id = ? AND seq > ? LIMIT 1",
        (school_id, seq),
    )
    return found is not None


def news(tx: Tx, school_id: str, seq: int, limit: int) -> list[Row]:
    """(place in the school's stream, notice) of the first such deliveries."""
    return tx.rows(
        "SELECT seq, notice_id FROM broadcasts_earlier WHERE school_id = ? AND seq > ?"
        " ORDER BY seq LIMIT ?",
        (school_id, seq, limit),
    )


def file_for(tx: Tx, school_id: str, sha256: str) -> str | None:
    """Media type of a file of a notice addressed to the school."""
    found = tx.value(
        "SELECT f.media_type FROM broadcasts_file f JOIN broadcasts_earlier d"
        " ON d.notice_id = f.notice_id AND d.school_id = ? WHERE f.sha256 = ? LIMIT 1",
        (school_id, sha256),
    )
    return None if found is None else str(found)


def bring(tx: Tx, school_id: str, notice_ids: Sequence[str]) -> None:
    """Bring a school's rows of these notices over."""
    if tx.value("SELECT 1 FROM broadcasts_earlier LIMIT 1") is not None:
        where = " WHERE d.school_id = ? AND d.notice_id IN" + numbers.places(notice_ids)
        _bring(tx, tx.rows(_ROW + where, [school_id, *notice_ids]))


def bring_some(tx: Tx, notice_id: str) -> bool:
    """Bring the next rows of a notice over; whether there were any."""
    rows = tx.rows(_ROW + " WHERE d.notice_id = ? LIMIT ?", (notice_id, MOVED))
    _bring(tx, rows)
    return bool(rows)


def move(tx: Tx, at: str | None) -> str | None:
    """A step of the move `broadcasts.deliveries`: the first rows that are left."""
    rows = tx.rows(_ROW + " ORDER BY d.notice_id, d.school_id LIMIT ?", (MOVED,))
    _bring(tx, rows)
    return "more" if len(rows) == MOVED else None


def _bring(tx: Tx, rows: Sequence[Row]) -> None:
    """Take each row over with its own place in the school's stream, and note what went out there."""
    if not rows:
        return
    schools = numbers.of_schools(tx, [row[1] for row in rows])
    tx.many(
        "INSERT INTO broadcasts_delivery (notice, school, own_seq, reminded_at, revision,"
        " received_at, addressees, read_count, acknowledged_at, published_at, delayed_until,"
        " vetoed_at, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(row[2], schools[row[1]], *row[3:]) for row in rows],
    )
    tx.many(
        "INSERT INTO broadcasts_dispatch (seq, notice, revision, begun_at, sent_by, sent_by_name,"
        " position, schools) VALUES (?, ?, 0, 0, '', '', '', 0) ON CONFLICT (seq) DO NOTHING",
        sorted({(row[3], row[2]) for row in rows}),
    )
    tx.many(
        "DELETE FROM broadcasts_earlier WHERE notice_id = ? AND school_id = ?",
        [row[:2] for row in rows],
    )
