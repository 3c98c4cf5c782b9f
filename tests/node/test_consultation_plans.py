"""One plan for several children and teachers, against all plans that there are: no clash, time to walk, found whenever there
is one, and none that is better."""

import itertools
from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from kit.clock import MINUTE, local_date, moment
from node.consultations.model import Meeting, Slot, Wish, is_apart
from node.consultations.planning import plan

MONDAY = moment(2026, 12, 7)
DAY = 24 * 60  # minutes
PLACES = ("3-2 교실", "5-1 교실", "상담실")


@st.composite
def times(draw: st.DrawFn) -> Slot:
    """A time within two afternoons, at one of few places, by any way."""
    day, quarter = draw(st.integers(0, 1)), draw(st.integers(0, 9))
    starts = MONDAY + (day * DAY + 14 * 60 + quarter * 15) * MINUTE
    length = draw(st.sampled_from((10, 15, 20))) * MINUTE
    meeting = draw(st.sampled_from(list(Meeting)))
    place = draw(st.sampled_from(PLACES)) if meeting is Meeting.VISIT else ""
    return Slot(
        str(draw(st.integers(0, 10**9))), "week", "", starts, starts + length, meeting, place
    )


WISHES = st.dictionaries(
    st.tuples(st.sampled_from("가나다라"), st.sampled_from(("", "보건", "상담"))),
    st.lists(times(), max_size=6),
    min_size=1,
    max_size=4,
)
WALKS = st.sampled_from((0, 5, 10, 20))


def can_be_at_all(slots: Sequence[Slot], walk: int) -> bool:
    return all(is_apart(one, other, walk) for one, other in itertools.combinations(slots, 2))


def cost(slots: Sequence[Slot], held: Sequence[Slot]) -> tuple[int, int, int]:
    """Days beyond those of what is held, from first to last on each, when it is over."""
    by_day: dict[object, list[Slot]] = {}
    for one in slots:
        by_day.setdefault(local_date(one.starts_at), []).append(one)
    waits = sum(max(s.ends_at for s in d) - min(s.starts_at for s in d) for d in by_day.values())
    return (
        len(set(by_day) - {local_date(one.starts_at) for one in held}),
        waits,
        max((one.ends_at for one in slots), default=0),
    )


def all_plans(
    wanted: Mapping[Wish, Sequence[Slot]], held: Sequence[Slot], walk: int
) -> list[tuple[Slot, ...]]:
    """Every way to be with all teachers, tried one by one."""
    return [
        slots
        for slots in itertools.product(*(wanted[wish] for wish in sorted(wanted)))
        if can_be_at_all(slots, walk)
        and all(is_apart(one, other, walk) for one in slots for other in held)
    ]


@given(WISHES, st.lists(times(), max_size=2), WALKS)
def test_a_plan_is_found_whenever_there_is_one_and_it_is_the_best(
    wanted: dict[Wish, list[Slot]], held: list[Slot], walk: int
) -> None:
    there_are = all_plans(wanted, held, walk)
    found = plan(wanted, held, walk)
    assert (found is None) == (not there_are)
    if found is None:
        return
    assert set(found) == set(wanted)
    assert all(found[wish] in wanted[wish] for wish in wanted)
    chosen = tuple(found[wish] for wish in sorted(found))
    assert chosen in there_are
    assert cost(chosen, held) == min(cost(one, held) for one in there_are)


def at(minutes: int, place: str, day: int = 0) -> Slot:
    """Twenty minutes from so many minutes after two o'clock on."""
    starts = MONDAY + (day * DAY + 14 * 60 + minutes) * MINUTE
    return Slot(
        f"{day}/{minutes}/{place}", "week", "", starts, starts + 20 * MINUTE, Meeting.VISIT, place
    )


def test_three_teachers_are_seen_one_after_the_other_with_time_to_walk() -> None:
    wanted = {
        ("하린", ""): [at(minutes, "3-2") for minutes in (0, 25, 50)],
        ("지호", ""): [at(minutes, "5-1") for minutes in (0, 25)],
        ("지안", ""): [at(minutes, "6-1") for minutes in (20, 50)],
    }
    found = plan(wanted, [], 5)
    assert found is not None
    assert [slot.place for slot in sorted(found.values(), key=lambda one: one.starts_at)] in (
        ["3-2", "5-1", "6-1"],
        ["5-1", "3-2", "6-1"],
    )
    assert plan(wanted, [], 6) is None


def test_in_one_room_nobody_walks() -> None:
    twins = {(name, ""): [at(0, "3-2"), at(20, "3-2")] for name in ("가온", "나온")}
    found = plan(twins, [], 30)
    assert found is not None
    assert {slot.starts_at for slot in found.values()} == {
        at(0, "").starts_at,
        at(20, "").starts_at,
    }


def test_one_comes_on_the_day_on_which_one_comes_anyway() -> None:
    wanted = {("지호", ""): [at(0, "5-1"), at(60, "5-1", day=1)]}
    found = plan(wanted, [at(0, "3-2", day=1)], 5)
    assert found == {("지호", ""): at(60, "5-1", day=1)}


def test_one_child_has_its_homeroom_teacher_and_the_counsellor_one_after_the_other() -> None:
    wanted = {
        ("지호", ""): [at(minutes, "5-1") for minutes in (0, 25, 50)],
        ("지호", "상담"): [at(minutes, "위클래스") for minutes in (10, 30)],
    }
    found = plan(wanted, [], 5)
    assert found == {("지호", ""): at(0, "5-1"), ("지호", "상담"): at(30, "위클래스")}


def test_a_week_of_eight_teachers_is_planned_at_once() -> None:
    wanted = {
        (str(one % 3), str(one)): [
            at(25 * number + one, f"{one}", day) for day in range(5) for number in range(12)
        ]
        for one in range(8)
    }
    found = plan(wanted, [], 5)
    assert found is not None
    assert can_be_at_all(list(found.values()), 5)
    assert cost(list(found.values()), [])[0] == 1
