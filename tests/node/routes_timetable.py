"""Who gets what of timetables: a class's is for its families and all staff, whoever keeps the class
writes it, planners move days."""

from kit.db import Tx
from node.timetable import store
from node.timetable.model import Lessons, Move
from tests.node.conftest import School
from tests.node.planting import Planting
from tests.node.routes import NOTHING, PUBLISHED, Route, everyone, only, staff
from tests.planted import SHORT

PLANNERS = ("office", "administrator")
KEEPERS = ("homeroom", "office", "administrator")
OWN = ("guardian", "student")


def room(school: School) -> str:
    return f"/timetable/{school.class_id('3-2')}"


def written(school: School) -> str:
    return f"{room(school)}/write"


def day(school: School) -> str:
    return f"{room(school)}/days/2026-11-24"


def cleared(school: School) -> str:
    return f"{day(school)}/clear"


async def moved(school: School) -> str:
    await school.db.write(lambda tx: store.put_move(tx, Move("2026-11-24", 0, 3)))
    return "/timetable/moves/end"


ROUTES = (
    Route(
        "GET",
        "/timetable",
        staff(200, others=303),
        nobody=PUBLISHED,
    ),
    Route(
        "GET",
        "/timetable/{id}",
        staff(200) | dict.fromkeys(OWN, 200),
        url=room,
        nobody=PUBLISHED,
    ),
    Route(
        "GET",
        "/timetable/{id}/write",
        everyone(404) | dict.fromkeys(KEEPERS, 200),
        url=written,
        nobody=PUBLISHED,
    ),
    Route(
        "POST",
        "/timetable/{id}/write",
        everyone(404) | dict.fromkeys(KEEPERS, 303),
        url=written,
        data={"lesson-1-1": "국어"},
        proof=NOTHING,
    ),
    Route(
        "GET",
        "/timetable/{id}/days/{day}",
        everyone(404) | dict.fromkeys(KEEPERS, 200),
        url=day,
        nobody=PUBLISHED,
    ),
    Route(
        "POST",
        "/timetable/{id}/days/{day}",
        everyone(404) | dict.fromkeys(KEEPERS, 303),
        url=day,
        data={"lesson-day-1": "과학", "note": "보강"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/timetable/{id}/days/{day}/clear",
        everyone(404) | dict.fromkeys(KEEPERS, 303),
        url=cleared,
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/timetable/moves",
        only(PLANNERS, 303),
        data={"day": "2026-11-24", "weekday": "3"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/timetable/moves/end",
        only(PLANNERS, 303),
        url=moved,
        data={"day": "2026-11-24", "grade": "0"},
        proof=NOTHING,
    ),
)

HOLDS_NOBODY = "subjects of classes"
IDS = {"/timetable": "SELECT id FROM people_v_class"}
UNTYPED = {"timetable_day.day": "a day", "timetable_move.day": "a day"}


async def sow(planting: Planting) -> None:
    """Lessons that a file brought and that hands wrote, of a week and of a day."""
    room, today = planting.school.class_id("3-2"), "2026-11-23"

    def lesson(period: int) -> Lessons:
        return {period: planting.typed("subject", SHORT)}

    def work(tx: Tx) -> None:
        store.bring_weeks(tx, [(room, 1, lesson(1))])
        store.write_week(tx, room, {1: lesson(2)})
        store.bring_days(tx, [(room, today, lesson(3))])
        store.write_day(tx, room, today, lesson(4), planting.typed("note"))

    await planting.school.db.write(work)


FROM_AN_END = {"node.timetable.store.moves_from": "the next days with another weekday's lessons"}
