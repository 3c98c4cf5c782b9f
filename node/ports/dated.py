"""Port: what of a slice stands at a day in the calendar: what is due, what is booked."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from kit.db import Tx


class Dated(msgspec.Struct, frozen=True):
    """Something that stands at a moment (ms). `note`: content, such as whose it is; `chip`: a msgid that says
    what kind of moment it is; `asks`: it still waits for the reader. `until`: of what is booked, until when
    (ms), and `place` where; without it something is due. `is_private`: its title is for who has signed in."""

    at: int
    title: str
    href: str
    chip: str
    note: str = ""
    asks: bool = False
    until: int | None = None
    place: str = ""
    is_private: bool = False


Dates = Callable[[Tx, Any, int, int], Sequence[Dated]]
"""`dates(tx, asker, since, until)`: what stands between two moments (ms) and the asker may read by the
rights that they are given with; nothing else, and never more than a page shows."""
