"""Who may search: everybody at the school; what they find is another table's matter."""

from tests.node.routes import Route, everyone

ROUTES = (
    Route(
        "GET",
        "/search",
        everyone(200),
        url="/search?q=%EA%B8%89%EC%8B%9D",
        shown="/search?q=체험",
        walked={"guardian": "/search?q=급식"},
    ),
    Route(
        "GET",
        "/api/v1/search",
        everyone(200, anonymous=401),
        url="/api/v1/search?q=a",
        shown="/api/v1/search?q=체험",
    ),
)

STAYS = {
    "search_unread": "what waits and goes",
}

FROM_AN_END = {
    "node.search.ranking._few": "a kind of which there is little",
    "node.search.store.outdated": "a batch of what waits for the present form",
}
