"""Overview, audit log and the hub's own state."""

import msgspec
from aiohttp import web

from hub.console.service import Console
from hub.officers.access import may_act
from hub.officers.session import KNOWN, officer_of
from hub.schools.service import Schools
from kit.audit import AuditEntry
from kit.i18n import _
from kit.signin.web import require_session, session_now
from kit.web import page
from kit.web.forms import read_query
from kit.web.keys import ACTS
from kit.web.live import HEARD_BY, Filter
from kit.web.openapi import api, json_response

ROUTES = web.RouteTableDef()
CONSOLE = web.AppKey("console", Console)
OVERVIEW = web.AppKey("console_schools", Schools)


class AuditQuery(msgspec.Struct):
    before: int | None = None


class AuditPage(msgspec.Struct):
    """The newest first; `more`: ask again with `before` of the last seq."""

    entries: list[AuditEntry]
    more: bool


async def listener(request: web.Request) -> tuple[str, Filter]:
    """Who listens on /live at this moment: an officer, as long as they are one."""
    require_session(request)
    session = await session_now(request)
    officer = await request.app[KNOWN].of(session.account_id)
    return officer.id, request.app[HEARD_BY].filter(officer)


@ROUTES.get("/")
async def overview(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    schools = request.app[OVERVIEW]
    activity = await schools.activity(officer)
    chart = {
        "x": list(range(len(activity))),
        "labels": [f"{day[5:7]}. {day[8:]}." for day, _count in activity],
        "series": [
            {
                "label": page.translate(request, _("접속한 학교")),
                "values": [count for _day, count in activity],
            }
        ],
        "kind": "bars",
    }
    return page.render(
        request,
        "console/overview.html",
        cards=await request.app[CONSOLE].cards(officer),
        totals=await schools.totals(officer),
        activity=activity,
        chart=chart,
        may_act=may_act(officer),
    )


@ROUTES.get("/audit")
async def audit_log(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    query = read_query(request, AuditQuery)
    entries, more = await request.app[CONSOLE].audit(officer, query.before)
    return page.render(
        request,
        "console/audit.html",
        entries=entries,
        more=more,
        acts=request.app[ACTS],
        names=await request.app[OVERVIEW].names(officer, [one.subject for one in entries]),
    )


@ROUTES.get("/system")
async def system(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    console = request.app[CONSOLE]
    return page.render(
        request,
        "console/system.html",
        jobs=await console.jobs(officer),
        moves=await console.moves(officer),
    )


@ROUTES.get("/api/v1/audit")
@api(summary="The audit log, the newest first", query=AuditQuery, answer=AuditPage)
async def api_audit(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    query = read_query(request, AuditQuery)
    entries, more = await request.app[CONSOLE].audit(officer, query.before)
    return json_response(AuditPage(entries, more))
