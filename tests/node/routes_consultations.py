"""Who gets what of consultations: families the weeks that are for them and their own times, teachers the times
that they give, numbers those who handle a week."""

from collections.abc import Mapping

from kit.ids import new_id
from tests.node.conftest import School
from tests.node.consulting import FRIDAY, MONDAY, booking, give, open_times, open_week, slots, take
from tests.node.planting import Planting
from tests.node.routes import DECISIONS, NOTHING, NUMBERS, OWN, Route, everyone, only, staff

# Students have no guardian's keys; everybody else of the cast reads what is for all guardians.
READERS = everyone(200) | {"student": 404}
# The author, who is of the office, and those who answer for the whole school.
HANDLERS = ("principal", "office")
TEACHER = ("homeroom",)
# Who teaches may give times to other families, too.
JOINERS = ("teacher", "homeroom", "administrator")


async def _week(school: School, what: str = "") -> str:
    """The address of a week of the office for all guardians, in which 박서연 gives times, or of something of
    it."""
    week = await open_week(school)
    # Of each week its own hours: a teacher's times do not overlap.
    many = len(await school.db.read(lambda tx: tx.rows("SELECT id FROM consultations_week")))
    begins, ends = f"{8 + many % 14:02d}:00", f"{8 + many % 14:02d}:50"
    await give(school, week, days=(MONDAY, FRIDAY), begins=begins, ends=ends, length=10, pause=0)
    return f"/consultations/{week}{what}"


async def _booking(school: School, what: str) -> str:
    """Of a time that 김하늘 has for 이지우."""
    address = await _week(school)
    week = address.split("/")[2]
    first, *_rest = await slots(school, week)
    await take(await school.client_as("김하늘"), week, school.id("이지우"), first)
    return f"{address}/bookings/{await booking(school, week, '이지우')}/{what}"


async def _taken(school: School, what: str) -> str:
    """Of a week in which 이지우 has a time."""
    return (await _booking(school, "")).partition("/bookings")[0] + what


async def _slot(school: School) -> str:
    address = await _week(school)
    _first, second, *_rest = await slots(school, address.split("/")[2])
    return f"{address}/times/{second}/close"


async def _with(school: School) -> str:
    """한지민 as the families have her to whom she opened her times: all."""
    address = await _week(school)
    await open_times(school, address.split("/")[2], "한지민", "guardians")
    return f"{address}/with/{school.id('한지민')}"


def _nothing(school: School) -> Mapping[str, str]:
    return {"child": school.id("이지우"), "slot": new_id()}


_EDITED = {
    "title": "상담주간",
    "first": MONDAY,
    "last": FRIDAY,
    "audience": "guardians",
    "opens": "2026-11-20T09:00",
    "closes": "2026-12-04T17:00",
    "walk": "5",
}
_TIMES = {"days": FRIDAY, "begins": "06:00", "ends": "07:00", "place": "교실"}

ROUTES = (
    Route("GET", "/consultations", everyone(200), nobody=OWN),
    Route("GET", "/consultations/plan.ics", everyone(200), nobody=OWN, piece="a file"),
    Route("GET", "/consultations/{id}", READERS, url=_week, nobody=OWN),
    # Nobody has a time of this name: whoever may take one is told that it is gone.
    Route(
        "POST",
        "/consultations/{id}/bookings",
        staff(403) | {"guardian": 409, "other_guardian": 403, "student": 404},
        url=lambda s: _week(s, "/bookings"),
        data=_nothing,
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/consultations/{id}/plan",
        # 최하린's class has no homeroom teacher.
        staff(303) | {"guardian": 409, "other_guardian": 409, "student": 404},
        url=lambda s: _week(s, "/plan"),
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/consultations/{id}/bookings/{booking}/move",
        everyone(404) | {"guardian": 409},
        url=lambda s: _booking(s, "move"),
        data={"slot": "0" * 20},
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/consultations/{id}/bookings/{booking}/cancel",
        everyone(404) | {"guardian": 303},
        url=lambda s: _booking(s, "cancel"),
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/consultations/{id}/bookings/{booking}/topic",
        everyone(404) | {"guardian": 303},
        url=lambda s: _booking(s, "topic"),
        data={"topic": "친구 관계"},
        proof=NOTHING,
    ),
    Route(
        "GET",
        "/consultations/{id}/with/{teacher}",
        everyone(404) | {"guardian": 200, "other_guardian": 200},
        url=_with,
        nobody=OWN,
        piece="a page that links lead to in some weeks only: test_consultations_in_a_browser.py",
    ),
    # Weeks
    Route("GET", "/consultations/new", staff(200), nobody=NUMBERS),
    Route(
        "POST",
        "/consultations/new",
        only(HANDLERS, 303, staff=404) | {"homeroom": 403},
        data=_EDITED,
        proof=DECISIONS,
    ),
    Route(
        "GET",
        "/consultations/{id}/edit",
        only(HANDLERS, 200, staff=404),
        url=lambda s: _week(s, "/edit"),
        nobody=NUMBERS,
    ),
    Route(
        "POST",
        "/consultations/{id}/edit",
        only(HANDLERS, 303, staff=404),
        url=lambda s: _week(s, "/edit"),
        data=_EDITED,
        proof=DECISIONS,
    ),
    Route(
        "POST",
        "/consultations/{id}/withdraw",
        only(HANDLERS, 303, staff=404),
        url=lambda s: _week(s, "/withdraw"),
        proof=DECISIONS,
    ),
    Route(
        "GET",
        "/consultations/{id}/overview",
        only(HANDLERS, 200, staff=404),
        url=lambda s: _week(s, "/overview"),
        nobody=NUMBERS,
    ),
    Route(
        "POST",
        "/consultations/{id}/teachers",
        only(HANDLERS, 303, staff=404),
        url=lambda s: _week(s, "/teachers"),
        data=lambda s: {"teacher": s.id("한지민"), "audience": "guardians"},
        proof=DECISIONS,
    ),
    # A teacher's times
    Route(
        "GET",
        "/consultations/{id}/times",
        only(JOINERS, 200, staff=404),
        url=lambda s: _taken(s, "/times"),
        shown_to=TEACHER,
    ),
    Route(
        "GET",
        "/consultations/{id}/sheet",
        only(JOINERS, 200, staff=404),
        url=lambda s: _taken(s, "/sheet"),
        shown_to=TEACHER,
    ),
    Route(
        "POST",
        "/consultations/{id}/times/open",
        only(JOINERS, 303, staff=404),
        url=lambda s: _week(s, "/times/open"),
        data={"audience": "guardians"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/consultations/{id}/times",
        only(TEACHER, 303, staff=404),
        url=lambda s: _week(s, "/times"),
        data=_TIMES,
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/consultations/{id}/times/copy",
        only(TEACHER, 303, staff=404),
        url=lambda s: _week(s, "/times/copy"),
        data={"day": "2026-12-08"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/consultations/{id}/times/{slot}/close",
        only(TEACHER, 303, staff=404),
        url=_slot,
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/consultations/{id}/times/enter",
        only(TEACHER, 409, staff=404),
        url=lambda s: _week(s, "/times/enter"),
        data=_nothing,
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/consultations/{id}/times/called",
        only(TEACHER, 422, staff=404),
        url=lambda s: _week(s, "/times/called"),
        data={"room": "", "child": "이지호", "guardian": "김하늘", "slot": "0" * 20},
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/consultations/{id}/bookings/{booking}/shift",
        only(TEACHER, 409, staff=404),
        url=lambda s: _booking(s, "shift"),
        data={"slot": "0" * 20},
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/consultations/{id}/bookings/{booking}/strike",
        only(TEACHER, 303, staff=404),
        url=lambda s: _booking(s, "strike"),
        data={"reason": "교직원 출장"},
        proof=NOTHING,
    ),
)

IDS = {"/consultations": "SELECT id FROM consultations_week"}

UNTYPED = {
    "consultations_booking.state": "a word of ours",
    "consultations_slot.meeting": "a word of ours",
    "consultations_week.first_on": "a date",
    "consultations_week.last_on": "a date",
}

FROM_AN_END = {
    "node.consultations.store.page": "a page, the latest first",
    "node.consultations.store.live": "weeks that are not over",
    "node.consultations.booking_store.without_guardian": "what is to come",
}

WAITING = {
    "consultations_week_unannounced": "weeks of whose booking families are to be told",
    "consultations_booking_due": "who is to be reminded",
    "consultations_booking_topic": "what is not forgotten yet",
}


async def sow(planting: Planting) -> None:
    """A week with markup in every text; a time that was taken, one that the teacher cancelled, some of another
    teacher."""
    school = planting.school
    title, text = planting.typed("title", 100), planting.typed("text")
    week = await open_week(school, title=title, text=text)
    place = planting.typed("place", 60)
    await give(school, week, days=(MONDAY,), begins="09:00", ends="12:00", place=place)
    await open_times(school, week, "한지민", "guardians")
    await give(school, week, "한지민", begins="09:00", place=planting.typed("place", 60))
    first, second, *_rest = await slots(school, week)
    guardian, child = await school.client_as("김하늘"), school.id("이지우")
    await take(guardian, week, child, first, planting.typed("topic"))
    made = await booking(school, week, "이지우")
    teacher = await school.client_as("박서연")
    reason = {"reason": planting.typed("reason", 200)}
    await teacher.post(f"/consultations/{week}/bookings/{made}/strike", reason)
    await take(guardian, week, child, second, planting.typed("topic"))
