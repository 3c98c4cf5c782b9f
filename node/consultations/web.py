"""Pages of families: consultation weeks, taking a time, one plan for several children, one's own calendar."""

import asyncio
from datetime import date
from typing import Any

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.web import page
from kit.web.forms import read_form, read_query
from kit.web.page import SHELL
from node.consultations.ical import written
from node.consultations.model import (
    LONGEST_TOPIC,
    MEETING_LABELS,
    WEEK_KINDS,
    WEEK_LABELS,
    Wish,
    Wishes,
)
from node.consultations.service import Consultations
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
CONSULTATIONS = web.AppKey("consultations", Consultations)
ID = "/consultations/{id:[0-9a-f]{20}}"
WORDS: dict[str, Any] = {
    "phases": WEEK_LABELS,
    "phase_kinds": WEEK_KINDS,
    "meetings": MEETING_LABELS,
    "longest_topic": LONGEST_TOPIC,
}
"""What every page of consultations calls its states, and how it colours them."""


class BeforeQuery(msgspec.Struct):
    before: str = ""


class TakeTimeForm(msgspec.Struct):
    child: str
    slot: str
    topic: str = ""


class TogetherForm(msgspec.Struct):
    """When the guardian can come: nothing chosen is any time. `wish`: what they ask for, a child and with whom
    (`{id}:{id}`, without the second one the homeroom teacher); it counts where `chosen` says so."""

    day: list[date] = []
    since: str = ""
    until: str = ""
    wish: list[str] = []
    chosen: str = ""


class SlotForm(msgspec.Struct):
    slot: str


class TopicForm(msgspec.Struct):
    topic: str = ""


@ROUTES.get("/consultations")
async def listing(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    query = read_query(request, BeforeQuery)
    found = await request.app[CONSULTATIONS].page(asker, query.before)
    plan = await request.app[CONSULTATIONS].own_plan(asker)
    return page.render(request, "consultations/list.html", found=found, plan=plan, **WORDS)


@ROUTES.get("/consultations/plan.ics")
async def plan_file(request: web.Request) -> web.Response:
    """The reader's consultations to come, for their own calendar."""
    asker = await asker_of(request)
    lines = await request.app[CONSULTATIONS].own_plan(asker)
    school = request.app[SHELL].site.name
    return web.Response(
        body=await asyncio.to_thread(written, school, lines),
        content_type="text/calendar",
        charset="utf-8",
        headers={
            "Content-Disposition": 'attachment; filename="consultations.ics"',
            "Cache-Control": "no-store",
        },
    )


@ROUTES.get(ID)
async def week(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    view = await request.app[CONSULTATIONS].view(asker, request.match_info["id"])
    return page.render(request, "consultations/week.html", view=view, **WORDS)


@ROUTES.get(ID + "/with/{teacher:[0-9a-f]{20}}")
async def with_teacher(request: web.Request) -> web.Response:
    """The times of somebody else than the homeroom teacher."""
    asker = await asker_of(request)
    week_id, teacher = request.match_info["id"], request.match_info["teacher"]
    view = await request.app[CONSULTATIONS].with_teacher(asker, week_id, teacher)
    return page.render(request, "consultations/with.html", view=view, **WORDS)


@ROUTES.post(ID + "/bookings")
async def take(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, TakeTimeForm)
    taking = request.app[CONSULTATIONS].taking
    await taking.take(asker, request.match_info["id"], form.child, form.slot, form.topic)
    return _back(request, _("상담 시간을 예약했습니다."))


@ROUTES.post(ID + "/plan")
async def take_together(request: web.Request) -> web.Response:
    """A time for each child that has none, or for all that is chosen, in one press."""
    asker = await asker_of(request)
    form = await read_form(request, TogetherForm)
    chosen = tuple(sorted(set(map(_wish, form.wish)))) if form.chosen else None
    wishes = Wishes(tuple(sorted(set(form.day))), form.since[:5], form.until[:5], chosen)
    taking = request.app[CONSULTATIONS].taking
    taken = await taking.take_together(asker, request.match_info["id"], wishes)
    if not taken:
        return _back(request, _("선택한 상담은 모두 이미 예약되어 있습니다."))
    return _back(request, _("상담 시간을 겹치지 않게 예약했습니다. 아래에서 확인해 주세요."))


def _wish(text: str) -> Wish:
    child, _colon, teacher = text.partition(":")
    return child, teacher


@ROUTES.post(ID + "/bookings/{booking:[0-9a-f]{20}}/move")
async def move(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, SlotForm)
    week_id, booking = request.match_info["id"], request.match_info["booking"]
    await request.app[CONSULTATIONS].taking.move(asker, week_id, booking, form.slot)
    return _back(request, _("상담 시간을 변경했습니다."))


@ROUTES.post(ID + "/bookings/{booking:[0-9a-f]{20}}/cancel")
async def cancel(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    week_id, booking = request.match_info["id"], request.match_info["booking"]
    await request.app[CONSULTATIONS].taking.cancel(asker, week_id, booking)
    return _back(request, _("상담 예약을 취소했습니다."))


@ROUTES.post(ID + "/bookings/{booking:[0-9a-f]{20}}/topic")
async def write_topic(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, TopicForm)
    week_id, booking = request.match_info["id"], request.match_info["booking"]
    await request.app[CONSULTATIONS].taking.write_topic(asker, week_id, booking, form.topic)
    return _back(request, _("저장했습니다. 상담하는 선생님만 볼 수 있습니다."))


def _back(request: web.Request, flash: str) -> web.Response:
    return page.see_other(request, f"/consultations/{request.match_info['id']}", flash=flash)
