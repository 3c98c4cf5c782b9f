"""What was changed, kept so that it can be taken back: the SQL of it."""

from collections.abc import Sequence

import msgspec

from kit.db import Tx, encode
from kit.ids import new_id
from kit.outbox import publish
from node.calendar import store
from node.calendar.model import (
    CalendarChanged,
    CalendarEntry,
    Changed,
    ChangedSince,
    ChangeLine,
    EntryChange,
)


def apply(tx: Tx, by_id: str, at: int, what: EntryChange, changed: Sequence[Changed]) -> str:
    """Change the entries, and remember how they were; the change's id. Raises ChangedSince where one is
    not any more as it was before; publishes CalendarChanged."""
    change_id = new_id()
    for one in changed:
        if one.before != store.entry(tx, one.entry.id):
            raise ChangedSince(title=one.entry.title)
        if one.after is None:
            store.remove(tx, one.entry.id)
        else:
            store.put(tx, one.after)
    tx.execute(
        "INSERT INTO calendar_change (id, at, by_id, what) VALUES (?, ?, ?, ?)",
        (change_id, at, by_id, what),
    )
    tx.many(
        "INSERT INTO calendar_changed (change_id, entry_id, before, after) VALUES (?, ?, ?, ?)",
        [(change_id, one.entry.id, _written(one.before), _written(one.after)) for one in changed],
    )
    publish(tx, CalendarChanged(tuple(one.entry.id for one in changed)), at)
    return change_id


def of(tx: Tx, change_id: str) -> list[Changed]:
    """What a change changed; nothing where there is none of this id."""
    rows = tx.rows("SELECT before, after FROM calendar_changed WHERE change_id = ?", (change_id,))
    return [Changed(_read(before), _read(after)) for before, after in rows]


def forget(tx: Tx, change_id: str) -> None:
    tx.execute("DELETE FROM calendar_change WHERE id = ?", (change_id,))


def latest(tx: Tx, limit: int) -> list[ChangeLine]:
    """The changes, the newest first."""
    return tx.structs(ChangeLine, _LINE + " ORDER BY c.at DESC, c.rowid DESC LIMIT ?", (limit,))


def by(tx: Tx, person_id: str) -> list[ChangeLine]:
    """What somebody changed, the newest first."""
    return tx.structs(ChangeLine, _LINE + " WHERE c.by_id = ? ORDER BY c.at DESC", (person_id,))


_LINE = (
    "SELECT c.id, c.at, c.by_id, c.what,"
    " (SELECT coalesce(d.after, d.before) ->> 'title' FROM calendar_changed d"
    "  WHERE d.change_id = c.id ORDER BY d.entry_id LIMIT 1),"
    " (SELECT count(*) FROM calendar_changed d WHERE d.change_id = c.id)"
    " FROM calendar_change c"
)


def outdated(tx: Tx, before: int, limit: int) -> list[str]:
    """Ids of some changes that were made before `before` (ms)."""
    sql = "SELECT id FROM calendar_change WHERE at < ? LIMIT ?"
    return [change_id for (change_id,) in tx.rows(sql, (before, limit))]


def _written(entry: CalendarEntry | None) -> str | None:
    return None if entry is None else encode(entry)


def _read(text: str | None) -> CalendarEntry | None:
    return None if text is None else msgspec.json.decode(text, type=CalendarEntry)
