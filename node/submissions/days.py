"""Rules that count days. Days are those of the school's calendar: no weekends, public holidays with their
substitutes, nor the school's own days off. Each refusal says which rule, with its numbers.

    asked = period_of(rule, written)
    halves = Counting(tx, calendar, grade, rule).checked(asked, earlier, today)
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import Protocol

import msgspec

from kit.clock import moment, school_year
from kit.db import Tx
from node.calendar.model import NoSchoolDay
from node.submissions.kinds import PeriodRule
from node.submissions.model import Half, PaperInput, Span, days_text
from node.submissions.refusals import (
    AllowanceSpent,
    AnswerDaysSpent,
    BlockedDay,
    HalfOfMany,
    MonthSpent,
    NoHalves,
    NoSchoolDays,
    Overdue,
    Overlapping,
    PeriodAcrossYears,
    PeriodBackwards,
    PeriodMissing,
    PeriodTooLong,
    RunTooLong,
    TooLate,
)

NO_ANSWERS: Mapping[str, Sequence[str]] = MappingProxyType({})
MOST_DAYS = 180  # calendar days of one paper
ONE = timedelta(days=1)


class SchoolDays(Protocol):
    """What the rules ask of the school's calendar."""

    def school_days(
        self, tx: Tx, first: date, last: date, grade: int | None = None
    ) -> Sequence[date]: ...
    def blocked(
        self, tx: Tx, first: date, last: date, grade: int | None = None
    ) -> Sequence[tuple[date, str]]: ...
    def next_school_day(
        self, tx: Tx, after: date, n: int = 1, grade: int | None = None
    ) -> date: ...


class Period(msgspec.Struct, frozen=True):
    """From the first to the last day; `half` of a single one."""

    first: date
    last: date
    half: Half = Half.WHOLE


def period_of(rule: PeriodRule, written: PaperInput) -> Period:
    """The period that a page sent. Raises PeriodMissing, PeriodBackwards, PeriodTooLong, PeriodAcrossYears, HalfOfMany, NoHalves."""
    try:
        first = date.fromisoformat(written.first_on)
        last = first if rule.is_single else date.fromisoformat(written.last_on or written.first_on)
    except ValueError:
        raise PeriodMissing() from None
    if last < first:
        raise PeriodBackwards()
    if (last - first).days >= MOST_DAYS:
        raise PeriodTooLong(most=MOST_DAYS)
    if school_year(first) != school_year(last):
        raise PeriodAcrossYears()
    half = Half(written.half) if written.half in set(Half) else Half.WHOLE
    if half is not Half.WHOLE:
        if not rule.half_days:
            raise NoHalves()
        if first != last:
            raise HalfOfMany()
    return Period(first, last, half)


class Counting:
    """The rules of one kind for one child, in one unit. `grade` None: nobody knows it."""

    def __init__(self, tx: Tx, calendar: SchoolDays, grade: int | None, rule: PeriodRule) -> None:
        self._tx = tx
        self._calendar = calendar
        self._grade = grade
        self._rule = rule

    def halves(self, asked: Period) -> int:
        """How many half school days lie in a period."""
        days = self._days(asked.first, asked.last)
        return len(days) * (1 if asked.half is not Half.WHOLE else 2)

    def checked(
        self,
        asked: Period,
        earlier: Sequence[Span],
        today: date,
        answers: Mapping[str, Sequence[str]] = NO_ANSWERS,
    ) -> int:
        """How many half school days a period has, where every rule lets it be sent today. `earlier`: what
        counts already in that school year, by its first day. Raises NoSchoolDays, Overlapping, TooLate,
        Overdue, BlockedDay, RunTooLong, AnswerDaysSpent, MonthSpent, AllowanceSpent."""
        halves = self.halves(asked)
        if not halves:
            raise NoSchoolDays(first=said(asked.first), last=said(asked.last))
        self._check_overlap(asked, earlier)
        self._check_today(asked, today)
        self._check_blocked(asked)
        self._check_run(asked, halves, earlier)
        self._check_answers(halves, answers)
        self._check_months(asked, earlier)
        used, yearly = sum(one.halves for one in earlier), 2 * self._rule.yearly_days
        if yearly and used + halves > yearly:
            raise AllowanceSpent(
                yearly=self._rule.yearly_days,
                used=days_text(used),
                left=days_text(max(0, yearly - used)),
                asked=days_text(halves),
            )
        return halves

    def _days(self, first: date, last: date) -> Sequence[date]:
        return (
            self._calendar.school_days(self._tx, first, last, self._grade) if first <= last else ()
        )

    def _check_overlap(self, asked: Period, earlier: Iterable[Span]) -> None:
        """Two halves of one day are two papers."""
        for one in earlier:
            overlaps = one.first <= asked.last and asked.first <= one.last
            if overlaps and not (one.halves == 1 and asked.half not in (Half.WHOLE, one.half)):
                raise Overlapping(number=one.number)

    def _check_today(self, asked: Period, today: date) -> None:
        rule = self._rule
        if rule.notice_days:
            earliest = self._calendar.next_school_day(
                self._tx, today, rule.notice_days, self._grade
            )
            if asked.first < earliest:
                raise TooLate(days=rule.notice_days, earliest=said(earliest))
        if rule.within_days:
            until = self._calendar.next_school_day(
                self._tx, asked.last, rule.within_days, self._grade
            )
            if today > until:
                raise Overdue(days=rule.within_days, until=said(until))

    def _check_blocked(self, asked: Period) -> None:
        if self._rule.keeps_blocked:
            for day, title in self._calendar.blocked(
                self._tx, asked.first, asked.last, self._grade
            ):
                raise BlockedDay(day=said(day), title=title)

    def _check_answers(self, halves: int, answers: Mapping[str, Sequence[str]]) -> None:
        for one in self._rule.by_answer:
            if one.when.answer in answers.get(one.when.field, ()) and halves > 2 * one.days:
                raise AnswerDaysSpent(
                    answer=one.when.answer, days=one.days, asked=days_text(halves)
                )

    def _check_months(self, asked: Period, earlier: Iterable[Span]) -> None:
        """Each month that the period touches, with what earlier papers took of it."""
        most, month = self._rule.monthly_days, asked.first.replace(day=1)
        while most and month <= asked.last:
            until = (month + timedelta(31)).replace(day=1) - ONE
            used = sum(self._halves_between(one, month, until) for one in earlier)
            wanted = self._halves_between(asked, month, until)
            if used + wanted > 2 * most:
                raise MonthSpent(
                    month=month.month, most=most, used=days_text(used), asked=days_text(wanted)
                )
            month = until + ONE

    def _halves_between(self, of: Period | Span, first: date, last: date) -> int:
        days = self._days(max(of.first, first), min(of.last, last))
        return len(days) * (1 if of.half is not Half.WHOLE else 2)

    def _check_run(self, asked: Period, halves: int, earlier: Iterable[Span]) -> None:
        """Periods between which no school day lies are one run, so that two papers are no way round."""
        if not self._rule.longest_days:
            return
        first, last, run = asked.first, asked.last, halves
        by_first = sorted(earlier, key=lambda one: one.first)
        for one in reversed(by_first):
            if one.last < first and not self._days(one.last + ONE, first - ONE):
                first, run = one.first, run + one.halves
        for one in by_first:
            if one.first > last and not self._days(last + ONE, one.first - ONE):
                last, run = one.last, run + one.halves
        if run > 2 * self._rule.longest_days:
            raise RunTooLong(longest=self._rule.longest_days, run=days_text(run))


def said(day: date) -> str:
    """A day as refusals name it, in either language."""
    return f"{day.year}. {day.month}. {day.day}."


def year_of(day: date) -> tuple[date, date]:
    """First and last day of the school year (학년도) of a day."""
    year = school_year(day)
    return date(year, 3, 1), date(year + 1, 3, 1) - timedelta(days=1)


def deadline(tx: Tx, calendar: SchoolDays, grade: int | None, day: date, days: int) -> int:
    """The last moment (ms) of the day that lies so many days behind, or of the next day of school where
    there is none on it; where the calendar has none ahead the day stays."""
    try:
        due = calendar.next_school_day(tx, day + timedelta(days - 1), 1, grade)
    except NoSchoolDay:
        return end_of(day, days)
    return end_of(due, 0)


def end_of(day: date, days: int) -> int:
    """The last moment of the day that lies so many days behind (ms)."""
    after = day + timedelta(days=days + 1)
    return moment(after.year, after.month, after.day) - 1
