"""The page of search."""

import msgspec
from aiohttp import web

from kit.clock import DAY
from kit.web import page
from kit.web.forms import read_query
from kit.web.keys import CLOCK
from kit.web.openapi import api, json_response
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.people.session import asker_of
from node.search.model import LONGEST_QUESTION, Found
from node.search.service import Search

ROUTES = web.RouteTableDef()
SEARCH = web.AppKey("search", Search)


class SearchQuery(msgspec.Struct):
    """`kind`: of documents (Search.kinds), "" = all; `days` back from now, 0 = all; `order`: "newest"
    first, else what fits best."""

    q: str = ""
    kind: str = ""
    days: int = 0
    order: str = ""
    page: int = 1


@ROUTES.get("/search")
@shows(What.SEARCH)
async def search(request: web.Request) -> web.Response:
    """Letters, notices and files that hold the words."""
    query = read_query(request, SearchQuery)
    found = await _find(request, query)
    return page.render(
        request,
        "search/search.html",
        found=found,
        wanted=query,
        question=query.q[:LONGEST_QUESTION],
        kinds=request.app[SEARCH].kinds,
    )


@ROUTES.get("/api/v1/search")
@shows(What.SEARCH)
@api(summary="Letters, notices and files the asker may read", query=SearchQuery, answer=Found)
async def search_api(request: web.Request) -> web.Response:
    return json_response(await _find(request, read_query(request, SearchQuery)))


async def _find(request: web.Request, query: SearchQuery) -> Found:
    asker = await asker_of(request)
    asked = query.q[:LONGEST_QUESTION].strip()
    # Which persons the texts speak of nobody knows; what was asked tells.
    looked(request, subject=asked, title=asked, persons=None if asked else ())
    days = min(max(query.days, 0), 3660)
    since = request.app[CLOCK].now() - days * DAY if days else 0
    return await request.app[SEARCH].find(
        asker,
        query.q,
        kind=query.kind,
        since=since,
        page=query.page,
        newest_first=query.order == "newest",
    )
