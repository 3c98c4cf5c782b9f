"""The page of what schools are given to use as their own."""

import msgspec
from aiohttp import web

from hub.officers.access import may_act, require_acting
from hub.officers.session import officer_of
from hub.supplies.model import (
    LARGEST_PAPER,
    MOST_FILES,
    SUPPLY_KIND_LABELS,
    SUPPLY_PENDING_CHIPS,
    SUPPLY_PENDING_LABELS,
    PaperFilesWrong,
    SupplyPending,
)
from hub.supplies.service import Supplies
from hub.supplies.uploads_web import UPLOADS
from kit.i18n import _
from kit.web import page
from kit.web.forms import posted, read_form
from protocol.supplies import OF_NEIS

ROUTES = web.RouteTableDef()
SUPPLIES = web.AppKey("supplies", Supplies)
PLACE = "/supplies"
_ONE = PLACE + "/{kind:[a-z]{1,20}}/{key:[0-9a-z-]{1,40}}"


class HolidaysForm(msgspec.Struct):
    days: str = ""


@ROUTES.get(PLACE)
async def listing(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    items = await request.app[SUPPLIES].items(officer)
    return page.render(
        request,
        "supplies/list.html",
        shelves=[(k, [one for one in items if one.kind == k]) for k in SUPPLY_KIND_LABELS],
        waiting=sum(one.pending is not SupplyPending.NONE for one in items),
        writes=may_act(officer),
        kinds=SUPPLY_KIND_LABELS,
        of_neis=OF_NEIS,
        remembered=await request.app[UPLOADS].remembered(officer),
        labels=SUPPLY_PENDING_LABELS,
        chips=SUPPLY_PENDING_CHIPS,
    )


@ROUTES.post(PLACE + "/papers")
async def add_papers(request: web.Request) -> web.Response:
    """Files of kinds of papers, all or none."""
    officer = await officer_of(request)
    require_acting(officer)
    sent = (await posted(request)).getall("files", [])
    uploaded = [one for one in sent if isinstance(one, web.FileField)]
    if len(uploaded) > MOST_FILES:
        raise PaperFilesWrong(files=uploaded[MOST_FILES].filename)
    files = [(one.filename, one.file.read(LARGEST_PAPER + 1)) for one in uploaded]
    count = await request.app[SUPPLIES].add_papers(officer, files)
    return page.see_other(
        request, PLACE, flash=_("서류 종류 %(count)s건을 등록했습니다."), count=count
    )


@ROUTES.post(PLACE + "/holidays")
async def add_holidays(request: web.Request) -> web.Response:
    """Holidays, a line each, all or none."""
    officer = await officer_of(request)
    require_acting(officer)
    form = await read_form(request, HolidaysForm)
    count = await request.app[SUPPLIES].add_holidays(officer, form.days)
    return page.see_other(
        request, PLACE, flash=_("공휴일 %(count)s일을 등록했습니다."), count=count
    )


@ROUTES.post(_ONE + "/remove")
async def remove(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    await request.app[SUPPLIES].remove(officer, *_which(request))
    return page.see_other(
        request, PLACE, flash=_("회수했습니다. 학교가 이미 가져간 자료는 학교에 그대로 남습니다.")
    )


@ROUTES.post(_ONE + "/restore")
async def restore(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    await request.app[SUPPLIES].restore(officer, *_which(request))
    return page.see_other(request, PLACE, flash=_("복원했습니다."))


def _which(request: web.Request) -> tuple[str, str]:
    return request.match_info["kind"], request.match_info["key"]
