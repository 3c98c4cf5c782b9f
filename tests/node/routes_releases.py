"""Who gets what of releases: the administrator looks and presses, neighbours ask for chunks."""

from tests.node.routes import DECISIONS, ENTRANCE, NOTHING, NUMBERS, Route, only, public

ADMINISTRATOR = ("administrator",)

ROUTES = (
    Route("GET", "/admin/releases", only(ADMINISTRATOR, 200), nobody=NUMBERS),
    # Nothing came yet, so there is nothing to go back to.
    Route(
        "POST",
        "/admin/releases/{kind}/back",
        only(ADMINISTRATOR, 409),
        url="/admin/releases/model/back",
        proof=DECISIONS,
    ),
    Route(
        "POST",
        "/admin/releases/{kind}/again",
        only(ADMINISTRATOR, 303),
        url="/admin/releases/model/again",
        proof=NOTHING,
    ),
    # Chunks are public, and of this one nobody heard.
    Route(
        "GET",
        "/v1/chunks/{sha256}",
        public(404),
        url="/v1/chunks/" + "0" * 64,
        nobody=ENTRANCE,
        piece="bytes for other nodes",
        unmet="nobody types into it",
    ),
    Route(
        "GET",
        "/v1/releases/{kind}/{version}/held",
        public(404),
        url="/v1/releases/model/1/held",
        nobody=ENTRANCE,
        piece="bytes for other nodes",
        unmet="nobody types into it",
    ),
)
