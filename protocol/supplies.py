"""What a province gives its schools to use as their own: kinds of papers, templates of letters, holidays,
files of 나이스.

A list of them travels as one file of a release of the handbook, so that it is signed, verified, tried
at pilot schools and kept for days without a network as the handbook is. A school decides of each
whether it uses it; what it does not know the kind of, it passes over.
"""

from enum import StrEnum
from typing import Any

import msgspec

from protocol.errors import MalformedMessage
from protocol.message import Message, decode

SUPPLIES_FILE = "supplies.json"
"""Its name in the release."""
LARGEST_SUPPLIES = 4 * 1024 * 1024  # bytes
MOST_SUPPLIES = 500
PAPER_FORMAT = "madang-submission-type.v1"
"""What the file of a kind of paper says it is."""
LETTER_FORMAT = "madang-letter-template.v1"
"""What the file of a template of letters says it is."""
LARGEST_LETTER = 256 * 1024  # bytes
BLANKS = ("{학교명}", "{날짜}", "{학년도}", "{작성자}")
"""What a school fills in when a letter is begun from a template; anything else is its writer's to write."""


class SupplyKind(StrEnum):
    """What a supply is. `PAPER`: `key` is the kind's id, `content` the file that a school exports;
    `LETTER`: `key` is the template's id, `content` a `LetterFile`;
    `HOLIDAY`: `key` is the day (ISO), `name` what it is called. The others are 학사일정, 급식 and 시간표 of
    나이스: `key` is the month (`2026-12`), `content` a `protocol.parcels.ParcelTree`."""

    PAPER = "paper"
    LETTER = "letter"
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
    if len(found.items) > MOST_SUPPLIES:
        raise MalformedMessage(f"a list of {len(found.items)} things cannot be taken")
    keys: set[tuple[str, str]] = set()
    for at, one in enumerate(found.items, 1):
        if (one.kind, one.key) in keys:
            raise MalformedMessage(f"item {at} is named twice: {one.kind} {one.key}")
        keys.add((one.kind, one.key))
    return found


class LetterKind(StrEnum):
    """What is begun from a template."""

    NEWSLETTER = "newsletter"
    CLASS_NOTICE = "class_notice"


class LetterAudience(StrEnum):
    """To whom a letter begun from a template is addressed at first."""

    OPEN = ""  # its writer chooses; a class notice goes to the writer's class
    GUARDIANS = "guardians"
    STUDENTS = "students"
    STAFF = "staff"


class LetterFile(msgspec.Struct, frozen=True, kw_only=True):
    """A template of a letter, as a school exports it and a province publishes it. `form`: what it asks, as a
    school keeps the draft of a form; None: it asks nothing."""

    format: str
    id: str
    kind: LetterKind
    name: str
    title: str
    body: str
    audience: LetterAudience = LetterAudience.OPEN
    form: dict[str, Any] | None = None


def read_letter(raw: bytes) -> LetterFile:
    """The template in a file. Raises MalformedMessage."""
    if len(raw) > LARGEST_LETTER:
        raise MalformedMessage(f"a template of {len(raw)} bytes cannot be taken")
    try:
        found = msgspec.json.decode(raw, type=LetterFile)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedMessage(f"no template of a letter: {error}") from error
    if found.format != LETTER_FORMAT or b"\x00" in raw or b"\\u0000" in raw:
        raise MalformedMessage("no template of a letter")
    return found
