"""Who gets what of supplies: all read, officers put in and take out."""

from tests.hub.routes import NOTHING, Route

ROUTES = (
    Route("GET", "/supplies", (303, 200, 200, 200)),
    Route("POST", "/supplies/papers", (303, 403, 422, 422), proof=NOTHING),
    Route(
        "POST",
        "/supplies/holidays",
        (303, 403, 303, 303),
        data={"days": "2027-05-04 임시공휴일"},
        proof=NOTHING,
    ),
    Route("POST", "/supplies/{kind}/{key}/remove", (303, 403, 404, 404), proof=NOTHING),
    Route("POST", "/supplies/{kind}/{key}/restore", (303, 403, 404, 404), proof=NOTHING),
)

UNTYPED = {
    "supplies_item.kind": "a word of ours",
    "supplies_item.key": "an id or a day",
    "supplies_item.state": "a digest",
    "supplies_item.published": "a digest",
}

ON_REQUEST = {
    "hub.supplies.store.items": "the list of what schools are given, which is bounded",
    "hub.supplies.store.mark_published": "what a publication publishes",
}
