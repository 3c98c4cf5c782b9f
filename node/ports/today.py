"""Port: what a slice has to say of one day of school, on the front page.

    def today(self, tx: Tx, asker: Asker, asked: TodayAsked) -> list[TodayLine]: ...

The front page says which day and whose (`node.home.today`); a slice answers with short lines, those of
one person under their name, those of everybody once.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import msgspec

from kit.db import Tx


class Whose(msgspec.Struct, frozen=True):
    """Whose day it is: a child of the asker, a student themselves, or the class of a homeroom teacher;
    of a class `student_id` is empty."""

    id: str
    name: str
    class_id: str
    grade: int
    class_number: int
    student_id: str = ""


class TodayAsked(msgspec.Struct, frozen=True):
    """`on`: the day to tell of, today or the next day of school; `has_school`: it is one."""

    today: date
    on: date
    has_school: bool
    whose: tuple[Whose, ...]


class Thing(msgspec.Struct, frozen=True):
    """Something that the asker ticks for themselves: its form posts `thing` and `packed` (1, or nothing to
    take it back) to `action`."""

    name: str
    packed: bool
    action: str


class TodayLine(msgspec.Struct, frozen=True):
    """A short line. `rank`: the smallest first; `whose`: the id of one of those asked for, empty where it
    is for all; `label`, `chip`, `words`: msgids; `text`: content. `things`: instead of
    a text, what the asker ticks."""

    rank: int
    icon: str
    label: str
    text: str
    href: str
    whose: str = ""
    words: tuple[str, ...] = ()
    chip: str = ""
    chip_kind: str = "neutral"
    things: tuple[Thing, ...] = ()


Today = Callable[[Tx, Any, TodayAsked], Sequence[TodayLine]]
"""`today(tx, asker, asked)`: in one read unit with those of the others: a SELECT or two."""
