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

HOLDS_NOBODY = "what it finds by is made of the others' texts"

STAYS = {
    "search_unread": "what waits and goes",
}

FROM_AN_END = {
    "node.search.ranking._few": "a kind of which there is little",
    "node.search.store.outdated": "a batch of what waits for the present form",
    "node.search.index.absent": "a batch of what an index made anew takes next",
    "node.search.index.earlier": "a batch of what an earlier version noted, and goes",
    "node.search.index.leaving": "a batch of what is gone, and leaves",
}

AT_NIGHT = {
    "node.search.index.put_in": "a batch of what is compared next",
}

UNTYPED = {
    "search_leaving.title": "a document that is gone, shown to nobody",
    "search_leaving.note": "a document that is gone, shown to nobody",
    "search_leaving.text": "a document that is gone, shown to nobody",
}
