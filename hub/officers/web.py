"""The administrators' page of officers' accounts."""

import msgspec
from aiohttp import web

from hub.officers.model import ROLE_LABELS, Role
from hub.officers.service import Officers
from hub.officers.session import officer_of
from hub.shown_once import ShownOnce
from kit.i18n import _
from kit.signin.fresh import RIGHTS, within
from kit.web import page
from kit.web.forms import read_form

ROUTES = web.RouteTableDef()
OFFICERS = web.AppKey("officers", Officers)
PASSWORDS = web.AppKey("officers_passwords", ShownOnce)


class NewOfficerForm(msgspec.Struct):
    login: str
    name: str
    role: Role


class RoleForm(msgspec.Struct):
    role: Role


@ROUTES.get("/officers")
async def officers(request: web.Request) -> web.Response:
    asker = await officer_of(request)
    lines = await request.app[OFFICERS].lines(asker)
    shown = request.query.get("shown", "")
    return page.render(
        request,
        "officers/list.html",
        lines=lines,
        roles=ROLE_LABELS,
        shown=next((line for line in lines if line.id == shown), None),
        password=request.app[PASSWORDS].take(asker.id, shown) if shown else None,
        own=asker.id,
    )


@ROUTES.post("/officers")
@within(RIGHTS)
async def add(request: web.Request) -> web.Response:
    asker = await officer_of(request)
    form = await read_form(request, NewOfficerForm)
    made, password = await request.app[OFFICERS].add(asker, form.login, form.name, form.role)
    request.app[PASSWORDS].keep(asker.id, made, password)
    return page.see_other(request, f"/officers?shown={made}", flash=_("담당자를 추가했습니다."))


@ROUTES.post("/officers/{id}/role")
@within(RIGHTS)
async def set_role(request: web.Request) -> web.Response:
    asker = await officer_of(request)
    form = await read_form(request, RoleForm)
    await request.app[OFFICERS].set_role(asker, request.match_info["id"], form.role)
    return page.see_other(request, "/officers", flash=_("역할을 바꾸었습니다."))


@ROUTES.post("/officers/{id}/disable")
@within(RIGHTS)
async def disable(request: web.Request) -> web.Response:
    asker = await officer_of(request)
    await request.app[OFFICERS].disable(asker, request.match_info["id"])
    return page.see_other(request, "/officers", flash=_("계정 사용을 중지했습니다."))


@ROUTES.post("/officers/{id}/enable")
@within(RIGHTS)
async def enable(request: web.Request) -> web.Response:
    asker = await officer_of(request)
    await request.app[OFFICERS].enable(asker, request.match_info["id"])
    return page.see_other(request, "/officers", flash=_("계정을 다시 쓸 수 있습니다."))


@ROUTES.post("/officers/{id}/reset-password")
@within(RIGHTS)
async def reset_password(request: web.Request) -> web.Response:
    asker = await officer_of(request)
    officer_id = request.match_info["id"]
    password = await request.app[OFFICERS].reset_password(asker, officer_id)
    request.app[PASSWORDS].keep(asker.id, officer_id, password)
    return page.see_other(
        request, f"/officers?shown={officer_id}", flash=_("임시 비밀번호를 만들었습니다.")
    )


@ROUTES.post("/officers/{id}/reset-second-factor")
@within(RIGHTS)
async def reset_second_factor(request: web.Request) -> web.Response:
    asker = await officer_of(request)
    await request.app[OFFICERS].reset_second_factor(asker, request.match_info["id"])
    return page.see_other(
        request, "/officers", flash=_("다음 로그인 때 인증 앱을 다시 등록합니다.")
    )
