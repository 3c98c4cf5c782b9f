"""The calendar as people read it: month, entry, front page."""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from kit.clock import Clock, local_date, school_year
from kit.db import Database, Tx, encode
from kit.problem import NotFound
from kit.seen import seen_of
from node.calendar import holidays, month, places, school_days, store
from node.calendar.access import keeps, may_add, may_write
from node.calendar.model import CalendarEntry
from node.calendar.month import DayLine, MonthPage
from node.people.access import keys_through, require_staff
from node.people.model import Asker
from node.slice import Slice


class EntryPage(msgspec.Struct, frozen=True):
    """An entry on its own page. `seen`: its version (kit.seen)."""

    entry: CalendarEntry
    line: DayLine
    seen: str
    may_write: bool


class HolidayLine(msgspec.Struct, frozen=True):
    """A public holiday of a school year; `kept`: the school keeps it."""

    on: str
    name: str
    kept: bool


class YearPage(msgspec.Struct, frozen=True):
    """A school year in numbers, and its public holidays. `days`: of school, by semester."""

    year: int
    days: tuple[int, int]
    holidays: tuple[HolidayLine, ...]
    may_write: bool


class CalendarPages:
    """Reads the calendar for one asker at a time."""

    def __init__(self, db: Database, clock: Clock, slices: Sequence[Slice]) -> None:
        """`slices`: the list of all that join, those above too, whose dates stand in the calendar."""
        self._db = db
        self._clock = clock
        self._slices = slices

    async def month(
        self, asker: Asker, named: str, child_id: str = "", *, every_class: bool = False
    ) -> MonthPage:
        """A month, `2026-11`, or this one. `child_id` narrows a guardian's to one child of theirs;
        `every_class`: staff also see what is on in classes that are not theirs."""
        today = local_date(self._clock.now())
        first = month.month_of(named, today)
        child = next((one for one in asker.children if one.student_id == child_id), None)
        grades = {one.grade for one in asker.children if child in (None, one)}
        grade = grades.pop() if len(grades) == 1 and not asker.is_staff else None
        sources = [one.dated for one in self._slices if one.dated is not None]

        def unit(tx: Tx) -> MonthPage:
            viewed = asker
            if child is not None:
                keys = keys_through(tx, asker.id, child.student_id)
                viewed = msgspec.structs.replace(asker, keys=encode(keys), children=(child,))
            return month.page(tx, viewed, first, today, grade, sources, every_class=every_class)

        return await self._db.read(unit)

    async def entry(self, asker: Asker, entry_id: str) -> EntryPage:
        """Raises NotFound."""

        def unit(tx: Tx) -> EntryPage:
            found = store.readable(tx, asker, entry_id)
            if found is None:
                raise NotFound()
            line = month.line_of(found, places.words(tx, [found.keys]))
            return EntryPage(
                found, line, seen_of(found), may_write(asker, found) and asker.is_staff
            )

        return await self._db.read(unit)

    async def year(self, asker: Asker, year: int | None) -> YearPage:
        """A school year, or this one, for staff. Raises NotFound."""
        require_staff(asker)
        today = local_date(self._clock.now())

        def unit(tx: Tx) -> YearPage:
            of = school_year(today) if year is None else year
            if not 2015 <= of <= 2099:
                raise NotFound()
            first, last = date(of, 3, 1), date(of + 1, 3, 1) - timedelta(1)
            struck = store.struck(tx, first, last)
            days = school_days.school_days(tx, first, last, None)
            second = month.second_semester(tx, of)
            in_second = sum(day >= second for day in days)
            return YearPage(
                of,
                (len(days) - in_second, in_second),
                tuple(
                    HolidayLine(day.isoformat(), name, day not in struck)
                    for day, name in holidays.public_holidays().items()
                    if first <= day <= last
                ),
                keeps(asker),
            )

        return await self._db.read(unit)

    def may_add(self, asker: Asker) -> bool:
        return asker.is_staff and may_add(asker)
