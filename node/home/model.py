"""What the front page shows: what asks for something, the day, what is new."""

import enum

import msgspec

from kit.card import Card, Entry
from node.contacts.model import Contact
from node.ports.today import TodayLine


class Todo(msgspec.Struct, frozen=True):
    """What waits for the reader, what is due first before all else. `cards`: those that ask as a whole;
    `lists`: those of which there is more than stands here."""

    count: int = 0
    first: tuple[Entry, ...] = ()
    others: tuple[Entry, ...] = ()
    cards: tuple[Card, ...] = ()
    lists: tuple[Card, ...] = ()


class When(enum.StrEnum):
    """Which day is told of."""

    TODAY = "today"
    TOMORROW = "tomorrow"
    NEXT = "next"  # the next day of school, after days off


class TodayBlock(msgspec.Struct, frozen=True):
    """What is said of one of those whose day it is; without a name: of all. `child`: a student's id."""

    lines: tuple[TodayLine, ...]
    name: str = ""
    class_name: str = ""
    child: str = ""


class TodayPage(msgspec.Struct, frozen=True):
    """A day, as ISO text. `is_off`: no school at that day; `next_on`: the next day that has, as far as
    the calendar is known, where that day has none."""

    on: str
    when: When
    is_off: bool = False
    next_on: str = ""
    blocks: tuple[TodayBlock, ...] = ()


class FrontPage(msgspec.Struct, frozen=True):
    """`cards`: the rest, the heaviest first; `contacts`: whom families call first; `live`: the tags of
    events after which the page is another, separated by spaces. It reloads as one, so that a new card
    appears and a done one goes."""

    todo: Todo
    today: TodayPage
    cards: tuple[Card, ...]
    contacts: tuple[Contact, ...]
    live: str
