"""The SQL of attendance: one statement a question. Days and months are ISO texts here."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from kit.db import Row, Tx, encode
from node.attendance.model import (
    Cause,
    ClassOfYear,
    Enrolled,
    Mark,
    MarkChange,
    MarkedDay,
    Presence,
)

_CLASS = "SELECT id, year, grade, number FROM people_v_class"


def class_of_year(tx: Tx, class_id: str) -> ClassOfYear | None:
    """A class of the current school year."""
    return tx.struct(ClassOfYear, _CLASS + " WHERE id = ?", (class_id,))


def classes(tx: Tx) -> list[ClassOfYear]:
    """All of the current school year."""
    return tx.structs(ClassOfYear, _CLASS + " ORDER BY grade, number")


def enrolled(tx: Tx, class_id: str, first: str, last: str) -> list[Enrolled]:
    """Who is or was in a class between two days, by their numbers."""
    return tx.structs(
        Enrolled,
        "SELECT student_id, name, number, from_on, until_on FROM people_v_enrolment"
        " WHERE class_id = ? AND from_on <= ? AND (until_on IS NULL OR until_on > ?)"
        " ORDER BY number, from_on",
        (class_id, last, first),
    )


def guardians(tx: Tx, student_id: str) -> list[str]:
    """Who may read what concerns the child."""
    sql = "SELECT guardian_id FROM people_v_child WHERE student_id = ? ORDER BY guardian_id"
    return [guardian for (guardian,) in tx.rows(sql, (student_id,))]


# A day ---------------------------------------------------------------------------------------------


def marked_day(tx: Tx, class_id: str, day: str) -> MarkedDay | None:
    sql = "SELECT revision, marked_at, by_name FROM attendance_day WHERE class_id = ? AND day = ?"
    return tx.struct(MarkedDay, sql, (class_id, day))


def marked_on(tx: Tx, day: str) -> dict[str, int]:
    """When classes were marked for a day (ms), by their ids."""
    return dict(tx.rows("SELECT class_id, marked_at FROM attendance_day WHERE day = ?", (day,)))


def marked_days(tx: Tx, class_id: str, first: str, last: str) -> set[date]:
    """The days between two on which a class was marked."""
    sql = "SELECT day FROM attendance_day WHERE class_id = ? AND day BETWEEN ? AND ?"
    return {date.fromisoformat(day) for (day,) in tx.rows(sql, (class_id, first, last))}


def put_day(tx: Tx, class_id: str, day: str, found: MarkedDay) -> None:
    tx.execute(
        "INSERT INTO attendance_day (class_id, day, revision, marked_at, by_name)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (class_id, day) DO UPDATE SET"
        " revision = excluded.revision, by_name = excluded.by_name",
        (class_id, day, found.revision, found.marked_at, found.by_name),
    )


# Marks ---------------------------------------------------------------------------------------------


def _mark(presence: str, cause: str, reason: str) -> Mark:
    return Mark(Presence(presence), Cause(cause), reason)


def marks_on(tx: Tx, students: Sequence[str], day: str) -> dict[str, tuple[Mark, str]]:
    """The marks of students on a day, each with as what their guardians were told of it."""
    rows = tx.rows(
        "SELECT m.student_id, m.presence, m.cause, m.reason, m.told FROM json_each(?) j"
        " CROSS JOIN attendance_mark m ON m.student_id = j.value AND m.day = ?",
        (encode(list(students)), day),
    )
    return {student: (_mark(*mark), told) for student, *mark, told in rows}


def mark_of(tx: Tx, student_id: str, day: str) -> Mark | None:
    row = tx.row(
        "SELECT presence, cause, reason FROM attendance_mark WHERE student_id = ? AND day = ?",
        (student_id, day),
    )
    return None if row is None else _mark(*map(str, row))


def marks_of_class(
    tx: Tx, class_id: str, first: str, last: str
) -> Mapping[str, Mapping[date, Mark]]:
    """The marks of a class between two days, by student and day."""
    rows = tx.rows(
        "SELECT student_id, day, presence, cause, reason FROM attendance_mark"
        " WHERE class_id = ? AND day BETWEEN ? AND ?",
        (class_id, first, last),
    )
    found: dict[str, dict[date, Mark]] = {}
    for student, day, *mark in rows:
        found.setdefault(student, {})[date.fromisoformat(day)] = _mark(*mark)
    return found


def away_on(tx: Tx, day: str) -> dict[str, int]:
    """How many were not simply there on a day, by class."""
    sql = (
        "SELECT class_id, count(*) FROM attendance_mark WHERE day = ? AND presence <> ?"
        " GROUP BY class_id"
    )
    return dict(tx.rows(sql, (day, Presence.PRESENT)))


def away_in(tx: Tx, classes: Collection[str], day: str) -> list[tuple[str, str, int, Presence]]:
    """Who of some classes was not simply there on a day: class, name, number, what the day was."""
    rows = tx.rows(
        "SELECT m.class_id, s.name, s.number, m.presence FROM json_each(?) j"
        " CROSS JOIN attendance_mark m ON m.class_id = j.value AND m.day = ? AND m.presence <> ?"
        " JOIN people_v_student s ON s.student_id = m.student_id ORDER BY m.class_id, s.number",
        (encode(sorted(classes)), day, Presence.PRESENT),
    )
    return [(str(room), str(name), int(n), Presence(how)) for room, name, n, how in rows]


def away_by_class(tx: Tx, day: str) -> dict[str, dict[Presence, int]]:
    """How many of each class were not simply there on a day, by what it was."""
    found: dict[str, dict[Presence, int]] = {}
    for room, how, count in tx.rows(
        "SELECT class_id, presence, count(*) FROM attendance_mark WHERE day = ? AND presence <> ?"
        " GROUP BY class_id, presence",
        (day, Presence.PRESENT),
    ):
        found.setdefault(str(room), {})[Presence(how)] = int(count)
    return found


def marks_of_student(tx: Tx, student_id: str, first: str) -> list[tuple[date, Mark]]:
    """The days from one on when a child was not simply there, the newest first."""
    rows = tx.rows(
        "SELECT day, presence, cause, reason FROM attendance_mark"
        " WHERE student_id = ? AND day >= ? AND presence <> ? ORDER BY day DESC",
        (student_id, first, Presence.PRESENT),
    )
    return [(date.fromisoformat(day), _mark(*mark)) for day, *mark in rows]


def put_mark(tx: Tx, class_id: str, day: str, student_id: str, mark: Mark, told: str) -> None:
    tx.execute(
        "INSERT INTO attendance_mark (student_id, day, class_id, presence, cause, reason, told)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (student_id, day) DO UPDATE SET"
        " class_id = excluded.class_id, presence = excluded.presence, cause = excluded.cause,"
        " reason = excluded.reason, told = excluded.told",
        (student_id, day, class_id, mark.presence, mark.cause, mark.reason, told),
    )


# Changes -------------------------------------------------------------------------------------------


def add_change(
    tx: Tx, class_id: str, revision: int, student_id: str, by_id: str, change: MarkChange
) -> None:
    was, now = change.before, change.after
    tx.execute(
        "INSERT INTO attendance_change (class_id, day, revision, student_id, at, by_id, by_name,"
        " was_presence, was_cause, was_reason, presence, cause, reason, why)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(class_id, change.day.isoformat(), revision, student_id),
            *(change.at, by_id, change.by_name),
            *(was.presence, was.cause, was.reason),
            *(now.presence, now.cause, now.reason),
            change.why,
        ),
    )


def marks_before(tx: Tx, class_id: str, day: str, revision: int) -> dict[str, Mark]:
    """What the marks were that have changed since a class had been marked so often on a day."""
    rows = tx.rows(
        "SELECT student_id, was_presence, was_cause, was_reason FROM attendance_change"
        " WHERE class_id = ? AND day = ? AND revision > ? ORDER BY revision DESC",
        (class_id, day, revision),
    )
    return {student: _mark(*was) for student, *was in rows}


def corrections(tx: Tx, class_id: str, first: str, last: str, limit: int) -> list[MarkChange]:
    """What was changed after a class had been marked on a day, the newest day first."""
    rows = tx.rows(
        "SELECT c.day, k.name, c.at, c.by_name, c.was_presence, c.was_cause, c.was_reason,"
        " c.presence, c.cause, c.reason, c.why FROM attendance_change c"
        " JOIN people_v_known k ON k.id = c.student_id"
        " WHERE c.class_id = ? AND c.day BETWEEN ? AND ? AND c.revision > 1"
        " ORDER BY c.day DESC, c.revision DESC LIMIT ?",
        (class_id, first, last, limit),
    )
    return [_correction(row) for row in rows]


def _correction(row: Row) -> MarkChange:
    day, name, at, by_name, *marks, why = row
    return MarkChange(
        date.fromisoformat(day), name, at, by_name, _mark(*marks[:3]), _mark(*marks[3:]), why
    )


# Months --------------------------------------------------------------------------------------------


def closing(tx: Tx, class_id: str, month: str) -> tuple[int, str] | None:
    """When a month of a class was closed (ms), and by whom."""
    row = tx.row(
        "SELECT at, by_name FROM attendance_closing WHERE class_id = ? AND month = ?",
        (class_id, month),
    )
    return None if row is None else (row[0], row[1])


def close(tx: Tx, class_id: str, month: str, at: int, by_name: str) -> None:
    tx.execute(
        "INSERT INTO attendance_closing (class_id, month, at, by_name) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (class_id, month) DO NOTHING",
        (class_id, month, at, by_name),
    )


# What is over --------------------------------------------------------------------------------------


def forget(tx: Tx, before: date, limit: int) -> int:
    """Of each table some rows of the time before a day go, the first of its month; how many."""
    on, month = before.isoformat(), f"{before:%Y-%m}"
    return (
        tx.execute(
            "DELETE FROM attendance_day WHERE (class_id, day) IN"
            " (SELECT class_id, day FROM attendance_day WHERE day < ? LIMIT ?)",
            (on, limit),
        )
        + tx.execute(
            "DELETE FROM attendance_mark WHERE (student_id, day) IN"
            " (SELECT student_id, day FROM attendance_mark WHERE day < ? LIMIT ?)",
            (on, limit),
        )
        + tx.execute(
            "DELETE FROM attendance_change WHERE (class_id, day, revision, student_id) IN"
            " (SELECT class_id, day, revision, student_id FROM attendance_change"
            " WHERE day < ? LIMIT ?)",
            (on, limit),
        )
        + tx.execute(
            "DELETE FROM attendance_closing WHERE (class_id, month) IN"
            " (SELECT class_id, month FROM attendance_closing WHERE month < ? LIMIT ?)",
            (month, limit),
        )
    )
