"""Pages of families: what one may sign up for, signing up, the draw and what it is recomputed from."""

from typing import Any

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.ids import new_id
from kit.web import page
from kit.web.forms import read_form, read_query
from node.people.session import asker_of
from node.signups.model import (
    HOW_LABELS,
    PHASE_KINDS,
    PHASE_LABELS,
    STATE_KINDS,
    STATE_LABELS,
)
from node.signups.service import Signups
from protocol.draw import FILE_SUFFIX
from protocol.receipts import FILE_SUFFIX as RECEIPT_SUFFIX

ROUTES = web.RouteTableDef()
SIGNUPS = web.AppKey("signups", Signups)
ID = "/signups/{id:[0-9a-f]{20}}"
WORDS: dict[str, Any] = {
    "hows": HOW_LABELS,
    "phases": PHASE_LABELS,
    "phase_kinds": PHASE_KINDS,
    "states": STATE_LABELS,
    "state_kinds": STATE_KINDS,
}
"""What every page of sign-ups calls its states, and how it colours them."""


class OlderQuery(msgspec.Struct):
    before: int | None = None


class EnterForm(msgspec.Struct):
    """`child`: ids of the children; `submission`: the page's key, the same when it is sent again. Where there
    is one course alone it need not be named."""

    course: str = ""
    child: list[str] = []
    together: bool = False
    submission: str = ""


@ROUTES.get("/signups")
async def listing(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    query = read_query(request, OlderQuery)
    found = await request.app[SIGNUPS].page(asker, query.before)
    return page.render(request, "signups/list.html", found=found, **WORDS)


@ROUTES.get(ID)
async def signup(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    view = await request.app[SIGNUPS].view(asker, request.match_info["id"])
    return page.render(request, "signups/signup.html", view=view, submission=new_id(), **WORDS)


@ROUTES.post(ID + "/entries")
async def enter(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, EnterForm)
    signup_id = request.match_info["id"]
    await request.app[SIGNUPS].entering.enter(
        asker,
        signup_id,
        form.course,
        form.child,
        together=form.together,
        submission=form.submission[:64] or new_id(),
    )
    return page.see_other(
        request,
        f"/signups/{signup_id}",
        flash=_("신청을 접수했습니다. 아래 ‘우리 아이 신청’에서 상태를 확인해 주세요."),
    )


@ROUTES.post(ID + "/entries/{entry}/cancel")
async def cancel(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    signup_id = request.match_info["id"]
    await request.app[SIGNUPS].entering.cancel(asker, signup_id, request.match_info["entry"])
    return page.see_other(request, f"/signups/{signup_id}", flash=_("신청을 취소했습니다."))


# The draw -------------------------------------------------------------------------------------------


@ROUTES.get(ID + "/draw")
async def drawing(request: web.Request) -> web.Response:
    """Where a family recomputes the draw on its own telephone."""
    asker = await asker_of(request)
    found = await request.app[SIGNUPS].draws.open(asker, request.match_info["id"])
    return page.render(request, "signups/draw.html", found=found, **WORDS)


@ROUTES.get(ID + "/draw.json")
async def draw_file(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    signup_id = request.match_info["id"]
    body = await request.app[SIGNUPS].draws.file(asker, signup_id)
    return _file(body, f"draw-{signup_id}{FILE_SUFFIX}")


@ROUTES.get(ID + "/promise.json")
async def promise_file(request: web.Request) -> web.Response:
    """What shows, kept before the draw, that the school had its seed then."""
    asker = await asker_of(request)
    signup_id = request.match_info["id"]
    body = await request.app[SIGNUPS].draws.promise_file(asker, signup_id)
    return _file(body, f"draw-promise-{signup_id}{RECEIPT_SUFFIX}")


def _file(body: bytes, name: str) -> web.Response:
    return web.Response(
        body=body,
        content_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
