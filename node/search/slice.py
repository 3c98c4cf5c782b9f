"""Search joins the server."""

from kit.card import NavItem, Place
from kit.i18n import _
from kit.slice import Kept
from node.ground import Ground
from node.people import hearing
from node.search import jobs, web
from node.search.model import SearchChanged
from node.search.service import Search
from node.slice import Slice


def join(ground: Ground) -> tuple[Search, Slice]:
    search = Search(ground.db, ground.clock)
    return search, Slice(
        package="node.search",
        routes=(*web.ROUTES,),
        keep=(Kept(web.SEARCH, search),),
        nav=(Place(60, NavItem("/search", _("찾기"), "search"), lambda _asker: True),),
        hears=jobs.subscriptions(search),
        heard_by={SearchChanged: hearing.staff},
        lives=(lambda: jobs.renewing(search),),
    )
