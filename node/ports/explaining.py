"""Port: what of a slice explains that a child is not at school: a paper that a family handed in."""

from collections.abc import Callable, Collection, Sequence
from datetime import date

import msgspec

from kit.db import Tx


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A paper about a child and the days from `first` to `last`. `title` is content; `state`: a msgid that
    says where it stands; `presence` and `cause` as in `node.attendance.model` (`Presence`, `Cause`), empty where
    the paper names none."""

    student_id: str
    first: date
    last: date
    title: str
    href: str
    state: str
    presence: str = ""
    cause: str = ""


class Explaining(msgspec.Struct, frozen=True):
    """What a slice offers. `papers(tx, students, first, last)`: those of these students that touch the days from
    `first` to `last`; none that was refused or taken back. What is sensitive is not named, and has no `href`
    where not all guardians of the child see it. `hand_in`: where a family hands one
    in."""

    papers: Callable[[Tx, Collection[str], date, date], Sequence[Explanation]]
    hand_in: str
