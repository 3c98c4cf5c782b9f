"""Pages of slips on paper: what a family wrote by hand is entered, with the scan of it."""

import asyncio

import msgspec
from aiohttp import web
from msgspec.structs import replace

from kit.i18n import _
from kit.problem import Invalid, NotFound
from kit.signin.fresh import DECISIONS, within
from kit.web import page
from kit.web.forms import posted, read_form
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.files.access import FILES, send, uploads
from node.files.attaching import AttachmentUploads
from node.files.model import Upload
from node.files.tus import Takes, Told, add_routes
from node.forms import slips
from node.forms.slips import Slips
from node.forms.web import CHILD, FORMS
from node.people.access import require_staff
from node.people.model import Asker
from node.people.session import asker_of
from node.questions.filling import values_of
from node.questions.model import AGREED, BadAnswer

ROUTES = web.RouteTableDef()
SLIPS = web.AppKey("slips", Slips)
UPLOADS = web.AppKey("slip_uploads", AttachmentUploads)
ENDPOINT = "/api/v1/forms/uploads"


class SlipForm(msgspec.Struct):
    guardian: str
    wording: int | None = None
    scan: str = ""


def _which(request: web.Request) -> tuple[str, str]:
    return request.match_info["id"], request.match_info["student"]


@ROUTES.get(CHILD + "/paper")
@shows(What.PAPER)
async def paper(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form_id, student_id = _which(request)
    found, row, guardians = await request.app[FORMS].paper_form(asker, form_id, student_id)
    target = slips.target_of(form_id, student_id)
    alone = "HX-Request" in request.headers
    looked(request, title=found.title, persons=[row.asked.id, *(one.id for one in guardians)])
    return page.render(
        request,
        "forms/scan.html" if alone else "forms/paper.html",
        results=found,
        row=row,
        guardians=guardians,
        target=target,
        scan=await request.app[SLIPS].coming(asker, form_id, student_id),
        on_their_way=await request.app[UPLOADS].on_their_way(asker, target),
        values={},
        agreed_word=AGREED,
        fields=[
            replace(field, label=f"{number}. {field.label}")
            for number, field in enumerate(found.draft.fields, start=1)
        ],
    )


@ROUTES.post(CHILD + "/paper")
@within(DECISIONS)
async def enter_paper(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    slip = await read_form(request, SlipForm)
    sent = await posted(request)
    values = values_of(sent)
    form_id, student_id = _which(request)
    try:
        await request.app[FORMS].enter_paper(
            asker, form_id, student_id, slip.guardian, values, slip.wording, slip.scan
        )
    except BadAnswer as problem:
        raise problem.of_inputs() from problem
    return page.see_other(
        request, f"/forms/{form_id}/results", flash=_("종이로 받은 회신을 입력했습니다.")
    )


# The scan -----------------------------------------------------------------------------------------


@ROUTES.post(CHILD + "/scan")
async def attach(request: web.Request) -> web.Response:
    """The scan as a whole, of a browser that sends no parts."""
    asker = await asker_of(request)
    form_id, student_id = _which(request)
    await request.app[SLIPS].require(asker, form_id, student_id)
    kept = [
        await asyncio.to_thread(request.app[FILES].keep, name, content)
        async for name, content in uploads(request)
    ]
    if len(kept) != 1:
        raise Invalid({"files": _("첨부할 파일을 선택해 주세요.")})
    await request.app[SLIPS].attach(asker, form_id, student_id, kept[0])
    return _back(request, _("파일을 첨부했습니다."))


def _back(request: web.Request, flash: str) -> web.Response:
    form_id, student_id = _which(request)
    here = CHILD.format(id=form_id, student=student_id)
    return page.see_other(request, f"{here}/paper", flash=flash)


@ROUTES.get(CHILD + "/scan")
@shows(What.PAPER)
async def scan(request: web.Request) -> web.StreamResponse:
    """The scan that waits for its slip to be entered."""
    asker = await asker_of(request)
    form_id, student_id = _which(request)
    found = await request.app[SLIPS].coming(asker, form_id, student_id)
    if found is None:
        raise NotFound()
    looked(request, title=found.name, persons=[student_id])
    return send(request, found)


@ROUTES.post(CHILD + "/scan/remove")
async def remove(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[SLIPS].remove(asker, *_which(request))
    return _back(request, _("첨부 파일을 삭제했습니다."))


@ROUTES.post(CHILD + "/uploads/{upload}/remove")
async def give_up(request: web.Request) -> web.Response:
    """What the reader has begun to send and does not go on with."""
    asker = await asker_of(request)
    await request.app[SLIPS].require(asker, *_which(request))
    await request.app[UPLOADS].cancel(asker, request.match_info["upload"])
    return _back(request, _("올리던 파일을 삭제했습니다."))


async def _begin_upload(request: web.Request, asker: Asker, told: Told) -> Upload:
    return await request.app[UPLOADS].create(asker, told)


add_routes(
    ROUTES, ENDPOINT, Takes(lambda request: request.app[UPLOADS], _begin_upload, require_staff)
)
