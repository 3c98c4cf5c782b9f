"""Who gets what of supplies: the administrator decides; nobody else sees what came."""

from tests.node.routes import PUBLISHED, RIGHTS, Route, only

ADMINISTRATOR = ("administrator",)

ROUTES = (
    Route("GET", "/admin/supplies", only(ADMINISTRATOR, 200), nobody=PUBLISHED),
    Route("POST", "/admin/supplies/{kind}", only(ADMINISTRATOR, 404), proof=RIGHTS),
    Route("GET", "/admin/supplies/{kind}/{key}", only(ADMINISTRATOR, 404), nobody=PUBLISHED),
    Route(
        "POST",
        "/admin/supplies/{kind}/{key}/take",
        only(ADMINISTRATOR, 404),
        data={"seen": ""},
        proof=RIGHTS,
    ),
    Route("POST", "/admin/supplies/{kind}/{key}/leave", only(ADMINISTRATOR, 404), proof=RIGHTS),
    Route("POST", "/admin/supplies/{kind}/{key}/back", only(ADMINISTRATOR, 404), proof=RIGHTS),
)

HOLDS_NOBODY = "what the province publishes"

UNTYPED = {
    "supplies_item.kind": "a word of ours",
    "supplies_item.digest": "a digest",
    "supplies_item.answer": "a word of ours",
}

STAYS = {
    "supplies_item": "some dozens, as the province's list is bounded",
    "supplies_release": "one row",
}
