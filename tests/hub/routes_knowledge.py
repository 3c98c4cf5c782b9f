"""Who gets what of the handbook: all read, officers write."""

from tests.hub.routes import NOTHING, Route

ROUTES = (
    Route("GET", "/api/v1/knowledge", (401, 200, 200, 200)),
    Route("GET", "/knowledge", (303, 200, 200, 200)),
    Route("POST", "/knowledge/files", (303, 403, 422, 422), proof=NOTHING),
    Route("GET", "/knowledge/new", (303, 403, 200, 200)),
    Route(
        "POST",
        "/knowledge/new",
        (303, 403, 303, 303),
        data={"title": "체험학습", "body": "사흘 전까지 신청합니다."},
        proof=NOTHING,
    ),
    Route("POST", "/knowledge/preview", (303, 200, 200, 200), proof=NOTHING),
    Route("GET", "/knowledge/{document_id}", (303, 404, 404, 404)),
    Route("GET", "/knowledge/{document_id}/edit", (303, 403, 404, 404)),
    Route(
        "POST",
        "/knowledge/{document_id}/edit",
        (303, 403, 404, 404),
        data={"title": "체험학습", "body": "본문", "seen": "1"},
        proof=NOTHING,
    ),
    Route("GET", "/knowledge/{document_id}/file", (303, 404, 404, 404), piece="a file"),
    Route("POST", "/knowledge/{document_id}/replace", (303, 403, 422, 422), proof=NOTHING),
    Route("POST", "/knowledge/{document_id}/restore", (303, 403, 404, 404), proof=NOTHING),
    Route("GET", "/knowledge/{document_id}/versions/{number}", (303, 404, 404, 404)),
    Route(
        "POST",
        "/knowledge/{document_id}/versions/{number}/restore",
        (303, 403, 404, 404),
        proof=NOTHING,
    ),
    Route("POST", "/knowledge/{document_id}/withdraw", (303, 403, 404, 404), proof=NOTHING),
)

UNTYPED = {
    "knowledge_document.slug": "an id or a key",
    "knowledge_document.published_state": "a word or a sentence of ours",
    "knowledge_version.act": "a word or a sentence of ours",
    "knowledge_pair.pair": "two letters, never shown",
    "knowledge_document.valid_from": "a day",
    "knowledge_document.valid_until": "a day",
}

STAYS = {
    "knowledge_unindexed": "what waits and goes",
}

WAITING = {
    "knowledge_document_waiting": "what waits to be done",
}

ON_REQUEST = {
    "hub.knowledge.store.categories": "the names that the handbook is ordered by, from an index alone",
    "hub.knowledge.store.standing": "what a publication publishes: the whole handbook",
    "hub.knowledge.store.mark_published": "what a publication publishes: the whole handbook",
    "hub.knowledge.finding.lines": "the handbook in the order of its list, without a body",
    "hub.knowledge.finding.possible": "the handbook in the order of its list, without a body",
}
