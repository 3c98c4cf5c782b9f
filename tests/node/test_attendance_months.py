"""Sums of attendance, over school years that are not this one: what a month comes to, and that months come to
the year."""

import contextlib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from kit.db import SQLite, Tx
from kit.schema import create
from node.attendance import months, store
from node.attendance.model import AWAY, WRITTEN, Cause, ClassOfYear, Mark, MarkTally, Presence
from node.calendar.holidays import public_holidays
from node.calendar.model import CalendarEntry, EntryKind
from node.calendar.service import Calendar

CHILD, ROOM = "child", "room"
SATURDAY = 5
SPANS = st.lists(st.integers(0, 364), min_size=0, max_size=5)
MARKS = st.builds(
    Mark, st.sampled_from(Presence), st.sampled_from(Cause), st.sampled_from(("", "감기"))
)


@contextlib.contextmanager
def a_class(year: int, spans: Sequence[tuple[date, date | None]]) -> Iterator[Tx]:
    """A class of a year, in which one child was for these times."""
    connection = SQLite(Path(":memory:")).connect(writer=True)
    tx = Tx(connection)
    create(tx, ["kit.signin", "node.people", "node.calendar", "node.attendance"])
    tx.execute("INSERT INTO people_year (year, is_current) VALUES (?, 1)", (year,))
    tx.execute("INSERT INTO people_person (id, name, created_at) VALUES (?, '이지우', 0)", (CHILD,))
    tx.execute(
        "INSERT INTO people_class (id, year, grade, number) VALUES (?, ?, 3, 2)", (ROOM, year)
    )
    tx.many(
        "INSERT INTO people_enrolment (student_id, class_id, number, from_on, until_on)"
        " VALUES (?, ?, 7, ?, ?)",
        [
            (CHILD, ROOM, begins.isoformat(), ends.isoformat() if ends else None)
            for begins, ends in spans
        ],
    )
    try:
        yield tx
    finally:
        connection.close()


def day_off(day: date) -> CalendarEntry:
    return CalendarEntry(
        id=day.isoformat(),
        first_on=day,
        last_on=day,
        kind=EntryKind.DAY_OFF,
        title="재량휴업일",
        keys=("students",),
    )


def sums(tally: MarkTally) -> dict[tuple[Presence, Cause], int]:
    return {key: count for key, count in tally.counts.items() if count}


@settings(max_examples=25)
@given(
    st.integers(2027, 2090),
    SPANS,
    st.dictionaries(st.integers(0, 364), MARKS, max_size=40),
    st.integers(0, 300),
    st.none() | st.integers(301, 364),
)
def test_a_month_counts_what_lies_on_days_of_school_and_months_come_to_the_year(
    year: int, off: list[int], marks: dict[int, Mark], begins: int, ends: int | None
) -> None:
    first = date(year, 3, 1)

    def day(at: int) -> date:
        return first + timedelta(at)

    span = (day(begins), None if ends is None else day(ends))
    closed = {day(at) for at in off}
    room, calendar = ClassOfYear(ROOM, year, 3, 2), Calendar()
    today = date(year + 1, 3, 1) - timedelta(1)
    with a_class(year, [span]) as tx:
        for one in sorted(closed):
            calendar.put(tx, day_off(one))
        for at, mark in marks.items():
            store.put_mark(tx, ROOM, day(at).isoformat(), CHILD, mark, "")
        found = [
            months.class_month(tx, calendar, room, date(year + (month < 3), month, 1), today)
            for month in (*range(3, 13), 1, 2)
        ]
        (whole,) = months.class_year(tx, calendar, room, today).children
    expected = [
        one
        for at in range((today - first).days + 1)
        for one in (day(at),)
        if one.weekday() < SATURDAY
        and one not in public_holidays()
        and one not in closed
        and span[0] <= one
        and (span[1] is None or one < span[1])
    ]
    each = [child for month in found for child in month.children]
    assert [one for child in each for one in child.days] == expected == list(whole.days)
    held = {one: marks[(one - first).days] for one in expected if (one - first).days in marks}
    for presence in AWAY:
        for cause in (Cause.UNKNOWN, *WRITTEN):
            wanted = [
                one for one in held.values() if (one.presence, one.cause) == (presence, cause)
            ]
            assert whole.tally.of(presence, cause) == len(wanted)
            assert sum(child.tally.of(presence, cause) for child in each) == len(wanted)
    missed = [
        one
        for one in held.values()
        if one.presence is Presence.ABSENT and one.cause is not Cause.APPROVED
    ]
    assert whole.tally.attended == len(expected) - len(missed)
    assert sum(child.tally.attended for child in each) == whole.tally.attended
    assert sum(child.tally.unknown for child in each) == whole.tally.unknown


def test_a_child_who_was_away_from_the_class_for_a_while_has_no_days_of_that_time() -> None:
    spans = [(date(2031, 3, 3), date(2031, 4, 7)), (date(2031, 4, 21), None)]
    with a_class(2031, spans) as tx:
        room = ClassOfYear(ROOM, 2031, 3, 2)
        april = months.class_month(tx, Calendar(), room, date(2031, 4, 1), date(2031, 7, 1))
    (child,) = april.children
    assert [one.day for one in child.days] == [1, 2, 3, 4, 21, 22, 23, 24, 25, 28, 29, 30]
