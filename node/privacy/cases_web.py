"""Pages of the privacy officer: requests about personal data, one by one, and the copies."""

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.signin.fresh import DECISIONS, RIGHTS, within
from kit.web import download, page
from kit.web.forms import read_form, read_query
from kit.web.keys import CLOCK
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.people.session import asker_of
from node.privacy.case import CASE_LABELS, LONGEST_EXTENSION, Case, CaseKind, CopyState
from node.privacy.cases import SHOWN, Cases
from node.privacy.copies import Copies

ROUTES = web.RouteTableDef()
CASES = web.AppKey("privacy_cases", Cases)
COPIES = web.AppKey("privacy_copies", Copies)
_ID = "{id:[0-9a-f]{20}}"
ZIP = "application/zip"


class CasesQuery(msgspec.Struct):
    before: int | None = None


class FindQuery(msgspec.Struct):
    q: str = ""
    person: str = ""


class PaperForm(msgspec.Struct):
    kind: CaseKind
    person: str
    requester: str = ""
    details: str = ""


class StepForm(msgspec.Struct):
    reason: str = ""
    days: int = 0


@ROUTES.get("/privacy/cases")
@shows(What.CASES)
async def listing(request: web.Request) -> web.Response:
    """What waits, whichever is due first; then what is done."""
    asker = await asker_of(request)
    query = read_query(request, CasesQuery)
    waiting, done = await request.app[CASES].listing(asker, query.before)
    looked(request, persons=[one.person_id for one in (*waiting, *done)])
    return await page.render_apart(
        request,
        "privacy/cases.html",
        waiting=waiting,
        done=done,
        now=request.app[CLOCK].now(),
        before=done[-1].received_at if len(done) == SHOWN else None,
    )


@ROUTES.get("/privacy/cases/new")
@shows(What.CASES)
async def new(request: web.Request) -> web.Response:
    """A request that came on paper: whose data, then what is asked."""
    asker = await asker_of(request)
    query = read_query(request, FindQuery)
    found = await request.app[CASES].find(asker, query.q[:40])
    looked(request, title=query.q[:40], persons=[one.id for one in found])
    chosen = next((one for one in found if one.id == query.person), None)
    return page.render(
        request,
        "privacy/case_new.html",
        query=query,
        found=found,
        chosen=chosen,
        kinds=kinds(request),
    )


@ROUTES.post("/privacy/cases")
@within(DECISIONS)
async def enter_paper(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, PaperForm)
    case_id = await request.app[CASES].enter_paper(
        asker, form.kind, form.person, form.requester, form.details
    )
    return _to(request, case_id, _("접수했습니다."))


@ROUTES.get(f"/privacy/cases/{_ID}")
@shows(What.CASES)
async def case(request: web.Request) -> web.Response:
    """A request with its history, its copy, and what may be done."""
    asker = await asker_of(request)
    view = await request.app[CASES].case(asker, request.match_info["id"])
    looked(request, title=view.case.person_name, persons=[view.case.person_id])
    return page.render(
        request,
        "privacy/case.html",
        view=view,
        case=view.case,
        steps=view.steps,
        left=view.case.days_left(request.app[CLOCK].now()),
        longest=LONGEST_EXTENSION,
        copy=view.copy,
        copy_state="" if view.copy is None else view.copy.state,
        states=CopyState,
        is_erase=view.case.kind == CaseKind.ERASE,
    )


@ROUTES.post(f"/privacy/cases/{_ID}/extend")
@within(DECISIONS)
async def extend(request: web.Request) -> web.Response:
    asker, case_id = await asker_of(request), request.match_info["id"]
    form = await read_form(request, StepForm)
    await request.app[CASES].extend(asker, case_id, form.days, form.reason)
    return _to(request, case_id, _("기한을 연장하고 사유를 알렸습니다."))


@ROUTES.post(f"/privacy/cases/{_ID}/fulfil")
@within(DECISIONS)
async def fulfil(request: web.Request) -> web.Response:
    asker, case_id = await asker_of(request), request.match_info["id"]
    form = await read_form(request, StepForm)
    await request.app[CASES].fulfil(asker, case_id, form.reason)
    return _to(request, case_id, _("처리를 마치고 결과를 알렸습니다."))


@ROUTES.post(f"/privacy/cases/{_ID}/refuse")
@within(DECISIONS)
async def refuse(request: web.Request) -> web.Response:
    asker, case_id = await asker_of(request), request.match_info["id"]
    form = await read_form(request, StepForm)
    await request.app[CASES].refuse(asker, case_id, form.reason)
    return _to(request, case_id, _("거절하고 사유와 이의 제기 방법을 알렸습니다."))


@ROUTES.post(f"/privacy/cases/{_ID}/copy")
@within(DECISIONS)
async def make_copy(request: web.Request) -> web.Response:
    asker, case_id = await asker_of(request), request.match_info["id"]
    await request.app[COPIES].ask(asker, case_id)
    return _to(request, case_id, _("사본을 만들고 있습니다. 완료되면 이 화면에 표시됩니다."))


@ROUTES.post(f"/privacy/cases/{_ID}/release")
@within(RIGHTS)
async def release(request: web.Request) -> web.Response:
    asker, case_id = await asker_of(request), request.match_info["id"]
    await request.app[CASES].release(asker, case_id)
    return _to(request, case_id, _("요구한 사람이 사본을 받을 수 있습니다."))


@ROUTES.get(f"/privacy/cases/{_ID}/copy")
@within(RIGHTS)
@shows(What.COPY)
async def fetch_copy(request: web.Request) -> web.StreamResponse:
    """The copy, for the officer to look through."""
    asker, case_id = await asker_of(request), request.match_info["id"]
    path = await request.app[COPIES].fetch(asker, case_id)
    view = await request.app[CASES].case(asker, case_id)
    looked(request, title=view.case.person_name, persons=[view.case.person_id])
    return download.send(path, copy_name(view.case), ZIP)


def copy_name(case: Case) -> str:
    return f"{case.person_name} 개인정보 사본.zip"


def kinds(request: web.Request) -> list[tuple[str, str]]:
    """What may be asked for, for a choice."""
    return [(kind.value, page.translate(request, label)) for kind, label in CASE_LABELS.items()]


def _to(request: web.Request, case_id: str, told: str) -> web.Response:
    return page.see_other(request, f"/privacy/cases/{case_id}", flash=told)
