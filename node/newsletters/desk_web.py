"""Pages of those who write and decide: desk, editor, approval, correction, withdrawal."""

import asyncio

import msgspec
from aiohttp import web
from msgspec.structs import replace

from kit.clock import from_datetime, local
from kit.i18n import _
from kit.languages import OTHERS, languages_of
from kit.problem import Invalid
from kit.signin.fresh import DECISIONS, within
from kit.web import markdown, page
from kit.web.forms import posted, read_form, read_query, wall_clock
from kit.web.keys import CLOCK
from kit.web.openapi import json_response
from kit.web.unsent import SAVED
from node.files.access import FILES, uploads
from node.files.attaching import AttachmentUploads
from node.files.model import Upload
from node.files.tus import Takes, Told, add_routes
from node.forms.model import AfterCorrection
from node.newsletters.model import (
    STATE_LABELS,
    Content,
    Letter,
    Sort,
    State,
)
from node.newsletters.web import CHOOSING, NEWSLETTERS, PROOFREADING
from node.people.access import require_staff
from node.people.model import Asker
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
UPLOADS = web.AppKey("newsletter_uploads", AttachmentUploads)
AFTER_LESSONS = 15  # o'clock: families look at what is for the next day
_ID = "{id:[0-9a-f]{20}}"


class DeskQuery(msgspec.Struct):
    before: int | None = None


class NewForm(msgspec.Struct):
    kind: Sort = Sort.NEWSLETTER


class EditForm(msgspec.Struct):
    title: str = ""
    body: str = ""
    audience: list[str] = []
    scheduled: str = ""
    telephone: str = ""
    seen: str = ""
    act: str = "save"


class Saved(msgspec.Struct):
    """What the editor learns when its text was kept: the version it now goes on from, and when."""

    seen: str
    said: str


class UploadWordsForm(msgspec.Struct):
    words: str = ""


class PreviewForm(msgspec.Struct):
    body: str = ""


class AudienceForm(msgspec.Struct):
    audience: list[str] = []
    scheduled: str = ""


class ReasonForm(msgspec.Struct):
    reason: str = ""


class DecisionForm(msgspec.Struct):
    seen: str = ""


class CorrectionForm(msgspec.Struct):
    title: str = ""
    body: str = ""
    reason: str = ""
    question: str = ""  # stands, anew
    deadline: str = ""
    korean_only: str = ""
    seen: str = ""


@ROUTES.get("/newsletters/desk")
async def desk(request: web.Request) -> web.Response:
    """The writer's letters, and what waits for an approver's decision."""
    asker = await asker_of(request)
    query = read_query(request, DeskQuery)
    view = await request.app[NEWSLETTERS].desk.view(asker, query.before)
    return page.render(request, "newsletters/desk.html", view=view, states=STATE_LABELS)


@ROUTES.post("/newsletters/new")
async def new(request: web.Request) -> web.Response:
    """A fresh draft, opened in the editor."""
    asker = await asker_of(request)
    form = await read_form(request, NewForm)
    created = await request.app[NEWSLETTERS].desk.create(asker, form.kind)
    return page.see_other(request, f"/newsletters/{created}/edit")


@ROUTES.get(f"/newsletters/{_ID}/edit")
async def editor(request: web.Request) -> web.Response:
    """The editor with the draft as it was last kept."""
    asker = await asker_of(request)
    letter = await request.app[NEWSLETTERS].desk.draft(asker, request.match_info["id"])
    return await _editor(request, letter)


async def _editor(request: web.Request, letter: Letter) -> web.Response:
    asker = await asker_of(request)
    newsletters = request.app[NEWSLETTERS]
    reading = await newsletters.read(asker, letter.id)
    on_their_way = await request.app[UPLOADS].on_their_way(asker, letter.id)
    if "HX-Request" in request.headers:
        return page.render(
            request,
            "newsletters/attached.html",
            letter=letter,
            files=reading.worded,
            on_their_way=on_their_way,
        )
    return page.render(
        request,
        "newsletters/editor.html",
        on_their_way=on_their_way,
        letter=letter,
        places=await newsletters.places(asker, letter.audience),
        chosen=letter.audience,
        students=await request.app[CHOOSING].students(letter.audience),
        outlook=await newsletters.desk.outlook(asker, letter.audience),
        files=reading.worded,
        scheduled=_typed(letter.scheduled_at),
        may_wait=_after_lessons(request.app[CLOCK].now()) is not None,
        html=reading.html,
        languages=OTHERS,
        form_editor=newsletters.forms.editor(letter.form if reading.draft_form else ""),
    )


@ROUTES.post(f"/newsletters/{_ID}/edit")
@within(DECISIONS)
async def save(request: web.Request) -> web.Response:
    """Keep the draft; `act=families` goes on to choose children, `act=send` sends it on its way as well,
    once what there is to ask about it was shown, and `act=after_lessons` today at that hour."""
    asker = await asker_of(request)
    desk = request.app[NEWSLETTERS].desk
    form = await read_form(request, EditForm)
    content = await _content(request, form)
    if form.act == "after_lessons":
        content = replace(content, scheduled_at=_after_lessons(request.app[CLOCK].now()))
    letter = await desk.save(asker, request.match_info["id"], content)
    if form.act == "families":
        return page.see_other(request, f"/newsletters/{letter.id}/families")
    if form.act not in ("send", "after_lessons"):
        return page.see_other(request, f"/newsletters/{letter.id}/edit", flash=_("저장했습니다."))
    request[SAVED] = letter.seen
    if desk.is_ready(letter) and (await request.app[PROOFREADING].of(letter)).open:
        return page.see_other(request, f"/newsletters/{letter.id}/check")
    return _sent(request, await desk.send(asker, letter.id))


def _sent(request: web.Request, letter: Letter) -> web.Response:
    """The letter that was sent, with what became of it."""
    told = {
        State.PUBLISHED: _("발행했습니다."),
        State.SCHEDULED: _("예약했습니다. 정한 시각에 발행됩니다."),
    }.get(State(letter.state), _("결재를 올렸습니다. 승인되면 발행됩니다."))
    return page.see_other(request, f"/newsletters/{letter.id}", flash=told)


@ROUTES.post(f"/newsletters/{_ID}/autosave")
async def autosave(request: web.Request) -> web.Response:
    """Keep the draft while it is being written; answers to js/sending.js."""
    asker = await asker_of(request)
    form = await read_form(request, EditForm)
    letter = await request.app[NEWSLETTERS].desk.save(
        asker, request.match_info["id"], await _content(request, form)
    )
    at = page.fragment(request, "newsletters/autosaved.html", letter=letter)
    return json_response(Saved(letter.seen, at.strip()))


@ROUTES.post("/newsletters/preview")
async def preview(request: web.Request) -> web.Response:
    """What has been written, as readers will see it."""
    require_staff(await asker_of(request))
    form = await read_form(request, PreviewForm)
    html = await markdown.preview(form.body, page.translate(request, markdown.TOO_LONG))
    return page.render(request, "newsletters/body.html", html=html)


@ROUTES.post("/newsletters/audience")
async def audience(request: web.Request) -> web.Response:
    """Whom the chosen audience reaches, and whether the letter goes to them at once."""
    asker = await asker_of(request)
    form = await read_form(request, AudienceForm)
    outlook = await request.app[NEWSLETTERS].desk.outlook(asker, set(form.audience))
    return page.render(
        request,
        "newsletters/sending.html",
        outlook=outlook,
        scheduled=form.scheduled,
        may_wait=_after_lessons(request.app[CLOCK].now()) is not None,
    )


@ROUTES.post(f"/newsletters/{_ID}/attachments")
async def attach(request: web.Request) -> web.Response:
    """Files from the writer's machine, with what they show where the writer says it at once."""
    asker = await asker_of(request)
    newsletters = request.app[NEWSLETTERS]
    newsletter_id = request.match_info["id"]
    await newsletters.desk.draft(asker, newsletter_id)  # refuse before a byte is stored
    kept = 0
    typed: dict[str, str] = {}
    async for name, content in uploads(request, typed):
        stored = await asyncio.to_thread(request.app[FILES].keep, name, content)
        await newsletters.desk.attach(asker, newsletter_id, stored, typed.get("words", ""))
        kept += 1
    if not kept:
        raise Invalid({"files": _("첨부할 파일을 선택해 주세요.")})
    return page.see_other(
        request, f"/newsletters/{newsletter_id}/edit#attachments", flash=_("파일을 첨부했습니다.")
    )


async def _begin_upload(request: web.Request, asker: Asker, told: Told) -> Upload:
    return await request.app[UPLOADS].create(asker, told)


add_routes(
    ROUTES,
    "/api/v1/newsletters/uploads",
    Takes(lambda request: request.app[UPLOADS], _begin_upload, require_staff),
)


@ROUTES.post(f"/newsletters/{_ID}/uploads/{{file:[0-9a-f]{{20}}}}/words")
async def describe_upload(request: web.Request) -> web.Response:
    """What a file shows that is on its way, or came just now: it holds once the file is there."""
    asker = await asker_of(request)
    letter_id, upload_id = request.match_info["id"], request.match_info["file"]
    words = (await read_form(request, UploadWordsForm)).words
    became = await request.app[UPLOADS].describe(asker, upload_id, letter_id, words)
    if became:
        await request.app[NEWSLETTERS].desk.describe(asker, letter_id, became, words)
    return web.Response(status=204)


@ROUTES.post(f"/newsletters/{_ID}/uploads/{{file:[0-9a-f]{{20}}}}/remove")
async def give_up(request: web.Request) -> web.Response:
    """A file that its writer has begun to send and does not go on with."""
    asker = await asker_of(request)
    letter = await request.app[NEWSLETTERS].desk.draft(asker, request.match_info["id"])
    await request.app[UPLOADS].cancel(asker, request.match_info["file"])
    return page.see_other(
        request,
        f"/newsletters/{letter.id}/edit#attachments",
        flash=_("올리던 파일을 삭제했습니다."),
    )


@ROUTES.post(f"/newsletters/{_ID}/attachments/{{file:[0-9a-f]{{20}}}}/remove")
async def detach(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    newsletter_id = request.match_info["id"]
    await request.app[NEWSLETTERS].desk.detach(asker, newsletter_id, request.match_info["file"])
    return page.see_other(
        request,
        f"/newsletters/{newsletter_id}/edit#attachments",
        flash=_("첨부 파일을 삭제했습니다."),
    )


@ROUTES.post(f"/newsletters/{_ID}/discard")
async def discard(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[NEWSLETTERS].desk.discard(asker, request.match_info["id"])
    return page.see_other(request, "/newsletters/desk", flash=_("삭제했습니다."))


@ROUTES.post(f"/newsletters/{_ID}/duplicate")
async def duplicate(request: web.Request) -> web.Response:
    """A new draft from an earlier letter."""
    asker = await asker_of(request)
    created = await request.app[NEWSLETTERS].desk.duplicate(asker, request.match_info["id"])
    return page.see_other(
        request, f"/newsletters/{created}/edit", flash=_("이전 글을 복사해 새 글을 만들었습니다.")
    )


@ROUTES.post(f"/newsletters/{_ID}/recall")
async def recall(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    newsletter_id = request.match_info["id"]
    await request.app[NEWSLETTERS].desk.recall(asker, newsletter_id)
    return page.see_other(
        request,
        f"/newsletters/{newsletter_id}",
        flash=_("발송을 취소했습니다. 수정해서 다시 보낼 수 있습니다."),
    )


@ROUTES.post(f"/newsletters/{_ID}/send")
@within(DECISIONS)
async def send(request: web.Request) -> web.Response:
    """Send a letter that is finished: as it was read over, or approved and taken off the schedule."""
    asker = await asker_of(request)
    return _sent(request, await request.app[NEWSLETTERS].desk.send(asker, request.match_info["id"]))


@ROUTES.post(f"/newsletters/{_ID}/approve")
@within(DECISIONS)
async def approve(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, DecisionForm)
    desk = request.app[NEWSLETTERS].desk
    sent = await desk.approve(asker, request.match_info["id"], form.seen)
    told = _("승인했습니다. 발행되었습니다.")
    if sent.state == State.SCHEDULED:
        told = _("승인했습니다. 정한 시각에 발행됩니다.")
    elif sent.state == State.SUBMITTED:
        told = _("승인했습니다. 다음 결재자에게 갔습니다.")
    return page.see_other(request, f"/newsletters/{sent.id}", flash=told)


@ROUTES.post(f"/newsletters/{_ID}/return")
@within(DECISIONS)
async def send_back(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, ReasonForm)
    await request.app[NEWSLETTERS].desk.send_back(asker, request.match_info["id"], form.reason)
    return page.see_other(request, "/newsletters/desk", flash=_("사유를 적어 반려했습니다."))


@ROUTES.get(f"/newsletters/{_ID}/correct")
async def correction(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    found = await request.app[NEWSLETTERS].corrections.correctable(asker, request.match_info["id"])
    after = None if found.returned is None else found.returned.after
    words = found.returned or found.letter
    return page.render(
        request,
        "newsletters/correct.html",
        letter=found.letter,
        words=words,
        languages=OTHERS,
        has_parts=bool(languages_of(words.body)),
        reason="" if found.returned is None else found.returned.reason,
        question=_question(after),
        deadline=_typed(None if after is None else after.deadline_at),
        why=found.why,
    )


@ROUTES.post(f"/newsletters/{_ID}/correct")
@within(DECISIONS)
async def correct(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, CorrectionForm)
    newsletter_id = request.match_info["id"]
    done = await request.app[NEWSLETTERS].corrections.correct(
        asker,
        newsletter_id,
        form.title,
        form.body,
        form.reason,
        form=_after(form),
        asks_of_parts=not form.korean_only,
        seen=form.seen,
    )
    told = _("정정했습니다.") if done else _("정정을 결재에 올렸습니다. 승인되면 반영됩니다.")
    return page.see_other(request, f"/newsletters/{newsletter_id}", flash=told)


@ROUTES.post(f"/newsletters/{_ID}/correct/approve")
@within(DECISIONS)
async def approve_correction(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    newsletter_id = request.match_info["id"]
    form = await read_form(request, DecisionForm)
    await request.app[NEWSLETTERS].corrections.approve(asker, newsletter_id, form.seen)
    return page.see_other(request, f"/newsletters/{newsletter_id}", flash=_("정정했습니다."))


@ROUTES.post(f"/newsletters/{_ID}/withdraw")
@within(DECISIONS)
async def withdraw(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, ReasonForm)
    newsletter_id = request.match_info["id"]
    await request.app[NEWSLETTERS].corrections.withdraw(asker, newsletter_id, form.reason)
    return page.see_other(request, f"/newsletters/{newsletter_id}", flash=_("회수했습니다."))


async def _content(request: web.Request, form: EditForm) -> Content:
    return Content(
        form.title,
        form.body,
        tuple(form.audience),
        request.app[NEWSLETTERS].forms.draft_text(await posted(request)),
        _scheduled(form.scheduled, request.app[CLOCK].now()),
        form.telephone,
        form.seen,
    )


def _question(after: AfterCorrection | None) -> str:
    """What the writer chose, as `_after` reads it."""
    if after is None:
        return ""
    return "anew" if after.asks_anew else "stands"


def _after(form: CorrectionForm) -> AfterCorrection | None:
    """What the writer chose for the letter's form. Raises Invalid."""
    match form.question:
        case "stands":
            return AfterCorrection(
                asks_anew=False, deadline_at=wall_clock(form.deadline, "deadline")
            )
        case "anew":
            return AfterCorrection(
                asks_anew=True, deadline_at=wall_clock(form.deadline, "deadline")
            )
        case _:
            return None


def _scheduled(typed: str, now: int) -> int | None:
    """When to publish; a time that has passed means at once. Raises Invalid."""
    at = wall_clock(typed, "scheduled")
    return at if at is not None and at > now else None


def _after_lessons(now: int) -> int | None:
    """Today after lessons (ms), while that is still to come."""
    at = from_datetime(local(now).replace(hour=AFTER_LESSONS, minute=0, second=0, microsecond=0))
    return at if at > now else None


def _typed(at: int | None) -> str:
    return "" if at is None else local(at).strftime("%Y-%m-%dT%H:%M")
