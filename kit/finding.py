"""What a check of a server finds, in words for its administrator, and when a check is asked."""

import enum
from collections.abc import Awaitable, Callable, Iterable

import msgspec

from kit.db import Database, Tx


class Level(enum.StrEnum):
    """How much a finding matters."""

    OK = "ok"
    WARNING = "warning"
    DANGER = "danger"


class Finding(msgspec.Struct, frozen=True):
    """What was looked at and found. `text` and `advice` are msgids, filled by `params`; `detail` is what the
    program itself said, for whoever mends it: pages keep it under a fold."""

    level: Level
    text: str
    advice: str = ""
    params: dict[str, object] = {}
    detail: str = ""
    fatal: bool = False  # the server cannot start, so nothing more can be looked at


ORDER = (Level.DANGER, Level.WARNING, Level.OK)


def ordered(found: Iterable[Finding]) -> list[Finding]:
    """What matters most first."""
    return sorted(found, key=lambda finding: ORDER.index(finding.level))


def fine(text: str, **params: object) -> Finding:
    return Finding(Level.OK, text, params=params)


def warn(text: str, advice: str, **params: object) -> Finding:
    return Finding(Level.WARNING, text, advice, params)


def wrong(text: str, advice: str, **params: object) -> Finding:
    return Finding(Level.DANGER, text, advice, params)


# When a check is asked ----------------------------------------------------------------------------

HowFar = Callable[[int, int], None]
"""How many of how many are done."""


class AtOnce(msgspec.Struct, frozen=True):
    """A check within a read unit, while somebody waits for a page: a SELECT or two."""

    look: Callable[[Tx], list[Finding]]


class AtLength(msgspec.Struct, frozen=True):
    """A check of all that was ever written. It is asked by the command, over a database apart from
    the pages', and tells how far it is; nobody waits at a page for the years to be read. `title`: a
    msgid, what is looked at."""

    title: str
    look: Callable[[Database, HowFar], Awaitable[list[Finding]]]


class WhileRunning(msgspec.Struct, frozen=True):
    """A look at what runs beside the server: only the running server can take it."""

    look: Callable[[], Awaitable[list[Finding]]]


Check = AtOnce | AtLength | WhileRunning
