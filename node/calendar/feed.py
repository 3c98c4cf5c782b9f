"""Entries, bookings and deadlines as a calendar file (RFC 5545)."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta

import icalendar

from kit import cleaning, vcalendar
from kit.clock import SEOUL, local
from kit.db import outside_units
from node.calendar import places
from node.calendar.model import CLOSING, KIND_LABELS, CalendarEntry
from node.ports.dated import Dated


@outside_units
def written(
    school: str,
    entries: Sequence[CalendarEntry],
    known: Mapping[str, str],
    dated: Sequence[Dated],
) -> bytes:
    """The calendar of these entries, and of what is booked and due; `known`: the words of whom entries are
    for."""
    calendar = vcalendar.begun(school)
    for entry in entries:
        calendar.add_component(_event(entry, known))
    for one in dated:
        calendar.add_component(_moment(one))
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


def _moment(one: Dated) -> icalendar.Event:
    """What is booked, from when to when, or due: without the name of a child, for the address may get about."""
    event = icalendar.Event()
    key = hashlib.sha256(f"{one.href} {one.chip} {one.title} {one.at}".encode()).hexdigest()[:20]
    event.add("uid", f"{key}@madang")
    event.add("dtstamp", vcalendar.STAMP)
    event.add("dtstart", local(one.at))
    event.add("dtend", local(one.until or one.at))
    title = one.chip if one.is_private else one.title
    is_due = one.until is None and not one.is_private
    event.add("summary", cleaning.text(f"{one.chip}: {title}" if is_due else title))
    if one.place:
        event.add("location", cleaning.text(one.place))
    event.add("transp", "TRANSPARENT" if one.until is None else "OPAQUE")
    return event


def _at(entry: CalendarEntry, hour: str) -> datetime:
    return datetime.combine(entry.first_on, time.fromisoformat(hour), SEOUL)
