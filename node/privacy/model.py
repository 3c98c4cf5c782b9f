"""The words of the privacy officer: months of the access log and their reviews."""

import msgspec

from kit.clock import local, moment
from kit.i18n import _
from kit.problem import Problem
from node.access_log.model import LogState, LookEntry


class BadMonth(Problem):
    code = "bad-month"
    status = 422
    field = "month"
    text = _("이번 달이나 지난달 이전을 선택해 주세요.")


class Month(msgspec.Struct, frozen=True, order=True):
    """A month of the school's calendar; as text `2026-11`."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    @property
    def begins(self) -> int:
        return moment(self.year, self.number, 1)

    @property
    def ends(self) -> int:
        """The first moment of the next month."""
        return self.next.begins

    @property
    def next(self) -> "Month":
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def previous(self) -> "Month":
        return Month(self.year - (self.number == 1), (self.number - 2) % 12 + 1)


def month_of(at: int) -> Month:
    """The month a moment lies in."""
    when = local(at)
    return Month(when.year, when.month)


def parse_month(text: str) -> Month:
    """A month from its text. Raises BadMonth."""
    year, _dash, number = text.partition("-")
    if not (year.isascii() and year.isdecimal() and number.isascii() and number.isdecimal()):
        raise BadMonth()
    month = Month(int(year), int(number))
    if not (2000 <= month.year <= 9998 and 1 <= month.number <= 12):
        raise BadMonth()
    return month


class Known(msgspec.Struct, frozen=True):
    """Somebody who is or was at the school. `note`: post, or class and number."""

    id: str
    name: str
    note: str
    closed_at: int | None


class Review(msgspec.Struct, frozen=True):
    """A month that was looked at. Counts are of that moment."""

    id: str
    month: str
    at: int
    by_name: str
    note: str
    entries: int
    odd: int
    text: str
    signature: str


class Reviewed(msgspec.Struct, frozen=True, kw_only=True):
    """What a review signs: with the chain's end, it says which entries lay before the officer."""

    type: str = "access-log-review.v1"
    month: str
    at: int
    by: str
    by_name: str
    note: str
    entries: int
    odd: int
    head_seq: int
    head_hash: str
    key_id: str
    """Which of the school's keys signed: they follow one another."""


class ReviewLine(msgspec.Struct, frozen=True):
    """A review on its page, and whether it is stored as the school's key signed it."""

    review: Review
    is_as_signed: bool


class LogLine(msgspec.Struct, frozen=True):
    """An entry with the names of the first few it speaks of."""

    entry: LookEntry
    names: list[tuple[str, str]]  # (id, name)

    @property
    def further(self) -> int:
        return self.entry.shown - len(self.names)


class LogView(msgspec.Struct, frozen=True):
    """A page of a month's entries. `cursor` is empty on the last one."""

    month: Month
    months: list[Month]
    lines: list[LogLine]
    cursor: str
    entries: int
    odd: int
    state: LogState
    due: Month | None
    reviews: list[ReviewLine]
    reader: Known | None = None
    person: Known | None = None
    matches: list[Known] = []


def cursor_of(entry: LookEntry) -> str:
    return f"{entry.at}.{entry.seq}"


def parse_cursor(text: str) -> tuple[int, int]:
    """Where a page begins; at the newest where the text says nothing."""
    at, _dot, seq = text.partition(".")
    if at.isascii() and at.isdecimal() and seq.isascii() and seq.isdecimal():
        return min(int(at), 2**62), min(int(seq), 2**62)
    return 2**62, 2**62
