"""What the province is told of papers joins the server."""

from kit.card import Group, NavItem, Place
from kit.i18n import _
from kit.slice import Kept
from node.ground import Ground
from node.slice import Slice
from node.statistics import jobs, web
from node.statistics.acts import ACTS, DETAILS
from node.statistics.service import Statistics


def join(ground: Ground) -> tuple[Statistics, Slice]:
    statistics = Statistics(ground.db, ground.clock)
    return statistics, Slice(
        package="node.statistics",
        routes=(*web.ROUTES,),
        keep=(Kept(web.STATISTICS, statistics),),
        nav=(
            Place(
                87,
                NavItem(
                    "/admin/statistics",
                    _("서류 통계 보내기"),
                    "send",
                    Group.ADMINISTRATION,
                    phone=False,
                ),
                lambda asker: asker.is_administrator,
            ),
        ),
        acts=ACTS,
        details=DETAILS,
        province=(statistics.affair(),),
        works=jobs.works(statistics),
    )
