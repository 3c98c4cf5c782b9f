"""A deadline as it stands to the present, by the school's calendar."""

import enum
from datetime import timedelta

import msgspec

from kit.clock import local_date


class Nearness(enum.StrEnum):
    """How near a deadline is."""

    PAST = "past"
    TODAY = "today"
    TOMORROW = "tomorrow"
    LATER = "later"


class Due(msgspec.Struct, frozen=True):
    """A deadline (ms), and how near it was when somebody looked."""

    at: int
    nearness: Nearness

    @property
    def is_soon(self) -> bool:
        return self.nearness in (Nearness.TODAY, Nearness.TOMORROW)

    @property
    def is_past(self) -> bool:
        return self.nearness is Nearness.PAST


def due(at: int | None, now: int) -> Due | None:
    """The deadline seen from `now` (ms); None where there is none."""
    if at is None:
        return None
    day, today = local_date(at), local_date(now)
    if at < now:
        return Due(at, Nearness.PAST)
    if day == today:
        return Due(at, Nearness.TODAY)
    return Due(at, Nearness.TOMORROW if day == today + timedelta(days=1) else Nearness.LATER)
