"""The calendar as other slices ask it, in their own units.

calendar.school_days(tx, date(2026, 5, 4), date(2026, 5, 8), grade=3)
"""

from datetime import date, timedelta

from kit.db import Tx
from node.calendar import school_days, store
from node.calendar.model import LONGEST_SPAN, CalendarEntry, ClosedDay, NoSchoolDay

AHEAD = 31  # days that are looked at together for the next one of school


class Calendar:
    """Days of school, and what blocks them. Every verb is called within the caller's unit."""

    def school_days(self, tx: Tx, first: date, last: date, grade: int | None = None) -> list[date]:
        """The days of school from `first` to `last`, both included; none where `last` is the earlier.
        `grade`: as its students have it; None: as the whole school has it. Raises SpanTooLong."""
        return school_days.school_days(tx, first, last, grade)

    def is_school_day(self, tx: Tx, day: date, grade: int | None = None) -> bool:
        return bool(school_days.school_days(tx, day, day, grade))

    def closed(
        self, tx: Tx, first: date, last: date, grade: int | None = None
    ) -> dict[date, ClosedDay]:
        """The days without school, weekends too, with what closes each. Raises SpanTooLong."""
        return school_days.closed(tx, first, last, grade)

    def blocked(
        self, tx: Tx, first: date, last: date, grade: int | None = None
    ) -> list[tuple[date, str]]:
        """The days that are closed for off-campus learning, each with the title of what closes it, in
        order; a day that two things close stands twice. Raises SpanTooLong."""
        return school_days.blocked(tx, first, last, grade)

    def next_school_day(self, tx: Tx, after: date, n: int = 1, grade: int | None = None) -> date:
        """The n-th day of school after a day; n is at least 1. `grade`: as its students have it; None: as
        the whole school has it. Raises NoSchoolDay where LONGEST_SPAN days have fewer."""
        if n < 1:
            raise ValueError(f"n is {n}: it is at least 1")
        left, until = n, after
        while (until - after).days < LONGEST_SPAN and date.max - until > timedelta(AHEAD):
            begun, until = until + timedelta(1), until + timedelta(AHEAD)
            days = self.school_days(tx, begun, until, grade)
            if len(days) >= left:
                return days[left - 1]
            left -= len(days)
        raise NoSchoolDay()

    def put(self, tx: Tx, entry: CalendarEntry) -> None:
        """Store an entry for whoever has seen to it that it may stand there: loaders of content."""
        store.put(tx, entry)
