"""The SQL of consultation weeks and of the times that teachers give: one statement a question."""

from collections.abc import Iterable, Sequence
from datetime import date

from kit.clock import local_date
from kit.db import Row, Tx, encode
from kit.wording import class_words
from node.consultations.model import ClassTimes, Meeting, Slot, Week, WeekText
from node.people.access import READABLE, readable_params
from node.people.audience import audience_of, holders
from node.people.model import Asker, Scope

_WEEK = (
    "SELECT w.id, w.title, w.text, w.first_on, w.last_on, w.opens_at, w.closes_at, w.walk,"
    " w.author_id, w.withdrawn_at FROM consultations_week w"
)
_READS = (
    "EXISTS (SELECT 1 FROM consultations_audience a WHERE a.week_id = w.id AND " + READABLE + ")"  # noqa: S608 - constants only
)
SLOT_COLUMNS = " s.id, s.week_id, s.teacher_id, s.starts_at, s.ends_at, s.meeting, s.place"
_SLOT = "SELECT" + SLOT_COLUMNS + " FROM consultations_slot s"
FREE = (
    " s.closed_at IS NULL AND NOT EXISTS (SELECT 1 FROM consultations_booking b"
    " WHERE b.slot_id = s.id AND b.state = 'booked')"
)


def _week(row: Row) -> Week:
    id, title, text, first_on, last_on, *rest = row
    return Week(id, title, text, date.fromisoformat(first_on), date.fromisoformat(last_on), *rest)


def slot_of(row: Sequence[object]) -> Slot:
    id, week_id, teacher_id, starts_at, ends_at, meeting, place = row
    return Slot(
        str(id),
        str(week_id),
        str(teacher_id),
        int(str(starts_at)),
        int(str(ends_at)),
        Meeting(str(meeting)),
        str(place),
    )


# Weeks --------------------------------------------------------------------------------------------


def week(tx: Tx, week_id: str) -> Week | None:
    row = tx.row(_WEEK + " WHERE w.id = ?", (week_id,))
    return None if row is None else _week(row)


def is_readable(tx: Tx, asker: Asker, week_id: str) -> bool:
    """Whether the asker is of those for whom it is."""
    sql = "SELECT 1 FROM consultations_week w WHERE w.id = ? AND " + _READS  # noqa: S608
    return tx.value(sql, (week_id, *readable_params(asker))) is not None


def page(tx: Tx, asker: Asker, before: tuple[str, str], limit: int) -> list[Week]:
    """Those that the asker may read and that stand before a last day (and id), the latest first."""
    rows = tx.rows(
        _WEEK + " WHERE (w.last_on, w.id) < (?, ?) AND " + _READS + " ORDER BY w.last_on DESC,"
        " w.id DESC LIMIT ?",
        (*before, *readable_params(asker), limit),
    )
    return [_week(row) for row in rows]


def live(tx: Tx, asker: Asker, today: date, limit: int) -> list[Week]:
    """Those that the asker may read, not over and not called off, the earliest to end first."""
    rows = tx.rows(
        _WEEK + " WHERE w.withdrawn_at IS NULL AND w.last_on >= ? AND "
        + _READS
        + " ORDER BY w.last_on LIMIT ?",
        (today.isoformat(), *readable_params(asker), limit),
    )  # fmt: skip
    return [_week(row) for row in rows]


def add(tx: Tx, week_id: str, text: WeekText, author_id: str, now: int) -> None:
    tx.execute(
        "INSERT INTO consultations_week (id, title, text, first_on, last_on, opens_at, closes_at,"
        " walk, author_id, made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (week_id, *_values(text), author_id, now),
    )
    _write_keys(tx, week_id, text.keys)


def rewrite(tx: Tx, week_id: str, text: WeekText) -> None:
    tx.execute(
        "UPDATE consultations_week SET title = ?, text = ?, first_on = ?, last_on = ?,"
        " opens_at = ?, closes_at = ?, walk = ? WHERE id = ?",
        (*_values(text), week_id),
    )
    tx.execute("DELETE FROM consultations_audience WHERE week_id = ?", (week_id,))
    _write_keys(tx, week_id, text.keys)


def _values(text: WeekText) -> tuple[str | int, ...]:
    first_on, last_on = text.first_on.isoformat(), text.last_on.isoformat()
    return (text.title, text.text, first_on, last_on, text.opens_at, text.closes_at, text.walk)


def _write_keys(tx: Tx, week_id: str, keys: Iterable[str]) -> None:
    sql = "INSERT INTO consultations_audience (week_id, key) VALUES (?, ?)"
    tx.many(sql, [(week_id, key) for key in keys])


def to_announce(tx: Tx, now: int, limit: int) -> list[tuple[str, bool]]:
    """Weeks whose families can take times since some moment and were not told; whether they still can."""
    rows = tx.rows(
        "SELECT id, withdrawn_at IS NULL AND closes_at > ? FROM consultations_week"
        " WHERE announced_at IS NULL AND opens_at <= ? ORDER BY opens_at LIMIT ?",
        (now, now, limit),
    )
    return [(str(id), bool(is_open)) for id, is_open in rows]


def announced(tx: Tx, week_id: str, now: int) -> None:
    tx.execute("UPDATE consultations_week SET announced_at = ? WHERE id = ?", (now, week_id))


def families_of(tx: Tx, class_id: str) -> list[tuple[str, str, str]]:
    """Who may sign for a child of a class, with each child for whom they may, and its class."""
    rows = tx.rows(
        "SELECT DISTINCT o.guardian_id, o.student_id, s.class_id FROM people_v_student m"
        " CROSS JOIN people_v_child c ON c.student_id = m.student_id AND c.may_sign = 1"
        " CROSS JOIN people_v_child o ON o.guardian_id = c.guardian_id AND o.may_sign = 1"
        " CROSS JOIN people_v_student s ON s.student_id = o.student_id WHERE m.class_id = ?",
        (class_id,),
    )
    return [(str(guardian), str(student), str(room)) for guardian, student, room in rows]


def withdraw(tx: Tx, week_id: str, now: int) -> None:
    tx.execute("UPDATE consultations_week SET withdrawn_at = ? WHERE id = ?", (now, week_id))


def keys(tx: Tx, week_id: str) -> tuple[str, ...]:
    sql = "SELECT key FROM consultations_audience WHERE week_id = ? ORDER BY key"
    return tuple(key for (key,) in tx.rows(sql, (week_id,)))


# Whom it is for -----------------------------------------------------------------------------------


def children_in(tx: Tx, keys: Iterable[str], guardian_id: str) -> set[str]:
    """The children of a guardian through whom they hold one of the keys."""
    holder, params = holders(keys, people=[guardian_id])
    sql = "WITH " + holder + " SELECT student_id FROM holder WHERE person_id = ?"  # noqa: S608
    return {student for (student,) in tx.rows(sql, (*params, guardian_id)) if student}


def classes(tx: Tx, keys: Iterable[str]) -> list[ClassTimes]:
    """The classes whose families hold one of the keys, with their homeroom teachers."""
    audiences = [one for one in map(audience_of, keys) if one is not None]
    whole = any(one.scope is Scope.SCHOOL for one in audiences)
    grades = {one.of for one in audiences if one.scope is Scope.GRADE}
    rooms = {one.of for one in audiences if one.scope is Scope.CLASS}
    rows = tx.rows(
        "SELECT id, grade, number, homeroom_id FROM people_v_class ORDER BY grade, number"
    )
    return [
        ClassTimes(*row) for row in rows if whole or str(row[1]) in grades or str(row[0]) in rooms
    ]


def teachers_of(tx: Tx, students: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Student → id and name of the homeroom teacher they have now."""
    rows = tx.rows(
        "SELECT s.student_id, s.homeroom_id, p.name FROM json_each(?) j"
        " CROSS JOIN people_v_student s ON s.student_id = j.value"
        " JOIN people_v_known p ON p.id = s.homeroom_id",
        (encode(sorted(students)),),
    )
    return {student: (teacher, name) for student, teacher, name in rows}


def places(tx: Tx, students: Iterable[str]) -> dict[str, tuple[str, int]]:
    """The class of each of those who are at the school, and their number in it."""
    rows = tx.rows(
        "SELECT s.student_id, s.grade, s.class_number, s.number FROM json_each(?) j"
        " CROSS JOIN people_v_student s ON s.student_id = j.value",
        (encode(sorted(students)),),
    )
    return {student: (class_words(grade, room), number) for student, grade, room, number in rows}


def relations(tx: Tx, students: Iterable[str]) -> dict[tuple[str, str], str]:
    """(student, guardian) → what they are to the child."""
    rows = tx.rows(
        "SELECT c.student_id, c.guardian_id, c.relation FROM json_each(?) j"
        " CROSS JOIN people_v_child c ON c.student_id = j.value",
        (encode(sorted(students)),),
    )
    return {(student, guardian): relation for student, guardian, relation in rows}


def class_list(tx: Tx, class_id: str) -> list[tuple[str, str, int]]:
    """Id, name and number of the students of a class, by number."""
    sql = "SELECT student_id, name, number FROM people_v_student WHERE class_id = ? ORDER BY number"
    return [(student, name, number) for student, name, number in tx.rows(sql, (class_id,))]


def signing_of_class(tx: Tx, class_id: str) -> list[tuple[str, str, str, str]]:
    """Of each child of a class the guardians who may sign for it: their id and name, the child's."""
    rows = tx.rows(
        "SELECT c.guardian_id, k.name, s.student_id, s.name FROM people_v_student s"
        " CROSS JOIN people_v_child c ON c.student_id = s.student_id AND c.may_sign = 1"
        " JOIN people_v_known k ON k.id = c.guardian_id WHERE s.class_id = ?",
        (class_id,),
    )
    return [(guardian, name, student, child) for guardian, name, student, child in rows]


def sizes(tx: Tx, classes: Iterable[str]) -> dict[str, int]:
    """How many students each class has."""
    rows = tx.rows(
        "SELECT j.value, count(*) FROM json_each(?) j"
        " CROSS JOIN people_v_student s ON s.class_id = j.value GROUP BY j.value",
        (encode(sorted(classes)),),
    )
    return dict(rows)


# Other members of staff ---------------------------------------------------------------------------


def opened(tx: Tx, week_id: str) -> dict[str, set[str]]:
    """Who of the staff of now opened their times of a week to which keys."""
    rows = tx.rows(
        "SELECT t.teacher_id, t.key FROM consultations_teacher t"
        " CROSS JOIN people_v_staff s ON s.person_id = t.teacher_id WHERE t.week_id = ?",
        (week_id,),
    )
    found: dict[str, set[str]] = {}
    for teacher_id, key in rows:
        found.setdefault(teacher_id, set()).add(key)
    return found


def opened_in(tx: Tx, teacher_id: str, weeks: Iterable[str]) -> set[str]:
    """The weeks among these in which somebody opened their times."""
    rows = tx.rows(
        "SELECT DISTINCT t.week_id FROM json_each(?) j CROSS JOIN consultations_teacher t"
        " ON t.week_id = j.value AND t.teacher_id = ?",
        (encode(sorted(weeks)), teacher_id),
    )
    return {week_id for (week_id,) in rows}


def write_opened(tx: Tx, week_id: str, teacher_id: str, keys: Iterable[str]) -> None:
    """Somebody's times of a week are open to these keys and no others."""
    tx.execute(
        "DELETE FROM consultations_teacher WHERE week_id = ? AND teacher_id = ?",
        (week_id, teacher_id),
    )
    sql = "INSERT INTO consultations_teacher (week_id, teacher_id, key) VALUES (?, ?, ?)"
    tx.many(sql, [(week_id, teacher_id, key) for key in keys])


def close_opened(tx: Tx, teacher_id: str) -> None:
    """Somebody's times are open to nobody any more."""
    tx.execute("DELETE FROM consultations_teacher WHERE teacher_id = ?", (teacher_id,))


def positions(tx: Tx, people: Iterable[str]) -> dict[str, str]:
    """What each of those who are on the staff is."""
    rows = tx.rows(
        "SELECT s.person_id, s.position FROM json_each(?) j"
        " CROSS JOIN people_v_staff s ON s.person_id = j.value",
        (encode(sorted(people)),),
    )
    return dict(rows)


def staff(tx: Tx) -> list[tuple[str, str]]:
    """Everybody on the staff with name and position, by name."""
    rows = tx.rows("SELECT person_id, name, position FROM people_v_staff ORDER BY name, person_id")
    return [(person_id, f"{name} ({position})") for person_id, name, position in rows]


# Times --------------------------------------------------------------------------------------------


def slot(tx: Tx, slot_id: str) -> Slot | None:
    """A time that is given still."""
    row = tx.row(_SLOT + " WHERE s.id = ? AND s.closed_at IS NULL", (slot_id,))
    return None if row is None else slot_of(row)


def free_slot(tx: Tx, slot_id: str) -> Slot | None:
    """A time that nobody has taken."""
    row = tx.row(_SLOT + " WHERE s.id = ? AND" + FREE, (slot_id,))
    return None if row is None else slot_of(row)


def slots_of(tx: Tx, week_id: str, teacher_id: str) -> list[Slot]:
    """The times that a teacher gives in a week, the earliest first."""
    rows = tx.rows(
        _SLOT + " WHERE s.week_id = ? AND s.teacher_id = ? AND s.closed_at IS NULL"
        " ORDER BY s.starts_at",
        (week_id, teacher_id),
    )
    return [slot_of(row) for row in rows]


def free_of(tx: Tx, week_id: str, teacher_id: str, since: int) -> list[Slot]:
    """Those of a teacher's times in a week, from a moment (ms) on, that nobody has taken."""
    rows = tx.rows(
        _SLOT + " WHERE s.week_id = ? AND s.teacher_id = ? AND s.starts_at > ? AND"
        + FREE
        + " ORDER BY s.starts_at",
        (week_id, teacher_id, since),
    )  # fmt: skip
    return [slot_of(row) for row in rows]


def free_days(tx: Tx, week_id: str, teachers: Iterable[str], since: int) -> dict[str, list[date]]:
    """Of each of some teachers the day of every time in a week, from a moment (ms) on, that nobody has taken."""
    rows = tx.rows(
        "SELECT s.teacher_id, s.starts_at FROM json_each(?) j CROSS JOIN consultations_slot s"  # noqa: S608
        " ON s.week_id = ? AND s.teacher_id = j.value AND s.starts_at > ? WHERE" + FREE,
        (encode(sorted(teachers)), week_id, since),
    )
    found: dict[str, list[date]] = {}
    for teacher_id, starts_at in rows:
        found.setdefault(teacher_id, []).append(local_date(starts_at))
    return found


def between(tx: Tx, teacher_id: str, since: int, until: int) -> list[Slot]:
    """A teacher's times of any week that begin between two moments (ms)."""
    rows = tx.rows(
        _SLOT + " WHERE s.teacher_id = ? AND s.starts_at >= ? AND s.starts_at < ?"
        " AND s.closed_at IS NULL ORDER BY s.starts_at",
        (teacher_id, since, until),
    )
    return [slot_of(row) for row in rows]


def in_place(tx: Tx, place: str, since: int, until: int) -> list[Slot]:
    """The visits in a place, of any teacher, that begin between two moments (ms)."""
    rows = tx.rows(
        _SLOT + " WHERE s.place = ? AND s.starts_at >= ? AND s.starts_at < ?"
        " AND s.closed_at IS NULL AND s.meeting = 'visit' ORDER BY s.starts_at",
        (place, since, until),
    )
    return [slot_of(row) for row in rows]


def outside(tx: Tx, week_id: str, since: int, until: int) -> bool:
    """Whether a time of the week begins before one moment or from another one on (ms)."""
    sql = (
        "SELECT 1 FROM consultations_slot s WHERE s.week_id = ? AND s.closed_at IS NULL"
        " AND (s.starts_at < ? OR s.starts_at >= ?) LIMIT 1"
    )
    return tx.value(sql, (week_id, since, until)) is not None


def add_slots(tx: Tx, slots: Sequence[Slot]) -> None:
    tx.many(
        "INSERT INTO consultations_slot (id, week_id, teacher_id, starts_at, ends_at, meeting, place)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(one.id, one.week_id, one.teacher_id, one.starts_at, one.ends_at),
                *(one.meeting.value, one.place),
            )
            for one in slots
        ],
    )


def close_slot(tx: Tx, slot_id: str, now: int) -> None:
    sql = "UPDATE consultations_slot SET closed_at = ? WHERE id = ? AND closed_at IS NULL"
    tx.execute(sql, (now, slot_id))


def sums(tx: Tx, week_id: str) -> dict[str, tuple[int, int, int]]:
    """Of each teacher of a week: how many times they give, how many of these are taken by families of their
    class and by others."""
    rows = tx.rows(
        "SELECT s.teacher_id, count(*), count(b.id) FILTER (WHERE b.with_id = ''),"
        " count(b.id) FILTER (WHERE b.with_id != '') FROM consultations_slot s"
        " LEFT JOIN consultations_booking b ON b.slot_id = s.id AND b.state = 'booked'"
        " WHERE s.week_id = ? AND s.closed_at IS NULL GROUP BY s.teacher_id",
        (week_id,),
    )
    return {teacher: (given, taken, others) for teacher, given, taken, others in rows}


def gives_in(tx: Tx, teacher_id: str, weeks: Iterable[str]) -> set[str]:
    """The weeks among these in which a teacher gives times."""
    rows = tx.rows(
        "SELECT j.value FROM json_each(?) j WHERE EXISTS (SELECT 1 FROM consultations_slot s"
        " WHERE s.week_id = j.value AND s.teacher_id = ? AND s.closed_at IS NULL)",
        (encode(sorted(weeks)), teacher_id),
    )
    return {week_id for (week_id,) in rows}
