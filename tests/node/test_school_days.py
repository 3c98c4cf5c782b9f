"""Which days are days of school, in calendars of many years: what rules that count days stand on."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.db import SQLite, Tx
from kit.schema import create
from node.calendar.holidays import public_holidays
from node.calendar.model import (
    CLOSING,
    LONGEST_SPAN,
    CalendarEntry,
    EntryKind,
    NoSchoolDay,
    SpanTooLong,
)
from node.calendar.service import Calendar

ROOT = Path(__file__).parent.parent.parent
CALENDAR = Calendar()
SCHOOL = ("guardians", "students")


def of_grade(grade: int) -> tuple[str, ...]:
    return (f"guardians/grade:{grade}", f"students/grade:{grade}")


@contextlib.contextmanager
def a_school(*entries: CalendarEntry, struck: tuple[date, ...] = ()) -> Iterator[Tx]:
    """The calendar of a school that holds these entries, and keeps no holiday on the days `struck`."""
    connection = SQLite(Path(":memory:")).connect(writer=True)
    tx = Tx(connection)
    create(tx, ["node.calendar"])
    for entry in entries:
        CALENDAR.put(tx, entry)
    tx.many("INSERT INTO calendar_struck (day) VALUES (?)", [(day.isoformat(),) for day in struck])
    try:
        yield tx
    finally:
        connection.close()


def an_entry(
    kind: EntryKind,
    first: date,
    last: date | None = None,
    *,
    keys: tuple[str, ...] = SCHOOL,
    title: str = "일정",
    blocks: bool = False,
) -> CalendarEntry:
    return CalendarEntry(
        id=f"{kind}-{first}-{last}-{'+'.join(keys)}-{blocks}-{title}",
        first_on=first,
        last_on=last or first,
        kind=kind,
        title=title,
        keys=keys,
        blocks=blocks,
    )


def test_a_week_of_may_2031_has_four_days_of_school() -> None:
    with a_school() as tx:
        days = CALENDAR.school_days(tx, date(2031, 5, 3), date(2031, 5, 11))
    assert days == [date(2031, 5, day) for day in (6, 7, 8, 9)]  # the fifth is children's day


def test_a_substitute_holiday_is_no_day_of_school() -> None:
    with a_school() as tx:
        assert not CALENDAR.is_school_day(tx, date(2029, 5, 7))  # of 5 May, a Saturday
        assert CALENDAR.is_school_day(tx, date(2029, 5, 8))


def test_the_office_takes_a_holiday_away_and_adds_one() -> None:
    added = an_entry(EntryKind.HOLIDAY, date(2030, 10, 2))
    with a_school(added, struck=(date(2030, 10, 9),)) as tx:
        assert CALENDAR.is_school_day(tx, date(2030, 10, 9))
        assert not CALENDAR.is_school_day(tx, date(2030, 10, 2))


def test_a_saturday_with_school_may_leave_out_a_grade() -> None:
    saturday = date(2032, 10, 16)
    with a_school(
        an_entry(EntryKind.SCHOOL_DAY, saturday),
        an_entry(EntryKind.DAY_OFF, saturday, keys=of_grade(1)),
    ) as tx:
        assert CALENDAR.is_school_day(tx, saturday)
        assert CALENDAR.is_school_day(tx, saturday, grade=2)
        assert not CALENDAR.is_school_day(tx, saturday, grade=1)


def test_a_day_off_of_a_grade_leaves_the_school_open() -> None:
    monday = date(2028, 6, 12)
    with a_school(an_entry(EntryKind.DAY_OFF, monday, keys=of_grade(3))) as tx:
        assert CALENDAR.is_school_day(tx, monday)
        assert not CALENDAR.is_school_day(tx, monday, grade=3)


def test_what_is_on_for_a_class_or_the_staff_closes_nothing() -> None:
    monday = date(2028, 6, 12)
    with a_school(
        an_entry(EntryKind.DAY_OFF, monday, keys=("guardians/class:c", "students/class:c")),
        an_entry(EntryKind.DAY_OFF, monday, keys=("staff",)),
        an_entry(EntryKind.EVENT, monday),
    ) as tx:
        assert CALENDAR.is_school_day(tx, monday, grade=3)


def test_exams_block_their_days_by_name_for_those_who_sit_them() -> None:
    exam = an_entry(
        EntryKind.EVENT,
        date(2029, 7, 2),
        date(2029, 7, 4),
        keys=of_grade(3),
        title="1학기 기말고사",
        blocks=True,
    )
    whole = an_entry(EntryKind.EVENT, date(2029, 7, 4), title="학업성취도 평가", blocks=True)
    with a_school(exam, whole, an_entry(EntryKind.EVENT, date(2029, 7, 3), title="급식")) as tx:
        found = CALENDAR.blocked(tx, date(2029, 7, 3), date(2029, 7, 31), grade=3)
        of_others = CALENDAR.blocked(tx, date(2029, 7, 3), date(2029, 7, 31), grade=2)
        of_all = CALENDAR.blocked(tx, date(2029, 7, 3), date(2029, 7, 31))
    assert found == [
        (date(2029, 7, 3), "1학기 기말고사"),
        (date(2029, 7, 4), "1학기 기말고사"),
        (date(2029, 7, 4), "학업성취도 평가"),
    ]
    assert of_others == of_all == [(date(2029, 7, 4), "학업성취도 평가")]


def test_three_school_days_before_a_trip_leave_out_the_holidays_between() -> None:
    with a_school() as tx:  # Chuseok 2033 is a Thursday
        assert CALENDAR.next_school_day(tx, date(2033, 9, 6)) == date(2033, 9, 12)
        assert CALENDAR.next_school_day(tx, date(2033, 9, 6), 3) == date(2033, 9, 14)


def test_the_next_school_day_of_a_grade_is_none_of_its_own_days_off() -> None:
    monday = date(2029, 5, 14)
    with a_school(an_entry(EntryKind.DAY_OFF, monday, keys=of_grade(3))) as tx:
        assert CALENDAR.next_school_day(tx, monday - timedelta(1)) == monday
        assert CALENDAR.next_school_day(tx, monday - timedelta(1), grade=3) == date(2029, 5, 15)
        assert CALENDAR.next_school_day(tx, monday - timedelta(1), grade=2) == monday


def test_the_next_school_day_of_a_winter_vacation_is_in_march() -> None:
    vacation = an_entry(EntryKind.VACATION, date(2030, 1, 5), date(2030, 2, 28))
    with a_school(vacation) as tx:
        assert CALENDAR.next_school_day(tx, date(2030, 1, 4)) == date(2030, 3, 4)


def test_a_school_that_never_opens_says_so() -> None:
    closed = [
        an_entry(EntryKind.VACATION, date(year, 3, 1), date(year + 1, 3, 1) - timedelta(1))
        for year in range(2026, 2032)
    ]
    with a_school(*closed) as tx, pytest.raises(NoSchoolDay):
        CALENDAR.next_school_day(tx, date(2026, 3, 1))
    with a_school() as tx, pytest.raises(NoSchoolDay):
        CALENDAR.next_school_day(tx, date.max)


def test_a_question_about_a_lifetime_is_refused() -> None:
    with a_school() as tx:
        with pytest.raises(SpanTooLong):
            CALENDAR.school_days(tx, date.min, date.max)
        with pytest.raises(SpanTooLong):
            CALENDAR.blocked(tx, date.min, date.max)


def test_less_than_one_day_on_is_no_question() -> None:
    with a_school() as tx, pytest.raises(ValueError, match="at least 1"):
        CALENDAR.next_school_day(tx, date(2030, 1, 1), 0)


def test_the_file_of_public_holidays_is_what_the_library_says() -> None:
    checked = subprocess.run(
        [sys.executable, "scripts/make_holidays.py", "--check"], cwd=ROOT, check=False
    )
    assert checked.returncode == 0, "run scripts/make_holidays.py and look at what changed"


# Any calendar of any year -------------------------------------------------------------------------

AUDIENCES = (
    SCHOOL,
    of_grade(1),
    of_grade(2),
    ("guardians/class:c", "students/class:c"),
    ("staff",),
)
DAYS = st.dates(date(2016, 1, 1), date(2099, 12, 31))


@st.composite
def calendars(
    draw: st.DrawFn,
) -> tuple[date, date, list[CalendarEntry], tuple[date, ...]]:
    """Some weeks of some year, entries in and around them, and holidays that the school does not keep."""
    first = draw(DAYS)
    last = first + timedelta(draw(st.integers(0, 70)))
    entries = []
    for _at in range(draw(st.integers(0, 8))):
        begins = first + timedelta(draw(st.integers(-20, 75)))
        entries.append(
            an_entry(
                draw(st.sampled_from(EntryKind)),
                begins,
                _within_its_year(begins, draw(st.integers(0, 40))),
                keys=draw(st.sampled_from(AUDIENCES)),
                blocks=draw(st.booleans()),
            )
        )
    kept = sorted(day for day in public_holidays() if first <= day <= last)
    struck = draw(st.lists(st.sampled_from(kept), unique=True)) if kept else []
    return first, last, entries, tuple(struck)


def _within_its_year(begins: date, length: int) -> date:
    year = begins.year + (begins.month >= 3)
    return min(begins + timedelta(length), date(year, 3, 1) - timedelta(1))


def has_school(
    day: date, grade: int | None, entries: list[CalendarEntry], struck: tuple[date, ...]
) -> bool:
    """The rule once more, as one would say it of a single day."""
    for key in [f"students/grade:{grade}", "students"] if grade else ["students"]:
        kinds = [e.kind for e in entries if key in e.keys and e.first_on <= day <= e.last_on]
        if EntryKind.SCHOOL_DAY in kinds:
            return True
        if any(kind in CLOSING for kind in kinds):
            return False
    is_holiday = day in public_holidays() and day not in struck
    return day.strftime("%a") not in ("Sat", "Sun") and not is_holiday


@given(calendars(), st.sampled_from((None, 1, 2, 6)))
def test_in_any_calendar_each_day_is_judged_alone(
    drawn: tuple[date, date, list[CalendarEntry], tuple[date, ...]], grade: int | None
) -> None:
    first, last, entries, struck = drawn
    days = [first + timedelta(at) for at in range((last - first).days + 1)]
    with a_school(*entries, struck=struck) as tx:
        found = CALENDAR.school_days(tx, first, last, grade)
        assert found == [day for day in days if has_school(day, grade, entries, struck)]
        assert [day for day in days if CALENDAR.is_school_day(tx, day, grade)] == found
        assert CALENDAR.school_days(tx, last, first - timedelta(1), grade) == []


@given(calendars(), st.integers(1, 30))
def test_in_any_calendar_the_nth_school_day_has_n_after_the_day(
    drawn: tuple[date, date, list[CalendarEntry], tuple[date, ...]], n: int
) -> None:
    first, _last, entries, struck = drawn
    with a_school(*entries, struck=struck) as tx:
        found = CALENDAR.next_school_day(tx, first, n)
        assert CALENDAR.is_school_day(tx, found)
        assert len(CALENDAR.school_days(tx, first + timedelta(1), found)) == n


@given(calendars(), st.sampled_from((None, 1, 2, 6)))
def test_in_any_calendar_what_blocks_is_told_of_each_day(
    drawn: tuple[date, date, list[CalendarEntry], tuple[date, ...]], grade: int | None
) -> None:
    first, last, entries, struck = drawn
    keys = {"students", f"students/grade:{grade}"} if grade else {"students"}
    with a_school(*entries, struck=struck) as tx:
        found = CALENDAR.blocked(tx, first, last, grade)
    covered = {
        day
        for day in (first + timedelta(at) for at in range((last - first).days + 1))
        for e in entries
        if e.blocks and keys & set(e.keys) and e.first_on <= day <= e.last_on
    }
    assert [day for day, _title in found] == sorted(covered)


@given(DAYS, st.integers(0, LONGEST_SPAN))
def test_a_longer_time_has_no_fewer_days_of_school(first: date, length: int) -> None:
    last = first + timedelta(length)
    with a_school() as tx:
        whole = CALENDAR.school_days(tx, first, last)
        middle = first + timedelta(length // 2)
        parts = CALENDAR.school_days(tx, first, middle)
        parts += CALENDAR.school_days(tx, middle + timedelta(1), last)
    assert whole == parts
