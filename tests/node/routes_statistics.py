"""Who gets what of statistics: the administrator decides whether the province is told counts of papers."""

from functools import partial

from kit.db import Tx
from node.statistics import store
from tests.node.planting import Planting
from tests.node.routes import PUBLISHED, RIGHTS, Route, only

ADMINISTRATOR = ("administrator",)


def _plant(planting: Planting, tx: Tx) -> None:
    """Told by the word of somebody with an odd name."""
    store.choose(tx, planting.school.clock.now(), planting.typed("changed_by"), is_on=True)


async def sow(planting: Planting) -> None:
    await planting.school.db.write(partial(_plant, planting))


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
