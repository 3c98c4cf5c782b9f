"""Who gets what of the province: staff look people up, the administrator joins and syncs."""

from tests.node.routes import COLLEAGUES, NOTHING, NUMBERS, RIGHTS, Route, only, staff

WATCHERS = ("principal", "administrator")

ROUTES = (
    Route("GET", "/directory", staff(200), nobody=COLLEAGUES),
    Route("GET", "/admin/province", only(WATCHERS, 200), nobody=NUMBERS),
    # Not a code: whoever may join is told so, and the principal may look but not join.
    Route(
        "POST",
        "/admin/province/join",
        only(("administrator",), 422),
        data={"invitation": "x"},
        proof=RIGHTS,
    ),
    # No province yet: the flash says that it did not work.
    Route("POST", "/admin/province/sync", only(WATCHERS, 303), proof=NOTHING),
)
