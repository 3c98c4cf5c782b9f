"""Days that are meant: what `내일` is on the day on which it is said, and of which days a text speaks.

    days_of("내일 준비물: 풀", date(2026, 12, 1))      # {(2026, 12, 2)}
    days_of("12월 7일부터 12월 9일까지 쉽니다.", None)   # {(0, 12, 7), (0, 12, 8), (0, 12, 9)}

A date without a year, in a text of a known day, is of the year in which it lies nearest; else its
year is 0, and it is the same day as that of any year.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from models.folding import normal

Day = tuple[int, int, int]  # year (0: any), month, day of the month

SEOUL = timedelta(hours=9)
LONGEST = 100  # days of a period that are told one by one
_WEEKDAYS = "월화수목금토일"
_AWAY = {
    "내일모레": 2, "그저께": -2, "엊그제": -2, "어저께": -1, "오늘": 0, "금일": 0, "내일": 1,
    "명일": 1, "모레": 2, "글피": 3, "어제": -1, "그제": -2,
}  # fmt: skip
_WEEKS = {"지난": -1, "저번": -1, "이번": 0, "다음": 1, "다다음": 2}
_YEARS = {"재작년": -2, "작년": -1, "지난해": -1, "올해": 0, "금년": 0, "내년": 1}
_NEAR = r"(?P<week>다다음|지난|저번|이번|다음)"
_RELATIVE = re.compile(
    rf"(?<![가-힣])(?:(?P<away>{'|'.join(_AWAY)})(?!날|서야)"
    rf"|{_NEAR} ?주 ?(?:(?P<weekday>[{_WEEKDAYS}])요일|(?P<weekend>말))"
    rf"|{_NEAR.replace('week', 'week_')} ?주(?![가-힣]?제)"
    rf"|{_NEAR.replace('week', 'month')} ?달"
    rf"|(?P<year>{'|'.join(_YEARS)}))"
)
_WEEKDAY = re.compile(rf"(?<![가-힣])(?P<weekday>[{_WEEKDAYS}])요일(?!마다)")
_DATE = (
    r"(?:(?P<{0}year>20\d\d)년\s*)?(?P<{0}month>1[0-2]|0?[1-9])월\s*(?P<{0}day>3[01]|[12]\d|0?[1-9])일"
    r"(?:\s*\([월화수목금토일][^)]{{0,6}}\))?"
)
_TO = r"\s*(?:부터|에서|~|-)\s*"
_DATES = re.compile(
    _DATE.format("") + rf"(?:{_TO}(?:{_DATE.format('to_')}|(?P<only>3[01]|[12]\d|0?[1-9])일))?"
)


# How people write a day in a question: 3/9 급식, 12.3 숙제; no share (수업의 1/3) and no measure (3.5 이상).
_SHORT = re.compile(
    r"(?<![\d./])(?<!의 )(?P<month>1[0-2]|0?[1-9])[./](?P<day>3[01]|[12]\d|0?[1-9])(?![\d./])"
    r"(?:일|(?=\s*$|에|\s?날|\s(?!이상|이하|미만|초과|이내|정도|지나|점|등급|배|도|이나)))"
)


def seoul_day(at: int) -> date:
    """The day of a moment in ms, in Korea."""
    return (datetime.fromtimestamp(at / 1000, UTC) + SEOUL).date()


def school_year_of(day: date) -> int:
    """The Korean school year of a day: March to February."""
    return day.year if day.month >= 3 else day.year - 1


class Meant:
    """What a question says of days: `days` on which something is (none: it names no day), whether only
    by a weekday, which may as well be that of every week, and `years` by their name."""

    def __init__(self, text: str, today: date) -> None:
        self.years: set[int] = set()
        self.is_weekday = False
        flat = _SHORT.sub(r"\g<month>월 \g<day>일", normal(text))
        self.days = days_of(_RELATIVE.sub(" ", flat), None)
        self.rest = _RELATIVE.sub(lambda found: self._take(found, today), flat)
        """The text with days as dates, without the words for weeks and years."""
        self.topic = _DATES.sub(" ", self.rest)
        """The same without any dates."""
        weekday = _WEEKDAY.search(self.rest)
        if weekday and not self.days:
            self.days = {_day(_next(weekday["weekday"], today))}
            self.is_weekday = True
        self.years |= {int(year) for year in re.findall(r"(20\d\d)\s*(?:학년도|년)", flat)}

    def _take(self, found: re.Match[str], today: date) -> str:
        """Keep what a word means; how it is written out."""
        if found["year"]:
            away = _YEARS[found["year"]]
            self.years |= {today.year + away, school_year_of(today) + away}
            return ""
        days = list(_meant(found, today))
        self.days |= {_day(one) for one in days}
        return f"{days[0].month}월 {days[0].day}일" if len(days) == 1 else ""


def _meant(found: re.Match[str], today: date) -> Iterable[date]:
    """The days of a relative word that is no year."""
    if found["away"]:
        return [today + timedelta(days=_AWAY[found["away"]])]
    if found["month"]:
        first = _months_after(today, _WEEKS[found["month"]])
        return _period(first, _months_after(first, 1) - timedelta(days=1))
    weeks = _WEEKS[found["week"] or found["week_"]]
    monday = today + timedelta(days=7 * weeks - today.weekday())
    if found["weekday"]:
        return [monday + timedelta(days=_WEEKDAYS.index(found["weekday"]))]
    if found["weekend"]:
        return _period(monday + timedelta(days=5), monday + timedelta(days=6))
    return _period(monday, monday + timedelta(days=6))


def _months_after(day: date, months: int) -> date:
    """The first of the month so many months later."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def _period(first: date, last: date) -> list[date]:
    return [first + timedelta(days=at) for at in range(min((last - first).days, LONGEST) + 1)]


def _day(day: date) -> Day:
    return day.year, day.month, day.day


def days_of(text: str, written: date | None, *, weekdays: bool = False) -> set[Day]:
    """The days that a text names, those between included; `written`: the day it is of. `weekdays`:
    whether a weekday alone is the next one, and not that of every week."""
    flat = normal(text)
    found = {day for one in _DATES.finditer(flat) for day in _named(one, written)}
    if written is not None:
        for one in _RELATIVE.finditer(flat):
            if not one["year"]:
                found |= {_day(day) for day in _meant(one, written)}
        if weekdays and not found:
            found = {_day(_next(one["weekday"], written)) for one in _WEEKDAY.finditer(flat)}
    return found


def _next(weekday: str, today: date) -> date:
    """The first such day from today on."""
    return today + timedelta(days=(_WEEKDAYS.index(weekday) - today.weekday()) % 7)


def _named(found: re.Match[str], written: date | None) -> Iterator[Day]:
    """The days of a date or a period."""
    month, day = int(found["month"]), int(found["day"])
    year = int(found["year"] or 0) or _nearest(month, day, written)
    yield year, month, day
    last_month = int(found["to_month"] or (month if found["only"] else 0))
    if not last_month:
        return
    last_day = int(found["to_day"] or found["only"])
    try:
        first = date(year or 2000, month, day)
        last = date(first.year + ((last_month, last_day) < (month, day)), last_month, last_day)
    except ValueError:  # 2월 30일
        return
    for one in _period(first, last)[1:]:
        yield (one.year if year else 0), one.month, one.day


def _nearest(month: int, day: int, written: date | None) -> int:
    """The year in which a day without one lies nearest to that on which it was written; 0: unknown."""
    if written is None:
        return 0
    away = (month - written.month) * 31 + day - written.day
    return written.year + (away < -186) - (away > 186)


def meet(days: Iterable[Day], others: Iterable[Day]) -> bool:
    """Whether they have a day in common."""
    held: dict[tuple[int, int], set[int]] = {}
    for year, month, day in others:
        held.setdefault((month, day), set()).add(year)
    return any(
        (years := held.get((month, day))) is not None and (not year or 0 in years or year in years)
        for year, month, day in days
    )
