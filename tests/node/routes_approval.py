"""Who gets what of approval: rules, lines, duties, absences; what waits is shown by whose it is."""

from functools import partial

from kit.db import Tx, encode
from kit.ids import new_id
from node.approval import line_store, seat_store
from node.approval.absence import Absence, AbsenceKind
from node.approval.duties import Duty, DutyTable
from node.approval.line import Capacity, Line, Step, TrailLine, Verdict
from node.approval.model import Matter
from node.approval.web import APPROVAL
from node.people.model import Asker
from tests.node.conftest import School
from tests.node.planting import Planting
from tests.node.routes import (
    COLLEAGUES,
    DECISIONS,
    NOTHING,
    PUBLISHED,
    RIGHTS,
    Route,
    only,
    staff,
)

EDITORS = ("principal", "office", "administrator")
RULERS = ("principal", "administrator")


def _lying(school: School) -> dict[str, str]:
    """A fresh matter that waits for nobody, to be entrusted to 박서연."""
    return {"kind": "newsletter", "id": _LYING.id, "person_id": school.id("박서연")}


async def _ownerless(school: School) -> str:
    line = Line((Step("duty:swimming", "생존수영 담당"),))

    def unit(tx: Tx) -> None:
        school.app[APPROVAL].lines.start(tx, _LYING, line, "물놀이 안전", school.id("한지민"))

    await school.db.write(unit)
    return "/approval/ownerless"


_LYING = Matter("newsletter", new_id())


async def _changed(school: School) -> str:
    """The address of undoing what 오정숙 changed last."""
    table = encode(DutyTable(()))
    await school.db.write(
        lambda tx: tx.execute(
            "INSERT INTO approval_table (body, by_id, by_name, at) VALUES (?, ?, '', 0)",
            (table, school.id("오정숙")),
        )
    )
    return "/approval/undo"


async def _own_absence(school: School) -> str:
    """The address of striking a fresh absence of 한지민."""
    absence_id = new_id()
    await school.db.write(
        lambda tx: tx.execute(
            "INSERT INTO approval_absence (id, person_id, kind, from_on, until_on, by_id, by_name, at)"
            " VALUES (?, ?, 'trip', '2026-01-01', '2027-12-31', '', '', 0)",
            (absence_id, school.id("한지민")),
        )
    )
    return f"/approval/absences/{absence_id}/remove"


async def sow(planting: Planting) -> None:
    """Duties, somebody who is away, what waits for nobody, and what was decided."""
    by = await planting.school.asker("정민호")
    await planting.school.db.write(partial(_plant, planting, by))


def _plant(planting: Planting, by: Asker, tx: Tx) -> None:
    school, now = planting.school, planting.school.clock.now()
    duty = Duty("duty:planted", planting.typed("duty", 40), (by.id,), ("role:principal",))
    seat_store.add_table(tx, seat_store.table(tx).with_row(duty), by, now)
    away = Absence(new_id(), by.id, "", AbsenceKind.TRIP, "2026-01-01", "2027-12-31", by.id)
    seat_store.add_absence(tx, away, by, now)
    matter = Matter("newsletter", new_id())
    line = Line((Step("duty:none", planting.typed("step")),))
    school.app[APPROVAL].lines.start(tx, matter, line, planting.typed("title"), by.id)
    decided = TrailLine(
        step=planting.typed("step"),
        verdict=Verdict.RETURN,
        word=planting.typed("word"),
        by_id=school.id("최은영"),
        by_name=planting.typed("name"),
        capacity=Capacity.DEPUTY,
        for_id=by.id,
        for_name=planting.typed("name"),
        at=now,
    )
    line_store.add_decision(tx, matter, planting.typed("title"), decided)


ROUTES = (
    Route("GET", "/newsletters/rules", staff(200), nobody=PUBLISHED),
    Route(
        "POST",
        "/newsletters/rules",
        only(("principal", "administrator"), 303),
        data={"own_class_at_once": "1"},
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/newsletters/rules/line",
        only(RULERS, 303),
        data={"kind": "class_notice", "steps": "role:principal"},
        proof=RIGHTS,
    ),
    Route("GET", "/approval/duties", staff(200), nobody=COLLEAGUES),
    Route("POST", "/approval/duties", only(EDITORS, 303), data={"title": "교과서"}, proof=RIGHTS),
    Route(
        "GET",
        "/approval/duties/{id}",
        only(EDITORS, 200),
        url="/approval/duties/academic",
        nobody=COLLEAGUES,
    ),
    Route(
        "POST",
        "/approval/duties/{id}",
        only(EDITORS, 303),
        url="/approval/duties/academic",
        data={"title": "교무부장"},
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/approval/duties/{id}/remove",
        only(EDITORS, 404),
        url="/approval/duties/none-such/remove",
        proof=RIGHTS,
    ),
    Route("POST", "/approval/undo", only(EDITORS, 303), url=_changed, proof=RIGHTS),
    Route("GET", "/approval/absences", staff(200), nobody=COLLEAGUES),
    Route(
        "POST",
        "/approval/absences",
        staff(303),
        data={"kind": "trip", "from_on": "2026-11-30", "until_on": "2027-11-30"},
        proof=DECISIONS,
    ),
    Route(
        "POST",
        "/approval/absences/{id}/remove",
        only(("teacher", *EDITORS), 303, staff=404),
        url=_own_absence,
        proof=NOTHING,
    ),
    Route("GET", "/approval/ownerless", only(RULERS, 200), url=_ownerless),
    Route(
        "POST",
        "/approval/ownerless",
        only(RULERS, 303),
        url=_ownerless,
        data=_lying,
        proof=DECISIONS,
    ),
)

STAYS = {
    "approval_matter": "what waits, and what was decided and goes out",
    "approval_underway": "what is on its line and not decided yet",
    "approval_returned": "what came back and was not asked for anew",
}

FROM_AN_END = {
    "node.approval.seat_store._absences": "the absences that are not over, from the first to end",
    "node.approval.seat_store.seats": "the absences that are not over",
    "node.approval.seat_store.table": "the last version of the table of duties",
}

AT_NIGHT = {
    "node.approval.seat_store.forget_absences": "what was over a year ago: a day's",
}

UNTYPED = {
    "approval_underway.passed": "ids of several",
    "approval_decision.verdict": "a word of ours",
    "approval_decision.capacity": "a word of ours",
}
