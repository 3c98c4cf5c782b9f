"""The console's pages of schools and invitations, and their API."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from hub.officers.access import may_act
from hub.officers.model import Officer
from hub.officers.session import officer_of
from hub.schools.invitations import Invitations
from hub.schools.letters import letter_words
from hub.schools.model import (
    INVITATION_LABELS,
    KIND_LABELS,
    RING_LABELS,
    STATE_CHIPS,
    STATE_LABELS,
    TROUBLE_LABELS,
    InvitationLine,
    Invited,
    NewInvitation,
    Ring,
    SchoolFilter,
    SchoolLine,
    SchoolPage,
)
from hub.schools.service import Schools
from hub.schools.standings import Standings
from hub.shown_once import ShownOnce
from kit.i18n import _
from kit.seen import seen_of
from kit.signin.fresh import RIGHTS, within
from kit.web import page
from kit.web.forms import PageQuery, read_form, read_json, read_query
from kit.web.keys import ACTS, CLOCK
from kit.web.openapi import api, json_response
from protocol.enrolment import Invitation, to_qr_text
from protocol.identity import SchoolKind

ROUTES = web.RouteTableDef()
SCHOOLS = web.AppKey("schools", Schools)
INVITATIONS = web.AppKey("schools_invitations", Invitations)
STANDINGS = web.AppKey("schools_standings", Standings)
CODES = web.AppKey("schools_codes", ShownOnce)

LABELS: dict[str, Any] = {
    "states": STATE_LABELS,
    "chips": STATE_CHIPS,
    "troubles": TROUBLE_LABELS,
    "kinds": KIND_LABELS,
    "rings": RING_LABELS,
    "invitation_states": INVITATION_LABELS,
}


class InviteForm(msgspec.Struct):
    school_id: str
    name: str
    kind: SchoolKind
    district: str = ""
    ring: Ring = Ring.ALL
    days: int | None = None


class StandingForm(msgspec.Struct):
    reason: str = ""


class PlaceForm(msgspec.Struct):
    district: str = ""
    ring: Ring = Ring.ALL
    seen: str = ""


class SchoolList(msgspec.Struct):
    """A page of schools; `more`: there is another one."""

    schools: list[SchoolLine]
    more: bool


class InvitationList(msgspec.Struct):
    invitations: list[InvitationLine]
    more: bool


class CreatedInvitation(msgspec.Struct):
    """The code and QR text are given this once and kept nowhere."""

    id: str
    code: str
    qr_text: str
    invitation: Invitation


class Done(msgspec.Struct):
    done: bool = True


# Schools ----------------------------------------------------------------------------------------


@ROUTES.get("/schools")
async def schools(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    wanted = read_query(request, SchoolFilter)
    service = request.app[SCHOOLS]
    lines, more = await service.lines(officer, wanted)
    chosen = {
        name: value
        for name, value in msgspec.to_builtins(wanted).items()
        if name != "page" and value
    }
    return page.render(
        request,
        "schools/list.html",
        lines=lines,
        more=more,
        wanted=wanted,
        pages_url="/schools?" + urlencode({**chosen, "page": ""}),
        totals=await service.totals(officer) if wanted.page <= 1 else None,
        districts=await service.districts(officer),
        may_act=may_act(officer),
        **LABELS,
    )


@ROUTES.get("/schools/{id}")
async def school(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    service = request.app[SCHOOLS]
    found = await service.school(officer, request.match_info["id"])
    return page.render(
        request,
        "schools/school.html",
        seen=seen_of(found.school.district, found.school.ring),
        found=found,
        school=found.school,
        report=found.report,
        chart=_chart(request, found),
        acts=request.app[ACTS],
        history=await service.history(officer, found.school.school_id),
        low_percent=service.province.low_percent,
        now=request.app[CLOCK].now(),
        may_act=may_act(officer),
        **LABELS,
    )


def _chart(request: web.Request, found: SchoolPage) -> dict[str, object] | None:
    if len(found.days) < 2:
        return None
    free = [round(day.disk_free / 2**30, 1) for day in found.days]
    label = page.translate(request, _("남은 저장 공간 (GB)"))
    return {
        "x": list(range(len(found.days))),
        "labels": [f"{day.day_on[5:7]}. {day.day_on[8:]}." for day in found.days],
        "series": [{"label": label, "values": free}],
        "kind": "line",
    }


Move = Callable[[Standings, Officer, str, str], Awaitable[None]]


async def _move(request: web.Request, move: Move, flash: str) -> web.Response:
    officer = await officer_of(request)
    form = await read_form(request, StandingForm)
    school_id = request.match_info["id"]
    await move(request.app[STANDINGS], officer, school_id, form.reason)
    return page.see_other(request, f"/schools/{school_id}", flash=flash)


@ROUTES.post("/schools/{id}/suspend")
@within(RIGHTS)
async def suspend(request: web.Request) -> web.Response:
    return await _move(request, Standings.suspend, _("학교의 이용을 일시 중지했습니다."))


@ROUTES.post("/schools/{id}/resume")
@within(RIGHTS)
async def resume(request: web.Request) -> web.Response:
    return await _move(request, Standings.resume, _("학교의 이용을 다시 시작했습니다."))


@ROUTES.post("/schools/{id}/revoke")
@within(RIGHTS)
async def revoke(request: web.Request) -> web.Response:
    return await _move(request, Standings.revoke, _("학교의 가입을 해지했습니다."))


@ROUTES.post("/schools/{id}/place")
async def place(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    form = await read_form(request, PlaceForm)
    school_id = request.match_info["id"]
    await request.app[STANDINGS].place(officer, school_id, form.district, form.ring, form.seen)
    return page.see_other(request, f"/schools/{school_id}", flash=_("저장했습니다."))


# Invitations ------------------------------------------------------------------------------------


@ROUTES.get("/invitations")
async def invitations(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    wanted = read_query(request, PageQuery)
    lines, more = await request.app[INVITATIONS].lines(officer, wanted.page)
    return page.render(
        request,
        "schools/invitations.html",
        lines=lines,
        more=more,
        wanted=wanted,
        now=request.app[CLOCK].now(),
        may_act=may_act(officer),
        **LABELS,
    )


@ROUTES.get("/invitations/new")
async def new_invitation(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    given = {
        name: request.query.get(name, "") for name in ("school_id", "name", "kind", "district")
    }
    service = request.app[SCHOOLS]
    return page.render(
        request,
        "schools/invite.html",
        given=given,
        days=service.province.invitation_days,
        districts=await service.districts(officer),
        **LABELS,
    )


@ROUTES.post("/invitations")
@within(RIGHTS)
async def invite(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    made = await _invite(request, officer, await read_form(request, InviteForm))
    return page.see_other(request, f"/invitations/{made.id}/letter")


async def _invite(request: web.Request, officer: Officer, form: InviteForm) -> Invited:
    wanted = NewInvitation(
        school_id=form.school_id,
        name=form.name,
        kind=form.kind,
        district=form.district,
        ring=form.ring,
        days=form.days,
    )
    made = await request.app[INVITATIONS].invite(officer, wanted)
    request.app[CODES].keep(officer.id, made.id, to_qr_text(made.invitation))
    return made


@ROUTES.get("/invitations/{id}/letter")
async def letter(request: web.Request) -> web.Response:
    """The letter to print, for its maker, while the code is still in memory."""
    officer = await officer_of(request)
    line = await request.app[INVITATIONS].invitation(officer, request.match_info["id"])
    text = request.app[CODES].read(officer.id, line.id)
    if text is None:
        return page.render(request, "schools/letter_gone.html", line=line, status=410)
    province = request.app[SCHOOLS].province
    words = await asyncio.to_thread(letter_words, province, line.school_name, text)
    return page.render(request, "schools/letter.html", line=line, **words)


@ROUTES.post("/invitations/{id}/revoke")
@within(RIGHTS)
async def withdraw(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    await request.app[INVITATIONS].withdraw(officer, request.match_info["id"])
    return page.see_other(request, "/invitations", flash=_("초대장을 취소했습니다."))


# API --------------------------------------------------------------------------------------------


@ROUTES.get("/api/v1/schools")
@api(summary="Schools of the province with their live state", query=SchoolFilter, answer=SchoolList)
async def api_schools(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    lines, more = await request.app[SCHOOLS].lines(officer, read_query(request, SchoolFilter))
    return json_response(SchoolList(lines, more))


@ROUTES.get("/api/v1/schools/{id}")
@api(summary="One school with its last report", answer=SchoolPage)
async def api_school(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    return json_response(await request.app[SCHOOLS].school(officer, request.match_info["id"]))


async def _api_move(request: web.Request, move: Move) -> web.Response:
    officer = await officer_of(request)
    form = await read_json(request, StandingForm)
    await move(request.app[STANDINGS], officer, request.match_info["id"], form.reason)
    return json_response(Done())


@ROUTES.post("/api/v1/schools/{id}/suspend")
@within(RIGHTS)
@api(summary="Suspend a school; holds from its next request", body=StandingForm, answer=Done)
async def api_suspend(request: web.Request) -> web.Response:
    return await _api_move(request, Standings.suspend)


@ROUTES.post("/api/v1/schools/{id}/resume")
@within(RIGHTS)
@api(summary="Resume a suspended school", body=StandingForm, answer=Done)
async def api_resume(request: web.Request) -> web.Response:
    return await _api_move(request, Standings.resume)


@ROUTES.post("/api/v1/schools/{id}/revoke")
@within(RIGHTS)
@api(
    summary="Revoke a school; it may come back by a new invitation", body=StandingForm, answer=Done
)
async def api_revoke(request: web.Request) -> web.Response:
    return await _api_move(request, Standings.revoke)


@ROUTES.get("/api/v1/invitations")
@api(summary="Invitations, the newest first", query=PageQuery, answer=InvitationList)
async def api_invitations(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    wanted = read_query(request, PageQuery)
    lines, more = await request.app[INVITATIONS].lines(officer, wanted.page)
    return json_response(InvitationList(lines, more))


@ROUTES.post("/api/v1/invitations")
@within(RIGHTS)
@api(summary="Invite a school", body=InviteForm, answer=CreatedInvitation, status=201)
async def api_invite(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    made = await _invite(request, officer, await read_json(request, InviteForm))
    text = to_qr_text(made.invitation)
    answer = CreatedInvitation(made.id, made.invitation.code, text, made.invitation)
    return json_response(answer, 201)


@ROUTES.post("/api/v1/invitations/{id}/revoke")
@within(RIGHTS)
@api(summary="Withdraw an open invitation", answer=Done)
async def api_withdraw(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    await request.app[INVITATIONS].withdraw(officer, request.match_info["id"])
    return json_response(Done())
