"""The SQL of the calendar: one statement a question."""

from collections.abc import Sequence
from datetime import date

import msgspec

from kit.clock import school_year
from kit.db import Tx, encode
from node.calendar.model import CalendarEntry, EntryKind


class Rule(msgspec.Struct, frozen=True):
    """What an entry says of the days it covers, to those who hold `key`."""

    first_on: date
    last_on: date
    kind: EntryKind
    title: str
    blocks: bool
    key: str


def put(tx: Tx, entry: CalendarEntry) -> None:
    """Store an entry, in place of the one with its id."""
    tx.execute(
        "INSERT INTO calendar_entry (id, year, first_on, last_on, kind, title, text, place, starts,"
        " ends, blocks, source) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET year = excluded.year, first_on = excluded.first_on,"
        " last_on = excluded.last_on, kind = excluded.kind, title = excluded.title,"
        " text = excluded.text, place = excluded.place, starts = excluded.starts,"
        " ends = excluded.ends, blocks = excluded.blocks, source = excluded.source",
        (
            entry.id,
            entry.year,
            entry.first_on.isoformat(),
            entry.last_on.isoformat(),
            entry.kind,
            entry.title,
            entry.text,
            entry.place,
            entry.starts,
            entry.ends,
            int(entry.blocks),
            entry.source,
        ),
    )
    tx.execute("DELETE FROM calendar_audience WHERE entry_id = ?", (entry.id,))
    tx.many(
        "INSERT INTO calendar_audience (entry_id, key) VALUES (?, ?)",
        [(entry.id, key) for key in sorted(set(entry.keys))],
    )


def rules(tx: Tx, first: date, last: date, keys: Sequence[str]) -> list[Rule]:
    """What the entries of these keys say of the days from `first` to `last`, the earliest first."""
    found = tx.rows(
        "SELECT e.first_on, e.last_on, e.kind, e.title, e.blocks, a.key"
        " FROM calendar_entry e CROSS JOIN calendar_audience a ON a.entry_id = e.id"
        " WHERE e.year IN (SELECT value FROM json_each(?)) AND e.first_on <= ? AND e.last_on >= ?"
        " AND a.key IN (SELECT value FROM json_each(?)) ORDER BY e.first_on, e.id",
        (years(first, last), last.isoformat(), first.isoformat(), encode(keys)),
    )
    return [
        Rule(
            date.fromisoformat(first_on),
            date.fromisoformat(last_on),
            EntryKind(kind),
            title,
            bool(blocks),
            key,
        )
        for first_on, last_on, kind, title, blocks, key in found
    ]


def years(first: date, last: date) -> str:
    """The school years that these days touch, for json_each."""
    return encode(list(range(school_year(first), school_year(last) + 1)))


def struck(tx: Tx, first: date, last: date) -> set[date]:
    """Public holidays that the school does not keep."""
    days = tx.rows(
        "SELECT day FROM calendar_struck WHERE day BETWEEN ? AND ?",
        (first.isoformat(), last.isoformat()),
    )
    return {date.fromisoformat(day) for (day,) in days}
