"""Which days are days of school: weekends, public holidays, and what the school's calendar says of them.

What is said to a grade goes before what is said to the whole school, and of one audience a day of school
before a day off: a school day on a Saturday may leave out the first grade.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from kit.db import Tx
from node.calendar import store
from node.calendar.holidays import public_holidays
from node.calendar.model import (
    CLOSING,
    LONGEST_SPAN,
    OPENING,
    ClosedDay,
    EntryKind,
    SpanTooLong,
)
from node.calendar.store import Rule
from node.people.model import Audience, Kind, Scope

SATURDAY = 5  # of date.weekday()


def audiences(grade: int | None) -> tuple[str, ...]:
    """The keys of entries that hold for students of a grade, the nearest first; without one, of those
    that hold for the whole school."""
    school = Audience(Kind.STUDENT).key
    return (
        (school,)
        if grade is None
        else (Audience(Kind.STUDENT, Scope.GRADE, str(grade)).key, school)
    )


def each_day(first: date, last: date) -> Iterator[date]:
    """The days of the closed interval. Raises SpanTooLong."""
    if (last - first).days > LONGEST_SPAN:
        raise SpanTooLong()
    for at in range((last - first).days + 1):
        yield first + timedelta(at)


def school_days(tx: Tx, first: date, last: date, grade: int | None) -> list[date]:
    """The days of school from `first` to `last`. Raises SpanTooLong."""
    days = list(each_day(first, last))
    if not days:
        return []
    keys = audiences(grade)
    said = store.rules(tx, first, last, keys)
    holidays, struck = public_holidays(), store.struck(tx, first, last)
    open_days = {
        day for day in days if day.weekday() < SATURDAY and (day not in holidays or day in struck)
    }
    for key in reversed(keys):
        of_key = [one for one in said if one.key == key]
        open_days -= _covered(of_key, CLOSING, first, last)
        open_days |= _covered(of_key, OPENING, first, last)
    return sorted(open_days)


def closed(tx: Tx, first: date, last: date, grade: int | None) -> dict[date, ClosedDay]:
    """The days without school, with what closes each. Raises SpanTooLong."""
    days = list(each_day(first, last))
    if not days:
        return {}
    is_open = set(school_days(tx, first, last, grade))
    why = {
        day: ClosedDay(title) for day, title in public_holidays().items() if first <= day <= last
    }
    for rule in store.rules(tx, first, last, audiences(grade)):
        if rule.kind in CLOSING:
            of_rule = ClosedDay(rule.title, rule.kind is EntryKind.VACATION)
            why |= {day: of_rule for day in within(rule, first, last) if day not in why}
    return {day: why.get(day, ClosedDay("")) for day in days if day not in is_open}


def _covered(
    said: Sequence[Rule], kinds: Sequence[EntryKind], first: date, last: date
) -> set[date]:
    return {day for one in said if one.kind in kinds for day in within(one, first, last)}


def within(rule: Rule, first: date, last: date) -> Iterator[date]:
    """The days that it covers, of those from `first` to `last`."""
    return each_day(max(rule.first_on, first), min(rule.last_on, last))


def blocked(tx: Tx, first: date, last: date, grade: int | None) -> list[tuple[date, str]]:
    """The days that are closed for off-campus learning, with the titles. Raises SpanTooLong."""
    if not list(each_day(first, last)):
        return []
    said = [one for one in store.rules(tx, first, last, audiences(grade)) if one.blocks]
    return sorted({(day, one.title) for one in said for day in within(one, first, last)})
