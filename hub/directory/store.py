"""The SQL of the address book."""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

import msgspec

from hub.directory.model import DirectoryTotals, SchoolFound, StaffFound
from hub.directory.words import TOP, keys, words
from kit.db import Row, Tx, Value
from protocol.directory import (
    Cursor,
    Entry,
    Increment,
    SchoolEntry,
    StaffEntry,
    normalise,
    remove,
)
from protocol.identity import SchoolId
from protocol.sync import RemoteIncrement

HERE, GONE, LEFT = "here", "gone", "left"


# Shares of schools ----------------------------------------------------------------------------


def held(tx: Tx, school_id: str) -> tuple[Cursor, str] | None:
    """How far a school's share was taken over, and its digest."""
    row = tx.row("SELECT epoch, seq, digest FROM directory_share WHERE school_id = ?", (school_id,))
    return None if row is None else (Cursor(epoch=row[0], seq=row[1]), row[2])


def hashes(tx: Tx, school_id: str) -> dict[str, str]:
    """Entry id → hash of what is held of a school."""
    return dict(
        tx.rows(
            "SELECT entry_id, hash FROM directory_entry WHERE school_id = ? AND state = 'here'",
            (school_id,),
        )
    )


def apply(tx: Tx, school_id: str, changes: Mapping[str, Increment], *, fresh: bool) -> int:
    """Let each change take the place of what was known of its entry; the stream's last number.

    `fresh`: nothing of this school was ever held, so there is nothing to take away.
    """
    if not fresh:
        _forget(tx, school_id, list(changes))
    seq = _take_numbers(tx, len(changes))
    rows = [
        _row(number, school_id, increment)
        for number, increment in enumerate(changes.values(), start=seq + 1)
    ]
    tx.many(
        "INSERT INTO directory_entry (seq, school_id, entry_id, state, kind, hash, name_key,"
        " initials, position_key, department_key, text_key, increment)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    found = sorted(_words_of((row[0], *row[6:10], row[4]) for row in rows))
    tx.many("INSERT INTO directory_word (word, seq) VALUES (?, ?)", found)
    return seq + len(rows)


def _row(seq: int, school_id: str, increment: Increment) -> tuple[Value, ...]:
    entry = increment.entry
    text = msgspec.json.encode(increment).decode()
    if entry is None:
        return (seq, school_id, increment.id, GONE, "", "", "", "", "", "", "", text)
    found = keys(entry)
    return (
        seq,
        school_id,
        increment.id,
        HERE,
        "staff" if isinstance(entry, StaffEntry) else "school",
        increment.hash or "",
        found.name,
        found.initials,
        found.position,
        found.department,
        found.text,
        text,
    )


def _take_numbers(tx: Tx, count: int) -> int:
    """Reserve `count` numbers of the stream; the last one before them."""
    last = int(
        tx.value("UPDATE directory_stream SET seq = seq + ? WHERE id = 1 RETURNING seq", (count,))
    )
    return last - count


def _forget(tx: Tx, school_id: str, entry_ids: list[str]) -> None:
    old: list[Row] = []
    for entry_id in entry_ids:
        old += tx.rows(
            "DELETE FROM directory_entry WHERE school_id = ? AND entry_id = ?"
            " RETURNING seq, name_key, initials, position_key, department_key, kind",
            (school_id, entry_id),
        )
    _forget_words(tx, old)


def _forget_words(tx: Tx, old: Iterable[Row]) -> None:
    tx.many(
        "DELETE FROM directory_word WHERE word = ? AND seq = ?",
        list(_words_of(old)),
    )


def _words_of(entries: Iterable[Row]) -> Iterable[tuple[str, int]]:
    """(word, seq) of rows of (seq, name, initials, position, department, kind)."""
    for seq, name, initials, position, department, kind in entries:
        if kind == "staff":
            for word in words(name, initials, position, department):
                yield word, seq


def forget_school(tx: Tx, school_id: str) -> None:
    """Take the whole share away; nodes hear that the school left."""
    old = tx.rows(
        "DELETE FROM directory_entry WHERE school_id = ?"
        " RETURNING seq, name_key, initials, position_key, department_key, kind",
        (school_id,),
    )
    _forget_words(tx, old)
    tx.execute("DELETE FROM directory_share WHERE school_id = ?", (school_id,))
    seq = _take_numbers(tx, 1) + 1
    tx.execute(
        "INSERT INTO directory_entry (seq, school_id, entry_id, state, kind, hash, name_key,"
        " initials, position_key, department_key, text_key, increment)"
        " VALUES (?, ?, '', 'left', '', '', '', '', '', '', '', '')",
        (seq, school_id),
    )


def forget_leaving(tx: Tx, school_id: str) -> None:
    """The school is back: nodes that come later need not hear that it once left."""
    tx.execute("DELETE FROM directory_entry WHERE school_id = ? AND state = 'left'", (school_id,))


def save_share(
    tx: Tx, school_id: str, cursor: Cursor, digest: str, school: SchoolEntry | None, at: int
) -> None:
    """Cursor and digest of the share; the school's name where the delta brought it."""
    tx.execute(
        "INSERT INTO directory_share (school_id, epoch, seq, digest, name, name_key, kind,"
        " district, phone, staff, updated_at)"
        " VALUES (?, ?, ?, ?, '', '', '', '', '', 0, ?) ON CONFLICT (school_id) DO UPDATE SET"
        " epoch = excluded.epoch, seq = excluded.seq, digest = excluded.digest,"
        " updated_at = excluded.updated_at",
        (school_id, cursor.epoch, cursor.seq, digest, at),
    )
    tx.execute(
        "UPDATE directory_share SET staff = (SELECT count(*) FROM directory_entry e"
        " WHERE e.school_id = ? AND e.kind = 'staff' AND e.state = 'here') WHERE school_id = ?",
        (school_id, school_id),
    )
    if school is not None:
        tx.execute(
            "UPDATE directory_share SET name = ?, name_key = ?, kind = ?, district = ?, phone = ?"
            " WHERE school_id = ?",
            (
                school.name,
                normalise(school.name),
                school.school_kind.value,
                school.district,
                school.phone,
                school_id,
            ),
        )


# The stream to the nodes ----------------------------------------------------------------------


def last_seq(tx: Tx) -> int:
    return int(tx.value("SELECT seq FROM directory_stream WHERE id = 1"))


def changes_after(tx: Tx, seq: int, school_id: str, limit: int) -> list[RemoteIncrement]:
    """Changes of other schools after `seq`, in order. Increments pass letter by letter, unread."""
    rows = tx.rows(
        "SELECT seq, school_id, state, increment FROM directory_entry"
        " WHERE seq > ? AND school_id <> ? ORDER BY seq LIMIT ?",
        (seq, school_id, limit),
    )
    return [
        RemoteIncrement(
            seq=number,
            school_id=SchoolId(school),
            increment=None if state == LEFT else cast(Increment, msgspec.Raw(text.encode())),
        )
        for number, school, state, text in rows
    ]


# Search ---------------------------------------------------------------------------------------


def totals(tx: Tx) -> DirectoryTotals:
    schools, staff = tx.row("SELECT count(*), coalesce(sum(staff), 0) FROM directory_share") or (
        0,
        0,
    )
    return DirectoryTotals(int(schools), int(staff))


def schools_named(tx: Tx, term: str, limit: int) -> list[SchoolFound]:
    """Schools with the term in their name."""
    return tx.structs(
        SchoolFound,
        "SELECT school_id, name, kind, district, phone, staff FROM directory_share"
        " WHERE name_key LIKE ? ORDER BY name_key, school_id LIMIT ?",
        (f"%{term}%", limit),
    )


def school(tx: Tx, school_id: str) -> SchoolFound | None:
    return tx.struct(
        SchoolFound,
        "SELECT school_id, name, kind, district, phone, staff FROM directory_share"
        " WHERE school_id = ?",
        (school_id,),
    )


def count_word(tx: Tx, term: str, most: int) -> int:
    """How many words begin with the term, `most` at most."""
    return int(
        tx.value(
            "SELECT count(*) FROM (SELECT 1 FROM directory_word WHERE word >= ? AND word < ?"
            " LIMIT ?) w",
            (term, term + TOP, most),
        )
    )


_STAFF = (
    "SELECT e.school_id, s.name, e.increment FROM directory_entry e"
    " JOIN directory_share s ON s.school_id = e.school_id"
)
_BY_WORD = (
    "SELECT e.school_id, s.name, e.increment FROM (SELECT word, seq FROM directory_word"
    " WHERE word >= ? AND word < ? ORDER BY word, seq LIMIT ?) w"
    " JOIN directory_entry e ON e.seq = w.seq"
    " JOIN directory_share s ON s.school_id = e.school_id WHERE e.kind = 'staff'"
)
_FITS = (
    " AND (e.text_key LIKE ? OR e.school_id IN"
    " (SELECT t.school_id FROM directory_share t WHERE t.name_key LIKE ?))"
)


def staff_by_word(
    tx: Tx, term: str, others: Sequence[str], candidates: int, limit: int, offset: int
) -> list[StaffFound]:
    """Staff one of whose words begins with the term and whom the other terms fit, by that word.

    Of the words that begin with it the first `candidates` are looked at.
    """
    rows = tx.rows(
        _BY_WORD + _FITS * len(others) + " ORDER BY w.word, w.seq LIMIT ? OFFSET ?",
        (term, term + TOP, candidates, *_fit(others), limit, offset),
    )
    return [_staff(*row) for row in rows]


def staff_of_schools(
    tx: Tx, schools: Sequence[str], others: Sequence[str], limit: int, offset: int
) -> list[StaffFound]:
    """Staff of these schools whom all terms fit, school by school, by name."""
    if not schools:
        return []
    rows = tx.rows(
        _STAFF
        + " WHERE e.kind = 'staff' AND e.school_id IN (?"
        + ", ?" * (len(schools) - 1)
        + ")"
        + _FITS * len(others)
        + " ORDER BY s.name_key, e.school_id, e.name_key, e.entry_id LIMIT ? OFFSET ?",
        (*schools, *_fit(others), limit, offset),
    )
    return [_staff(*row) for row in rows]


def _fit(terms: Sequence[str]) -> list[str]:
    return [pattern for term in terms for pattern in (f"%{term}%", f"%{term}%")]


class _Stored(msgspec.Struct):
    entry: Entry


def _staff(school_id: str, school_name: str, increment: str) -> StaffFound:
    entry = msgspec.json.decode(increment, type=_Stored).entry
    assert isinstance(entry, StaffEntry)
    return StaffFound(
        school_id,
        school_name or school_id,
        entry.id,
        entry.name,
        entry.position,
        entry.department,
        entry.duty,
        entry.extension,
    )


def removal(entry_id: str) -> Increment:
    """What nodes are told of an entry that a whole share no longer holds."""
    return remove(1, entry_id)
