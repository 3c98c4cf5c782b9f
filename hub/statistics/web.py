"""The officers' page of counts of papers, and its table for a spreadsheet."""

import msgspec
from aiohttp import web

from hub.officers.session import officer_of
from hub.statistics.export import as_csv
from hub.statistics.model import STATE_LABELS, StatisticsView
from hub.statistics.service import Statistics
from kit.web import page
from kit.web.forms import read_query
from protocol.statistics import FEWEST

ROUTES = web.RouteTableDef()
STATISTICS = web.AppKey("statistics", Statistics)


class StatisticsQuery(msgspec.Struct):
    """Which month (2026-11; '': the latest), at the schools of which office."""

    month: str = ""
    district: str = ""


async def _view(request: web.Request) -> StatisticsView:
    officer = await officer_of(request)
    query = read_query(request, StatisticsQuery)
    return await request.app[STATISTICS].view(officer, query.month[:7], query.district[:100])


@ROUTES.get("/statistics")
async def overview(request: web.Request) -> web.Response:
    return page.render(
        request,
        "statistics/overview.html",
        view=await _view(request),
        labels=STATE_LABELS,
        fewest=FEWEST,
    )


@ROUTES.get("/statistics/export.csv")
async def export(request: web.Request) -> web.Response:
    view = await _view(request)
    return web.Response(
        body=await as_csv(view, lambda text: page.translate(request, text)),
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="papers-{view.month}.csv"',
        },
    )
