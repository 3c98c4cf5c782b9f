"""Pages of the official notices: list, composer, preview and confirmation, delivery, export."""

from datetime import datetime

import msgspec
from aiohttp import web

from hub.broadcasts.drafts import Drafts
from hub.broadcasts.export import as_csv, as_workbook
from hub.broadcasts.model import (
    ARRIVAL_LABELS,
    AUDIENCE_LABELS,
    MAX_FILE,
    STANDING_LABELS,
    FileRefused,
    Notice,
    NoticeContent,
    NoticeLine,
    Scope,
    Target,
    arrival,
)
from hub.broadcasts.service import Broadcasts
from hub.officers.access import may_act, require_acting
from hub.officers.model import Officer
from hub.officers.session import officer_of
from hub.schools.model import KIND_LABELS, RING_LABELS
from kit.clock import from_datetime, local
from kit.i18n import _
from kit.problem import Invalid
from kit.signin.fresh import DECISIONS, within
from kit.typed import whole
from kit.web import download, markdown, page
from kit.web.forms import PageQuery, parts, read_form, read_query
from kit.web.keys import CLOCK
from kit.web.openapi import api, json_response
from protocol.official import NoticeAudience

ROUTES = web.RouteTableDef()
BROADCASTS = web.AppKey("broadcasts", Broadcasts)
DRAFTS = web.AppKey("broadcasts_drafts", Drafts)
SHOWN = 50  # schools on a page of a notice


class NoticeForm(msgspec.Struct):
    """The composer. Times as a browser's datetime-local writes them, in Seoul."""

    title: str
    body: str = ""
    reference: str = ""
    audience: NoticeAudience = NoticeAudience.STAFF
    department: str = ""
    contact: str = ""
    deadline: str = ""
    must_acknowledge: bool = False
    publish: str = ""
    scope: Scope = Scope.ALL
    kinds: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    rings: tuple[str, ...] = ()
    schools: tuple[str, ...] = ()
    listed: str = ""
    seen: str = ""


class SendForm(msgspec.Struct):
    """What was seen in the preview."""

    seen_at: int


class NoticeBodyForm(msgspec.Struct):
    body: str = ""


class NoticeLines(msgspec.Struct, frozen=True):
    """A page of notices."""

    items: list[NoticeLine]
    more: bool


def _moment(text: str, field: str) -> int | None:
    if not text:
        return None
    try:
        return from_datetime(datetime.fromisoformat(text))
    except (ValueError, OverflowError) as error:
        raise Invalid({field: _("날짜와 시각을 확인해 주세요.")}) from error


def _shown(at: int | None) -> str:
    return "" if at is None else f"{local(at):%Y-%m-%dT%H:%M}"


def _content(form: NoticeForm) -> NoticeContent:
    wrong = {}
    if len(form.title) > 300:
        wrong["title"] = _("제목은 300자까지 쓸 수 있습니다.")
    if len(form.body) > 100_000:
        wrong["body"] = _("본문이 너무 깁니다.")
    if wrong:
        raise Invalid(wrong)
    return NoticeContent(
        title=form.title,
        reference=whole("reference", form.reference, 200),
        body=form.body.replace("\r\n", "\n"),
        audience=form.audience,
        department=whole("department", form.department, 200),
        contact=whole("contact", form.contact, 200),
        deadline_at=_moment(form.deadline, "deadline"),
        must_acknowledge=form.must_acknowledge,
        publish_at=_moment(form.publish, "publish"),
    )


def _target(form: NoticeForm) -> Target:
    if form.scope is Scope.ALL:
        return Target()
    if form.scope is Scope.GROUP:
        return Target(Scope.GROUP, form.kinds, form.districts, form.rings)
    listed = tuple(word.upper() for word in form.listed.replace(",", " ").split())
    chosen = tuple(dict.fromkeys((*form.schools, *listed)))
    return Target(Scope.CHOSEN, schools=chosen)


def _form_of(notice: Notice) -> NoticeForm:
    content, target = notice.content, notice.target
    return NoticeForm(
        title=content.title,
        body=content.body,
        reference=content.reference,
        audience=content.audience,
        department=content.department,
        contact=content.contact,
        deadline=_shown(content.deadline_at),
        must_acknowledge=content.must_acknowledge,
        publish=_shown(content.publish_at),
        scope=target.scope,
        kinds=target.kinds,
        districts=target.districts,
        rings=target.rings,
        schools=target.schools,
        listed="\n".join(target.schools),
    )


@ROUTES.get("/notices")
async def notices(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    query = read_query(request, PageQuery)
    lines, more = await request.app[BROADCASTS].lines(officer, query.page)
    return page.render(
        request,
        "broadcasts/list.html",
        lines=lines,
        more=more,
        page=max(1, query.page),
        now=request.app[CLOCK].now(),
        writes=may_act(officer),
        standings=STANDING_LABELS,
    )


@ROUTES.get("/api/v1/notices")
@api(
    summary="Official notices with how many schools received them",
    query=PageQuery,
    answer=NoticeLines,
)
async def notice_lines(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    query = read_query(request, PageQuery)
    lines, more = await request.app[BROADCASTS].lines(officer, query.page)
    return json_response(NoticeLines(lines, more))


async def _compose(
    request: web.Request,
    officer: Officer,
    form: NoticeForm,
    notice: Notice | None = None,
) -> web.Response:
    choices = await request.app[DRAFTS].choices(officer)
    return page.render(
        request,
        "broadcasts/compose.html",
        form=form,
        notice=notice,
        seen=notice.seen if notice is not None else "",
        choices=choices,
        kinds=KIND_LABELS,
        rings=RING_LABELS,
        audiences=AUDIENCE_LABELS,
    )


@ROUTES.get("/notices/new")
async def new(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    require_acting(officer)
    return await _compose(request, officer, NoticeForm(title=""))


@ROUTES.post("/notices/new")
async def create(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    require_acting(officer)
    form = await read_form(request, NoticeForm)
    saved = await request.app[DRAFTS].save(officer, None, _content(form), _target(form))
    return page.see_other(request, f"/notices/{saved}")


@ROUTES.post("/notices/preview")
async def preview(request: web.Request) -> web.Response:
    """The body as it will look, for the composer."""
    await officer_of(request)
    form = await read_form(request, NoticeBodyForm)
    html = await markdown.preview(form.body, page.translate(request, markdown.TOO_LONG))
    return web.Response(text=html, content_type="text/html")


@ROUTES.get("/notices/{notice_id}")
async def notice(request: web.Request) -> web.Response:
    """What is to be sent, with its confirmation, or how it fares."""
    officer = await officer_of(request)
    service = request.app[BROADCASTS]
    number = max(1, read_query(request, PageQuery).page)
    found, tally, deliveries, history = await service.deliveries(
        officer, request.match_info["notice_id"], SHOWN, SHOWN * (number - 1)
    )
    return page.render(
        request,
        "broadcasts/notice.html",
        notice=found,
        html=await markdown.rendered(found.content.body),
        tally=tally,
        deliveries=[(one, arrival(one, found.revision)) for one in deliveries],
        page=number,
        pages=max(1, -(-tally.schools // SHOWN)),
        history=history,
        addressed=await service.addressed(officer, found.target) if not found.revision else 0,
        writes=may_act(officer),
        standings=STANDING_LABELS,
        arrivals=ARRIVAL_LABELS,
        audiences=AUDIENCE_LABELS,
        kinds=KIND_LABELS,
        rings=RING_LABELS,
    )


@ROUTES.get("/notices/{notice_id}/edit")
async def edit(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    drafts = request.app[DRAFTS]
    require_acting(officer)
    found = await drafts.notice(officer, request.match_info["notice_id"])
    return await _compose(request, officer, _form_of(found), found)


@ROUTES.post("/notices/{notice_id}/edit")
async def change(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    drafts = request.app[DRAFTS]
    require_acting(officer)
    notice_id = request.match_info["notice_id"]
    await drafts.notice(officer, notice_id)
    form = await read_form(request, NoticeForm)
    await drafts.save(officer, notice_id, _content(form), _target(form), form.seen)
    return page.see_other(request, f"/notices/{notice_id}")


@ROUTES.post("/notices/{notice_id}/files")
async def attach(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    drafts = request.app[DRAFTS]
    require_acting(officer)
    notice_id = request.match_info["notice_id"]
    for name, body in await _files(request):
        await drafts.attach(officer, notice_id, name, body)
    return page.see_other(request, f"/notices/{notice_id}")


async def _files(request: web.Request) -> list[tuple[str, bytes]]:
    """The uploaded files, each bounded while it is read. Raises FileRefused."""
    if not request.content_type.startswith("multipart/"):
        raise FileRefused()
    found: list[tuple[str, bytes]] = []
    async for part in parts(request):
        if not part.filename:
            continue
        body = bytearray()
        async for piece in part.pieces():
            body += piece
            if len(body) > MAX_FILE:
                raise FileRefused()
        found.append((part.filename, bytes(body)))
    return found


@ROUTES.post("/notices/{notice_id}/files/{sha256}/remove")
async def detach(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    notice_id = request.match_info["notice_id"]
    await request.app[DRAFTS].detach(officer, notice_id, request.match_info["sha256"])
    return page.see_other(request, f"/notices/{notice_id}")


@ROUTES.get("/notices/{notice_id}/files/{sha256}")
async def file(request: web.Request) -> web.FileResponse:
    officer = await officer_of(request)
    drafts = request.app[DRAFTS]
    found = await drafts.attachment(
        officer, request.match_info["notice_id"], request.match_info["sha256"]
    )
    return download.send(drafts.blobs.path(found.sha256), found.name, found.media_type)


@ROUTES.post("/notices/{notice_id}/send")
@within(DECISIONS)
async def send(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    notice_id = request.match_info["notice_id"]
    form = await read_form(request, SendForm)
    await request.app[BROADCASTS].send(officer, notice_id, form.seen_at)
    return page.see_other(request, f"/notices/{notice_id}", flash=_("공문을 보냈습니다."))


@ROUTES.post("/notices/{notice_id}/revoke")
@within(DECISIONS)
async def revoke(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    notice_id = request.match_info["notice_id"]
    await request.app[BROADCASTS].revoke(officer, notice_id)
    return page.see_other(request, f"/notices/{notice_id}", flash=_("공문을 회수했습니다."))


@ROUTES.post("/notices/{notice_id}/remind")
async def remind(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    notice_id = request.match_info["notice_id"]
    schools = await request.app[BROADCASTS].remind(officer, notice_id)
    return page.see_other(
        request,
        f"/notices/{notice_id}",
        flash=_("%(schools)s개교에 다시 알립니다."),
        schools=schools,
    )


@ROUTES.post("/notices/{notice_id}/discard")
async def discard(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    await request.app[DRAFTS].discard(officer, request.match_info["notice_id"])
    return page.see_other(request, "/notices", flash=_("작성 중이던 내용을 삭제했습니다."))


@ROUTES.get("/notices/{notice_id}/export.csv")
async def export_csv(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    found, _tally, deliveries, _history = await request.app[BROADCASTS].deliveries(
        officer, request.match_info["notice_id"]
    )
    body = await as_csv(found, deliveries, lambda text: page.translate(request, text))
    return web.Response(
        body=body,
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="notice-{found.id}.csv"',
        },
    )


@ROUTES.get("/notices/{notice_id}/export.xlsx")
async def export_xlsx(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    found, _tally, deliveries, _history = await request.app[BROADCASTS].deliveries(
        officer, request.match_info["notice_id"]
    )
    body = await as_workbook(found, deliveries, lambda text: page.translate(request, text))
    return web.Response(
        body=body,
        headers={
            "Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "Content-Disposition": f'attachment; filename="notice-{found.id}.xlsx"',
        },
    )
