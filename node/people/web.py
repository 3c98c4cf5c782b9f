"""Pages for everybody: one's own page, and the invitation that becomes a login."""

import msgspec
from aiohttp import web

from kit.card import NavItem
from kit.i18n import _
from kit.problem import Invalid, Problem
from kit.signin.web import set_session
from kit.web import page
from kit.web.forms import read_form
from kit.web.openapi import api, json_response
from node.people.agreements import SIGNING
from node.people.invitations import Acceptance, InvitationRefused, normal
from node.people.model import Asker, Role
from node.people.service import People
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
PEOPLE = web.AppKey("people", People)


class ContactForm(msgspec.Struct):
    phone: str = ""
    email: str = ""
    language: str = "ko"


class CodeForm(msgspec.Struct):
    code: str


class Me(msgspec.Struct):
    """Who is signed in. `children` only for guardians."""

    id: str
    name: str
    kinds: list[str]
    roles: list[str]
    children: list[dict[str, str]]


def nav(asker: Asker) -> list[NavItem]:
    items = []
    if asker.roles & {Role.ADMINISTRATOR, Role.OFFICE}:
        items.append(NavItem("/admin/people", _("구성원"), "users", phone=False))
    elif asker.classes:
        items.append(NavItem("/my-class", _("우리 반"), "users", phone=False))
    return items


# One's own page -----------------------------------------------------------------------------------


@ROUTES.get("/me")
async def own_page(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    person = await request.app[PEOPLE].own(asker)
    return page.render(request, "people/me.html", person=person, wrong={})


@ROUTES.post("/me")
async def change_own(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    people = request.app[PEOPLE]
    form = await read_form(request, ContactForm)
    try:
        await people.change_contact(
            asker, asker.id, phone=form.phone, email=form.email, language=form.language
        )
    except Invalid as problem:
        person = await people.own(asker)
        wrong = {name: page.translate(request, text) for name, text in problem.fields.items()}
        return page.render(request, "people/me.html", status=422, person=person, wrong=wrong)
    response = page.see_other(request, "/me", flash=_("저장했습니다."))
    response.set_cookie(
        page.LANGUAGE_COOKIE, form.language, max_age=365 * 86400, samesite="Lax", httponly=True
    )
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
    return page.render(request, "people/welcome_code.html", code="", problem="")


@ROUTES.post("/welcome")
async def enter_code(request: web.Request) -> web.Response:
    form = await read_form(request, CodeForm)
    try:
        code = normal(form.code)
        await request.app[PEOPLE].invitations.look(code)
    except InvitationRefused as problem:
        return page.render(
            request,
            "people/welcome_code.html",
            status=problem.status,
            code=form.code,
            problem=page.translate(request, problem.text),
        )
    return page.see_other(request, f"/welcome/{code}")


@ROUTES.get("/welcome/{code}")
async def show_invitation(request: web.Request) -> web.Response:
    blank = Acceptance(language=page.language(request))
    return await _invitation_page(request, blank, {}, "")


@ROUTES.post("/welcome/{code}")
async def accept(request: web.Request) -> web.Response:
    form = await read_form(request, Acceptance)
    people = request.app[PEOPLE]
    try:
        started = await people.invitations.accept(
            request.match_info["code"],
            form,
            device=request.headers.get("User-Agent", ""),
            address=request.remote or "",
        )
    except InvitationRefused:
        raise
    except Invalid as problem:
        return await _invitation_page(request, form, problem.fields, "", problem.status)
    except Problem as problem:
        text = page.translate(request, problem.text, **problem.params)
        return await _invitation_page(request, form, {}, text, problem.status)
    response = page.see_other(
        request,
        "/",
        flash=_(
            "환영합니다! 이 기기에서 로그인했습니다. ‘내 계정’에서 패스키를 등록하면 더 편합니다."
        ),
    )
    set_session(request, response, started)
    response.set_cookie(
        page.LANGUAGE_COOKIE, form.language, max_age=365 * 86400, samesite="Lax", httponly=True
    )
    return response


async def _invitation_page(
    request: web.Request,
    form: Acceptance,
    wrong: dict[str, str],
    problem: str,
    status: int = 200,
) -> web.Response:
    code = normal(request.match_info["code"])
    invited = await request.app[PEOPLE].invitations.look(code)
    return page.render(
        request,
        "people/welcome.html",
        status=status,
        code=code,
        invited=invited,
        form=form,
        wrong={name: page.translate(request, text) for name, text in wrong.items()},
        problem=problem,
        agreement=SIGNING,
    )
