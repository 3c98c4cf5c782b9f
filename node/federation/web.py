"""Pages: the administrator's connection to the province, and the directory for staff."""

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.signin.fresh import RIGHTS, within
from kit.web import page
from kit.web.forms import read_form, read_query
from node.federation.model import SyncFailed
from node.federation.service import Federation
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
FEDERATION = web.AppKey("federation", Federation)


class JoinForm(msgspec.Struct):
    invitation: str
    hub_url: str | None = None


class DirectoryQuery(msgspec.Struct):
    q: str = ""


@ROUTES.get("/admin/province")
async def province(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    connection = await request.app[FEDERATION].standing(asker)
    return page.render(
        request,
        "federation/province.html",
        membership=connection.membership,
        conversation=connection.conversation,
        lost=connection.lost,
        lost_open=connection.lost_open,
    )


@ROUTES.post("/admin/province/join")
@within(RIGHTS)
async def join(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    federation = request.app[FEDERATION]
    form = await read_form(request, JoinForm)
    membership = await federation.join(form.invitation, form.hub_url, asker)
    return page.see_other(
        request,
        "/admin/province",
        flash=_("%(hub)s에 가입했습니다."),
        hub=membership.grant.hub.name,
    )


@ROUTES.post("/admin/province/sync")
async def sync(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    federation = request.app[FEDERATION]
    await federation.standing(asker)
    try:
        await federation.sync_now()
    except SyncFailed as error:
        return page.see_other(
            request,
            "/admin/province",
            flash=_("동기화하지 못했습니다. 인터넷 연결과 방화벽을 확인해 주세요. (%(reason)s)"),
            kind="danger",
            reason=error.reason,
        )
    return page.see_other(request, "/admin/province", flash=_("동기화했습니다."))


@ROUTES.get("/directory")
async def directory(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    query = read_query(request, DirectoryQuery)
    people = await request.app[FEDERATION].find_staff(asker, query.q)
    return page.render(request, "federation/directory.html", q=query.q, people=people)
