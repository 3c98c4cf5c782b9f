"""Who gets what of releases: the administrator looks and presses, neighbours ask for chunks."""

from tests.node.routes import Route, only, public

ADMINISTRATOR = ("administrator",)

ROUTES = (
    Route("GET", "/admin/releases", only(ADMINISTRATOR, 200)),
    # Nothing came yet, so there is nothing to go back to.
    Route(
        "POST",
        "/admin/releases/{kind}/back",
        only(ADMINISTRATOR, 409),
        url="/admin/releases/model/back",
    ),
    Route(
        "POST",
        "/admin/releases/{kind}/again",
        only(ADMINISTRATOR, 303),
        url="/admin/releases/model/again",
    ),
    # Chunks are public, and of this one nobody heard.
    Route("GET", "/v1/chunks/{sha256}", public(404), url="/v1/chunks/" + "0" * 64),
    Route(
        "GET",
        "/v1/releases/{kind}/{version}/held",
        public(404),
        url="/v1/releases/model/1/held",
    ),
)
