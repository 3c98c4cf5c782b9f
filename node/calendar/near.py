"""What is on at the day of which the front page tells, and today and tomorrow."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from kit.db import Tx
from kit.i18n import _
from node.calendar import month, places, store
from node.calendar.model import CLOSING, KIND_LABELS, CalendarEntry, EntryKind, places_of
from node.people.model import Asker
from node.ports.today import TodayAsked, TodayLine

RANK = 5  # before what a day of school always has
SHOWN = 5  # of a day


def today_of(tx: Tx, asker: Asker, asked: TodayAsked) -> list[TodayLine]:
    """The holidays and entries of the day, then those of today and tomorrow where it is another, each
    under the names of those whom it concerns alone, and once."""
    tomorrow = asked.today + timedelta(1)
    days = [asked.on, *sorted({asked.today, tomorrow} - {asked.on})]
    first, last = min(days), max(days)
    kept = month.holidays_kept(tx, first, last)
    entries = [one for one in store.between(tx, asker, first, last) if month.concerns(asker, one)]
    known = {} if asked.whose else places.words(tx, [one.keys for one in entries])
    lines: list[TodayLine] = []
    for day in days:
        if day in kept:
            holiday = KIND_LABELS[EntryKind.HOLIDAY]
            lines.append(_line(day, asked, holiday, kept[day], "/calendar"))
        of_day = [one for one in entries if one.first_on <= day <= one.last_on]
        entries = [one for one in entries if one not in of_day]
        for entry in of_day[:SHOWN]:
            lines += _lines(day, asked, entry, known)
    return lines


def _lines(
    day: date, asked: TodayAsked, entry: CalendarEntry, known: Mapping[str, str]
) -> Iterator[TodayLine]:
    said = (entry.title, entry.hours, entry.place, *places.said(entry.keys, known))
    label = KIND_LABELS[entry.kind] if entry.kind in CLOSING else _("일정")
    for whose in _concerned(asked, entry):
        text = " · ".join(filter(None, said))
        yield _line(day, asked, label, text, f"/calendar/{entry.id}", whose)


def _concerned(asked: TodayAsked, entry: CalendarEntry) -> list[str]:
    """The ids of those asked for, if not all of them; else the empty one that stands for all."""
    named = set(places_of(entry.keys))
    found = [
        one.id
        for one in asked.whose
        if not named.isdisjoint((f"class:{one.class_id}", f"grade:{one.grade}"))
    ]
    return [""] if len(found) in (0, len(asked.whose)) else found


def _line(
    day: date, asked: TodayAsked, label: str, text: str, href: str, whose: str = ""
) -> TodayLine:
    chips = {asked.today: _("오늘"), asked.today + timedelta(1): _("내일")}
    return TodayLine(
        rank=RANK,
        icon="calendar-days",
        label=label,
        text=text,
        href=href,
        whose=whose,
        chip="" if day == asked.on else chips[day],
        chip_kind="info",
    )
