"""Dates as Korean letters write them, each where it stands, and periods from one to another.

12월 3일(목) · 12월 3일 목요일 · 2026. 12. 3.(목) · 12.3.(목) · 12/3(목) · 2026-12-03(목)
목요일(12월 3일) · 금요일(27일) · 12. 14.(월)~18.(금)
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta

import msgspec

WEEKDAYS = "월화수목금토일"
LOOK_BACK, LOOK_AHEAD = (
    150,
    215,
)  # days around the day of writing within which a date without a year lies
FURTHEST = 370
LONGEST_PERIOD = 200  # days: a period that seems longer has its end before its beginning

_Y, _M, _D = r"(?P<y{0}>20\d\d)", r"(?P<m{0}>1[0-2]|0?[1-9])", r"(?P<d{0}>3[01]|[12]\d|0?[1-9])"
_AFTER = (
    rf"(?:\s?[(（\[]\s?(?P<w1>[{WEEKDAYS}])(?:요일)?(?![가-힣~·∼-])[^)）\]\n]{{0,8}}[)）\]]"
    rf"|\s?,?\s?(?P<w2>[{WEEKDAYS}])요일)"
)
_FORMS = (
    rf"(?:{_Y}년\s?)?{_M}월\s?{_D}일",
    rf"{_Y}\s?[.]\s?{_M}\s?[.]\s?{_D}(?!\d)(?:\s?[.](?!\d))?",
    rf"{_M}\s?[.]\s?{_D}(?:\s?[.](?!\s?\d(?!\d?:\d\d))|(?=\s?[(（][{WEEKDAYS}]))",
    rf"{_Y}-{_M}-{_D}(?!\d)",
    rf"{_M}/{_D}(?!\d)(?=\s?[(（][{WEEKDAYS}]|까지|부터|에\s|일)",
)
_DATE = "|".join(form.format(number) for number, form in enumerate(_FORMS))
_DAY = (
    rf"(?P<day>3[01]|[12]\d|[1-9])(?:일(?=\s?[(（]\s?[{WEEKDAYS}])|[.](?=\s?[(（]\s?[{WEEKDAYS}]))"
)
_MENTION = re.compile(
    rf"(?:(?P<w0>(?<![\d가-힣])[{WEEKDAYS}]|[{WEEKDAYS}](?=요일))(?:요일)?(?:\s?[(（]\s?|(?<=요일)인\s))?(?<![\d.:/-])(?<![\d]\s)(?:{_DATE})(?:{_AFTER})?"
    rf"|(?P<wd>[{WEEKDAYS}])요일\s?[(（]\s?(?P<only>3[01]|[12]\d|[1-9])일\s?[)）]"
    rf"|(?<![\d.])(?<!월\s)(?<!월)(?:{_DAY})(?:{_AFTER.replace('w1', 'w3').replace('w2', 'w4')})"
)
_LISTED = re.compile(r"^[ \t]*\d{1,2}[.][ \t]+", re.MULTILINE)
_STARTS = re.compile(
    rf"[ \t]*\d{{1,2}}[.][ \t]*\d{{1,2}}[.]?\s?(?:[(（][{WEEKDAYS}]|[~∼]|까지|부터|에\s)"
)
_BETWEEN = re.compile(r"\s?(?:[~∼〜–-]|부터|에서)\s?")
_TIME = re.compile(r"\s?(?:(?:오전|오후)?\s?\d{1,2}(?::\d\d|시))?")
_CELLS = re.compile(rf"\s*[|]\s*(?P<w>[{WEEKDAYS}])(?:요일)?\s*[|]")


class Mention(msgspec.Struct, frozen=True):
    """A date where it stands: from `start` to `end`. `day` is None for one that does not exist.
    `weekday` (0: Monday) as it is written, from `weekday_at` on, None where none is; `year_at`: where a
    year is written, -1 where none is."""

    start: int
    end: int
    day: date | None
    weekday: int | None = None
    weekday_at: int = -1
    year_at: int = -1


class DateSpan(msgspec.Struct, frozen=True):
    """One date, or a period from one to another, both included."""

    first: Mention
    last: Mention

    @property
    def start(self) -> int:
        return self.first.start

    @property
    def end(self) -> int:
        return self.last.end

    @property
    def is_period(self) -> bool:
        return self.first is not self.last

    @property
    def days(self) -> tuple[date, date] | None:
        """From when to when; None where one of them does not exist."""
        if self.first.day is None or self.last.day is None:
            return None
        return self.first.day, self.last.day


def spans(text: str, written: date) -> list[DateSpan]:
    """All dates and periods of a text that is of a day, in order."""
    found: list[DateSpan] = []
    at = list(_found(text))
    before: date | None = None
    last: DateSpan | None = None
    for match in at:
        joined = last is not None and _is_period(text[last.end : match.start()])
        mention = _mention(text, match, written, before, joined=joined)
        if mention is None:
            continue
        before = mention.day or before
        if joined and last is not None and not last.is_period:
            found[-1] = last = DateSpan(last.first, mention)
        else:
            last = DateSpan(mention, mention)
            found.append(last)
    return found


def _is_period(between: str) -> bool:
    time = _TIME.match(between)
    return _BETWEEN.fullmatch(between, time.end() if time else 0) is not None


def _found(text: str) -> Iterator[re.Match[str]]:
    """What may be a date, but not the number before a line of a list."""
    numbers = {
        one.start(): one.end()
        for one in _LISTED.finditer(text)
        if not _STARTS.match(text, one.start()) or _STARTS.match(text, one.end())
    }
    skip = sorted(numbers.items())
    at, index = 0, 0
    while match := _MENTION.search(text, at):
        while index < len(skip) and skip[index][1] <= match.start():
            index += 1
        if index < len(skip) and skip[index][0] <= match.start() < skip[index][1]:
            at = skip[index][1]
            continue
        yield match
        at = match.end()


def _mention(
    text: str, match: re.Match[str], written: date, before: date | None, *, joined: bool
) -> Mention | None:
    groups = match.groupdict()
    weekday_group = next((g for g in ("w0", "w1", "w2", "w3", "w4", "wd") if groups.get(g)), "")
    weekday = WEEKDAYS.index(groups[weekday_group]) if weekday_group else None
    weekday_at = match.start(weekday_group) if weekday_group else -1
    end = match.end()
    if groups["w0"] and text[end : end + 1] in (")", "）"):
        end += 1
    cell = _CELLS.match(text, end) if weekday is None else None
    if cell is not None:
        weekday, weekday_at, end = WEEKDAYS.index(cell["w"]), cell.start("w"), cell.end() - 1
    only = groups.get("only") or groups.get("day")
    if only:
        day = _of_month(int(only), before if joined else None, written)
        if day is not None and day.weekday() != weekday and before is not None:
            other = _of_month(int(only), before, written)
            day = other if other is not None and other.weekday() == weekday else day
        return None if day is None else Mention(match.start(), end, day, weekday, weekday_at)
    number = next(n for n in range(len(_FORMS)) if groups.get(f"m{n}"))
    month, of_month = int(groups[f"m{number}"]), int(groups[f"d{number}"])
    year = groups.get(f"y{number}")
    year_at = match.start(f"y{number}") if year else -1
    day = (
        _day(int(year), month, of_month)
        if year
        else _following(month, of_month, before)
        if joined and before is not None
        else _nearest(month, of_month, weekday, written)
    )
    return Mention(match.start(), end, day, weekday, weekday_at, year_at)


def _day(year: int, month: int, of_month: int) -> date | None:
    try:
        return date(year, month, of_month)
    except ValueError:
        return None


def _of_month(of_month: int, before: date | None, written: date) -> date | None:
    """A day of the month named before, else of the first month in which it is still to come."""
    if before is not None:
        return _day(before.year, before.month, of_month)
    for year, month in ((written.year, written.month), _next_month(written)):
        day = _day(year, month, of_month)
        if day is not None and day >= written:
            return day
    return None


def _next_month(day: date) -> tuple[int, int]:
    return (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)


def _following(month: int, of_month: int, begun: date) -> date | None:
    """The end of a period, in the year of its beginning or the next one."""
    same = _day(begun.year, month, of_month)
    if same is not None and same < begun:
        later = _day(begun.year + 1, month, of_month)
        if later is not None and (later - begun).days <= LONGEST_PERIOD:
            return later
    return same


def _nearest(month: int, of_month: int, weekday: int | None, written: date) -> date | None:
    """The year that a date without one means: around the day of writing; a later one whose weekday fits."""
    days = [_day(written.year + away, month, of_month) for away in (-1, 0, 1)]
    real = [day for day in days if day is not None]
    if len(real) < 3 and days[1] is None:
        return None
    first, last = written - timedelta(LOOK_BACK), written + timedelta(LOOK_AHEAD)
    near = [day for day in real if first <= day <= last] or real[-1:]
    meant = near[0]
    if weekday is not None and meant.weekday() != weekday and meant < written - timedelta(45):
        until = written + timedelta(FURTHEST)
        return next((d for d in real if written <= d <= until and d.weekday() == weekday), meant)
    return meant
