"""How many schools spoke on each day: counted with the first word of a school on a day.

What earlier releases kept is counted school by school while pages are served. Until the move has come
to a school, its words are not counted as they come: the move counts them with its other days.
"""

from kit import moves
from kit.db import Tx

MOVE = "schools.spoken"
COUNTED = 10  # schools in one step, of 400 days each: some milliseconds


def note(tx: Tx, school_id: str, day_on: str) -> None:
    """A school's first word on a day."""
    if moves.has_passed(tx, MOVE, school_id):
        _add(tx, [(day_on, 1)])


def by_day(tx: Tx, since_on: str) -> list[tuple[str, int]]:
    """(day, schools that spoke), in order; none while earlier days are still counted."""
    if not moves.is_done(tx, MOVE):
        return []
    rows = tx.rows(
        "SELECT day_on, schools FROM schools_spoke WHERE day_on >= ? ORDER BY day_on", (since_on,)
    )
    return [(str(day), int(count)) for day, count in rows]


def forget(tx: Tx, before_on: str) -> None:
    """Forget the days before one, whose words are forgotten."""
    tx.execute("DELETE FROM schools_spoke WHERE day_on < ?", (before_on,))


def move(tx: Tx, at: str | None) -> str | None:
    """A step of the move: the days of the next schools, in the order of their ids."""
    if at is None:
        tx.execute("DELETE FROM schools_spoke")  # a hub between two releases has counted already
    rows = tx.rows(
        "SELECT school_id FROM schools_school WHERE school_id > ? ORDER BY school_id LIMIT ?",
        (at or "", COUNTED),
    )
    for (school_id,) in rows:
        days = tx.rows("SELECT day_on FROM schools_day WHERE school_id = ?", (school_id,))
        _add(tx, [(str(day), 1) for (day,) in days])
    return str(rows[-1][0]) if len(rows) == COUNTED else None


def _add(tx: Tx, days: list[tuple[str, int]]) -> None:
    tx.many(
        "INSERT INTO schools_spoke (day_on, schools) VALUES (?, ?)"
        " ON CONFLICT (day_on) DO UPDATE SET schools = schools_spoke.schools + excluded.schools",
        days,
    )
