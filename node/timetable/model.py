"""The words of timetables: lessons by period, a class's week, a day that is otherwise."""

import enum
from collections.abc import Mapping
from datetime import date, timedelta

import msgspec

from kit.event import Event
from kit.i18n import _
from kit.seen import seen_of

LONGEST_SUBJECT = 40  # characters
LONGEST_NOTE = 200
MOST_PERIODS = 10
USUAL_PERIODS = 6  # rows that an empty timetable offers
SCHOOL_DAYS = 5

Lessons = dict[int, str]
"""Period → subject; an empty subject: there is no lesson."""

WEEKDAYS: dict[int, str] = {
    1: _("월요일"),
    2: _("화요일"),
    3: _("수요일"),
    4: _("목요일"),
    5: _("금요일"),
    6: _("토요일"),
}


class Layers(msgspec.Struct, frozen=True):
    """Lessons as files brought them and as hands wrote them over."""

    brought: Lessons = {}
    written: Lessons = {}
    note: str = ""

    @property
    def lessons(self) -> Lessons:
        return self.brought | self.written


class Move(msgspec.Struct, frozen=True):
    """A day on which the lessons of another weekday are held; `grade` 0: of all grades."""

    day: str
    grade: int
    weekday: int

    @property
    def label(self) -> str:
        return WEEKDAYS[self.weekday]


class Lesson(msgspec.Struct, frozen=True):
    """A lesson of a day; `changed`: the week has another there."""

    period: int
    subject: str
    changed: bool


class TimetableDay(msgspec.Struct, frozen=True):
    """A day of a class. `moved`: the weekday whose lessons are held, 0: its own."""

    day: str
    lessons: tuple[Lesson, ...]
    note: str
    moved: int
    layers: Layers

    @property
    def moved_label(self) -> str:
        return WEEKDAYS[self.moved] if self.moved else ""

    @property
    def by_period(self) -> Lessons:
        return {one.period: one.subject for one in self.lessons}

    @property
    def seen(self) -> str:
        """The version guard of the day's form."""
        return seen_of(*self.version)

    @property
    def version(self) -> tuple[object, ...]:
        return sorted(self.layers.written.items()), self.layers.note


class ClassWeek(msgspec.Struct, frozen=True):
    """A class's days from Monday to Friday. `grid`: its usual lessons, by weekday."""

    class_id: str
    name: str
    days: tuple[TimetableDay, ...]
    grid: dict[int, Layers]

    @property
    def monday(self) -> date:
        return date.fromisoformat(self.days[0].day)

    @property
    def periods(self) -> range:
        used = [
            period for one in self.grid.values() for period, name in one.lessons.items() if name
        ]
        used += [one.period for day in self.days for one in day.lessons]
        return range(1, max([USUAL_PERIODS, *used]) + 1)

    @property
    def is_empty(self) -> bool:
        return not any(day.lessons for day in self.days) and not any(
            any(one.lessons.values()) for one in self.grid.values()
        )

    @property
    def seen(self) -> str:
        """The version guard of the form that writes the week."""
        return seen_of(*self.version)

    @property
    def version(self) -> list[object]:
        return [(at, sorted(one.written.items())) for at, one in sorted(self.grid.items())]

    def away(self, weeks: int) -> str:
        return (self.monday + timedelta(weeks=weeks)).isoformat()

    def usual(self, weekday: int, period: int) -> str:
        return self.grid.get(weekday, Layers()).lessons.get(period, "")


def of_day(
    day: date, grade: int, grid: Mapping[int, Layers], own: Layers, moves: Mapping[int, int]
) -> TimetableDay:
    """What a class has on a day: the lessons of the weekday that is held, then what is otherwise on
    this day. `moves`: grade → weekday; what a file said of the day holds for its own weekday only."""
    moved = moves.get(grade, moves.get(0, 0))
    base = grid.get(moved or day.isoweekday(), Layers()).lessons
    other = own.written if moved else own.lessons
    lessons = tuple(
        Lesson(period, subject, subject != base.get(period, ""))
        for period, subject in sorted((base | other).items())
        if subject or base.get(period)
    )
    return TimetableDay(day.isoformat(), lessons, own.note, moved, own)


def rewritten(layers: Layers, base: Lessons, typed: Lessons) -> Lessons:
    """What hands have written once they typed these lessons over what held: `base` with `layers`."""
    held = base | layers.lessons
    under = base | layers.brought
    written = dict(layers.written)
    for period, subject in typed.items():
        if subject == held.get(period, ""):
            continue
        if subject == under.get(period, ""):
            written.pop(period, None)
        else:
            written[period] = subject
    return written


class TimetableChanged(Event, frozen=True, tag="timetable.changed"):
    """Classes have other lessons, in every week or on a day; none named: all classes."""

    classes: tuple[str, ...] = ()


class TimetableAct(enum.StrEnum):
    """Acts for the audit log."""

    WRITE = "timetable:class:write"
    DAY = "timetable:day:write"
    MOVE = "timetable:day:move"
    IMPORT = "timetable:file:import"
