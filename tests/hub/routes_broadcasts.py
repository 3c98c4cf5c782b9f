"""Who gets what of official notices: all read, officers send."""

from tests.hub.routes import DECISIONS, NOTHING, Route

ROUTES = (
    Route("GET", "/api/v1/notices", (401, 200, 200, 200)),
    Route("GET", "/notices", (303, 200, 200, 200)),
    Route("GET", "/notices/new", (303, 403, 200, 200)),
    Route(
        "POST",
        "/notices/new",
        (303, 403, 303, 303),
        data={"title": "점검 협조", "body": "안내합니다."},
        proof=NOTHING,
    ),
    Route("POST", "/notices/preview", (303, 200, 200, 200), proof=NOTHING),
    Route("GET", "/notices/{notice_id}", (303, 404, 404, 404)),
    Route("POST", "/notices/{notice_id}/discard", (303, 403, 404, 404), proof=NOTHING),
    Route("GET", "/notices/{notice_id}/edit", (303, 403, 404, 404)),
    Route("POST", "/notices/{notice_id}/edit", (303, 403, 404, 404), proof=NOTHING),
    Route("GET", "/notices/{notice_id}/export.csv", (303, 404, 404, 404), piece="a file"),
    Route("GET", "/notices/{notice_id}/export.xlsx", (303, 404, 404, 404), piece="a file"),
    Route("POST", "/notices/{notice_id}/files", (303, 403, 422, 422), proof=NOTHING),
    Route("GET", "/notices/{notice_id}/files/{sha256}", (303, 404, 404, 404), piece="a file"),
    Route(
        "POST", "/notices/{notice_id}/files/{sha256}/remove", (303, 403, 404, 404), proof=NOTHING
    ),
    Route("POST", "/notices/{notice_id}/remind", (303, 403, 404, 404), proof=NOTHING),
    Route("POST", "/notices/{notice_id}/revoke", (303, 403, 404, 404), proof=DECISIONS),
    Route(
        "POST",
        "/notices/{notice_id}/send",
        (303, 403, 404, 404),
        data={"seen_at": "1"},
        proof=DECISIONS,
    ),
)

UNTYPED = {
    "broadcasts_dispatch.position": "how far something got",
}

FROM_AN_END = {
    "hub.broadcasts.deliveries.first_pending": "what is on its way: one at a time",
    "hub.broadcasts.deliveries.is_pending": "what is on its way: one at a time",
    "hub.broadcasts.deliveries.has_news": "what went out after the cursor of a node",
    "hub.broadcasts.deliveries.news": "what went out after the cursor of a node, a page",
    "hub.broadcasts.deliveries.addressed_since": "what went out since a moment ago",
    "hub.broadcasts.earlier.bring": "whether there is a row",
    "hub.broadcasts.earlier.move": "a portion of a move",
    "hub.broadcasts.store.lines": "a page, the newest first",
    "hub.broadcasts.store.overdue": "of some weeks",
    "hub.broadcasts.tallies.move": "one notice, a step of a move",
}

ON_REQUEST = {
    "hub.broadcasts.tallies.wrong": "the doctor's question of the notices sent last",
}
