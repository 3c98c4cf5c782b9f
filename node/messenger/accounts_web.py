"""The administrator's page of the messenger: its accounts, and where apps are told by."""

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.signin.fresh import RIGHTS, within
from kit.web import page
from kit.web.forms import read_form
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.messenger.clients_web import ACCOUNTS
from node.messenger.doors.push import Gateways
from node.messenger.web import MESSENGER
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
GATEWAYS = web.AppKey("messenger-gateways", Gateways)


class Host(msgspec.Struct):
    host: str = ""


class Locking(msgspec.Struct):
    locked: bool
    log_out: bool = False


@ROUTES.get("/admin/messenger")
@shows(What.LIST)
async def accounts(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    accounts = await request.app[ACCOUNTS].lines(asker)
    looked(request, persons=[one.person_id for one in accounts])
    return page.render(
        request,
        "messenger/accounts.html",
        accounts=accounts,
        gateways=await request.app[GATEWAYS].listed(asker),
        standing=request.app[MESSENGER].standing(),
    )


@ROUTES.post("/admin/messenger/{id:[0-9a-f]{20}}/lock")
@within(RIGHTS)
async def lock(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, Locking)
    person_id = request.match_info["id"]
    await request.app[ACCOUNTS].lock(asker, person_id, locked=form.locked, log_out=form.log_out)
    said = _("계정을 잠갔습니다.") if form.locked else _("계정 잠금을 해제했습니다.")
    if form.log_out:
        said = _("계정을 잠그고 모든 기기에서 로그아웃했습니다.")
    return page.see_other(request, "/admin/messenger", flash=said)


@ROUTES.post("/admin/messenger/gateways")
@within(RIGHTS)
async def add_gateway(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, Host)
    await request.app[GATEWAYS].add(asker, form.host)
    said = _("알림 서버를 추가했습니다. 앱을 다시 열면 휴대전화 알림이 시작됩니다.")
    return page.see_other(request, "/admin/messenger", flash=said)


@ROUTES.post("/admin/messenger/gateways/remove")
@within(RIGHTS)
async def remove_gateway(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, Host)
    await request.app[GATEWAYS].remove(asker, form.host)
    return page.see_other(request, "/admin/messenger", flash=_("알림 서버를 삭제했습니다."))
