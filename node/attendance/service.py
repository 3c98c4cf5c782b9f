"""What pages of attendance show, and what is done with a month. Marking a class has its own verb
(`node.attendance.marking`).

sheet = await attendance.sheet(asker, class_id, date(2026, 12, 2))
own = await attendance.own(guardian)
"""

from collections.abc import Sequence
from datetime import date, timedelta

from kit import audit
from kit.clock import Clock, local_date, school_year
from kit.db import Database, Tx
from kit.problem import NotFound
from node.attendance import months, store
from node.attendance.explained import Explained, on, proposed
from node.attendance.marking import Marking
from node.attendance.model import (
    HERE,
    AttendanceAct,
    AwayChild,
    AwayInClass,
    ClassMonth,
    ClassOfYear,
    ClassToday,
    ClassYear,
    DaySheet,
    Enrolled,
    Mark,
    MonthNotOver,
    MonthOpenDays,
    OwnAttendance,
    OwnLine,
    SheetLine,
    year_begins,
)
from node.attendance.rights import class_for, has_own, sees_classes, sees_every_class
from node.calendar.service import Calendar
from node.people.access import of_now
from node.people.model import Asker, Kind
from node.ports.explaining import Explanation

NEAR = 31  # days in which the days of school around one are looked for
FORGOTTEN = 200  # rows of each table that one unit forgets


class Attendance:
    """The slice's face."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        calendar: Calendar,
        explained: Explained,
        marking: Marking,
    ) -> None:
        self._db = db
        self._clock = clock
        self._calendar = calendar
        self._explained = explained
        self.marking = marking

    def today(self) -> date:
        return local_date(self._clock.now())

    @property
    def hand_in(self) -> str:
        """Where a family hands in a paper that explains a day; empty where nowhere."""
        return self._explained.hand_in

    # Families ----------------------------------------------------------------------------------

    async def own(self, asker: Asker) -> list[OwnAttendance]:
        """The asker's children, or a student themselves, with what this school year was for them."""
        return await self._db.read(lambda tx: self._own(tx, asker)) if has_own(asker) else []

    def _own(self, tx: Tx, asker: Asker) -> list[OwnAttendance]:
        today = self.today()
        first = year_begins(today)
        whose = [(one.student_id, one.name, one.class_name) for one in asker.children]
        if Kind.STUDENT in asker.kinds:
            whose.append((asker.id, asker.name, ""))
        papers = self._explained.between(tx, [one for one, *_rest in whose], first, today)
        return [
            OwnAttendance(
                student_id,
                name,
                room,
                tuple(
                    OwnLine(day, mark, on(papers.get(student_id, ()), day))
                    for day, mark in store.marks_of_student(tx, student_id, first.isoformat())
                ),
            )
            for student_id, name, room in whose
        ]

    # Classes -----------------------------------------------------------------------------------

    async def classes(self, asker: Asker) -> list[ClassToday]:
        """How the classes that the asker sees stand today; none where they see none."""

        def work(tx: Tx) -> list[ClassToday]:
            rooms, today = _seen_by(tx, asker), self.today().isoformat()
            marked, away = store.marked_on(tx, today), store.away_on(tx, today)
            open_rooms = {one.id for one in self._with_school(tx, rooms)}
            return [
                ClassToday(one, one.id in open_rooms, marked.get(one.id), away.get(one.id, 0))
                for one in rooms
            ]

        return await self._db.read(work)

    def waiting(self, tx: Tx, asker: Asker) -> list[ClassOfYear]:
        """The classes that the asker sees and nobody has marked today, where it is a day of school; within
        a unit of somebody else."""
        rooms = _seen_by(tx, asker)
        marked = store.marked_on(tx, self.today().isoformat()) if rooms else {}
        return self._with_school(tx, [one for one in rooms if one.id not in marked])

    def away(self, tx: Tx, asker: Asker) -> tuple[list[AwayChild], list[AwayInClass]]:
        """Who is not simply there today: by name in the asker's own classes, in numbers in the other
        classes that they see; within a unit of somebody else."""
        if not sees_classes(asker):
            return [], []
        today = self.today().isoformat()
        own = store.away_in(tx, asker.classes, today) if asker.classes else []
        others: list[AwayInClass] = []
        if sees_every_class(asker) and (counts := store.away_by_class(tx, today)):
            rooms = [one for one in store.classes(tx) if one.id not in asker.classes]
            others = [AwayInClass(one, counts[one.id]) for one in rooms if one.id in counts]
        return [AwayChild(*one) for one in own], others

    def _with_school(self, tx: Tx, rooms: Sequence[ClassOfYear]) -> list[ClassOfYear]:
        """Those that have school today."""
        today = self.today()
        grades = {
            grade
            for grade in {one.grade for one in rooms}
            if self._calendar.is_school_day(tx, today, grade)
        }
        return [one for one in rooms if one.grade in grades]

    async def sheet(self, asker: Asker, class_id: str, day: date) -> DaySheet:
        """A class on a day, to be marked. Raises NotFound."""

        def work(tx: Tx) -> DaySheet:
            room = class_for(tx, asker, class_id)
            if school_year(day) != room.year:
                raise NotFound()
            return self._sheet(tx, room, day)

        return await self._db.read(work)

    def _sheet(self, tx: Tx, room: ClassOfYear, day: date) -> DaySheet:
        text, today = day.isoformat(), self.today()
        pupils = [one for one in store.enrolled(tx, room.id, text, text) if one.is_in(day)]
        ids = [one.student_id for one in pupils]
        marks = store.marks_on(tx, ids, text)
        papers = self._explained.between(tx, ids, day, day)
        marked = store.marked_day(tx, room.id, text)
        near = self._calendar.school_days(
            tx, day - timedelta(NEAR), max(day, min(day + timedelta(NEAR), today)), room.grade
        )
        return DaySheet(
            room=room,
            day=day,
            has_school=day in near,
            is_closed=store.closing(tx, room.id, text[:7]) is not None,
            marked=marked,
            lines=tuple(
                _line(
                    one,
                    marks.get(one.student_id, (HERE, ""))[0],
                    tuple(papers.get(one.student_id, ())),
                    is_marked=marked is not None,
                )
                for one in pupils
            ),
            previous=max((one for one in near if one < day), default=None),
            next=min((one for one in near if one > day), default=None),
        )

    async def month(self, asker: Asker, class_id: str, month: str) -> ClassMonth:
        """A class's month, `2026-11`; this one where none is named. Raises NotFound."""
        return await self._db.read(lambda tx: self._month(tx, asker, class_id, month))

    def _month(self, tx: Tx, asker: Asker, class_id: str, month: str) -> ClassMonth:
        room, today = class_for(tx, asker, class_id), self.today()
        return months.class_month(tx, self._calendar, room, months.month_of(month, today), today)

    async def year(self, asker: Asker, class_id: str) -> ClassYear:
        """A class's school year so far. Raises NotFound."""

        def work(tx: Tx) -> ClassYear:
            room = class_for(tx, asker, class_id)
            return months.class_year(tx, self._calendar, room, self.today())

        return await self._db.read(work)

    async def export(self, asker: Asker, class_id: str, month: str) -> ClassMonth:
        """A class's month that leaves as a file, which the audit log tells. Raises NotFound."""

        def unit(tx: Tx, now: Asker) -> ClassMonth:
            found = self._month(tx, now, class_id, month)
            audit.record(tx, self._clock, now, AttendanceAct.EXPORT, class_id, month=found.month)
            return found

        return await self._db.write(of_now(asker, unit))

    async def close(self, asker: Asker, class_id: str, month: str) -> None:
        """Whoever sees the class closes a month of it: what is changed afterwards needs a reason. Raises
        NotFound, MonthNotOver, MonthOpenDays."""

        def unit(tx: Tx, now: Asker) -> None:
            found = self._month(tx, now, class_id, month)
            if found.month != month or not found.is_over:
                raise MonthNotOver()
            if found.unmarked or found.unknown:
                raise MonthOpenDays(days=len(found.unmarked), unknown=found.unknown)
            if found.closed_at is None:
                store.close(tx, class_id, month, self._clock.now(), now.name)
                audit.record(tx, self._clock, now, AttendanceAct.CLOSE, class_id, month=month)

        await self._db.write(of_now(asker, unit))

    # What is over ------------------------------------------------------------------------------

    async def forget(self, years: int) -> None:
        """What is older than so many school years before this one goes, in portions."""
        first = year_begins(self.today())
        before = first.replace(year=first.year - years)
        while await self._db.write(lambda tx: store.forget(tx, before, FORGOTTEN)):
            pass


def _seen_by(tx: Tx, asker: Asker) -> list[ClassOfYear]:
    if not sees_classes(asker):
        return []
    every = sees_every_class(asker)
    return [one for one in store.classes(tx) if every or one.id in asker.classes]


def _line(
    pupil: Enrolled, mark: Mark, papers: tuple[Explanation, ...], *, is_marked: bool
) -> SheetLine:
    shown = proposed(papers, mark, is_marked=is_marked)
    return SheetLine(pupil.student_id, pupil.number, pupil.name, shown, shown != mark, papers)
