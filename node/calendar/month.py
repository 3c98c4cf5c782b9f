"""What the pages of the calendar show: a month by weeks and by days, and what is near."""

import calendar
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta

import msgspec

from kit.clock import local, local_date, moment, school_year
from kit.db import Tx
from node.calendar import holidays, places, school_days, store
from node.calendar.model import (
    CLOSING,
    FIRST_DAY,
    KIND_LABELS,
    LAST_DAY,
    CalendarEntry,
    EntryKind,
    places_of,
)
from node.people.model import Asker
from node.ports.dated import Dated

WEEKS = calendar.Calendar(firstweekday=6)  # from Sunday to Saturday, as at schools

DatedOf = Callable[[Tx, Asker, int, int], Sequence[Dated]]


class DayLine(msgspec.Struct, frozen=True):
    """Something at a day. `chip`: a msgid; `whom`: content or msgids; `first_on`, `last_on`: of what takes
    several days, as ISO texts."""

    title: str
    href: str
    chip: str = ""
    chip_kind: str = "neutral"
    whom: tuple[str, ...] = ()
    hours: str = ""
    place: str = ""
    first_on: str = ""
    last_on: str = ""


class Day(msgspec.Struct, frozen=True):
    """A day of a month. `lines`: all that is at it; `begins`: of these what is told of it first."""

    on: str
    number: int
    in_month: bool
    is_today: bool
    is_past: bool
    has_school: bool
    holiday: str
    lines: tuple[DayLine, ...]
    begins: tuple[DayLine, ...]


class MonthPage(msgspec.Struct, frozen=True):
    """A month as one asker sees it. `month`, `previous`, `next`: `2026-11`, or empty where there is
    none; `school_days`: how many the month has; `may_add`: they may write here."""

    month: str
    previous: str
    next: str
    is_now: bool
    semester: tuple[int, int]
    school_days: int
    weeks: tuple[tuple[Day, ...], ...]
    days: tuple[Day, ...]
    past: tuple[Day, ...]


def month_of(text: str, today: date) -> date:
    """The first day of the month that an address names, `2026-11`; of this one where it names none."""
    try:
        day = date.fromisoformat(f"{text}-01") if len(text) == 7 else today
    except ValueError:
        day = today
    return min(max(day, FIRST_DAY), LAST_DAY).replace(day=1)


def page(
    tx: Tx, asker: Asker, first: date, today: date, grade: int | None, sources: Sequence[DatedOf],
    *, every_class: bool,
) -> MonthPage:  # fmt: skip
    """The month that begins at `first`."""
    weeks = WEEKS.monthdatescalendar(first.year, first.month)
    since, until = weeks[0][0], weeks[-1][-1]
    lines, begins = _lines(tx, asker, since, until, sources, every_class=every_class)
    kept = holidays_kept(tx, since, until)
    open_days = set(school_days.school_days(tx, since, until, grade))

    def a_day(day: date) -> Day:
        return Day(
            on=day.isoformat(),
            number=day.day,
            in_month=day.month == first.month,
            is_today=day == today,
            is_past=day < today,
            has_school=day in open_days,
            holiday=kept.get(day, ""),
            lines=tuple(lines.get(day, ())),
            begins=tuple(begins.get(day, ())),
        )

    shown = tuple(tuple(a_day(day) for day in week) for week in weeks)
    told = [
        day
        for week in shown
        for day in week
        if day.in_month and (day.begins or day.holiday or (day.is_today and day.lines))
    ]
    is_now = (first.year, first.month) == (today.year, today.month)
    last = max(day for week in weeks for day in week if day.month == first.month)
    return MonthPage(
        month=f"{first:%Y-%m}",
        previous=_month(first - timedelta(1)),
        next=_month(last + timedelta(1)),
        is_now=is_now,
        semester=semester(tx, today if is_now else first),
        school_days=sum(first <= day <= last for day in open_days),
        weeks=shown,
        days=tuple(day for day in told if not (is_now and day.is_past)),
        past=tuple(day for day in told if is_now and day.is_past),
    )


def _month(day: date) -> str:
    return f"{day:%Y-%m}" if FIRST_DAY <= day <= LAST_DAY else ""


def holidays_kept(tx: Tx, since: date, until: date) -> dict[date, str]:
    """The public holidays that the school keeps."""
    known, struck = holidays.public_holidays(), store.struck(tx, since, until)
    return {
        day: known[day]
        for day in school_days.each_day(since, until)
        if day in known and day not in struck
    }


def _lines(
    tx: Tx, asker: Asker, since: date, until: date, sources: Sequence[DatedOf], *, every_class: bool
) -> tuple[dict[date, list[DayLine]], dict[date, list[DayLine]]]:
    """By day what is at it, and what is told at it first: of several days at the first."""
    entries = [
        entry
        for entry in store.between(tx, asker, since, until)
        if every_class or concerns(asker, entry)
    ]
    known = places.words(tx, [entry.keys for entry in entries])
    lines: dict[date, list[DayLine]] = {}
    begins: dict[date, list[DayLine]] = {}
    for entry in entries:
        line = line_of(entry, known)
        days = list(school_days.each_day(max(entry.first_on, since), min(entry.last_on, until)))
        for day in days:
            lines.setdefault(day, []).append(line)
        begins.setdefault(days[0], []).append(line)
        if days[0].month != days[-1].month and days[0].day != 1:
            # What began in the month before is told at the first of this one as well.
            for day in days:
                if day.day == 1:
                    begins.setdefault(day, []).append(line)
    for day, line in _due(tx, asker, since, until, sources):
        lines.setdefault(day, []).append(line)
        begins.setdefault(day, []).append(line)
    return lines, begins


def concerns(asker: Asker, entry: CalendarEntry) -> bool:
    """Whether an entry that the asker may read is theirs to mind: staff may read what is on in every
    class, and mind their own."""
    rooms = [place for place in places_of(entry.keys) if place.startswith("class:")]
    if not rooms or not asker.is_staff or len(rooms) < len(places_of(entry.keys)):
        return True
    own = {f"class:{room}" for room in asker.classes}
    own |= {f"class:{child.class_id}" for child in asker.children}
    return not own.isdisjoint(rooms)


def line_of(entry: CalendarEntry, known: Mapping[str, str]) -> DayLine:
    is_long = entry.first_on != entry.last_on
    chip = "" if entry.kind is EntryKind.EVENT else KIND_LABELS[entry.kind]
    kind = "danger" if entry.kind in CLOSING else "info"
    return DayLine(
        title=entry.title,
        href=f"/calendar/{entry.id}",
        chip="" if chip == entry.title else chip,
        chip_kind=kind,
        whom=places.said(entry.keys, known),
        hours=entry.hours,
        place=entry.place,
        first_on=entry.first_on.isoformat() if is_long else "",
        last_on=entry.last_on.isoformat() if is_long else "",
    )


def _due(
    tx: Tx, asker: Asker, since: date, until: date, sources: Sequence[DatedOf]
) -> Iterable[tuple[date, DayLine]]:
    begins, ends = start_of(since), start_of(until + timedelta(1))
    for dates in sources:
        for one in sorted(dates(tx, asker, begins, ends), key=lambda one: one.at):
            line = DayLine(
                title=one.title,
                href=one.href,
                chip=one.chip,
                chip_kind="warning" if one.asks else "neutral",
                whom=(one.note,) if one.note else (),
                hours=f"{local(one.at):%H:%M}",
            )
            yield local_date(one.at), line


def start_of(day: date) -> int:
    """The first moment of a day at the school (ms)."""
    return moment(day.year, day.month, day.day)


def semester(tx: Tx, day: date) -> tuple[int, int]:
    """The school year and the semester (학기) of a day."""
    year = school_year(day)
    return year, 2 if day >= second_semester(tx, year) else 1


def second_semester(tx: Tx, year: int) -> date:
    """The first day of a school year's second semester: the one after the summer vacation (초·중등교육법
    시행령 제44조: the day that the principal sets), without a vacation 1 September."""
    july, september = date(year, 7, 1), date(year, 9, 15)
    summer = [
        rule.last_on
        for rule in store.rules(tx, july, september, school_days.audiences(None))
        if rule.kind is EntryKind.VACATION and rule.last_on <= september
    ]
    return max(summer) + timedelta(1) if summer else date(year, 9, 1)
