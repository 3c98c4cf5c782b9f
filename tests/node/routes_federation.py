"""Who gets what of the province: the administrator joins, heads look on, staff look people up."""

from tests.node.routes import Route, only, staff

ROUTES = (
    Route("GET", "/admin/province", only(("administrator", "principal"), 200)),
    Route(
        "POST",
        "/admin/province/join",
        only(("administrator",), 422),
        data={"invitation": "no invitation"},
    ),
    Route("POST", "/admin/province/sync", only(("administrator", "principal"), 303)),
    Route("GET", "/directory", staff(200)),
)
