"""What is doubted of dates: weekdays, days gone by, days without school, last year's numbers."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from kit.i18n import _
from node.newsletters.proof.dated import WEEKDAYS, DateSpan, Mention
from node.newsletters.proof.lines import TextLine
from node.newsletters.proof.reading import TITLE, ProofPart
from node.newsletters.proof.sheet import Doubt, ProofRule

_NOT_DONE = "있겠"
_BACK = re.compile(
    r"지난|어제|그제|작년|전년|이후|이래|현재|기준|실시하고|마치고|이어|결과|개정|공포|고시|시행|심의|출생|태어"
    r"|설립|개교|늘었|당시|에 마친"
)
_REQUEST = re.compile(r"주세요|주십시오|바랍니다|주시기|부탁")
_SINCE = re.compile(r"\s?(?:부터|이후|이래)")
_OLD_YEAR = re.compile(
    r"지난|작년|전년|이전|비교|대비|결과|실적|통계|조사에|자료|기준|부터|까지의|이후|이래|졸업생|출생|태어|생\)|법|시행"
    r"|개정|제정|고시|현황|반영|당시|설립|개교|발표한|기록"
)
_SCHOOL_YEAR = re.compile(r"(?P<year>20\d\d)(?=\s?학년도)")
_YEAR = re.compile(r"(?<![\d.])(?P<year>20\d\d)(?=년(?!\s?\d)|\s(?=[가-힣]))")
_OFF = re.compile(
    r"휴일|휴업|방학|쉽니다|쉬는|쉬고|쉼|연휴|대체|휴관|휴교|주말|토요|일요|명절|한글날|성탄|크리스마스|설날|추석|한가위"
    r"|광복|삼일|현충|개천|신정|새해|어린이날|석가|부처"
)
_LESSON = re.compile(r"수업|교시|등교|하교|급식|평가|시험|고사|수련|소풍|총회")
_DEADLINE = re.compile(r"까지|마감|기한")


WEEKDAY_IS = (
    _("이날은 월요일입니다."),
    _("이날은 화요일입니다."),
    _("이날은 수요일입니다."),
    _("이날은 목요일입니다."),
    _("이날은 금요일입니다."),
    _("이날은 토요일입니다."),
    _("이날은 일요일입니다."),
)


def weekdays(part: ProofPart) -> Iterator[Doubt]:
    """Weekdays that are not those of their dates, and dates that there are not."""
    for span in part.spans:
        for mention in (span.first, span.last) if span.is_period else (span.first,):
            yield from _weekday(part, mention)


def _weekday(part: ProofPart, mention: Mention) -> Iterator[Doubt]:
    if mention.day is None:
        yield part.doubt(
            ProofRule.WEEKDAY, mention.start, mention.end, _("달력에 없는 날짜입니다.")
        )
    elif mention.weekday is not None and mention.day.weekday() != mention.weekday:
        real = WEEKDAYS[mention.day.weekday()]
        text = part.text[mention.start : mention.end]
        at = mention.weekday_at - mention.start
        yield part.doubt(
            ProofRule.WEEKDAY,
            mention.start,
            mention.end,
            WEEKDAY_IS[mention.day.weekday()],
            text[:at] + real + text[at + 1 :],
        )


def old_years(part: ProofPart) -> Iterator[Doubt]:
    """Last year's school year, or year, left in."""
    sheet = part.sheet
    for found in _SCHOOL_YEAR.finditer(part.text):
        if int(found["year"]) < sheet.year and not _OLD_YEAR.search(_beside(part, found.end())):
            yield part.doubt(
                ProofRule.YEAR,
                found.start(),
                found.end() + 3 + (part.text[found.end()] == " "),
                _("올해는 %(year)s학년도입니다."),
                f"{sheet.year}학년도",
                year=str(sheet.year),
            )
    for found in _YEAR.finditer(part.text):
        if int(found["year"]) < sheet.year and not _OLD_YEAR.search(_beside(part, found.end())):
            is_bare = part.text[found.end()] != "년"
            if is_bare and part.name != TITLE:
                continue
            yield part.doubt(
                ProofRule.YEAR,
                found.start(),
                found.end() + (not is_bare),
                _("올해는 %(year)s년입니다."),
                f"{sheet.year}" + ("" if is_bare else "년"),
                year=str(sheet.year),
            )
    for _line, span in part.dated:
        yield from _old_date(part, span)


def _beside(part: ProofPart, at: int) -> str:
    """What a year is said of: its line."""
    return part.line_of(at)


def _old_date(part: ProofPart, span: DateSpan) -> Iterator[Doubt]:
    if not _is_of_old_year(part, span):
        return
    first = span.first
    assert first.day is not None, "asked by _is_of_old_year"
    mend = None
    now = _in_year(first.day, first.day.year + 1)
    fits = first.weekday is None or (now is not None and now.weekday() == first.weekday)
    if fits and not span.is_period and now is not None and now >= part.sheet.goes_out:
        text = part.text[first.start : first.end]
        mend = text.replace(str(first.day.year), str(now.year), 1)
    yield part.doubt(
        ProofRule.YEAR,
        span.start,
        span.end,
        _("지난해의 연도입니다. 올해 날짜와 요일로 수정해 주세요."),
        mend,
    )


def _is_of_old_year(part: ProofPart, span: DateSpan) -> bool:
    """Whether its year is written, and is one that has gone by."""
    first = span.first
    if first.year_at < 0 or first.day is None or _OLD_YEAR.search(_beside(part, first.start)):
        return False
    now = _in_year(first.day, first.day.year + 1)
    return (
        first.day < part.sheet.goes_out - timedelta(60)
        and now is not None
        and now >= part.sheet.goes_out - timedelta(31)
        and now <= part.sheet.goes_out + timedelta(300)
    )


def _in_year(day: date, year: int) -> date | None:
    try:
        return day.replace(year=year)
    except ValueError:
        return None


def past(part: ProofPart) -> Iterator[Doubt]:
    """What is still to come, on a day that has gone by."""
    today = part.sheet.goes_out
    rows: dict[int, date] = {}
    for line, span in part.dated:
        if span.days is not None:
            rows[line.start] = max(span.days[1], rows.get(line.start, date.min))
    for line, span in part.dated:
        if span.days is None or span.days[1] >= today:
            continue
        if line.is_row and rows[line.start] >= today:
            continue  # a row from then to a day that is still to come
        if _SINCE.match(part.text, span.end) or _is_of_old_year(part, span):
            continue
        _at, clause = line.clause(span.start, span.end)
        is_asked = part.text.startswith("까지", span.end) and _REQUEST.search(clause)
        if is_told_as_done(clause) and not is_asked:
            continue
        yield part.doubt(
            ProofRule.PAST,
            span.start,
            span.end,
            _("보내는 날보다 앞선 날짜입니다."),
        )


def is_told_as_done(clause: str) -> bool:
    """Whether a sentence looks back: it has a verb in the past (its syllable ends in ㅆ)."""
    return bool(_BACK.search(clause)) or any(
        "가" <= char <= "힣" and (ord(char) - 0xAC00) % 28 == 20 and char not in _NOT_DONE
        for char in clause
    )


def closed(part: ProofPart) -> Iterator[Doubt]:
    """Something on a day without school that does not say that it knows."""
    for line, span in part.dated:
        at = part.line_of(span.start)
        if span.days is None or span.days[1] < part.sheet.goes_out:
            continue
        if span.is_period and not _DEADLINE.search(at[span.end - line.start :][:12]):
            continue
        if line.is_row and sum(one is line for one, _span in part.dated) > 1:
            continue  # from one day to another
        yield from _closed(part, line, span)


def _closed(part: ProofPart, line: TextLine, span: DateSpan) -> Iterator[Doubt]:
    last = span.last
    assert last.day is not None, "asked by `closed`"
    why = part.sheet.closed.get(last.day)
    if why is None and last.day.weekday() < 5:
        return
    _at, clause = line.clause(span.start, span.end)
    about = f"{part.sheet.title}\n{clause}"
    if _OFF.search(clause) or is_told_as_done(clause):
        return
    if why is None or not why.title:
        if last.weekday is None:
            yield part.doubt(
                ProofRule.CLOSED,
                span.start,
                span.end,
                WEEKDAY_IS[last.day.weekday()],
            )
    elif why.is_vacation:
        if _LESSON.search(clause) and "방학" not in part.sheet.title + part.sheet.body:
            yield part.doubt(ProofRule.CLOSED, span.start, span.end, _("이날은 방학입니다."))
    elif why.title not in about:
        yield part.doubt(
            ProofRule.CLOSED,
            span.start,
            span.end,
            _("이날은 수업이 없습니다(%(title)s)."),
            title=why.title,
        )
