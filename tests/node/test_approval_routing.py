"""For whom a step waits, whatever duties, absences, deputies and leavers a school comes to have."""

from random import Random

from node.approval.line import HOMEROOM, OF_DUTY, OF_PERSON, OF_ROLE, Line, Step
from node.approval.routing import GRADE_HEAD, Route, Seats, route, step_from

PRINCIPAL, VICE, ACADEMIC = OF_ROLE + "principal", OF_ROLE + "vice_principal", OF_DUTY + "academic"
STAFF = frozenset({"han", "yun", "seo", "park", "jung"})
SCHOOL = Seats(
    holders={
        PRINCIPAL: ("han",),
        VICE: ("yun",),
        ACADEMIC: ("seo",),
        "homeroom/c32": ("park",),
        "duty:grade-3": ("jung",),
    },
    deputies={
        PRINCIPAL: (VICE, ACADEMIC),
        VICE: (ACADEMIC,),
        HOMEROOM: (GRADE_HEAD,),
    },
    staff=STAFF,
    away={},
    grades={"c32": 3},
)


def away(**stand_ins: str) -> Seats:
    """The school while some are away; "" where they named nobody."""
    return Seats(SCHOOL.holders, SCHOOL.deputies, SCHOOL.staff, stand_ins, SCHOOL.grades)


def test_a_step_waits_for_its_holder_who_is_there() -> None:
    assert route(SCHOOL, PRINCIPAL, None, "") == Route("han", False, "", ())
    assert route(SCHOOL, HOMEROOM, "c32", "").holder_id == "park"
    assert route(SCHOOL, GRADE_HEAD, "c32", "").holder_id == "jung"


def test_who_is_away_is_passed_over_to_the_deputies_in_their_order() -> None:
    assert route(away(han=""), PRINCIPAL, None, "") == Route("yun", True, "han", ("han",))
    both = route(away(han="", yun=""), PRINCIPAL, None, "")
    assert both == Route("seo", True, "han", ("han", "yun"))
    assert route(away(park=""), HOMEROOM, "c32", "").holder_id == "jung"


def test_whoever_somebody_named_for_their_absence_comes_before_the_table() -> None:
    assert route(away(han="seo"), PRINCIPAL, None, "").holder_id == "seo"
    assert route(away(han="jung", jung=""), PRINCIPAL, None, "").holder_id == "yun"


def test_of_two_who_hold_a_seat_the_one_who_is_there_decides_in_their_own_right() -> None:
    two = Seats({VICE: ("yun", "seo")}, {}, STAFF, {"yun": "jung"}, {})
    assert route(two, VICE, None, "") == Route("seo", False, "", ())


def test_nobody_decides_on_what_they_wrote_and_their_own_steps_fall_away() -> None:
    assert route(SCHOOL, VICE, None, "yun").holder_id == "seo"
    line = Line((Step(HOMEROOM, "담임"), Step(GRADE_HEAD, "학년부장"), Step(VICE, "교감")))
    assert step_from(SCHOOL, line, 0, "c32", "park") == 1
    assert step_from(SCHOOL, line, 0, "c32", "haneul") == 0
    assert step_from(SCHOOL, line, 0, None, "seo") == 2
    assert step_from(SCHOOL, line, 2, "c32", "yun") == 2


def test_whoever_left_has_no_seat() -> None:
    without = Seats(SCHOOL.holders, SCHOOL.deputies, STAFF - {"han", "yun"}, {}, SCHOOL.grades)
    assert route(without, PRINCIPAL, None, "") == Route("seo", True, "", ())


def test_where_everybody_is_away_nobody_is_found() -> None:
    found = route(away(han="yun", yun="han", seo="seo"), PRINCIPAL, None, "")
    assert found == Route("", False, "han", ("han", "yun", "seo"))


def test_whoever_was_named_for_a_step_by_hand_comes_before_all_deputies() -> None:
    assert route(away(han="yun"), PRINCIPAL, None, "", "jung").holder_id == "jung"
    assert route(SCHOOL, PRINCIPAL, None, "", "jung").holder_id == "han"
    assert route(away(han="yun", jung=""), PRINCIPAL, None, "", "jung").holder_id == "yun"


def a_school(chance: Random) -> Seats:
    """Any school: seats that nobody has or several, deputies of deputies, of themselves, in circles,
    people who left, who are away, whose stand-ins are away."""
    people = [f"p{n}" for n in range(chance.randint(0, 9))]
    classes = {f"c{n}": chance.randint(1, 3) for n in range(chance.randint(1, 4))}
    seats = [
        *(OF_ROLE + role for role in ("principal", "vice_principal", "head")),
        *(OF_DUTY + duty for duty in ("academic", "grade-1", "grade-2", "office")),
        HOMEROOM,
    ]
    rooms = [f"{HOMEROOM}/{one}" for one in classes]

    def some(of: list[str], most: int) -> tuple[str, ...]:
        return tuple(chance.choices(of, k=chance.randint(0, most))) if of else ()

    named = [*seats, GRADE_HEAD, OF_DUTY + "gone", *(OF_PERSON + one for one in [*people, "gone"])]
    return Seats(
        holders={
            one: some([*people, "gone"], 3) for one in [*seats, *rooms] if chance.random() < 0.8
        },
        deputies={one: some(named, 5) for one in seats if chance.random() < 0.8},
        staff=frozenset(one for one in people if chance.random() < 0.9),
        away={one: chance.choice([*people, "gone", ""]) for one in people if chance.random() < 0.5},
        grades=classes,
    )


def test_of_10_000_schools_each_step_ends_at_one_who_is_there_or_at_nobody() -> None:
    ended = {True: 0, False: 0}
    for seed in range(10_000):
        chance = Random(seed)
        seats = a_school(chance)
        by = chance.choice([HOMEROOM, GRADE_HEAD, *seats.deputies, *seats.holders])
        class_id = chance.choice([*seats.grades, None])
        author = chance.choice([*sorted(seats.staff), "haneul"])
        first = chance.choice(["", "", *sorted(seats.staff)])
        found = route(seats, by, class_id, author, first)
        asked = [*found.passed, *([found.holder_id] if found.holder_id else [])]
        assert len(asked) == len(set(asked)), "twice at one person in one step"
        assert author not in asked
        assert all(one in seats.staff and one in seats.away for one in found.passed)
        if found.holder_id:
            assert seats.is_here(found.holder_id)
            holders = seats.holders.get(seats.seat(by, class_id), ())
            assert found.is_deputy is (found.holder_id not in holders)
        else:
            reachable = {*seats.holders.get(seats.seat(by, class_id), ())} - {author}
            assert not any(seats.is_here(one) for one in reachable)
        ended[bool(found.holder_id)] += 1
    assert min(ended.values()) > 1_000  # both ends were met
