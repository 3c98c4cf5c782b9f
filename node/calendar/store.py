"""The SQL of the calendar: one statement a question."""

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from kit.clock import school_year
from kit.db import Row, Tx, encode
from node.calendar.model import CalendarEntry, EntryKind, EntrySource
from node.people.access import READABLE, readable_params
from node.people.model import Asker


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
        " ends, blocks, weekday, source, origin) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET year = excluded.year, first_on = excluded.first_on,"
        " last_on = excluded.last_on, kind = excluded.kind, title = excluded.title,"
        " text = excluded.text, place = excluded.place, starts = excluded.starts,"
        " ends = excluded.ends, blocks = excluded.blocks, weekday = excluded.weekday,"
        " source = excluded.source, origin = excluded.origin",
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
            entry.weekday,
            entry.source,
            entry.origin,
        ),
    )
    tx.execute("DELETE FROM calendar_audience WHERE entry_id = ?", (entry.id,))
    tx.many(
        "INSERT INTO calendar_audience (entry_id, key) VALUES (?, ?)",
        [(entry.id, key) for key in sorted(set(entry.keys))],
    )


def remove(tx: Tx, entry_id: str) -> None:
    tx.execute("DELETE FROM calendar_entry WHERE id = ?", (entry_id,))


_ENTRY = (
    "SELECT e.id, e.first_on, e.last_on, e.kind, e.title, e.text, e.place, e.starts, e.ends,"
    " e.blocks, e.weekday, e.source, e.origin,"
    " (SELECT json_group_array(k.key) FROM calendar_audience k WHERE k.entry_id = e.id)"
    " FROM calendar_entry e"
)
_WITHIN = " WHERE e.year IN (SELECT value FROM json_each(?)) AND e.first_on <= ? AND e.last_on >= ?"
_READABLE = (
    " AND EXISTS (SELECT 1 FROM calendar_audience a WHERE a.entry_id = e.id AND "  # noqa: S608 - constants only
    + READABLE
    + ")"
)
_IN_ORDER = " ORDER BY e.first_on, e.starts, e.title, e.id"


def _entry(row: Row) -> CalendarEntry:
    id, first_on, last_on, kind, title, text, place, starts, ends, blocks, weekday, *rest = row
    source, origin, keys = rest
    return CalendarEntry(
        id=id,
        first_on=date.fromisoformat(first_on),
        last_on=date.fromisoformat(last_on),
        kind=EntryKind(kind),
        title=title,
        keys=tuple(sorted(msgspec.json.decode(keys, type=list[str]))),
        text=text,
        place=place,
        starts=starts,
        ends=ends,
        blocks=bool(blocks),
        weekday=weekday,
        source=EntrySource(source),
        origin=origin,
    )


def entry(tx: Tx, entry_id: str) -> CalendarEntry | None:
    found = tx.row(_ENTRY + " WHERE e.id = ?", (entry_id,))
    return None if found is None else _entry(found)


def readable(tx: Tx, asker: Asker, entry_id: str) -> CalendarEntry | None:
    """An entry, if the asker may read it."""
    found = tx.row(_ENTRY + " WHERE e.id = ?" + _READABLE, (entry_id, *readable_params(asker)))
    return None if found is None else _entry(found)


def between(tx: Tx, asker: Asker, first: date, last: date) -> list[CalendarEntry]:
    """What the asker may read of the days from `first` to `last`, the earliest first."""
    params = (*_within(first, last), *readable_params(asker))
    return [_entry(row) for row in tx.rows(_ENTRY + _WITHIN + _READABLE + _IN_ORDER, params)]


def brought(tx: Tx, first: date, last: date) -> list[CalendarEntry]:
    """What files brought to these days, also where hands have changed it since."""
    sql = _ENTRY + _WITHIN + " AND e.origin <> ''" + _IN_ORDER
    return [_entry(row) for row in tx.rows(sql, _within(first, last))]


def rules(tx: Tx, first: date, last: date, keys: Sequence[str]) -> list[Rule]:
    """What the entries of these keys say of the days from `first` to `last`, the earliest first."""
    found = tx.rows(
        "SELECT e.first_on, e.last_on, e.kind, e.title, e.blocks, a.key"  # noqa: S608 - constants only
        " FROM calendar_entry e CROSS JOIN calendar_audience a ON a.entry_id = e.id"
        + _WITHIN
        + " AND a.key IN (SELECT value FROM json_each(?)) ORDER BY e.first_on, e.id",
        (*_within(first, last), encode(keys)),
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


def _within(first: date, last: date) -> tuple[str, str, str]:
    years = range(school_year(first), school_year(last) + 1)
    return encode(list(years)), last.isoformat(), first.isoformat()


# Holidays that the school does not keep -----------------------------------------------------------


def struck(tx: Tx, first: date, last: date) -> set[date]:
    """Those of the days from `first` to `last`."""
    days = tx.rows(
        "SELECT day FROM calendar_struck WHERE day BETWEEN ? AND ?",
        (first.isoformat(), last.isoformat()),
    )
    return {date.fromisoformat(day) for (day,) in days}


def strike(tx: Tx, days: Iterable[date]) -> None:
    tx.many(
        "INSERT INTO calendar_struck (day) VALUES (?) ON CONFLICT (day) DO NOTHING",
        [(day.isoformat(),) for day in days],
    )


def keep(tx: Tx, day: date) -> None:
    tx.execute("DELETE FROM calendar_struck WHERE day = ?", (day.isoformat(),))
