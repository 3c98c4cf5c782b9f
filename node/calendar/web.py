"""The pages of the calendar that everybody reads: a month, an entry."""

import re

import msgspec
from aiohttp import web

from kit.web import page
from kit.web.forms import read_query
from node.calendar.access import keeps
from node.calendar.model import WEEKDAYS
from node.calendar.pages import CalendarPages
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
PAGES = web.AppKey("calendar_pages", CalendarPages)
ID = "{id:[0-9a-f]{20}}"
CHANGE = re.compile(r"[0-9a-f]{20}")


class MonthQuery(msgspec.Struct):
    month: str = ""
    child: str = ""
    classes: bool = False
    undo: str = ""


@ROUTES.get("/calendar")
async def month(request: web.Request) -> web.Response:
    """A month by days, and on a wide screen by weeks."""
    asker = await asker_of(request)
    query = read_query(request, MonthQuery)
    pages = request.app[PAGES]
    found = await pages.month(asker, query.month, query.child, every_class=query.classes)
    may_undo = pages.may_add(asker) and CHANGE.fullmatch(query.undo)
    return await page.render_apart(
        request,
        "calendar/month.html",
        shown=found,
        child=query.child,
        every_class=query.classes,
        may_add=pages.may_add(asker),
        keeps=keeps(asker),
        undo=query.undo if may_undo else "",
    )


@ROUTES.get(f"/calendar/{ID}")
async def entry(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    shown = await request.app[PAGES].entry(asker, request.match_info["id"])
    return page.render(request, "calendar/entry.html", shown=shown, weekdays=WEEKDAYS)
