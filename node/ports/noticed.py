"""Port: what a slice says of that of which it told people (`node.notices.service.Notices.tell`).

A notice keeps who is told, of what and why. What it says is asked of its slice when it is read or
sent, so that nothing is said of what was taken back meanwhile, and nobody hears of what they may not
read any more.
"""

import enum
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec

from kit.db import Tx
from kit.event import Event


class Notification(msgspec.Struct, frozen=True):
    """Somebody is told. `about`: the id of the thing, empty where there is none; `children`: JSON list
    of those through whom they are told ("": in their own right); `at`: since when (ms)."""

    id: str
    person_id: str
    kind: str
    about: str
    children: str
    at: int

    @property
    def through(self) -> set[str]:
        return set(msgspec.json.decode(self.children, type=list[str]))


class Said(msgspec.Struct, frozen=True):
    """What a line in the portal says now. `href`: where there is something to do about it;
    `deadline_at`: where it tells of one (ms); `asks`: it still asks for something."""

    title: str
    href: str
    deadline_at: int | None
    asks: bool


class Written(msgspec.Struct, frozen=True):
    """What a mail says now. `subject` and `body` are msgids with `school`, `title`, `link` and, where
    it tells of one, `deadline`. `label`: a msgid that stands for the title."""

    subject: str
    body: str
    href: str
    title: str = ""
    label: str = ""
    deadline_at: int | None = None


class WhyUnsent(enum.StrEnum):
    """Why a mail was closed without being sent, where no server refused it."""

    WITHDRAWN = "withdrawn"
    NOT_ADDRESSED = "not_addressed"  # the family left, or the right to read ended
    NO_ADDRESS = "no_address"
    DONE = "done"  # read or answered meanwhile
    CLOSED = "closed"  # the form takes no answers any more
    OUTDATED = "outdated"  # a later mail says more
    DOUBTFUL = "doubtful"  # cut off while it was handed over: it may have arrived


def no_line(
    _tx: Tx, _reader: Any, _notices: Sequence[Notification], _now: int
) -> Mapping[str, Said]:
    return {}


def no_title(_tx: Tx, _person_id: str, _about: Collection[str]) -> Mapping[str, str]:
    return {}


def nobody_minds(_tx: Tx, _notice: Notification) -> None:
    return


class Noticed(msgspec.Struct, frozen=True, kw_only=True):
    """The notices of a slice. A kind is stored: it stays, and it is of one slice only."""

    kinds: Mapping[str, str]
    """By kind what its lines in the portal are called, a msgid; empty: there is no line of it."""
    by_mail: Callable[[Tx, Notification, int], Written | WhyUnsent]
    """What a mail says now (ms), or why nothing is to be said any more."""
    in_portal: Callable[[Tx, Any, Sequence[Notification], int], Mapping[str, Said]] = no_line
    """What lines say to the reader, now (ms), by the notice's id; nothing of those that are not for
    them any more."""
    titles: Callable[[Tx, str, Collection[str]], Mapping[str, str]] = no_title
    """The titles of things by id, as far as the person may read them now."""
    refused: Callable[[Tx, Notification], None] = nobody_minds
    """The person's address does not take its mail."""
    told_by: Sequence[type[Event]] = ()
    """After which of its events there may be new lines."""
