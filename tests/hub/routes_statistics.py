"""Who gets what of statistics: every officer looks."""

from tests.hub.routes import Route

ROUTES = (
    Route("GET", "/statistics", (303, 200, 200, 200)),
    Route("GET", "/statistics/export.csv", (303, 200, 200, 200)),
)

UNTYPED = {
    "statistics_school.epoch": "a number of a node's",
    "statistics_count.month": "a month",
    "statistics_count.kind": "an id",
    "statistics_count.state": "a word of ours",
    "statistics_sum.month": "a month",
    "statistics_sum.kind": "an id",
    "statistics_sum.state": "a word of ours",
}

STAYS = {
    "statistics_school": "as many as schools",
}
