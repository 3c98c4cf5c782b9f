"""Who gets what of approval: the rules of decision; what waits is shown by whose it is."""

from tests.node.routes import PUBLISHED, RIGHTS, Route, only, staff

ROUTES = (
    Route("GET", "/newsletters/rules", staff(200), nobody=PUBLISHED),
    Route(
        "POST",
        "/newsletters/rules",
        only(("principal", "administrator"), 303),
        data={"own_class_at_once": "1"},
        proof=RIGHTS,
    ),
)

HOLDS_NOBODY = "what waits and what was decided is told with the letters it is of"

STAYS = {
    "approval_matter": "what waits, and what was decided and goes out",
    "approval_underway": "what is on its line and not decided yet",
    "approval_returned": "what came back and was not asked for anew",
}

FROM_AN_END = {
    "node.approval.line_store.seats": "the absences that are not over",
    "node.approval.line_store.table": "the last version of the table of duties",
}
