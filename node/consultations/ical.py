"""Somebody's consultations to come as a file for their own calendar (RFC 5545)."""

from collections.abc import Sequence

import icalendar

from kit import cleaning, vcalendar
from kit.clock import local
from kit.db import outside_units
from node.consultations.model import Meeting, PlanLine

_WAYS = {Meeting.VISIT: "방문", Meeting.PHONE: "전화", Meeting.VIDEO: "화상"}
NAME = "학부모 상담"


@outside_units
def written(school: str, lines: Sequence[PlanLine]) -> bytes:
    """The calendar of these consultations. A teacher's names no child: it lies with whoever keeps their
    calendar."""
    calendar = vcalendar.begun(f"{school} {NAME}")
    for line in lines:
        calendar.add_component(_event(school, line))
    return bytes(calendar.to_ical())


def _event(school: str, line: PlanLine) -> icalendar.Event:
    slot, event = line.slot, icalendar.Event()
    event.add("uid", f"{line.booking_id}@madang")
    event.add("dtstamp", vcalendar.STAMP)
    event.add("dtstart", local(slot.starts_at))
    event.add("dtend", local(slot.ends_at))
    whose = "" if line.is_teaching else f"{line.child}, "
    event.add("summary", cleaning.text(f"{NAME} ({whose}{_WAYS[slot.meeting]})"))
    if line.place:
        is_here = slot.meeting is Meeting.VISIT
        event.add("location", cleaning.text(f"{school} {line.place}" if is_here else line.place))
    return event
