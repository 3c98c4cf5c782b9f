"""The SQL of timetables: one statement a question."""

from collections.abc import Collection, Iterable

from kit.db import Tx, decode, encode
from node.timetable.model import Layers, Lessons, Move


def _lessons(stored: str) -> Lessons:
    return decode(stored, Lessons)


def weeks(tx: Tx, classes: Collection[str]) -> dict[str, dict[int, Layers]]:
    """The usual lessons of classes: class → weekday → lessons."""
    sql = (
        "SELECT class_id, weekday, brought, written FROM timetable_week"
        " WHERE class_id IN (SELECT value FROM json_each(?))"
    )
    found: dict[str, dict[int, Layers]] = {one: {} for one in classes}
    for class_id, weekday, brought, written in tx.rows(sql, (encode(list(classes)),)):
        found[class_id][weekday] = Layers(_lessons(brought), _lessons(written))
    return found


def last_period(tx: Tx) -> int:
    """The last period that the usual week of a class of this year has, 0 where there is none."""
    sql = (
        "SELECT max(CAST(j.key AS INTEGER)) FROM people_v_class c"
        " JOIN timetable_week w ON w.class_id = c.id,"
        " json_each(json_array(w.brought, w.written)) layer, json_each(layer.value) j"
        " WHERE j.value <> ''"
    )
    return int(tx.value(sql) or 0)


def days(tx: Tx, classes: Collection[str], of: Iterable[str]) -> dict[tuple[str, str], Layers]:
    """What is otherwise on days: (class, day) → lessons and a word about it."""
    sql = (
        "SELECT class_id, day, brought, written, note FROM timetable_day"
        " WHERE class_id IN (SELECT value FROM json_each(?))"
        " AND day IN (SELECT value FROM json_each(?))"
    )
    return {
        (class_id, day): Layers(_lessons(brought), _lessons(written), note)
        for class_id, day, brought, written, note in tx.rows(
            sql, (encode(list(classes)), encode(list(of)))
        )
    }


_IN_CALENDAR = (
    "SELECT m.day, m.key, m.weekday FROM json_each(?) j CROSS JOIN calendar_v_move m"
    " ON m.day = j.value"
)
_MOVED = (
    "SELECT day, grade, weekday FROM timetable_move WHERE day IN (SELECT value FROM json_each(?))"
)


def moves(tx: Tx, of: Iterable[str]) -> dict[str, dict[int, int]]:
    """Which weekday is held on days: day → grade (0: all) → weekday. What planners said here holds over what
    the school calendar says."""
    days = encode(list(of))
    found: dict[str, dict[int, int]] = {}
    for day, key, weekday in tx.rows(_IN_CALENDAR, (days,)):
        found.setdefault(day, {})[int(key.partition("grade:")[2] or 0)] = weekday
    for day, grade, weekday in tx.rows(_MOVED, (days,)):
        found.setdefault(day, {})[grade] = weekday
    return found


def moves_from(tx: Tx, day: str, limit: int) -> list[Move]:
    """The next days on which the lessons of another weekday are held."""
    sql = (
        "SELECT day, grade, weekday FROM timetable_move WHERE day >= ? ORDER BY day, grade LIMIT ?"
    )
    return tx.structs(Move, sql, (day, limit))


def put_move(tx: Tx, move: Move) -> None:
    tx.execute(
        "INSERT INTO timetable_move (day, grade, weekday) VALUES (?, ?, ?)"
        " ON CONFLICT (day, grade) DO UPDATE SET weekday = excluded.weekday",
        (move.day, move.grade, move.weekday),
    )


def end_move(tx: Tx, day: str, grade: int) -> bool:
    """Whether there was one."""
    return bool(tx.execute("DELETE FROM timetable_move WHERE day = ? AND grade = ?", (day, grade)))


def write_week(tx: Tx, class_id: str, written: dict[int, Lessons]) -> None:
    """What hands have written of a class's weekdays."""
    tx.many(
        "INSERT INTO timetable_week (class_id, weekday, written) VALUES (?, ?, ?)"
        " ON CONFLICT (class_id, weekday) DO UPDATE SET written = excluded.written",
        [(class_id, weekday, encode(lessons)) for weekday, lessons in written.items()],
    )


def write_day(tx: Tx, class_id: str, day: str, written: Lessons, note: str) -> None:
    tx.execute(
        "INSERT INTO timetable_day (class_id, day, written, note) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (class_id, day) DO UPDATE SET written = excluded.written,"
        " note = excluded.note",
        (class_id, day, encode(written), note),
    )


def bring_weeks(tx: Tx, brought: Collection[tuple[str, int, Lessons]]) -> None:
    """What a file brought of weekdays, in place of what files brought of them before."""
    tx.many(
        "INSERT INTO timetable_week (class_id, weekday, brought) VALUES (?, ?, ?)"
        " ON CONFLICT (class_id, weekday) DO UPDATE SET brought = excluded.brought",
        [(class_id, weekday, encode(lessons)) for class_id, weekday, lessons in brought],
    )


def bring_days(tx: Tx, brought: Collection[tuple[str, str, Lessons]]) -> None:
    """The same of single days."""
    tx.many(
        "INSERT INTO timetable_day (class_id, day, brought) VALUES (?, ?, ?)"
        " ON CONFLICT (class_id, day) DO UPDATE SET brought = excluded.brought",
        [(class_id, day, encode(lessons)) for class_id, day, lessons in brought],
    )
