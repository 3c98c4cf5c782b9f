"""Pages for everybody: one's own page, and the invitation that becomes a login."""

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.problem import Invalid
from kit.signin.web import marker_of, set_session
from kit.web import page
from kit.web.forms import read_form
from kit.web.openapi import api, json_response
from kit.web.problems import wants_json
from node.people.agreements import SIGNING
from node.people.invitations.service import Acceptance, InvitationRefused, normal
from node.people.service import People
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
PEOPLE = web.AppKey("people", People)


class ContactForm(msgspec.Struct):
    phone: str = ""
    email: str = ""
    language: str = ""
    seen: str = ""


class InvitationCodeForm(msgspec.Struct):
    code: str


class Me(msgspec.Struct):
    """Who is signed in. `children` only for guardians."""

    id: str
    name: str
    kinds: list[str]
    roles: list[str]
    children: list[dict[str, str]]


# One's own page -----------------------------------------------------------------------------------


@ROUTES.get("/me")
async def own_page(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    person = await request.app[PEOPLE].own(asker)
    return page.render(request, "people/me.html", person=person)


@ROUTES.post("/me")
async def change_own(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, ContactForm)
    await request.app[PEOPLE].change_contact(
        asker,
        asker.id,
        phone=form.phone,
        email=form.email,
        language=form.language,
        seen=form.seen,
    )
    response = page.see_other(request, "/me", flash=_("저장했습니다."))
    if form.language:
        response.set_cookie(
            page.LANGUAGE_COOKIE, form.language, max_age=365 * 86400, samesite="Lax", httponly=True
        )
    else:
        response.del_cookie(page.LANGUAGE_COOKIE)
    return response


@ROUTES.get("/my-class")
async def my_class(request: web.Request) -> web.Response:
    """To the list of the class of which the asker is the homeroom teacher."""
    asker = await asker_of(request)
    if not asker.classes:
        return page.see_other(request, "/")
    return page.see_other(request, f"/admin/classes/{min(asker.classes)}")


@ROUTES.get("/api/v1/me")
@api(summary="Who is signed in", answer=Me)
async def api_me(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    children = [
        {"id": child.student_id, "name": child.name, "class": child.class_name}
        for child in asker.children
    ]
    kinds = sorted(kind.value for kind in asker.kinds)
    roles = sorted(role.value for role in asker.roles)
    return json_response(Me(asker.id, asker.name, kinds, roles, children))


# Invitations --------------------------------------------------------------------------------------


@ROUTES.get("/welcome")
async def ask_code(request: web.Request) -> web.Response:
    return page.render(request, "people/welcome_code.html", refused="")


@ROUTES.post("/welcome")
async def enter_code(request: web.Request) -> web.Response:
    form = await read_form(request, InvitationCodeForm)
    code = normal(form.code)
    await request.app[PEOPLE].invitations.look(code, address=request.remote or "")
    return page.see_other(request, f"/welcome/{code}")


@ROUTES.get("/welcome/{code}")
async def show_invitation(request: web.Request) -> web.Response:
    """What an invitation is for; of one that opens nothing, where to go instead."""
    try:
        code = normal(request.match_info["code"])
        invited = await request.app[PEOPLE].invitations.look(code, address=request.remote or "")
    except InvitationRefused as refused:
        if wants_json(request):
            raise
        return page.render(
            request,
            "people/welcome_code.html",
            status=refused.status,
            refused=page.translate(request, refused.text),
        )
    return page.render(
        request,
        "people/welcome.html",
        code=code,
        invited=invited,
        language=page.language(request),
        agreement=SIGNING,
    )


@ROUTES.post("/welcome/{code}")
async def accept(request: web.Request) -> web.Response:
    form = await read_form(request, Acceptance)
    code, invitations = request.match_info["code"], request.app[PEOPLE].invitations
    try:
        started = await invitations.accept(
            code,
            form,
            device=request.headers.get("User-Agent", ""),
            address=request.remote or "",
            marker=marker_of(request),
        )
    except Invalid:
        # A letter that wrong names have used up says so.
        await invitations.look(code, address=request.remote or "")
        raise
    response = page.see_other(
        request,
        "/",
        flash=_(
            "환영합니다! 이 기기에서 로그인했습니다. ‘내 계정과 로그인’에서 패스키를 "
            "등록하면 더 편리합니다."
        ),
    )
    set_session(request, response, started)
    response.set_cookie(
        page.LANGUAGE_COOKIE, form.language, max_age=365 * 86400, samesite="Lax", httponly=True
    )
    return response
