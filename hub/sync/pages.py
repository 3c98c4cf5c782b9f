"""The officers' page of logs that contradict themselves and of keys with two machines: the evidence,
and the way out."""

import msgspec
from aiohttp import web

from hub.officers.access import may_act
from hub.officers.session import officer_of
from hub.sync.evidence import Evidence
from kit.i18n import _
from kit.signin.fresh import RIGHTS, within
from kit.web import page
from kit.web.forms import read_form

ROUTES = web.RouteTableDef()
EVIDENCE = web.AppKey("sync_evidence", Evidence)


class SchoolForm(msgspec.Struct):
    """Which school's log may start again, which school's alarm is settled."""

    school_id: str


@ROUTES.get("/logs")
async def logs(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    evidence = request.app[EVIDENCE]
    return page.render(
        request,
        "sync/logs.html",
        forks=await evidence.forks(officer),
        alarms=await evidence.alarms(officer),
        may_settle=may_act(officer),
        officer=officer,
    )


@ROUTES.post("/logs/restart")
@within(RIGHTS)
async def restart(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    form = await read_form(request, SchoolForm)
    if await request.app[EVIDENCE].restart_log(officer, form.school_id):
        return page.see_other(
            request, "/logs", flash=_("다음에 오는 기록부를 새 기록부로 등록합니다.")
        )
    return page.see_other(
        request, "/logs", flash=_("이 학교의 기록부에는 이상이 없습니다."), kind="info"
    )


@ROUTES.post("/logs/machines")
@within(RIGHTS)
async def machines(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    form = await read_form(request, SchoolForm)
    await request.app[EVIDENCE].settle_machines(officer, form.school_id)
    return page.see_other(request, "/logs", flash=_("경보를 처리했습니다."))
