"""Time as a value one can pass: the only module that asks the machine what time it is."""

import time
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

LATEST = 253_402_268_399_999
"""The last moment of the year 9999 in Seoul; what comes from outside may name a later one, for which
there are no words."""


class Clock(Protocol):
    """Gives the present. Times are integer milliseconds since 1970, UTC."""

    def now(self) -> int: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        return time.time_ns() // 1_000_000


class ManualClock:
    """A clock that stands still until it is moved; for tests and for loading dated content."""

    def __init__(self, at: int) -> None:
        self.at = at

    def now(self) -> int:
        return self.at

    def advance(self, milliseconds: int) -> None:
        self.at += milliseconds


def monotonic() -> float:
    """Seconds that never go back; for durations only."""
    return time.monotonic()


def local(at: int) -> datetime:
    """The school's wall clock at a moment."""
    return datetime.fromtimestamp(min(at, LATEST) / 1000, SEOUL)


def local_date(at: int) -> date:
    """The school's calendar day at a moment."""
    return local(at).date()


def moment(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    """Milliseconds of a wall-clock time in the school's zone."""
    return from_datetime(datetime(year, month, day, hour, minute, tzinfo=SEOUL))


def from_datetime(when: datetime) -> int:
    """Milliseconds of an aware datetime; a naive one is read as the school's wall clock."""
    if when.tzinfo is None:
        when = when.replace(tzinfo=SEOUL)
    return int(when.timestamp() * 1000)


def iso_utc(at: int) -> str:
    """RFC 3339 text of a moment, in UTC with milliseconds."""
    text = datetime.fromtimestamp(min(at, LATEST) / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def school_year(day: date) -> int:
    """The school year (학년도) of a day: 1 March to the end of February."""
    return day.year if day.month >= 3 else day.year - 1
