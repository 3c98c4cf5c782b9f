"""The administrator's pages of what came from the province."""

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.signin.fresh import RIGHTS, within
from kit.web import page
from kit.web.forms import read_form
from node.people.session import asker_of
from node.supplies.model import ANSWER_LABELS, STANDING_CHIPS, STANDING_LABELS
from node.supplies.service import Supplies

ROUTES = web.RouteTableDef()
SUPPLIES = web.AppKey("supplies", Supplies)
PLACE = "/admin/supplies"
_KIND = PLACE + "/{kind:[a-z]{1,20}}"
_ONE = _KIND + "/{key:[0-9a-z-]{1,40}}"


class SupplyForm(msgspec.Struct):
    seen: str


class ComeForm(msgspec.Struct):
    by_itself: str = ""


@ROUTES.get(PLACE)
async def overview(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    return page.render(
        request,
        "supplies/overview.html",
        shelves=await request.app[SUPPLIES].shelves(asker),
        unread=await request.app[SUPPLIES].unread(asker),
        labels=STANDING_LABELS,
        chips=STANDING_CHIPS,
        answers=ANSWER_LABELS,
    )


@ROUTES.post(_KIND + "/come")
@within(RIGHTS)
async def come(request: web.Request) -> web.Response:
    """Whether months of 나이스 are taken by themselves from now on."""
    asker = await asker_of(request)
    form = await read_form(request, ComeForm)
    kind = request.match_info["kind"]
    await request.app[SUPPLIES].come(asker, kind, by_itself=form.by_itself == "1")
    said = (
        _("앞으로 오는 자료는 자동으로 반영됩니다. 학교에서 직접 수정한 내용은 유지됩니다.")
        if form.by_itself == "1"
        else _("앞으로 오는 자료는 확인하고 선택하실 때까지 반영하지 않습니다.")
    )
    return page.see_other(request, PLACE, flash=said)


@ROUTES.post(_KIND)
@within(RIGHTS)
async def take_all(request: web.Request) -> web.Response:
    """Everything of a kind that the school does not have."""
    asker = await asker_of(request)
    _of, count = await request.app[SUPPLIES].take_all(asker, request.match_info["kind"])
    return page.see_other(request, PLACE, flash=_("%(count)s건을 가져왔습니다."), count=count)


@ROUTES.get(_ONE)
async def one(request: web.Request) -> web.Response:
    """One of them, beside what the school has."""
    asker = await asker_of(request)
    of, shown = await request.app[SUPPLIES].one(asker, *_which(request))
    return page.render(
        request,
        "supplies/one.html",
        of=of,
        item=shown.item,
        weighed=shown.weighed,
        labels=STANDING_LABELS,
        chips=STANDING_CHIPS,
    )


@ROUTES.post(_ONE + "/take")
@within(RIGHTS)
async def take(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, SupplyForm)
    of = await request.app[SUPPLIES].take(asker, *_which(request), form.seen)
    return page.see_other(request, PLACE, flash=of.taken)


@ROUTES.post(_ONE + "/leave")
@within(RIGHTS)
async def leave(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[SUPPLIES].leave(asker, *_which(request))
    return page.see_other(
        request,
        PLACE,
        flash=_("우리 학교 자료를 그대로 사용합니다. 교육청이 변경하면 다시 알려 드립니다."),
    )


@ROUTES.post(_ONE + "/back")
@within(RIGHTS)
async def bring_back(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[SUPPLIES].bring_back(asker, *_which(request))
    return page.see_other(request, PLACE, flash=_("바꾸기 전의 우리 학교 자료로 되돌렸습니다."))


def _which(request: web.Request) -> tuple[str, str]:
    return request.match_info["kind"], request.match_info["key"]
