"""Who gets what of signups: staff read and put up; families need not know that it is there."""

from tests.node.routes import NOTHING, PUBLISHED, Route, staff

ROUTES = (
    Route("GET", "/signups", staff(200), nobody=PUBLISHED),
    Route("POST", "/signups", staff(303), data={"title": "연수 안내"}, proof=NOTHING),
)

FROM_AN_END = {
    "node.signups.store.newest": "a page, the newest first",
    "node.signups.store.outdated": "what is over, and goes",
}
