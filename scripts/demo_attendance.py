"""Puts the demo's attendance into a school: each class marked by its homeroom teacher, day by day."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import date, timedelta

from kit.clock import ManualClock, local_date, moment
from node.attendance.model import Cause, Mark, NotADayOfSchool, Presence
from node.attendance.service import Attendance
from node.people.model import Asker
from scripts.demo_content.answers import NOW
from scripts.demo_content.attendance import (
    CAST_ROOM,
    FIRST,
    FIRST_OF_CAST,
    UNMARKED_TODAY,
    away_on,
)
from scripts.demo_content.model import SchoolContent

MARKED_AT = (8, 50)
"""The hour and minute at which teachers mark their classes."""


async def load_attendance(
    attendance: Attendance,
    clock: ManualClock,
    content: SchoolContent,
    asker_of: Callable[[str], Awaitable[Asker]],
    people: Mapping[str, str],
    classes: Mapping[str, str],
) -> None:
    """All of it, in the order of days. `asker_of`: by import key; `people`, `classes`: ids by key and name."""
    today = local_date(NOW)
    for day in _days(FIRST_OF_CAST, today):
        clock.at = moment(day.year, day.month, day.day, *MARKED_AT)
        for room in content.classes:
            is_waiting = day == today and room.id in UNMARKED_TODAY
            if is_waiting or (day < FIRST and room.id != CAST_ROOM):
                continue
            teacher = await asker_of(room.homeroom)
            sent = {
                people[key]: Mark(Presence(away.presence), Cause(away.cause), away.reason)
                for key, away in away_on(content, room.id, day)
            }
            try:
                await attendance.marking.mark(teacher, classes[room.id], day, sent)
            except NotADayOfSchool:
                continue
    if CAST_ROOM in classes:
        room = next(one for one in content.classes if one.id == CAST_ROOM)
        clock.at = moment(2026, 11, 3, 16, 30)
        await attendance.close(await asker_of(room.homeroom), classes[CAST_ROOM], "2026-10")
    clock.at = NOW


def _days(first: date, last: date) -> Iterator[date]:
    for at in range((last - first).days + 1):
        yield first + timedelta(at)
