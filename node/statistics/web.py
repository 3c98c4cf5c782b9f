"""The administrator's page of what the province is told of papers."""

from aiohttp import web

from kit.i18n import _
from kit.signin.fresh import RIGHTS, within
from kit.web import page
from node.people.session import asker_of
from node.statistics.service import Statistics
from protocol.statistics import FEWEST

ROUTES = web.RouteTableDef()
STATISTICS = web.AppKey("statistics", Statistics)
PLACE = "/admin/statistics"


@ROUTES.get(PLACE)
async def overview(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    shown = await request.app[STATISTICS].shown(asker)
    return page.render(request, "statistics/overview.html", shown=shown, fewest=FEWEST)


@ROUTES.post(PLACE + "/start")
@within(RIGHTS)
async def start(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[STATISTICS].start(asker)
    return page.see_other(request, PLACE, flash=_("교육청에 서류 통계를 보내기 시작했습니다."))


@ROUTES.post(PLACE + "/stop")
@within(RIGHTS)
async def stop(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[STATISTICS].stop(asker)
    return page.see_other(
        request,
        PLACE,
        flash=_("보내기를 중단했습니다. 교육청 화면에서도 우리 학교의 통계가 삭제됩니다."),
    )
