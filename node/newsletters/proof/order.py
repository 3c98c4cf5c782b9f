"""What is doubted of the order of dates: a deadline behind what it is for, an end before its beginning."""

import re
from collections.abc import Iterator
from datetime import date

import msgspec

from kit.i18n import _
from node.newsletters.proof.dated import DateSpan
from node.newsletters.proof.dates import is_told_as_done
from node.newsletters.proof.lines import TextLine
from node.newsletters.proof.reading import ProofPart
from node.newsletters.proof.sheet import Doubt, ProofRule

SHORT = 5  # days: of a longer period people may still join while it goes on
_EVENT = re.compile(
    r"일시|일자|날짜|행사일|체험일|실시일|공연|활동일|출발|관람일|개최|(?:^|\W)때(?:\W|$)"
)
_HELD = re.compile(
    r"갑니다|떠납니다|엽니다|열립니다|개최합니다|실시합니다|모십니다|출발합니다|합니다\W*$"
)
_BESIDE_ITS_NAME = re.compile(r"[가-힣]\s?[(（]$")
_ASKS = re.compile(
    r"신청|접수|제출|회신|모집|마감|기한|등록|동의서|참가서|희망서|내\s?주|보내\s?주|답해|답하|응답|여부"
)
_NO_EVENT = re.compile(
    r"신청|접수|제출|회신|모집|마감|기한|등록|조사|납부|출금|입금|결과|발표|추첨|환불|동의|설문|까지|답사|연습|예약"
)
_UNTIL = re.compile(r"\s*(?:\d{1,2}\s?(?::\s?\d\d|시)\s*)?(?:\d{1,2}분\s*)?까지")
_AFTERWARDS = re.compile(
    r"보고서|소감|후기|설문|사진|반납|정산|환불|이의|발표|통보|드립니다|드리|연락드|철회|취소|변경|만족도|찾아"
)
_OF_FORM = re.compile(r"회신|동의|여부|답해|답하|응답|신청|참가|희망")
_TIMES = re.compile(
    r"(?<![\d:.])(?P<h>[01]?\d|2[0-3]):(?P<m>[0-5]\d)\s?[~∼–-]\s?(?P<h2>[01]?\d|2[0-3]):(?P<m2>[0-5]\d)(?![:\d])"
)
_NIGHT = re.compile(r"다음\s?날|익일|이튿날|밤|새벽|숙박")


class Fixed(msgspec.Struct, frozen=True):
    """A day of the letter with its place."""

    part: ProofPart
    span: DateSpan
    day: date


def reversed_periods(part: ProofPart) -> Iterator[Doubt]:
    """Periods and hours that end before they begin."""
    for span in part.spans:
        if span.is_period and span.days is not None and span.days[1] < span.days[0]:
            yield part.doubt(
                ProofRule.ORDER, span.start, span.end, _("종료일이 시작일보다 빠릅니다.")
            )
    for found in _TIMES.finditer(part.text):
        begins = int(found["h"]) * 60 + int(found["m"])
        ends = int(found["h2"]) * 60 + int(found["m2"])
        is_afternoon = begins <= 12 * 60 and ends <= 7 * 60 and ends + 12 * 60 > begins
        if ends < begins and not is_afternoon and not _NIGHT.search(part.line_of(found.start())):
            yield part.doubt(
                ProofRule.ORDER,
                found.start(),
                found.end(),
                _("종료 시각이 시작 시각보다 빠릅니다."),
            )


def deadlines(parts: tuple[ProofPart, ...]) -> Iterator[Doubt]:
    """Deadlines behind what they are for, or other ones than the form's."""
    sheet = parts[0].sheet
    event = _event(parts)
    named = list(_deadlines(parts))
    if event is not None:
        day = _words(event.day)
        for one in named:
            if one.day > event.day:
                yield one.part.doubt(
                    ProofRule.ORDER,
                    one.span.start,
                    one.span.end,
                    _("마감이 행사일(%(day)s)보다 늦습니다."),
                    day=day,
                )
    deadline = sheet.form.deadline if sheet.form is not None else None
    if deadline is None:
        return
    if event is not None and deadline > event.day:
        yield event.part.doubt(
            ProofRule.ORDER,
            event.span.start,
            event.span.end,
            _("회신 마감(%(deadline)s)이 행사일보다 늦습니다."),
            deadline=_words(deadline),
        )
    for one in named:
        _at, clause = _clause(one)
        if one.day != deadline and _OF_FORM.search(clause):
            yield one.part.doubt(
                ProofRule.ORDER,
                one.span.start,
                one.span.end,
                _("회신서의 마감은 %(deadline)s입니다."),
                deadline=_words(deadline),
            )


def _clause(one: Fixed) -> tuple[int, str]:
    for line, span in one.part.dated:
        if span is one.span:
            return line.clause(span.start, span.end)
    return one.span.start, ""


def _event(parts: tuple[ProofPart, ...]) -> Fixed | None:
    """When it takes place: the first day that a label calls so, else the one day that a sentence tells."""
    labelled: list[Fixed] = []
    told: list[Fixed | None] = []
    for part in parts:
        for line, span in part.dated:
            days = span.days
            if days is None or days[0] < part.sheet.goes_out or days[1] < days[0]:
                continue
            if _is_deadline(line, span):
                continue
            day = days[0] if (days[1] - days[0]).days <= SHORT else days[1]
            at, clause = line.clause(span.start, span.end)
            name = line.label or clause[: max(0, span.start - at)]
            if _EVENT.search(name) and not _NO_EVENT.search(name):
                labelled.append(Fixed(part, span, day))
            is_named = _BESIDE_ITS_NAME.search(line.text[: span.start - line.start])
            is_told = not line.is_row and not line.label and (_HELD.search(clause) or is_named)
            if is_named:
                clause = clause[: span.start - at]
            told.append(
                Fixed(part, span, day) if is_told and not _NO_EVENT.search(clause) else None
            )
    if labelled:
        return min(labelled, key=lambda one: one.day)
    return told[0] if len(told) == 1 else None


def _deadlines(parts: tuple[ProofPart, ...]) -> Iterator[Fixed]:
    """Until when families are to answer."""
    for part in parts:
        for line, span in part.dated:
            if span.days is None or not _is_deadline(line, span):
                continue
            _at, clause = line.clause(span.start, span.end)
            about = f"{line.label} {clause}"
            if (
                _ASKS.search(about)
                and not _AFTERWARDS.search(about)
                and not is_told_as_done(clause)
            ):
                yield Fixed(part, span, span.days[1])


def _is_deadline(line: TextLine, span: DateSpan) -> bool:
    after = line.text[span.end - line.start :]
    return bool(_UNTIL.match(after)) or bool(
        re.search(r"마감|기한|(?:신청|접수|제출|회신|모집)\s?기간", line.label)
    )


def _words(day: date) -> str:
    return f"{day.month}. {day.day}."
