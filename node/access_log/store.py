"""SQL of the access log."""

from collections.abc import Sequence

import msgspec

from kit.db import Tx
from node.access_log.model import ChainHead, EntriesWanted, JournalPlace, LogState, LookEntry


def place(tx: Tx) -> JournalPlace:
    row = tx.struct(JournalPlace, "SELECT number, position FROM access_log_state")
    assert row is not None
    return row


def move(tx: Tx, found: JournalPlace, after: JournalPlace) -> bool:
    """Go on from `found` to `after`; False when the log is somewhere else by now."""
    return bool(
        tx.execute(
            "UPDATE access_log_state SET number = ?, position = ? WHERE number = ? AND position = ?",
            (after.number, after.position, found.number, found.position),
        )
    )


def end(tx: Tx) -> tuple[int, bytes]:
    """(seq, hash) of the last entry."""
    row = tx.row("SELECT seq, head FROM access_log_state")
    assert row is not None
    return row[0], row[1]


def add(tx: Tx, entries: Sequence[LookEntry]) -> None:
    """Append entries that continue the chain."""
    tx.many(
        "INSERT INTO access_log_entry (seq, at, reader_id, reader_name, address, what, subject,"
        " title, persons, shown, odd, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [msgspec.structs.astuple(entry) for entry in entries],
    )
    tx.many(
        "INSERT INTO access_log_shown (person_id, at, seq) VALUES (?, ?, ?)",
        [(person, entry.at, entry.seq) for entry in entries for person in entry.person_ids],
    )
    tx.execute("UPDATE access_log_state SET seq = ?, head = ?", (entries[-1].seq, entries[-1].hash))


def shown_since(tx: Tx, reader_id: str, since: int) -> int:
    """How many persons somebody was shown since a moment."""
    return int(
        tx.value(
            "SELECT coalesce(sum(shown), 0) FROM access_log_entry WHERE reader_id = ? AND at >= ?",
            (reader_id, since),
        )
    )


# Looking ----------------------------------------------------------------------------------------

_ALL = (
    "SELECT seq, at, reader_id, reader_name, address, what, subject, title, persons, shown, odd,"
    " hash FROM access_log_entry WHERE at >= ? AND at < ? AND (at, seq) < (?, ?)"
    " ORDER BY at DESC, seq DESC LIMIT ?"
)
_ODD = (
    "SELECT seq, at, reader_id, reader_name, address, what, subject, title, persons, shown, odd,"
    " hash FROM access_log_entry WHERE odd <> 0 AND at >= ? AND at < ? AND (at, seq) < (?, ?)"
    " ORDER BY at DESC, seq DESC LIMIT ?"
)
_BY_READER = (
    "SELECT seq, at, reader_id, reader_name, address, what, subject, title, persons, shown, odd,"
    " hash FROM access_log_entry INDEXED BY access_log_entry_reader"
    " WHERE reader_id = ? AND at >= ? AND at < ? AND (at, seq) < (?, ?)"
    " ORDER BY at DESC, seq DESC LIMIT ?"
)
_ABOUT_PERSON = (
    "SELECT e.seq, e.at, e.reader_id, e.reader_name, e.address, e.what, e.subject, e.title,"
    " e.persons, e.shown, e.odd, e.hash FROM access_log_shown s"
    " JOIN access_log_entry e ON e.seq = s.seq"
    " WHERE s.person_id = ? AND s.at >= ? AND s.at < ? AND (s.at, s.seq) < (?, ?)"
    " ORDER BY s.at DESC, s.seq DESC LIMIT ?"
)


def entries(tx: Tx, wanted: EntriesWanted, limit: int) -> list[LookEntry]:
    """The newest first."""
    of_whom = [one for one in (wanted.person_id or wanted.reader_id,) if one]
    if wanted.person_id:
        sql = _ABOUT_PERSON
    elif wanted.reader_id:
        sql = _BY_READER
    else:
        sql = _ODD if wanted.is_odd else _ALL
    return tx.structs(LookEntry, sql, (*of_whom, wanted.since, wanted.until, *wanted.before, limit))


def count(tx: Tx, since: int, until: int) -> tuple[int, int]:
    """(entries, odd entries) of a time."""
    times = (since, until)
    return (
        int(tx.value("SELECT count(*) FROM access_log_entry WHERE at >= ? AND at < ?", times)),
        int(
            tx.value(
                "SELECT count(*) FROM access_log_entry WHERE odd <> 0 AND at >= ? AND at < ?", times
            )
        ),
    )


def state(tx: Tx) -> LogState:
    row = tx.row(
        "SELECT s.seq, s.head, s.checked_at, s.broken_at,"
        " (SELECT min(seq) FROM access_log_entry), (SELECT min(at) FROM access_log_entry)"
        " FROM access_log_state s"
    )
    assert row is not None
    seq, head, checked_at, broken_at, first_seq, first_at = row
    kept = seq - first_seq + 1 if first_seq is not None else 0
    return LogState(kept, ChainHead(seq, head.hex()), first_at, checked_at, broken_at)


# The chain and its end --------------------------------------------------------------------------


def base(tx: Tx) -> bytes:
    """The hash that the oldest entry still kept follows on."""
    return bytes(tx.value("SELECT base FROM access_log_state"))


def following(tx: Tx, seq: int, limit: int) -> list[LookEntry]:
    """The entries after one, the oldest first."""
    return tx.structs(
        LookEntry,
        "SELECT seq, at, reader_id, reader_name, address, what, subject, title, persons, shown,"
        " odd, hash FROM access_log_entry WHERE seq > ? ORDER BY seq LIMIT ?",
        (seq, limit),
    )


def hash_of(tx: Tx, seq: int) -> bytes | None:
    found = tx.value("SELECT hash FROM access_log_entry WHERE seq = ?", (seq,))
    return None if found is None else bytes(found)


def set_checked(tx: Tx, at: int, broken_at: int | None) -> None:
    tx.execute("UPDATE access_log_state SET checked_at = ?, broken_at = ?", (at, broken_at))


def remove(tx: Tx, old: Sequence[LookEntry], before: int) -> None:
    """Remove the oldest entries, all of them from before a moment; the chain begins after them."""
    tx.execute("UPDATE access_log_state SET removable_before = ?, base = ?", (before, old[-1].hash))
    tx.many(
        "DELETE FROM access_log_shown WHERE person_id = ? AND at = ? AND seq = ?",
        [(person, entry.at, entry.seq) for entry in old for person in entry.person_ids],
    )
    tx.many("DELETE FROM access_log_entry WHERE seq = ?", [(entry.seq,) for entry in old])


def oldest(tx: Tx) -> int:
    """The seq of the oldest entry still kept; beyond the last where there is none."""
    return int(
        tx.value("SELECT coalesce((SELECT min(seq) FROM access_log_entry), seq + 1)"
                 " FROM access_log_state")
    )  # fmt: skip
