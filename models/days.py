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

# How people write a day in a question: 3/9 급식, 12.3 숙제. The same signs write shares, marks, measures,
# numbers of chapters and versions: a fraction is a day unless something is counted with it, a decimal
# only where what stands beside it is of a day.
_NUMBERS = r"(?:1[0-2]|0?[1-9]){0}(?:3[01]|[12]\d|0?[1-9])(?!\d)"
_RUN = (
    r"(?<![\da-z./:-])(?<!\d~)(?P<run>{1}(?:\s?(?:[~,·-]|이?랑|[와과]|하고|부터)\s?{1})*"
    r"(?:[~-](?:3[01]|[12]\d|0?[1-9]))?)(?![\d./:%-])"
)
_MORE_OR_LESS = "이상|이하|미만|초과|이내|정도|가량|만큼|밖에|동안|넘|지나|지난|모자|부족|미달|차지"
_AMOUNT = (
    r"(?P<amount>의\s|(?:(?<![가-힣])(?:약|총|각|최소|최대|적어도|겨우)|[평학배득감가]점|평균|점수|성적|시력|체온|온도"
    r"|[횟일시]수|비율|확률|[석쟁]률|버전|단원|배율|정원|인원|전체|과반|규모|길이|무게|용량|속도)[은는이가도의]?\s)"
)
_ABOUT_A_DAY = (
    rf"(?:[{_WEEKDAYS}]요일|[조중석간후]식|급식|점심|아침|저녁|오전|오후|식단|메뉴|밥|반찬|숙제|과제|준비물|알림장"
    r"|행사|일정|시간표|수업|시험|고사|수행평가|회의|총회|연수|상담|공개|체험|현장|소풍|수학여행|수련|방과"
    r"|돌봄|방학|개학|등교|하교|등원|학교|휴업|휴교|재량|휴일|공휴일|쉬|쉽|체육|운동회|축제|학예|공연|입학|졸업|수료"
    r"|마감|제출|신청|접수|[가-힣]+(?:대회|[학업]식|의 ?날)|뭐|뭘|머|무슨|무엇|어떤|언제|몇 ?시)"
)
_IS_DAY = (
    rf"일(?![가-힣]?[간차째치씩]|정|\s?(?:{_MORE_OR_LESS}))|(?=\s?날|부터|까지|엔"
    r"|에(?!서|\s?(?:미[치달]|못|이르|해당|가까|불과|그[치쳐]))"
    rf"|\s?\([{_WEEKDAYS}]|[은는의,]?\s?{_ABOUT_A_DAY})"
)
_END = r"(?=\s*[?!.]*\s*$)"
_COUNTED = (
    rf"(?:{_MORE_OR_LESS}|(?:시간|학기|학년|분기|교시|차시|단원|등급|인분|분량|조각|크기|지점|큰술|작은술|스푼|숟갈|컵|쪽"
    r"|점|배|개|명|판|병|봉지|포기|마리|층|퍼센트|%|[km]?g|[kcm]?m|m?l|리터|미터|킬로|그램)"
    r"(?![가-힣a-z])(?!\s?표)|(?:시간|학기|학년|분기|교시|단원|등급|인분|분량|조각|크기|지점|큰술|작은술|스푼|숟갈|컵|쪽|점"
    r"|배|개|명|판|병)(?:[이가을를은는만도씩]|에|으?로|짜리))"
)
_SHORT = [
    re.compile(
        rf"{_AMOUNT}?{_RUN.format('', _NUMBERS.format('/'))}"
        rf"(?:{_IS_DAY}|{_END}|(?=[은는]\s|[,?(]|\s(?!{_COUNTED})))"
    ),
    re.compile(
        rf"(?:{_AMOUNT}|(?P<topic>^\s*|{_ABOUT_A_DAY}[가-힣]{{0,3}}\s))?"
        rf"{_RUN.format('', _NUMBERS.format('[.]'))}(?:{_IS_DAY}|(?(topic){_END}|(?!)))"
    ),
]


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
        flat = normal(text)
        for short in _SHORT:
            flat = short.sub(_in_full, flat)
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


def _in_full(short: re.Match[str]) -> str:
    """Days that are written short as `3월 9일`; an amount as it stands."""
    if short["amount"]:
        return short.group()
    run = re.sub(r"(\d+)[./](\d+)일?", r"\1월 \2일", short.group())
    return re.sub(r"([~-]\d+)(?![\d월])일?", r"\1일", run)


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
