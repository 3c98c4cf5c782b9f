"""How days are counted, for calendars of any year: what the rules say is what somebody with the calendar in
their hand would count."""

import random
from datetime import date, timedelta

import pytest

from kit.clock import school_year
from kit.db import Tx
from kit.problem import Problem
from node.calendar.service import Calendar
from node.submissions.days import Counting, Period, period_of
from node.submissions.kinds import PeriodRule
from node.submissions.model import Half, PaperInput, Span, days_text
from node.submissions.refusals import (
    AllowanceSpent,
    NoSchoolDays,
    Overdue,
    Overlapping,
    PeriodAcrossYears,
    PeriodBackwards,
    PeriodMissing,
    RunTooLong,
    TooLate,
)
from tests.node.conftest import School

YEARS = (2026, 2027, 2029, 2032)
ROUNDS = 150


def typed(first: str, last: str, half: str = "") -> PaperInput:
    return PaperInput({}, first, last, half)


@pytest.mark.parametrize(
    ("first", "last", "problem"),
    [
        ("", "", PeriodMissing),
        ("2026-13-01", "2026-12-02", PeriodMissing),
        ("2026-12-02", "2026-12-01", PeriodBackwards),
        ("2027-02-26", "2027-03-03", PeriodAcrossYears),
    ],
)
def test_a_period_that_is_none_is_refused(first: str, last: str, problem: type[Problem]) -> None:
    with pytest.raises(problem):
        period_of(PeriodRule(), typed(first, last))


def judged(counting: Counting, asked: Period, earlier: list[Span], today: date) -> str:
    """The name of the refusal, or how many half days it has."""
    try:
        return str(counting.checked(asked, earlier, today))
    except Problem as refused:
        return type(refused).__name__


class Wall:
    """A calendar on the wall: its days of school, counted off one by one."""

    def __init__(self, days: list[date]) -> None:
        self.days = days

    def between(self, first: date, last: date) -> int:
        return sum(first <= day <= last for day in self.days)

    def judge(self, rule: PeriodRule, asked: Period, earlier: list[Span], today: date) -> str:
        halves = self.between(asked.first, asked.last) * (2 if asked.half is Half.WHOLE else 1)
        if not halves:
            return NoSchoolDays.__name__
        if any(one.first <= asked.last and asked.first <= one.last for one in earlier):
            return Overlapping.__name__
        ahead = self.between(today + timedelta(1), asked.first - timedelta(1))
        is_school = asked.first in self.days
        if rule.notice_days and (asked.first <= today or ahead + is_school < rule.notice_days):
            return TooLate.__name__
        if rule.within_days and self.between(asked.last + timedelta(1), today - timedelta(1)) >= (
            rule.within_days
        ):
            return Overdue.__name__
        run = halves + sum(one.halves for one in earlier if self._is_joined(one, asked, earlier))
        if rule.longest_days and run > 2 * rule.longest_days:
            return RunTooLong.__name__
        used = sum(one.halves for one in earlier)
        if rule.yearly_days and used + halves > 2 * rule.yearly_days:
            return AllowanceSpent.__name__
        return str(halves)

    def _is_joined(self, one: Span, asked: Period, earlier: list[Span]) -> bool:
        """No day of school lies between them that no other paper covers."""
        begin, end = sorted([(one.first, one.last), (asked.first, asked.last)])
        gap = [day for day in self.days if begin[1] < day < end[0]]
        return all(any(other.first <= day <= other.last for other in earlier) for day in gap)


async def test_what_is_refused_is_what_the_calendar_on_the_wall_refuses(school: School) -> None:
    calendar, dice = Calendar(), random.Random(20261201)

    def unit(tx: Tx) -> None:
        for year in YEARS:
            wall = Wall(calendar.school_days(tx, date(year, 3, 1), date(year + 1, 2, 20)))
            for _round in range(ROUNDS):
                one_round(tx, calendar, wall, year, dice)

    await school.db.read(unit)


def one_round(tx: Tx, calendar: Calendar, wall: Wall, year: int, dice: random.Random) -> None:
    rule = PeriodRule(
        half_days=True,
        notice_days=dice.choice((0, 0, 3, 7)),
        within_days=dice.choice((0, 0, 5)),
        yearly_days=dice.choice((0, 7, 20, 30)),
        longest_days=dice.choice((0, 3, 10)),
    )
    counting = Counting(tx, calendar, None, rule)
    earlier: list[Span] = []
    for _paper in range(dice.randint(0, 4)):
        span = any_period(year, dice)
        halves = counting.halves(span)
        if halves and not any(o.first <= span.last and span.first <= o.last for o in earlier):
            earlier.append(Span(span.first, span.last, span.half, halves, "1"))
    asked = any_period(year, dice)
    today = asked.first + timedelta(dice.randint(-20, 20))
    assert school_year(asked.first) == year
    expected = wall.judge(rule, asked, earlier, today)
    got = judged(counting, asked, earlier, today)
    assert got == expected, (rule, asked, earlier, today)


def any_period(year: int, dice: random.Random) -> Period:
    first = date(year, 3, 25) + timedelta(dice.randint(0, 280))
    last = first + timedelta(dice.choice((0, 0, 1, 2, 4, 9, 16)))
    half = dice.choice((Half.WHOLE, Half.MORNING)) if first == last else Half.WHOLE
    return Period(first, last, half)


async def test_public_holidays_and_their_substitutes_do_not_count(school: School) -> None:
    calendar = Calendar()

    def unit(tx: Tx) -> list[str]:
        counting = Counting(tx, calendar, None, PeriodRule())
        weeks = (
            Period(date(2027, 3, 1), date(2027, 3, 5)),  # 3·1절 on Monday
            Period(date(2027, 8, 16), date(2027, 8, 20)),  # in place of Sunday, 15 August
        )
        return [days_text(counting.halves(week)) for week in weeks]

    assert await school.db.read(unit) == ["4", "4"]


async def test_the_second_half_of_a_day_is_another_paper(school: School) -> None:
    calendar = Calendar()
    day = date(2027, 6, 1)
    morning = [Span(day, day, Half.MORNING, 1, "2027-1")]

    def unit(tx: Tx) -> list[str]:
        counting = Counting(tx, calendar, None, PeriodRule(half_days=True))
        return [
            judged(counting, Period(day, day, half), morning, date(2027, 5, 1)) for half in Half
        ]

    assert await school.db.read(unit) == ["Overlapping", "Overlapping", "1"]
