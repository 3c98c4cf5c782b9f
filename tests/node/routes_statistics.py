"""Who gets what of statistics: the administrator decides whether the province is told counts of papers."""

from tests.node.routes import PUBLISHED, RIGHTS, Route, only

ADMINISTRATOR = ("administrator",)

ROUTES = (
    Route("GET", "/admin/statistics", only(ADMINISTRATOR, 200), nobody=PUBLISHED),
    Route("POST", "/admin/statistics/start", only(ADMINISTRATOR, 303), proof=RIGHTS),
    Route("POST", "/admin/statistics/stop", only(ADMINISTRATOR, 303), proof=RIGHTS),
)

HOLDS_NOBODY = "counts of papers"

UNTYPED = {
    "statistics_sharing.kinds": "ids of kinds",
    "statistics_sharing.told_epoch": "a number of ours",
    "statistics_month.month": "a month",
    "statistics_month.counts": "ids of kinds, words of ours and numbers",
}

STAYS = {
    "statistics_sharing": "one row",
    "statistics_month": "a row a month of two school years",
}

AT_NIGHT = {
    "node.statistics.store.changed_months": "what changed since the night before",
}
