"""Search joins the server."""

from collections.abc import Sequence

from kit.card import NavItem, Place
from kit.db import Database
from kit.finding import AtLength, Finding, HowFar
from kit.i18n import _
from kit.slice import Kept
from node.ground import Ground
from node.people import hearing
from node.search import checks, jobs, web
from node.search.model import SearchChanged
from node.search.service import Search
from node.slice import Slice


def join(ground: Ground, slices: Sequence[Slice]) -> tuple[Search, Slice]:
    """`slices`: those whose things can be found."""
    findables = [findable for one in slices for findable in one.findable]
    search = Search(ground.db, ground.clock, findables)

    async def of_index(db: Database, told: HowFar) -> list[Finding]:
        return checks.of_search(await search.compare(db, told))

    return search, Slice(
        package="node.search",
        routes=(*web.ROUTES,),
        keep=(Kept(web.SEARCH, search),),
        nav=(Place(60, NavItem("/search", _("찾기"), "search"), lambda _asker: True),),
        works=jobs.works(search),
        checks=(AtLength(jobs.COMPARE, of_index),),
        hears=jobs.subscriptions(search, findables),
        heard_by={SearchChanged: hearing.staff},
        lives=(lambda: jobs.renewing(search),),
    )
