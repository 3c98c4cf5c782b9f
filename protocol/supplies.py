"""What a province gives its schools to use as their own: kinds of papers, holidays, files of 나이스.

A list of them travels as one file of a release of the handbook, so that it is signed, verified, tried
at pilot schools and kept for days without a network as the handbook is. A school decides of each
whether it uses it; what it does not know the kind of, it passes over.
"""

from enum import StrEnum

import msgspec

from protocol.errors import MalformedMessage
from protocol.message import Message, decode

SUPPLIES_FILE = "supplies.json"
"""Its name in the release."""
LARGEST_SUPPLIES = 4 * 1024 * 1024  # bytes
MOST_SUPPLIES = 500
PAPER_FORMAT = "madang-submission-type.v1"
"""What the file of a kind of paper says it is."""


class SupplyKind(StrEnum):
    """What a supply is. `PAPER`: `key` is the kind's id, `content` the file that a school exports;
    `HOLIDAY`: `key` is the day (ISO), `name` what it is called. The others are 학사일정, 급식 and 시간표 of
    나이스: `key` is the month (`2026-12`), `content` a `protocol.parcels.ParcelTree`."""

    PAPER = "paper"
    HOLIDAY = "holiday"
    CALENDAR = "calendar"
    MEALS = "meals"
    TIMETABLE = "timetable"


OF_NEIS = (SupplyKind.CALENDAR, SupplyKind.MEALS, SupplyKind.TIMETABLE)
"""Those of which each school takes its own rows alone."""


class Supply(msgspec.Struct, frozen=True, kw_only=True):
    """One of them. `kind`: a `SupplyKind`, or one that later programs know."""

    kind: str
    key: str
    name: str
    content: str = ""


class SupplyList(Message, frozen=True, kw_only=True):
    """All that schools should have now; it replaces the list before."""

    items: tuple[Supply, ...] = ()


def read_supplies(raw: bytes) -> SupplyList:
    """The list in a file of a release. Raises MalformedMessage, UnknownVersion."""
    if len(raw) > LARGEST_SUPPLIES:
        raise MalformedMessage(f"a list of {len(raw)} bytes cannot be taken")
    found = decode(raw, SupplyList)
    keys = {(one.kind, one.key) for one in found.items}
    if len(found.items) > MOST_SUPPLIES or len(keys) != len(found.items):
        raise MalformedMessage("the list is too long, or names something twice")
    return found
