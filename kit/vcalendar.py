"""A calendar as a file for other programs (RFC 5545): what stands around its events.

Times name a VTIMEZONE of our own: Seoul has had one offset since 1988, and the library's has the summers
before it an hour late.
"""

from datetime import UTC, datetime, timedelta

import icalendar

from kit import cleaning

ZONE = "Asia/Seoul"
STAMP = datetime(2026, 3, 1, tzinfo=UTC)
"""The same content is the same file."""


def begun(name: str) -> icalendar.Calendar:
    """A calendar of this name, without events."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Madang//KO")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", cleaning.text(name))
    calendar.add("x-wr-calname", cleaning.text(name))
    calendar.add("x-wr-timezone", ZONE)
    calendar.add("refresh-interval", timedelta(hours=6), parameters={"value": "DURATION"})
    calendar.add_component(_zone())
    return calendar


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
