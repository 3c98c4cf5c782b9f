"""Pages on which a guardian takes a consent back, and the author says that what rested on it stopped."""

from aiohttp import web

from kit.i18n import _
from kit.signin.fresh import DECISIONS, within
from kit.web import page
from node.forms.model import RETRACTION_EFFECT, NothingToRetract
from node.forms.web import FORMS
from node.people.session import asker_of
from protocol.records import ConsentV1, read_record

ROUTES = web.RouteTableDef()
RETRACT = r"/receipts/{leaf:\d{1,15}}/retract"


@ROUTES.get(RETRACT)
async def effect(request: web.Request) -> web.Response:
    """What it does, before it is pressed."""
    asker = await asker_of(request)
    view = await request.app[FORMS].receipt(asker, int(request.match_info["leaf"]))
    record = read_record(view.receipt.record)
    if not isinstance(record, ConsentV1) or not view.may_retract:
        raise NothingToRetract()
    return page.render(
        request,
        "forms/retract.html",
        record=record,
        leaf=view.receipt.leaf_index,
        effect=RETRACTION_EFFECT,
    )


@ROUTES.post(RETRACT)
@within(DECISIONS)
async def retract(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    leaf = await request.app[FORMS].retract(asker, int(request.match_info["leaf"]))
    return page.see_other(request, f"/receipts/{leaf}", flash=_("동의를 철회했습니다."))


@ROUTES.post(r"/forms/retractions/{leaf:\d{1,15}}/stopped")
@within(DECISIONS)
async def stopped(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form_id = await request.app[FORMS].stopped(asker, int(request.match_info["leaf"]))
    return page.see_other(
        request, f"/forms/{form_id}/results#retractions", flash=_("중단 완료로 표시했습니다.")
    )
