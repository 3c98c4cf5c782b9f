"""Entries as a calendar file (RFC 5545)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta

import icalendar

from kit import cleaning, vcalendar
from kit.clock import SEOUL
from kit.db import outside_units
from node.calendar import places
from node.calendar.model import CLOSING, KIND_LABELS, CalendarEntry


@outside_units
def written(school: str, entries: Sequence[CalendarEntry], known: Mapping[str, str]) -> bytes:
    """The calendar of these entries; `known`: the words of whom they are for."""
    calendar = vcalendar.begun(school)
    for entry in entries:
        calendar.add_component(_event(entry, known))
    return bytes(calendar.to_ical())


def _event(entry: CalendarEntry, known: Mapping[str, str]) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", f"{entry.id}@madang")
    event.add("dtstamp", vcalendar.STAMP)
    if entry.starts:
        event.add("dtstart", _at(entry, entry.starts))
        event.add("dtend", _at(entry, entry.ends or entry.starts))
    else:
        event.add("dtstart", entry.first_on)
        event.add("dtend", entry.last_on + timedelta(1))
    whom = ", ".join(places.said(entry.keys, known))
    event.add("summary", cleaning.text(f"{entry.title} ({whom})" if whom else entry.title))
    if entry.place:
        event.add("location", cleaning.text(entry.place))
    if entry.text:
        event.add("description", cleaning.text(entry.text))
    if entry.kind in CLOSING:
        event.add("categories", [KIND_LABELS[entry.kind]])
    event.add("transp", "TRANSPARENT")
    return event


def _at(entry: CalendarEntry, hour: str) -> datetime:
    return datetime.combine(entry.first_on, time.fromisoformat(hour), SEOUL)
