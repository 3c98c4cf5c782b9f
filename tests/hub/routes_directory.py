"""Who gets what of the address book: all look people up."""

from tests.hub.routes import Route

ROUTES = (
    Route("GET", "/api/v1/directory", (401, 200, 200, 200)),
    Route("GET", "/directory", (303, 200, 200, 200)),
)

STAYS = {
    "directory_share": "as many as schools: pages of all of them, and sums over them",
}

FROM_AN_END = {
    "hub.directory.store.changes_after": "what changed after the cursor of a node, a page",
    "hub.directory.store.count_word": "words that begin so, some hundreds",
    "hub.directory.store.staff_by_word": "words that begin so, some hundreds",
}
