"""Who gets what of approval: the rules of decision; what waits is shown by whose it is."""

from kit.db import Tx, encode
from kit.ids import new_id
from node.approval.duties import DutyTable
from node.approval.line import Line, Step
from node.approval.model import Matter
from node.approval.web import APPROVAL
from tests.node.conftest import School
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
    "node.approval.line_store.seats": "the absences that are not over",
    "node.approval.line_store.table": "the last version of the table of duties",
}
