"""The SQL of what was taken: a time for a child, what became of it."""

from collections.abc import Iterable, Sequence

from kit.db import Row, Tx, encode
from node.consultations.model import Booking, BookingState, Slot, Taken
from node.consultations.store import SLOT_COLUMNS, slot_of

_COLUMNS = (
    " b.id, b.slot_id, b.week_id, b.student_id, b.by_id, b.topic, b.state, b.reason, b.at,"
    " b.changed_at, b.with_id"
)
_WIDTH = 11  # of _COLUMNS
_TAKEN = "SELECT" + _COLUMNS + "," + SLOT_COLUMNS
_FROM = " FROM consultations_booking b JOIN consultations_slot s ON s.id = b.slot_id"


def _booking(row: Sequence[object]) -> Booking:
    *texts, state, reason, at, changed_at, with_id = row
    id, slot_id, week_id, student_id, by_id, topic = map(str, texts)
    kept = BookingState(str(state))
    times = int(str(at)), int(str(changed_at))
    return Booking(
        *(id, slot_id, week_id, student_id, by_id, topic, kept, str(reason), *times, str(with_id))
    )


def _taken(row: Row) -> Taken:
    return Taken(_booking(row[:_WIDTH]), slot_of(row[_WIDTH:]))


# One ----------------------------------------------------------------------------------------------


def taken(tx: Tx, week_id: str, booking_id: str) -> Taken | None:
    row = tx.row(_TAKEN + _FROM + " WHERE b.id = ? AND b.week_id = ?", (booking_id, week_id))
    return None if row is None else _taken(row)


def of_child(tx: Tx, week_id: str, student_id: str, reader_id: str) -> dict[str, Taken]:
    """What became last of a child's times in a week, by with whom ("": the homeroom teacher); of those with others
    the ones that the reader took."""
    rows = tx.rows(
        _TAKEN + _FROM + " WHERE b.student_id = ? AND b.week_id = ?"
        " AND (b.with_id = '' OR b.by_id = ?) ORDER BY b.changed_at, b.state = 'booked'",
        (student_id, week_id, reader_id),
    )
    return {one.booking.with_id: one for one in map(_taken, rows)}


def is_booked(tx: Tx, week_id: str, student_id: str) -> bool:
    """Whether a child has a time with the homeroom teacher."""
    sql = (
        "SELECT 1 FROM consultations_booking"
        " WHERE student_id = ? AND week_id = ? AND state = 'booked' AND with_id = ''"
    )
    return tx.value(sql, (student_id, week_id)) is not None


def add(tx: Tx, new: Booking, slot: Slot) -> None:
    """The unique indexes keep a time from being taken twice, and a child from having two with one teacher."""
    tx.execute(
        "INSERT INTO consultations_booking (id, slot_id, week_id, student_id, by_id, topic, state,"
        " reason, at, changed_at, with_id, starts_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(new.id, new.slot_id, new.week_id, new.student_id, new.by_id, new.topic),
            *(new.state.value, new.reason, new.at, new.changed_at, new.with_id, slot.starts_at),
        ),
    )


def move(tx: Tx, booking_id: str, slot: Slot, now: int) -> None:
    """It is at another time, of which the family is reminded anew."""
    tx.execute(
        "UPDATE consultations_booking SET slot_id = ?, starts_at = ?, changed_at = ?,"
        " reminded_at = NULL WHERE id = ?",
        (slot.id, slot.starts_at, now, booking_id),
    )


def end(tx: Tx, booking_id: str, state: BookingState, reason: str, now: int) -> None:
    tx.execute(
        "UPDATE consultations_booking SET state = ?, reason = ?, changed_at = ? WHERE id = ?",
        (state.value, reason, now, booking_id),
    )


def set_topic(tx: Tx, booking_id: str, topic: str) -> None:
    tx.execute("UPDATE consultations_booking SET topic = ? WHERE id = ?", (topic, booking_id))


# Of families --------------------------------------------------------------------------------------


def booked_of(tx: Tx, students: Iterable[str], since: int, until: int) -> list[Taken]:
    """All times of some children that begin between two moments (ms), the earliest first: for what the school does
    about them, and for no page."""
    rows = tx.rows(
        _TAKEN + " FROM json_each(?) j CROSS JOIN consultations_booking b"
        " ON b.student_id = j.value AND b.state = 'booked'"
        " JOIN consultations_slot s ON s.id = b.slot_id"
        " WHERE b.starts_at >= ? AND b.starts_at < ? ORDER BY b.starts_at, b.id",
        (encode(sorted(students)), since, until),
    )
    return [_taken(row) for row in rows]


def seen_by(tx: Tx, reader_id: str, students: Iterable[str], since: int, until: int) -> list[Taken]:
    """Those of them that a guardian of these children knows of."""
    found = booked_of(tx, students, since, until)
    return [one for one in found if not one.booking.is_private or one.booking.by_id == reader_id]


def booked_in(tx: Tx, weeks: Iterable[str], students: Iterable[str]) -> set[tuple[str, str]]:
    """(week, student) of those of the children who have a time with the homeroom teacher in these weeks."""
    rows = tx.rows(
        "SELECT b.week_id, b.student_id FROM json_each(?) j CROSS JOIN json_each(?) w"
        " CROSS JOIN consultations_booking b ON b.student_id = j.value AND b.week_id = w.value"
        " AND b.state = 'booked' AND b.with_id = ''",
        (encode(sorted(students)), encode(sorted(weeks))),
    )
    return {(week_id, student) for week_id, student in rows}


# Of teachers --------------------------------------------------------------------------------------


def of_slots(tx: Tx, slots: Iterable[str]) -> list[Booking]:
    """Those of some times that were taken."""
    rows = tx.rows(
        "SELECT" + _COLUMNS + " FROM json_each(?) j CROSS JOIN consultations_booking b"
        " ON b.slot_id = j.value AND b.state = 'booked'",
        (encode(sorted(slots)),),
    )
    return [_booking(row) for row in rows]


def with_teacher(tx: Tx, teacher_id: str, since: int, until: int) -> list[Taken]:
    """What was taken of a teacher's times that begin between two moments (ms), the earliest first."""
    rows = tx.rows(
        _TAKEN + " FROM consultations_slot s JOIN consultations_booking b"
        " ON b.slot_id = s.id AND b.state = 'booked'"
        " WHERE s.teacher_id = ? AND s.starts_at >= ? AND s.starts_at < ? AND s.closed_at IS NULL"
        " ORDER BY s.starts_at",
        (teacher_id, since, until),
    )
    return [_taken(row) for row in rows]


# Portions -----------------------------------------------------------------------------------------


def of_week(tx: Tx, week_id: str, after: str, limit: int) -> list[Booking]:
    """Some of what is taken in a week, by id, behind one."""
    rows = tx.rows(
        "SELECT" + _COLUMNS + " FROM consultations_booking b WHERE b.week_id = ? AND b.id > ?"
        " AND b.state = 'booked' ORDER BY b.id LIMIT ?",
        (week_id, after, limit),
    )
    return [_booking(row) for row in rows]


def without_guardian(tx: Tx, since: int, limit: int) -> list[Taken]:
    """Some of what begins after a moment (ms) and is known to a guardian alone who may not sign for the child
    any more."""
    rows = tx.rows(
        _TAKEN  # noqa: S608 - constants only
        + _FROM
        + " WHERE b.state = 'booked' AND b.with_id != '' AND b.starts_at > ?"
        " AND NOT EXISTS (SELECT 1 FROM people_v_child c WHERE c.guardian_id = b.by_id"
        "  AND c.student_id = b.student_id AND c.may_sign = 1) ORDER BY b.starts_at LIMIT ?",
        (since, limit),
    )
    return [_taken(row) for row in rows]


def to_remind(tx: Tx, since: int, until: int, limit: int) -> list[Taken]:
    """Some of what begins between two moments (ms) and whose families were not reminded."""
    rows = tx.rows(
        _TAKEN + _FROM + " WHERE b.state = 'booked' AND b.reminded_at IS NULL"
        " AND b.starts_at >= ? AND b.starts_at < ? ORDER BY b.starts_at LIMIT ?",
        (since, until, limit),
    )
    return [_taken(row) for row in rows]


def reminded(tx: Tx, bookings: Iterable[str], now: int) -> None:
    sql = "UPDATE consultations_booking SET reminded_at = ? WHERE id = ?"
    tx.many(sql, [(now, one) for one in bookings])


def forget_topics(tx: Tx, before: int, limit: int) -> int:
    """Topics of some times that lie before a moment (ms) go; how many."""
    return tx.execute(
        "UPDATE consultations_booking SET topic = '' WHERE id IN"
        " (SELECT id FROM consultations_booking WHERE topic != '' AND starts_at < ? LIMIT ?)",
        (before, limit),
    )
