"""Marking a class: what is sent is laid over what stands, child by child.

Two devices may mark the same class. A page says how often the day had been marked when it was opened; what of
it differs from that state is what its user did. Their changes are kept, those of others are as well, and where
both touched one child, the earlier stands and the later is told.
"""

from collections.abc import Mapping
from datetime import date

import msgspec

from kit import audit
from kit.clock import Clock, local_date
from kit.db import Database, Tx
from kit.outbox import publish
from kit.typed import one_line
from node.attendance import store
from node.attendance.explained import Explained
from node.attendance.model import (
    HERE,
    LONGEST_REASON,
    AttendanceAct,
    AttendanceMarked,
    ClassOfYear,
    Mark,
    MarkChange,
    MarkedDay,
    NotADayOfSchool,
    WhyMissing,
)
from node.attendance.rights import class_for
from node.attendance.telling import GuardianTelling
from node.calendar.service import Calendar
from node.people.access import of_now
from node.people.model import Asker


class MarkedClass(msgspec.Struct, frozen=True):
    """What became of what was sent. `left`: names of children whom another device had marked otherwise."""

    away: int
    left: tuple[str, ...] = ()


class Marking:
    """The verb of who marks a class."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        calendar: Calendar,
        telling: GuardianTelling,
        explained: Explained,
    ) -> None:
        self._db = db
        self._clock = clock
        self._calendar = calendar
        self._telling = telling
        self._explained = explained

    async def mark(
        self,
        asker: Asker,
        class_id: str,
        day: date,
        sent: Mapping[str, Mark],
        *,
        seen: str = "",
        why: str = "",
    ) -> MarkedClass:
        """Whoever sees the class says who was there: all of whom nothing else is sent. `seen`: which state
        their page showed (`DaySheet.seen`); `why`: asked where the month was closed and a mark changes.

        Raises NotFound, NotADayOfSchool, WhyMissing, Invalid, TooLong; publishes AttendanceMarked.
        """
        why = one_line("why", why, LONGEST_REASON)
        sent = {student: _checked(mark) for student, mark in sent.items()}

        def unit(tx: Tx, now: Asker) -> MarkedClass:
            room = class_for(tx, now, class_id)
            self.require_day(tx, room, day)
            return self._mark(
                tx, now, room, day, sent, int(seen) if seen.isdecimal() else None, why
            )

        return await self._db.write(of_now(asker, unit))

    def require_day(self, tx: Tx, room: ClassOfYear, day: date) -> None:
        """Raises NotADayOfSchool."""
        is_past = day <= local_date(self._clock.now())
        if not is_past or not self._calendar.is_school_day(tx, day, room.grade):
            raise NotADayOfSchool()

    def _mark(
        self,
        tx: Tx,
        by: Asker,
        room: ClassOfYear,
        day: date,
        sent: Mapping[str, Mark],
        revision: int | None,
        why: str,
    ) -> MarkedClass:
        on, at = day.isoformat(), self._clock.now()
        pupils = {
            one.student_id: one.name
            for one in store.enrolled(tx, room.id, on, on)
            if one.is_in(day)
        }
        stored = store.marks_on(tx, list(pupils), on)
        marked = store.marked_day(tx, room.id, on)
        before = {} if revision is None else store.marks_before(tx, room.id, on, revision)
        changed: dict[str, Mark] = {}
        left: list[str] = []
        for student in pupils.keys() & sent.keys():
            mark, now = sent[student], stored.get(student, (HERE, ""))[0]
            if mark in (now, before.get(student, now)):
                continue  # as it stands, or as the page had it: not touched there
            if student in before:
                left.append(pupils[student])
            else:
                changed[student] = mark
        is_closed = store.closing(tx, room.id, on[:7]) is not None
        if changed and is_closed and not why:
            raise WhyMissing({"why": WhyMissing.text})
        if changed or marked is None:
            first_at = at if marked is None else marked.marked_at
            number = 1 + (marked.revision if marked else 0)
            store.put_day(tx, room.id, on, MarkedDay(number, first_at, by.name))
            self._store(tx, by, room, day, number, changed, stored, why if is_closed else "")
            event = AttendanceMarked(room.id, on, tuple(sorted(changed)), marked is None)
            publish(tx, event, at)
            if marked is not None:
                audit.record(tx, self._clock, by, AttendanceAct.CORRECT, room.id, day=on)
        standing = {student: mark for student, (mark, _told) in stored.items()} | changed
        return MarkedClass(sum(one.is_away for one in standing.values()), tuple(sorted(left)))

    def _store(
        self,
        tx: Tx,
        by: Asker,
        room: ClassOfYear,
        day: date,
        number: int,
        changed: Mapping[str, Mark],
        stored: Mapping[str, tuple[Mark, str]],
        why: str,
    ) -> None:
        on, at = day.isoformat(), self._clock.now()
        explained = self._explained.students(tx, changed, day)
        for student, mark in sorted(changed.items()):
            before, told = stored.get(student, (HERE, ""))
            change = MarkChange(day, "", at, by.name, before, mark, why)
            store.add_change(tx, room.id, number, student, by.id, change)
            told = self._telling.tell(
                tx, student, on, mark, told, is_explained=student in explained
            )
            store.put_mark(tx, room.id, on, student, mark, told)


def _checked(mark: Mark) -> Mark:
    """A mark as it is kept. Raises TooLong."""
    if not mark.is_away:
        return HERE
    return Mark(mark.presence, mark.cause, one_line("reason", mark.reason, LONGEST_REASON))
