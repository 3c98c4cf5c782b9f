"""The page of search."""

import msgspec
from aiohttp import web

from kit.card import NavItem
from kit.clock import DAY
from kit.i18n import _
from kit.web import page
from kit.web.forms import read_query
from kit.web.keys import CLOCK
from node.people.model import Asker
from node.people.session import asker_of
from node.search.model import KINDS, LONGEST_QUESTION
from node.search.service import Search

ROUTES = web.RouteTableDef()
SEARCH = web.AppKey("search", Search)


def nav(asker: Asker) -> list[NavItem]:
    """Everybody may look."""
    return [NavItem("/search", _("찾기"), "search")]


class SearchQuery(msgspec.Struct):
    q: str = ""
    kind: str = ""
    days: int = 0
    page: int = 1


@ROUTES.get("/search")
async def search(request: web.Request) -> web.Response:
    """Letters, notices and files that hold the words."""
    asker = await asker_of(request)
    query = read_query(request, SearchQuery)
    days = min(max(query.days, 0), 3660)
    since = request.app[CLOCK].now() - days * DAY if days else 0
    found = await request.app[SEARCH].find(
        asker, query.q, kind=query.kind, since=since, page=query.page
    )
    return page.render(
        request,
        "search/search.html",
        found=found,
        wanted=query,
        question=query.q[:LONGEST_QUESTION],
        kinds=KINDS,
    )
