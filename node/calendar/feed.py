"""Entries as a calendar file (RFC 5545).

Times name a VTIMEZONE of our own: Seoul has had one offset since 1988, and the library's has the summers
before it an hour late.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta

import icalendar

from kit import cleaning
from kit.clock import SEOUL
from kit.db import outside_units
from node.calendar import places
from node.calendar.model import CLOSING, KIND_LABELS, CalendarEntry

ZONE = "Asia/Seoul"
STAMP = datetime(2026, 3, 1, tzinfo=UTC)
"""The same content is the same file."""


@outside_units
def written(school: str, entries: Sequence[CalendarEntry], known: Mapping[str, str]) -> bytes:
    """The calendar of these entries; `known`: the words of whom they are for."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Madang//KO")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", cleaning.text(school))
    calendar.add("x-wr-calname", cleaning.text(school))
    calendar.add("x-wr-timezone", ZONE)
    calendar.add("refresh-interval", timedelta(hours=6), parameters={"value": "DURATION"})
    calendar.add_component(_zone())
    for entry in entries:
        calendar.add_component(_event(entry, known))
    return bytes(calendar.to_ical())


def _zone() -> icalendar.Timezone:
    standard = icalendar.TimezoneStandard()
    standard.add("dtstart", datetime(1988, 10, 9, 3))  # noqa: DTZ001 - of the zone itself
    standard.add("tzoffsetfrom", timedelta(hours=10))
    standard.add("tzoffsetto", timedelta(hours=9))
    standard.add("tzname", "KST")
    zone = icalendar.Timezone()
    zone.add("tzid", ZONE)
    zone.add_component(standard)
    return zone


def _event(entry: CalendarEntry, known: Mapping[str, str]) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", f"{entry.id}@madang")
    event.add("dtstamp", STAMP)
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
