"""Pages of official notices for staff: list, notice, decisions, setting."""

from datetime import datetime

import msgspec
from aiohttp import web

from kit.clock import from_datetime
from kit.i18n import _
from kit.problem import UNFIT, Invalid
from kit.seen import seen_of
from kit.signin.fresh import DECISIONS, RIGHTS, within
from kit.web import page
from kit.web.forms import read_form, read_query
from kit.web.keys import CLOCK
from node.approval.access import DECIDERS, RULERS
from node.files.access import PAGE, page_picture, pages, send, show
from node.files.making import Pages
from node.files.model import Attachment
from node.official.model import AUDIENCE_LABELS, STANDING_LABELS, Landing, Standing
from node.official.service import HANDLERS, Official
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
OFFICIAL = web.AppKey("official", Official)
_ID = "{id:[A-Za-z0-9_.-]{1,64}}"
_FILE = r"/attachments/{position:\d{1,3}}"


class NoticesQuery(msgspec.Struct):
    before: int | None = None


class TextForm(msgspec.Struct):
    text: str = ""


class DelayForm(msgspec.Struct):
    until: str
    text: str = ""


class LandingForm(msgspec.Struct):
    delay_hours: int = 24
    seen: str = ""


@ROUTES.get("/official")
async def listing(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    query = read_query(request, NoticesQuery)
    lines, further = await request.app[OFFICIAL].listing(asker, query.before)
    now = request.app[CLOCK].now()
    return page.render(
        request,
        "official/list.html",
        lines=[(line, line.notice.due(now)) for line in lines],
        further=further,
        standings=STANDING_LABELS,
        audiences=AUDIENCE_LABELS,
    )


@ROUTES.get("/official/setting")
async def setting(request: web.Request) -> web.Response:
    """How long notices for guardians wait."""
    asker = await asker_of(request)
    landing = await request.app[OFFICIAL].current_landing(asker)
    return page.render(
        request,
        "official/setting.html",
        landing=landing,
        seen=seen_of(landing),
        may_change=not asker.roles.isdisjoint(RULERS),
    )


@ROUTES.post("/official/setting")
@within(RIGHTS)
async def set_setting(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, LandingForm)
    if not 0 <= form.delay_hours <= 168:
        raise Invalid({"delay_hours": UNFIT})
    await request.app[OFFICIAL].set_landing(asker, Landing(form.delay_hours), form.seen)
    return page.see_other(request, "/official/setting", flash=_("저장했습니다."))


@ROUTES.get(f"/official/{_ID}")
async def notice(request: web.Request) -> web.Response:
    """A notice with what was done about it and what may be done."""
    asker = await asker_of(request)
    opened = await request.app[OFFICIAL].open(asker, request.match_info["id"])
    standing = opened.notice.standing
    return page.render(
        request,
        "official/notice.html",
        opened=opened,
        notice=opened.notice,
        due=opened.notice.due(request.app[CLOCK].now()),
        standings=STANDING_LABELS,
        audiences=AUDIENCE_LABELS,
        decides=bool(asker.roles & set(DECIDERS)),
        handles=bool(asker.roles & set(HANDLERS)),
        is_waiting=standing is Standing.WAITING,
        is_held=standing is Standing.HELD,
        is_landed=standing is Standing.LANDED,
        is_revoked=standing is Standing.REVOKED,
    )


@ROUTES.post(f"/official/{_ID}/acknowledge")
@within(DECISIONS)
async def acknowledge(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[OFFICIAL].acknowledge(asker, request.match_info["id"])
    return _back(request, _("확인했습니다. 교육청에 전달됩니다."))


@ROUTES.post(f"/official/{_ID}/answer")
@within(DECISIONS)
async def answer(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, TextForm)
    await request.app[OFFICIAL].answer(asker, request.match_info["id"], form.text)
    return _back(request, _("회신 내용을 저장했습니다."))


@ROUTES.post(f"/official/{_ID}/turn")
async def turn(request: web.Request) -> web.Response:
    """One press: a newsletter draft with the notice's text and files."""
    asker = await asker_of(request)
    draft = await request.app[OFFICIAL].turn(asker, request.match_info["id"])
    return page.see_other(
        request, f"/newsletters/{draft}/edit", flash=_("공문을 가정통신문 초안으로 옮겼습니다.")
    )


@ROUTES.post(f"/official/{_ID}/release")
@within(DECISIONS)
async def release(request: web.Request) -> web.Response:
    """One press: into the guardians' list now."""
    asker = await asker_of(request)
    await request.app[OFFICIAL].release(asker, request.match_info["id"])
    return _back(request, _("보호자에게 보냈습니다."))


@ROUTES.post(f"/official/{_ID}/veto")
@within(DECISIONS)
async def veto(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, TextForm)
    await request.app[OFFICIAL].veto(asker, request.match_info["id"], form.text)
    return _back(request, _("발송을 거부했습니다. 사유가 교육청에 전달됩니다."))


@ROUTES.post(f"/official/{_ID}/delay")
@within(DECISIONS)
async def delay(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, DelayForm)
    try:
        until = from_datetime(datetime.fromisoformat(form.until).replace(tzinfo=None))
    except ValueError:
        raise Invalid({"until": UNFIT}) from None
    await request.app[OFFICIAL].delay(asker, request.match_info["id"], until, form.text)
    return _back(request, _("발송을 연기했습니다. 사유가 교육청에 전달됩니다."))


@ROUTES.get(f"/official/{_ID}{_FILE}")
async def preview(request: web.Request) -> web.Response:
    """A file to look at."""
    found = await _file(request)
    back = f"/official/{found.carrier_id}"
    return await show(request, found, here=f"{back}/attachments/{found.position}", back=back)


@ROUTES.get(f"/official/{_ID}{_FILE}/file")
async def file(request: web.Request) -> web.StreamResponse:
    """The file itself."""
    return send(request, await _file(request))


@ROUTES.get(f"/official/{_ID}{_FILE}/{PAGE}")
@page_picture
async def picture(request: web.Request) -> Pages:
    """One page of a file as a picture."""
    return await pages(request, await _file(request))


async def _file(request: web.Request) -> Attachment:
    """The file of the address, if the asker may read its notice. Raises NotFound."""
    asker = await asker_of(request)
    position = int(request.match_info["position"])
    return await request.app[OFFICIAL].file(asker, request.match_info["id"], position)


def _back(request: web.Request, told: str) -> web.Response:
    return page.see_other(request, f"/official/{request.match_info['id']}", flash=told)
