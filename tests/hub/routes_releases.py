"""Who gets what of releases: all look, officers make and stop them."""

from tests.hub.routes import DECISIONS, NOTHING, Route

ROUTES = (
    Route("GET", "/api/v1/releases", (401, 200, 200, 200)),
    Route("GET", "/api/v1/releases/{kind}/{version}", (401, 404, 404, 404)),
    Route("GET", "/releases", (303, 200, 200, 200)),
    Route("POST", "/releases/knowledge", (303, 403, 303, 303), proof=DECISIONS),
    Route("GET", "/releases/models", (303, 200, 200, 200)),
    Route(
        "POST",
        "/releases/models",
        (303, 403, 404, 404),
        data={"file": "none.gguf", "name": "모델", "licence": "Apache-2.0"},
        proof=DECISIONS,
    ),
    Route("POST", "/releases/models/files", (303, 403, 422, 422), proof=NOTHING),
    Route("POST", "/releases/models/files/{name}/remove", (303, 403, 404, 404), proof=NOTHING),
    Route("GET", "/releases/{kind}/{version}", (303, 404, 404, 404)),
    Route("POST", "/releases/{kind}/{version}/again", (303, 403, 404, 404), proof=DECISIONS),
    Route(
        "POST",
        "/releases/{kind}/{version}/stop",
        (303, 403, 404, 404),
        data={"reason": "까닭"},
        proof=DECISIONS,
    ),
    Route("POST", "/releases/{kind}/{version}/to-all", (303, 403, 404, 404), proof=DECISIONS),
    Route(
        "POST",
        "/releases/{kind}/{version}/withdraw",
        (303, 403, 403, 404),
        data={"reason": "까닭"},
        proof=DECISIONS,
    ),
)

UNTYPED = {
    "releases_ring.ring": "a word or a sentence of ours",
    "releases_adoption.step": "a word or a sentence of ours",
    "releases_work.step": "a word or a sentence of ours",
}

STAYS = {
    "releases_adoption": "as many as schools: pages of all of them, and sums over them",
    "releases_work": "a day's work of those who make releases, forgotten after some weeks",
}

FROM_AN_END = {
    "hub.releases.store.releases": "a page, the newest first",
    "hub.releases.store.latest": "the newest of a kind",
    "hub.releases.store.newest": "the newest of a kind",
    "hub.releases.store.withdrew": "the newest of a kind",
    "hub.releases.store.pointers": "the newest of each kind",
}
