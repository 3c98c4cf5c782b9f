"""Pages of what a letter is begun from, and the ticks at what a notice asks to bring."""

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.web import page
from kit.web.forms import read_form
from node.newsletters.beginning import PROVINCE, SCHOOLS, Beginnings
from node.newsletters.model import SORT_LABELS, Sort
from node.newsletters.web import BRINGING, NEWSLETTERS
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
BEGINNINGS = web.AppKey("beginnings", Beginnings)
_ID = "{id:[0-9a-f]{20}}"


class TemplateForm(msgspec.Struct):
    name: str = ""
    school: str = ""


class PackedForm(msgspec.Struct):
    thing: str = ""
    packed: str = ""
    back: str = ""


@ROUTES.post("/newsletters/as-before")
async def as_before(request: web.Request) -> web.Response:
    """A draft of today's class notice from the last one."""
    asker = await asker_of(request)
    begun = await request.app[BEGINNINGS].as_before(asker)
    if begun is None:
        blank = await request.app[NEWSLETTERS].desk.create(asker, Sort.CLASS_NOTICE)
        return page.see_other(
            request,
            f"/newsletters/{blank}/edit",
            flash=_("아직 보낸 알림장이 없습니다. 첫 알림장을 작성해 주세요."),
            kind="info",
        )
    return page.see_other(
        request,
        f"/newsletters/{begun}/edit",
        flash=_("지난 알림장을 가져왔습니다. 바뀐 내용만 수정해서 보내세요."),
    )


@ROUTES.get("/newsletters/templates")
async def templates(request: web.Request) -> web.Response:
    """The writer's templates, the school's and the province's."""
    asker = await asker_of(request)
    found = await request.app[BEGINNINGS].templates(asker)
    return page.render(
        request,
        "newsletters/templates.html",
        sorts=SORT_LABELS,
        own=[one for one in found if one.owner_id not in (SCHOOLS, PROVINCE)],
        provinces=[one for one in found if one.owner_id == PROVINCE],
        schools=[one for one in found if one.owner_id == SCHOOLS],
    )


@ROUTES.post(f"/newsletters/{_ID}/template")
async def keep(request: web.Request) -> web.Response:
    """Keep a letter as a template."""
    asker = await asker_of(request)
    form = await read_form(request, TemplateForm)
    await request.app[BEGINNINGS].keep(
        asker, request.match_info["id"], form.name, is_schools=bool(form.school)
    )
    return page.see_other(request, "/newsletters/templates", flash=_("양식으로 저장했습니다."))


@ROUTES.post(f"/newsletters/templates/{_ID}/begin")
async def begin(request: web.Request) -> web.Response:
    """A draft from a template."""
    asker = await asker_of(request)
    begun = await request.app[BEGINNINGS].begin(asker, request.match_info["id"])
    return page.see_other(request, f"/newsletters/{begun}/edit")


@ROUTES.get(f"/newsletters/templates/{_ID}/export")
async def export(request: web.Request) -> web.Response:
    """The file with which the province, or another school, takes a template over."""
    asker = await asker_of(request)
    template_id = request.match_info["id"]
    content = await request.app[BEGINNINGS].exported(asker, template_id)
    return web.Response(
        body=content,
        content_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="letter-template-{template_id}.json"',
            "Cache-Control": "no-store",
        },
    )


@ROUTES.post(f"/newsletters/templates/{_ID}/rename")
async def rename(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, TemplateForm)
    await request.app[BEGINNINGS].rename(asker, request.match_info["id"], form.name)
    return page.see_other(request, "/newsletters/templates", flash=_("이름을 바꿨습니다."))


@ROUTES.post(f"/newsletters/templates/{_ID}/remove")
async def remove(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[BEGINNINGS].remove(asker, request.match_info["id"])
    return page.see_other(request, "/newsletters/templates", flash=_("양식을 삭제했습니다."))


@ROUTES.post(f"/newsletters/{_ID}/packed")
async def pack(request: web.Request) -> web.Response:
    """Tick something to bring, or take the tick back."""
    asker = await asker_of(request)
    form = await read_form(request, PackedForm)
    newsletter_id = request.match_info["id"]
    await request.app[BRINGING].pack(asker, newsletter_id, form.thing, packed=bool(form.packed))
    back = "/#today" if form.back == "home" else f"/newsletters/{newsletter_id}#bringing"
    return page.see_other(request, back)
