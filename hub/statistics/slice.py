"""Counts of papers join the server."""

from hub.ground import Ground
from hub.statistics import jobs, web
from hub.statistics.service import Statistics
from kit.card import NavItem, Place
from kit.i18n import _
from kit.slice import Kept, Slice


def join(ground: Ground) -> tuple[Statistics, Slice]:
    statistics = Statistics(ground.db, ground.clock)
    return statistics, Slice(
        package="hub.statistics",
        routes=(*web.ROUTES,),
        keep=(Kept(web.STATISTICS, statistics),),
        nav=(
            Place(
                46,
                NavItem("/statistics", _("서류 통계"), "chart-line", phone=False),
                lambda _officer: True,
            ),
        ),
        hears=jobs.subscriptions(statistics),
    )
