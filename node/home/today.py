"""Of which day the front page tells, and whose."""

from collections.abc import Sequence
from datetime import date, timedelta

from kit.clock import local
from kit.db import Tx, encode
from kit.wording import class_words
from node.calendar.model import NoSchoolDay
from node.calendar.service import Calendar
from node.home.model import TodayBlock, TodayPage, When
from node.people.model import Asker, Kind
from node.ports.today import Today, TodayAsked, TodayLine, Whose

OVER_AT = 16  # o'clock: lessons are over, families prepare the next day
NEAR = timedelta(4)  # a day of school beyond it is not prepared yet


def page(tx: Tx, asker: Asker, now: int, calendar: Calendar, told: Sequence[Today]) -> TodayPage:
    """What the slices say of the day."""
    asked, next_on = _asked(tx, asker, now, calendar)
    lines = sorted(
        (line for today in told for line in today(tx, asker, asked)), key=lambda line: line.rank
    )
    return TodayPage(
        on=asked.on.isoformat(),
        when=_when(asked),
        is_off=not asked.has_school,
        next_on=next_on.isoformat() if next_on else "",
        blocks=_blocks(asked.whose, lines),
    )


def _asked(tx: Tx, asker: Asker, now: int, calendar: Calendar) -> tuple[TodayAsked, date | None]:
    """This day until lessons are over, then the next day of school, where it is near; else this day,
    and when school is again."""
    at = local(now)
    today = at.date()
    first = today if at.hour < OVER_AT else today + timedelta(1)
    whose = _whose(tx, asker)
    if calendar.is_school_day(tx, first):
        return TodayAsked(today, first, True, whose), None
    try:
        found = calendar.next_school_day(tx, first)
    except NoSchoolDay:
        return TodayAsked(today, today, False, whose), None
    if found - today <= NEAR:
        return TodayAsked(today, found, True, whose), None
    return TodayAsked(today, today, False, whose), found


def _when(asked: TodayAsked) -> When:
    if asked.on == asked.today:
        return When.TODAY
    return When.TOMORROW if asked.on - asked.today == timedelta(1) else When.NEXT


def _whose(tx: Tx, asker: Asker) -> tuple[Whose, ...]:
    """The asker's children, themselves as a student, their classes as a homeroom teacher."""
    found = [
        Whose(one.student_id, one.name, one.class_id, one.grade, one.class_number, one.student_id)
        for one in asker.children
    ]
    if Kind.STUDENT in asker.kinds:
        sql = (
            "SELECT student_id, name, class_id, grade, class_number, student_id"
            " FROM people_v_student WHERE student_id = ?"
        )
        found += tx.structs(Whose, sql, (asker.id,))
    if asker.classes:
        sql = (
            "SELECT id, '', id, grade, number FROM people_v_class"
            " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY grade, number"
        )
        found += tx.structs(Whose, sql, (encode(sorted(asker.classes)),))
    return tuple(found)


def _blocks(whose: Sequence[Whose], lines: Sequence[TodayLine]) -> tuple[TodayBlock, ...]:
    """What is for all first. Of one alone all lines stand together, without the name."""
    if len(whose) < 2:
        return (TodayBlock(tuple(lines)),) if lines else ()
    blocks = [TodayBlock(tuple(line for line in lines if not line.whose))]
    for one in whose:
        own = tuple(line for line in lines if line.whose == one.id)
        class_name = class_words(one.grade, one.class_number)
        blocks.append(TodayBlock(own, one.name or class_name, class_name, one.student_id))
    return tuple(block for block in blocks if block.lines)
