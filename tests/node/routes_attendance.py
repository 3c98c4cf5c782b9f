"""Who gets what of attendance: who sees a class marks it, families see their own children's."""

from functools import partial

from node.attendance.model import Cause, Mark, Presence
from node.attendance.web import ATTENDANCE
from tests.node.conftest import School
from tests.node.planting import Planting
from tests.node.routes import DECISIONS, NOTHING, OWN, Route, only

SEES = ("homeroom", "principal", "office")
TODAY = "2026-11-23"
CLOSED = "2026-10"


def _of_class(school: School, what: str) -> str:
    return f"/attendance/{school.class_id('3-2')}{what}"


def _marks(school: School) -> dict[str, str]:
    return {f"mark-{school.id('이지우')}": "late", f"mark-{school.id('박하준')}": "present"}


async def _over(school: School) -> str:
    """A month that is over and marked whole."""
    teacher, attendance = await school.asker("박서연"), school.app[ATTENDANCE]
    month = await attendance.month(teacher, school.class_id("3-2"), CLOSED)
    for day in month.unmarked:
        await attendance.marking.mark(teacher, school.class_id("3-2"), day, {})
    return _of_class(school, "/close")


ROUTES = (
    Route(
        "GET",
        "/attendance",
        only(SEES, 200, staff=404, others=200) | {"homeroom": 303},
        nobody=OWN,
    ),
    Route(
        "GET",
        "/attendance/{id}/{day}",
        only(SEES, 200, staff=404),
        url=partial(_of_class, what=f"/{TODAY}"),
    ),
    Route(
        "POST",
        "/attendance/{id}/{day}",
        only(SEES, 303, staff=404),
        url=partial(_of_class, what=f"/{TODAY}"),
        data=_marks,
        proof=NOTHING,
    ),
    Route("GET", "/attendance/{id}", only(SEES, 200, staff=404), url=partial(_of_class, what="")),
    Route(
        "GET",
        "/attendance/{id}/year",
        only(SEES, 200, staff=404),
        url=partial(_of_class, what="/year"),
    ),
    Route(
        "GET",
        "/attendance/{id}/month.xlsx",
        only(SEES, 200, staff=404),
        url=partial(_of_class, what="/month.xlsx"),
        piece="a file",
    ),
    Route(
        "GET",
        "/attendance/{id}/month.csv",
        only(SEES, 200, staff=404),
        url=partial(_of_class, what="/month.csv"),
        piece="a file",
    ),
    Route(
        "POST",
        "/attendance/{id}/close",
        only(SEES, 303, staff=404),
        url=_over,
        data={"month": CLOSED},
        proof=DECISIONS,
    ),
)

IDS = {"/attendance": "SELECT id FROM people_v_class"}

UNTYPED = {
    "attendance_mark.presence": "a word of ours",
    "attendance_mark.cause": "a word of ours",
    "attendance_mark.told": "a word of ours",
    "attendance_mark.day": "a day",
    "attendance_day.day": "a day",
    "attendance_change.day": "a day",
    "attendance_change.presence": "a word of ours",
    "attendance_change.cause": "a word of ours",
    "attendance_change.was_presence": "a word of ours",
    "attendance_change.was_cause": "a word of ours",
    "attendance_closing.month": "a month",
}

FROM_AN_END = {
    "node.attendance.store.forget": "a portion of the night's",
}


async def sow(planting: Planting) -> None:
    """A day marked, closed with its month and corrected, with markup wherever somebody types."""
    school = planting.school
    teacher, attendance = await school.asker("박서연"), school.app[ATTENDANCE]
    room = school.class_id("3-2")
    await _over(school)
    await attendance.close(teacher, room, CLOSED)
    month = await attendance.month(teacher, room, CLOSED)
    for day in (month.days[0], attendance.today()):
        for _twice in range(2):
            mark = Mark(Presence.ABSENT, Cause.SICK, planting.typed("reason"))
            sent = {school.id("이지우"): mark}
            await attendance.marking.mark(teacher, room, day, sent, why=planting.typed("why"))
