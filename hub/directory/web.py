"""The officers' page of the address book, with a search that follows the typing, and its API."""

import msgspec
from aiohttp import web

from hub.directory.model import Found
from hub.directory.service import Directory
from hub.officers.session import officer_of
from kit.i18n import _
from kit.web import page
from kit.web.forms import read_query
from kit.web.keys import DB
from kit.web.openapi import api, json_response

ROUTES = web.RouteTableDef()
DIRECTORY = web.AppKey("directory", Directory)

KIND_LABELS = {
    "kindergarten": _("유치원"),
    "elementary": _("초등학교"),
    "middle": _("중학교"),
    "high": _("고등학교"),
    "special": _("특수학교"),
}


class DirectoryQuery(msgspec.Struct):
    """What to look for; `school` narrows to one school."""

    q: str = ""
    school: str = ""
    page: int = 1


@ROUTES.get("/directory")
async def directory(request: web.Request) -> web.Response:
    await officer_of(request)
    query = read_query(request, DirectoryQuery)
    service = request.app[DIRECTORY]
    found = await service.search(query.q[:100], school_id=query.school[:20], page=query.page)
    live = request.headers.get("HX-Request") == "true"
    totals = None if live else await request.app[DB].read(service.totals)
    return page.render(
        request,
        "directory/results.html" if live else "directory/directory.html",
        found=found,
        totals=totals,
        q=query.q[:100],
        school=query.school[:20],
        kinds=KIND_LABELS,
    )


@ROUTES.get("/api/v1/directory")
@api(summary="Search staff and schools of the province", query=DirectoryQuery, answer=Found)
async def search(request: web.Request) -> web.Response:
    await officer_of(request)
    query = read_query(request, DirectoryQuery)
    return json_response(
        await request.app[DIRECTORY].search(
            query.q[:100], school_id=query.school[:20], page=query.page
        )
    )
