"""SQL of lists that are taken over in portions, beside what is kept of each."""

from collections.abc import Iterable

import msgspec

from kit.db import Tx, decode, encode
from node.people.lists.columns import Fault, Headings, Kind, Row
from node.people.lists.reading import Tally

MOST_FAULTS = 500


class Portion(msgspec.Struct, frozen=True):
    """Lines of a list that one unit takes over."""

    kind: Kind
    rows: list[Row]


class Progress(msgspec.Struct):
    """What came of the lines so far. `done` counts them all; `waiting` and `joined` are ids: whose
    changes wait for an administrator, once a change, and who is new on the staff."""

    done: int = 0
    tallies: list[Tally] = []
    faults: list[Fault] = []
    waiting: list[str] = []
    joined: list[str] = []
    headings: Headings = {}


class Import(msgspec.Struct, frozen=True):
    """Lists that somebody said yes to. `by_id` is empty for the machine's own command line;
    `stopped` is a msgid, empty while nothing stopped it."""

    id: str
    year: int
    by_id: str
    by_name: str
    began_at: int
    ended_at: int | None
    stopped: str
    lines: int
    progress: Progress

    @property
    def is_running(self) -> bool:
        return self.ended_at is None


_IMPORT = (
    "SELECT id, year, by_id, by_name, began_at, ended_at, stopped, lines, progress"
    " FROM people_import"
)


def _import(tx: Tx, more: str, params: tuple[str, ...] = ()) -> Import | None:
    row = tx.row(_IMPORT + more, params)
    if row is None:
        return None
    id, year, by_id, by_name, began_at, ended_at, stopped, lines, progress = row
    came = decode(progress, Progress)
    return Import(id, year, by_id, by_name, began_at, ended_at, stopped, lines, came)


def find(tx: Tx, import_id: str) -> Import | None:
    return _import(tx, " WHERE id = ?", (import_id,))


def running(tx: Tx) -> Import | None:
    """The lists that are being taken over, if any are."""
    return _import(tx, " WHERE ended_at IS NULL ORDER BY began_at LIMIT 1")


def add(tx: Tx, one: Import, portions: Iterable[str]) -> None:
    """Keep what somebody said yes to; each portion as JSON."""
    tx.execute(
        "INSERT INTO people_import (id, year, by_id, by_name, began_at, lines, progress)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            one.id,
            one.year,
            one.by_id,
            one.by_name,
            one.began_at,
            one.lines,
            encode(one.progress),
        ),
    )
    tx.many(
        "INSERT INTO people_import_portion (import_id, number, portion) VALUES (?, ?, ?)",
        [(one.id, number, portion) for number, portion in enumerate(portions)],
    )


def take(tx: Tx, import_id: str) -> Portion | None:
    """The next portion, which is no longer to be taken over; None: there is none left."""
    row = tx.row(
        "SELECT number, portion FROM people_import_portion WHERE import_id = ?"
        " ORDER BY number LIMIT 1",
        (import_id,),
    )
    if row is None:
        return None
    tx.execute(
        "DELETE FROM people_import_portion WHERE import_id = ? AND number = ?",
        (import_id, row[0]),
    )
    return decode(row[1], Portion)


def save(tx: Tx, import_id: str, progress: Progress) -> None:
    tx.execute("UPDATE people_import SET progress = ? WHERE id = ?", (encode(progress), import_id))


def end(tx: Tx, import_id: str, at: int, stopped: str = "") -> None:
    """Nothing more of it will be taken over."""
    tx.execute("DELETE FROM people_import_portion WHERE import_id = ?", (import_id,))
    tx.execute(
        "UPDATE people_import SET ended_at = ?, stopped = ? WHERE id = ?", (at, stopped, import_id)
    )


def forget_before(tx: Tx, before: int) -> int:
    return tx.execute("DELETE FROM people_import WHERE ended_at < ?", (before,))
