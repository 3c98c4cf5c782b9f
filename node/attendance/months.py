"""A month and a year of a class: the days of school that have come, and what each child's came to."""

import calendar
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from kit.db import Tx
from node.attendance import store
from node.attendance.model import (
    ChildMonth,
    ClassMonth,
    ClassOfYear,
    ClassYear,
    Enrolled,
    Mark,
    tally,
    year_begins,
)
from node.calendar.service import Calendar

MOST_CORRECTIONS = 300  # that a page of a month tells


def month_of(text: str, today: date) -> date:
    """The first day of the month that an address names, `2026-11`; of this one where it names none, or one
    of another school year."""
    try:
        day = date.fromisoformat(f"{text}-01") if len(text) == 7 else today
    except ValueError:
        day = today
    begins = year_begins(today)
    return (day if begins <= day <= today else today).replace(day=1)


def last_of(month: date) -> date:
    """The last day of a month."""
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def class_month(
    tx: Tx, school: Calendar, room: ClassOfYear, month: date, today: date
) -> ClassMonth:
    """The month that begins on a day, as far as it has come."""
    last = last_of(month)
    every = school.school_days(tx, month, last, room.grade)
    days = tuple(day for day in every if day <= today)
    marked = store.marked_days(tx, room.id, month.isoformat(), last.isoformat())
    closed = store.closing(tx, room.id, f"{month:%Y-%m}")
    before, after = month - timedelta(1), last + timedelta(1)
    return ClassMonth(
        room=room,
        month=f"{month:%Y-%m}",
        days=days,
        unmarked=tuple(day for day in days if day not in marked),
        children=_children(tx, room, days, month, last),
        corrections=tuple(
            store.corrections(tx, room.id, month.isoformat(), last.isoformat(), MOST_CORRECTIONS)
        ),
        closed_at=closed[0] if closed else None,
        closed_by=closed[1] if closed else "",
        is_over=len(days) == len(every) and (today >= last or bool(every)),
        previous=f"{before:%Y-%m}" if before >= year_begins(today) else "",
        next=f"{after:%Y-%m}" if after <= today else "",
    )


def class_year(tx: Tx, school: Calendar, room: ClassOfYear, today: date) -> ClassYear:
    """The school year as far as it has come."""
    first = year_begins(today)
    days = school.school_days(tx, first, today, room.grade)
    return ClassYear(room, _children(tx, room, days, first, today))


def _children(
    tx: Tx, room: ClassOfYear, days: Sequence[date], first: date, last: date
) -> tuple[ChildMonth, ...]:
    on = first.isoformat(), last.isoformat()
    marks = store.marks_of_class(tx, room.id, *on)
    times: dict[str, list[Enrolled]] = {}
    for one in store.enrolled(tx, room.id, *on):
        times.setdefault(one.student_id, []).append(one)
    return tuple(
        _child(spans, [day for day in days if any(one.is_in(day) for one in spans)], marks)
        for spans in times.values()
    )


def _child(
    spans: Sequence[Enrolled], days: Sequence[date], marks: Mapping[str, Mapping[date, Mark]]
) -> ChildMonth:
    now = spans[-1]
    own = marks.get(now.student_id, {})
    return ChildMonth(now.student_id, now.number, now.name, tuple(days), own, tally(days, own))
