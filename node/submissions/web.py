"""Pages of papers for whoever hands them in, and the page of one paper for all who may see it."""

import asyncio
from typing import Annotated

import msgspec
from aiohttp import web
from multidict import MultiMapping

from kit.clock import local_date
from kit.i18n import _
from kit.pdf.document import Kind
from kit.problem import Invalid
from kit.signin.fresh import DECISIONS, within
from kit.web import page
from kit.web.forms import posted, read_form, read_query
from kit.web.keys import CLOCK
from kit.web.openapi import json_response
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.files.access import FILES, PAGE, page_picture, pages, send, send_paper, show, uploads
from node.files.attaching import AttachmentUploads
from node.files.making import Pages
from node.files.model import Attachment, Upload
from node.files.tus import Takes, Told, add_routes
from node.people.access import class_readers
from node.people.model import Asker
from node.people.session import asker_of
from node.questions.filling import values_of
from node.questions.model import AGREED, BadAnswer
from node.submissions.model import HALF_LABELS, PaperInput, PaperView
from node.submissions.printing import paper_form, sheet_of
from node.submissions.refusals import NotWritable
from node.submissions.service import Submissions
from node.submissions.writing import seen
from protocol.receipts import Receipt, to_file
from protocol.records import ApprovalV1, read_record

ROUTES = web.RouteTableDef()
SUBMISSIONS = web.AppKey("submissions", Submissions)
UPLOADS = web.AppKey("submission_uploads", AttachmentUploads)
ID = "{id:[0-9a-f]{20}}"
FILE = "{file:[0-9a-f]{20}}"
_PAPER = f"/submissions/{ID}"
_LEAF = r"{leaf:\d{1,15}}"


class PapersQuery(msgspec.Struct):
    """`type`: the kind that alone is to be begun, as search leads to it."""

    page: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1
    type: str = ""


class BeginForm(msgspec.Struct):
    type: str
    student: str = ""
    name: str = ""


class WordForm(msgspec.Struct):
    word: str = ""


class OpinionForm(msgspec.Struct):
    answer: str
    word: str = ""


class SavedPaper(msgspec.Struct, frozen=True):
    """What js/sending.js is answered: the version from now on, and when it was saved in words."""

    seen: str
    said: str


@ROUTES.get("/submissions")
async def front(request: web.Request) -> web.Response:
    """What one can hand in, and what one has."""
    asker = await asker_of(request)
    query = read_query(request, PapersQuery)
    startable, lines, more = await request.app[SUBMISSIONS].papers.front(asker, query.page)
    chosen = [one for one in startable if one.id == query.type]
    return page.render(
        request,
        "submissions/front.html",
        startable=chosen or startable,
        is_chosen=bool(chosen),
        lines=lines,
        page=query.page,
        more=more,
    )


@ROUTES.post("/submissions")
async def begin(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, BeginForm)
    paper_id = await request.app[SUBMISSIONS].writing.begin(
        asker, form.type, form.student, form.name
    )
    return page.see_other(request, f"/submissions/{paper_id}/edit")


@ROUTES.get(_PAPER)
@shows(What.PAPERS)
async def paper(request: web.Request) -> web.Response:
    """One paper: where it stands, what was said, what can be done."""
    view = await _view(request)
    if view.may_write and not view.paper.number:
        return page.see_other(request, f"/submissions/{view.paper.id}/edit")
    alone = "HX-Request" in request.headers
    return page.render(
        request,
        "submissions/attached.html" if alone else "submissions/paper.html",
        view=view,
        paper=view.paper,
        stock=view.type.stock,
        on_their_way=await _on_their_way(request, view),
    )


async def _on_their_way(request: web.Request, view: PaperView) -> list[Upload]:
    """What of the reader's own has not arrived whole."""
    if not (view.may_write or view.may_add_evidence):
        return []
    asker = await asker_of(request)
    return await request.app[UPLOADS].on_their_way(asker, view.paper.id)


@ROUTES.get(f"{_PAPER}/print")
@shows(What.PAPERS)
async def printed(request: web.Request) -> web.Response:
    """A paper in the layout of the paper form, to be printed or kept as PDF."""
    view = await _view(request)
    return page.render(
        request,
        "submissions/print.html",
        view=view,
        sheet=sheet_of(view, request.app[page.SHELL].site.name),
    )


@ROUTES.get(f"{_PAPER}/pdf")
@ROUTES.get(f"{_PAPER}/hwpx")
@shows(What.PAPERS)
async def saved(request: web.Request) -> web.Response:
    """A paper in the layout of the paper form, as a file."""
    view = await _view(request)
    site = request.app[page.SHELL].site
    return await send_paper(
        request, paper_form(view, site.name), Kind(request.path.rpartition("/")[2])
    )


async def _view(request: web.Request) -> PaperView:
    asker = await asker_of(request)
    view = await request.app[SUBMISSIONS].papers.view(asker, request.match_info["id"])
    looked(request, title=view.type.name, persons=[view.paper.student_id, view.paper.by_id])
    return view


@ROUTES.get(f"{_PAPER}/edit")
@shows(What.PAPERS)
async def edit(request: web.Request) -> web.Response:
    view = await _view(request)
    if not view.may_write:
        return page.see_other(request, f"/submissions/{view.paper.id}")
    alone = "HX-Request" in request.headers
    return page.render(
        request,
        "submissions/attached.html" if alone else "submissions/edit.html",
        on_their_way=await _on_their_way(request, view),
        view=view,
        paper=view.paper,
        seen=seen(view.paper),
        fields=view.type.asked.fields,
        values=view.paper.input.values,
        agreed_word=AGREED,
        author="",
        readers=(*class_readers(), _("결재선에 있는 교직원")),
        halves=HALF_LABELS,
        today=local_date(request.app[CLOCK].now()).isoformat(),
    )


@ROUTES.post(f"{_PAPER}/edit")
@within(DECISIONS)
async def save_or_send(request: web.Request) -> web.Response:
    """Save what is written, or hand it in."""
    asker = await asker_of(request)
    sent = await posted(request)
    paper_id, writing = request.match_info["id"], request.app[SUBMISSIONS].writing
    written = _written(sent)
    if sent.get("act") == "save":
        await writing.save(asker, paper_id, written, str(sent.get("seen", "")))
        return page.see_other(request, f"/submissions/{paper_id}/edit", flash=_("저장했습니다."))
    try:
        received = await writing.send(asker, paper_id, written)
    except BadAnswer as problem:
        raise problem.of_inputs() from problem
    told = _("학교가 받았습니다. 접수번호는 %(number)s입니다.")
    return page.see_other(
        request, f"/submissions/{paper_id}", flash=told, number=received.receipt_number
    )


@ROUTES.post(f"{_PAPER}/autosave")
async def autosave(request: web.Request) -> web.Response:
    """Keep a paper while it is being written; answers to js/sending.js."""
    asker = await asker_of(request)
    sent = await posted(request)
    kept = await request.app[SUBMISSIONS].writing.save(
        asker, request.match_info["id"], _written(sent), str(sent.get("seen", ""))
    )
    said = page.fragment(request, "submissions/autosaved.html", at=kept.updated_at)
    return json_response(SavedPaper(seen(kept), said.strip()))


def _written(sent: MultiMapping[object]) -> PaperInput:
    return PaperInput(
        values_of(sent),
        str(sent.get("first_on", "")),
        str(sent.get("last_on", "")),
        str(sent.get("half", "")),
    )


@ROUTES.post(f"{_PAPER}/report")
async def report(request: web.Request) -> web.Response:
    """Begin the report on a paper, or go on with it."""
    asker = await asker_of(request)
    report_id = await request.app[SUBMISSIONS].writing.begin_report(asker, request.match_info["id"])
    return page.see_other(request, f"/submissions/{report_id}/edit")


@ROUTES.post(f"{_PAPER}/discard")
async def discard(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[SUBMISSIONS].writing.discard(asker, request.match_info["id"])
    return page.see_other(request, "/submissions", flash=_("작성 중이던 서류를 삭제했습니다."))


@ROUTES.post(f"{_PAPER}/withdraw")
async def withdraw(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, WordForm)
    paper_id = request.match_info["id"]
    await request.app[SUBMISSIONS].receiving.withdraw(asker, paper_id, form.word)
    return page.see_other(request, f"/submissions/{paper_id}", flash=_("접수를 취소했습니다."))


@ROUTES.post(f"{_PAPER}/opinion")
@within(DECISIONS)
async def opinion(request: web.Request) -> web.Response:
    """What another guardian says."""
    asker = await asker_of(request)
    form = await read_form(request, OpinionForm)
    if form.answer not in ("agree", "refuse"):
        raise Invalid({"answer": _("동의하는지 선택해 주세요.")})
    paper_id = request.match_info["id"]
    await request.app[SUBMISSIONS].receiving.answer(
        asker, paper_id, agrees=form.answer == "agree", word=form.word
    )
    return page.see_other(request, f"/submissions/{paper_id}", flash=_("학교에 전달했습니다."))


# Files --------------------------------------------------------------------------------------------


@ROUTES.post(f"{_PAPER}/attachments")
async def attach(request: web.Request) -> web.Response:
    """Files from the writer's phone or machine."""
    asker = await asker_of(request)
    app, paper_id = request.app, request.match_info["id"]
    view = await app[SUBMISSIONS].papers.view(asker, paper_id)
    if not (view.may_write or view.may_add_evidence):  # refuse before a byte is stored
        raise NotWritable()
    kept = []
    async for name, content in uploads(request):
        kept.append(await asyncio.to_thread(app[FILES].keep, name, content))
    if not kept:
        raise Invalid({"files": _("첨부할 파일을 선택해 주세요.")})
    await app[SUBMISSIONS].writing.attach(asker, paper_id, *kept)
    back = "/edit#attachments" if view.may_write else "#attachments"
    return page.see_other(
        request, f"/submissions/{paper_id}{back}", flash=_("파일을 첨부했습니다.")
    )


async def _begin_upload(request: web.Request, asker: Asker, told: Told) -> Upload:
    return await request.app[UPLOADS].create(asker, told)


def _everybody(_asker: Asker) -> None:
    """Whoever may attach to which paper is asked of the paper."""


add_routes(
    ROUTES,
    "/api/v1/submissions/uploads",
    Takes(lambda request: request.app[UPLOADS], _begin_upload, _everybody),
)


@ROUTES.post(f"{_PAPER}/attachments/{FILE}/remove")
async def detach(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    paper_id = request.match_info["id"]
    await request.app[SUBMISSIONS].writing.detach(asker, paper_id, request.match_info["file"])
    return page.see_other(
        request, f"/submissions/{paper_id}/edit#attachments", flash=_("첨부 파일을 삭제했습니다.")
    )


@ROUTES.post(f"{_PAPER}/uploads/{FILE}/remove")
async def give_up(request: web.Request) -> web.Response:
    """What the reader has begun to send and does not go on with."""
    asker = await asker_of(request)
    view = await request.app[SUBMISSIONS].papers.view(asker, request.match_info["id"])
    await request.app[UPLOADS].cancel(asker, request.match_info["file"])
    back = "/edit#attachments" if view.may_write else "#attachments"
    return page.see_other(
        request, f"/submissions/{view.paper.id}{back}", flash=_("올리던 파일을 삭제했습니다.")
    )


@ROUTES.get(f"{_PAPER}/attachments/{FILE}")
@shows(What.PAPERS)
async def preview(request: web.Request) -> web.Response:
    """A file to look at: pages as pictures, or its text."""
    found = await _attachment(request)
    back = f"/submissions/{found.carrier_id}"
    return await show(request, found, here=f"{back}/attachments/{found.id}", back=back)


@ROUTES.get(f"{_PAPER}/attachments/{FILE}/file")
@shows(What.PAPERS)
async def file(request: web.Request) -> web.StreamResponse:
    """The file itself."""
    return send(request, await _attachment(request))


@ROUTES.get(f"{_PAPER}/attachments/{FILE}/{PAGE}")
@shows(What.PAPERS)
@page_picture
async def picture(request: web.Request) -> Pages:
    """One page of a file as a picture; the access rule is asked for each."""
    return await pages(request, await _attachment(request))


async def _attachment(request: web.Request) -> Attachment:
    view = await _view(request)
    asker = await asker_of(request)
    return await request.app[SUBMISSIONS].papers.file(
        asker, view.paper.id, request.match_info["file"]
    )


# Records of the school's log ----------------------------------------------------------------------


@ROUTES.get(f"{_PAPER}/records/{_LEAF}")
@shows(What.RECEIPT)
async def record(request: web.Request) -> web.Response:
    """A decision as the school's log has it, with the file that proves it."""
    view, found, decision = await _record(request)
    return page.render(
        request,
        "submissions/record.html",
        view=view,
        paper=view.paper,
        record=decision,
        leaf=found.leaf_index,
    )


async def _record(request: web.Request) -> tuple[PaperView, Receipt, ApprovalV1]:
    asker = await asker_of(request)
    view, found = await request.app[SUBMISSIONS].papers.receipt(
        asker, request.match_info["id"], int(request.match_info["leaf"])
    )
    decision = read_record(found.record)
    assert isinstance(decision, ApprovalV1)
    looked(
        request,
        subject=str(found.leaf_index),
        title=decision.title,
        persons=[view.paper.student_id, view.paper.by_id],
    )
    return view, found, decision


@ROUTES.get(f"{_PAPER}/records/{_LEAF}/file")
@shows(What.RECEIPT)
async def record_file(request: web.Request) -> web.Response:
    _paper, found, _decision = await _record(request)
    name = f"receipt-{found.school_id}-{found.leaf_index}.madang-receipt.json"
    return web.Response(
        body=to_file(found),
        content_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
