"""Who gets what of statistics: every officer looks."""

from functools import partial

from hub.statistics import store
from kit.db import Tx
from protocol.statistics import CountedState, MonthOfPapers, PaperCount
from tests.hub.planting import Planting
from tests.hub.routes import Route


def _plant(planting: Planting, tx: Tx) -> None:
    """Counts of a school whose district office has an odd name."""
    district = planting.typed("district")
    count = PaperCount(kind="planted", state=CountedState.APPROVED, papers=7)
    told = MonthOfPapers(month="2026-11", seq=1, counts=(count,))
    store.take_month(tx, "J107539999", district, told)
    store.hear(tx, "J107539999", district, "1", 1, planting.province.clock.now())


async def sow(planting: Planting) -> None:
    await planting.province.hub.db.write(partial(_plant, planting))


ROUTES = (
    Route("GET", "/statistics", (303, 200, 200, 200)),
    Route("GET", "/statistics/export.csv", (303, 200, 200, 200), piece="a file"),
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
