"""Pages on which the administrator edits the kinds of papers."""

from aiohttp import web

from kit.i18n import _
from kit.problem import Invalid
from kit.seen import seen_of
from kit.signin.fresh import RIGHTS, within
from kit.web import page
from kit.web.forms import posted
from node.people.access import require_role
from node.people.model import Role
from node.people.session import asker_of
from node.questions.editing import editor
from node.questions.model import Questionnaire
from node.submissions.kinds import (
    CAUSE_LABELS,
    FAMILY_LABELS,
    MOST_STEPS,
    NO_REPORT,
    SEAL_LABELS,
    STARTER_LABELS,
    SubmissionType,
)
from node.submissions.type_forms import (
    chosen_presence,
    offered_answers,
    offered_lines,
    offered_presences,
    seats_for,
    type_of,
)
from node.submissions.types import LARGEST_FILE
from node.submissions.web import SUBMISSIONS

ROUTES = web.RouteTableDef()
_TYPE = "/submissions/types/{type:[0-9a-z-]{1,40}}"


@ROUTES.get("/submissions/types")
async def listing(request: web.Request) -> web.Response:
    """All kinds, with which of them can be begun."""
    asker = await asker_of(request)
    rows = await request.app[SUBMISSIONS].types.all(asker)
    return page.render(request, "submissions/types.html", rows=rows)


@ROUTES.post("/submissions/types")
@within(RIGHTS)
async def create(request: web.Request) -> web.Response:
    """A new kind, empty but for a name."""
    asker = await asker_of(request)
    sent = await posted(request)
    name = str(sent.get("name", "")).strip()
    if not 0 < len(name) <= 60:
        raise Invalid({"name": _("서류 이름을 60자까지 입력해 주세요.")})
    empty = SubmissionType(name=name, asked=Questionnaire(), lines=())
    type_id = await request.app[SUBMISSIONS].types.create(asker, empty)
    return page.see_other(request, f"/submissions/types/{type_id}/edit")


@ROUTES.post("/submissions/types/import")
@within(RIGHTS)
async def take_over(request: web.Request) -> web.Response:
    """A kind from the file of another school."""
    asker = await asker_of(request)
    require_role(asker, Role.ADMINISTRATOR)
    sent = await posted(request)
    uploaded = sent.get("file")
    content = b""
    if isinstance(uploaded, web.FileField):
        content = uploaded.file.read(LARGEST_FILE + 1)
    type_id = await request.app[SUBMISSIONS].types.take_over(asker, content)
    return page.see_other(
        request,
        f"/submissions/types/{type_id}/edit",
        flash=_("가져왔습니다. 결재선과 일수를 확인한 뒤 사용을 시작해 주세요."),
    )


@ROUTES.get(_TYPE + "/edit")
async def edit(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    types = request.app[SUBMISSIONS].types
    row = await types.one(asker, request.match_info["type"])
    kinds = await types.all(asker)
    reports = [(one.id, one.type.name) for one in kinds if one.type.is_report]
    wanted = row.type.report
    lacks_report = wanted is not None and wanted.type_id not in dict(reports)
    return page.render(
        request,
        "submissions/type_edit.html",
        row=row,
        kind=row.type,
        seen=seen_of(row.type),
        editor=editor(row.type.asked),
        lines=offered_lines(row.type),
        seats=seats_for(row.type),
        steps=MOST_STEPS,
        starters=STARTER_LABELS,
        families=FAMILY_LABELS,
        presences=offered_presences(),
        by_answer=offered_answers(row.type),
        presence=chosen_presence(row.type),
        causes=CAUSE_LABELS,
        seals=SEAL_LABELS,
        reports=reports,
        lacks_report=lacks_report,
        no_report=NO_REPORT,
    )


@ROUTES.post(_TYPE + "/edit")
@within(RIGHTS)
async def save(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    sent = await posted(request)
    type_id, types = request.match_info["type"], request.app[SUBMISSIONS].types
    row = await types.one(asker, type_id)
    changed = type_of(sent, seats_for(row.type))
    await types.save(asker, type_id, changed, str(sent.get("seen", "")))
    return page.see_other(
        request, f"/submissions/types/{type_id}/edit", flash=_("서류 종류를 저장했습니다.")
    )


@ROUTES.post(_TYPE + "/open")
@within(RIGHTS)
async def open_or_close(request: web.Request) -> web.Response:
    """Let a kind be begun, or not any more."""
    asker = await asker_of(request)
    sent = await posted(request)
    is_open = sent.get("open") == "1"
    await request.app[SUBMISSIONS].types.set_open(
        asker, request.match_info["type"], is_open=is_open
    )
    told = _("사용을 시작했습니다.") if is_open else _("사용을 중지했습니다.")
    return page.see_other(request, "/submissions/types", flash=told)


@ROUTES.get(_TYPE + "/export")
async def export(request: web.Request) -> web.Response:
    """The file with which another school takes a kind over."""
    asker = await asker_of(request)
    type_id = request.match_info["type"]
    _name, content = await request.app[SUBMISSIONS].types.exported(asker, type_id)
    return web.Response(
        body=content,
        content_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="submission-type-{type_id}.json"',
            "Cache-Control": "no-store",
        },
    )
