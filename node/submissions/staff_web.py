"""Pages of papers for the staff: the tray, decisions, what the office sees to, lists for NEIS."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import msgspec
from aiohttp import web

from kit import audit, sheets
from kit.clock import local_date
from kit.i18n import _
from kit.problem import Invalid, NotFound
from kit.signin.fresh import DECISIONS, within
from kit.web import page
from kit.web.forms import read_form, read_query
from kit.web.keys import CLOCK, DB
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.approval.line import Verdict
from node.people.access import require_staff
from node.people.session import asker_of
from node.submissions.absences import ABSENCE_HEADS, ListOfAbsences, absence_rows
from node.submissions.listing import NEIS_HEADS, neis_rows
from node.submissions.model import CasesWanted, SubmissionAct
from node.submissions.web import ID, SUBMISSIONS

ROUTES = web.RouteTableDef()
ABSENCES = web.AppKey("absences", ListOfAbsences)
_PAPER = f"/submissions/{ID}"
_VERDICTS = {one.value: one for one in Verdict}
_DONE = {
    Verdict.APPROVE: _("승인했습니다."),
    Verdict.RETURN: _("보완을 요청했습니다."),
    Verdict.REFUSE: _("반려했습니다."),
}


class TrayQuery(msgspec.Struct):
    after: str = ""


class ManyForm(msgspec.Struct):
    paper: list[str] = []


class VerdictForm(msgspec.Struct):
    verdict: str
    word: str = ""
    stock: list[str] = []


class SettleForm(msgspec.Struct):
    goes_on: str
    word: str = ""


class NameQuery(msgspec.Struct):
    name: str = ""


class MatchForm(msgspec.Struct):
    student: str


class PapersSentQuery(msgspec.Struct, rename={"class_id": "class"}):
    before: Annotated[int, msgspec.Meta(ge=0, lt=2**53)] | None = None
    id: str = ""
    type: str = ""
    class_id: str = ""
    open: bool = False


class ExportQuery(msgspec.Struct):
    month: str = ""
    format: str = "xlsx"
    list: str = "papers"


@ROUTES.get("/submissions/tray")
@shows(What.PAPERS)
async def tray(request: web.Request) -> web.Response:
    """What waits for one's decision, each with all that it takes."""
    asker = await asker_of(request)
    query = read_query(request, TrayQuery)
    cards, after = await request.app[SUBMISSIONS].papers.tray(asker, query.after)
    looked(request, persons=[card.view.paper.student_id for card in cards])
    return await page.render_apart(request, "submissions/tray.html", cards=cards, after=after)


@ROUTES.post("/submissions/tray")
@within(DECISIONS)
async def approve_many(request: web.Request) -> web.Response:
    """Approve all that was marked."""
    asker = await asker_of(request)
    form = await read_form(request, ManyForm)
    require_staff(asker)
    if not form.paper:
        raise Invalid({"paper": _("승인할 서류를 선택해 주세요.")})
    done, left = await request.app[SUBMISSIONS].deciding.decide_all(asker, form.paper)
    if left:
        told = _(
            "%(done)s건을 승인했습니다. %(left)s건은 그사이 처리되었거나 결재 대상이 아닙니다."
        )
        return page.see_other(
            request, "/submissions/tray", flash=told, kind="warning", done=done, left=len(left)
        )
    return page.see_other(
        request, "/submissions/tray", flash=_("%(done)s건을 승인했습니다."), done=done
    )


@ROUTES.post(f"{_PAPER}/decide")
@within(DECISIONS)
async def decide(request: web.Request) -> web.Response:
    """Approve, send back or refuse one paper."""
    asker = await asker_of(request)
    form = await read_form(request, VerdictForm)
    verdict = _VERDICTS.get(form.verdict)
    if verdict is None:
        raise Invalid({"verdict": _("처리를 선택해 주세요.")})
    word = "\n".join([*form.stock, form.word]).strip()
    await request.app[SUBMISSIONS].deciding.decide(asker, request.match_info["id"], verdict, word)
    return page.see_other(request, "/submissions/tray", flash=_DONE[verdict])


@ROUTES.get("/submissions/unsettled")
@shows(What.PAPERS)
async def unsettled(request: web.Request) -> web.Response:
    """Papers of whose guardians one refused or says nothing, of no known student, of which something is overdue."""
    asker = await asker_of(request)
    differing, unmatched, overdue = await request.app[SUBMISSIONS].papers.unsettled(asker)
    found = (*differing, *unmatched, *overdue)
    looked(request, persons=[one.paper.student_id or one.paper.by_id for one in found])
    return page.render(
        request,
        "submissions/unsettled.html",
        differing=differing,
        unmatched=unmatched,
        overdue=overdue,
    )


@ROUTES.post(f"{_PAPER}/settle")
@within(DECISIONS)
async def settle(request: web.Request) -> web.Response:
    """Say how a paper goes on of which guardians differ."""
    asker = await asker_of(request)
    form = await read_form(request, SettleForm)
    paper_id = request.match_info["id"]
    await request.app[SUBMISSIONS].deciding.settle(
        asker, paper_id, goes_on=form.goes_on == "1", word=form.word
    )
    return page.see_other(request, f"/submissions/{paper_id}", flash=_("처리했습니다."))


@ROUTES.get(f"{_PAPER}/match")
@shows(What.PAPERS)
async def candidates(request: web.Request) -> web.Response:
    """Of which student a paper may be."""
    asker = await asker_of(request)
    query = read_query(request, NameQuery)
    view, found = await request.app[SUBMISSIONS].papers.candidates(
        asker, request.match_info["id"], query.name
    )
    looked(request, title=view.type.name, persons=[one[0] for one in found])
    return page.render(
        request,
        "submissions/match.html",
        view=view,
        paper=view.paper,
        found=found,
        name=query.name or view.paper.student_name,
    )


@ROUTES.post(f"{_PAPER}/match")
@within(DECISIONS)
async def match(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, MatchForm)
    paper_id = request.match_info["id"]
    await request.app[SUBMISSIONS].deciding.match(asker, paper_id, form.student)
    return page.see_other(
        request, "/submissions/unsettled", flash=_("학생을 확인하고 결재로 보냈습니다.")
    )


@ROUTES.get("/submissions/start/{type:[0-9a-z-]{1,40}}")
@shows(What.PAPERS)
async def start(request: web.Request) -> web.Response:
    """For which student a member of staff hands in a paper."""
    asker = await asker_of(request)
    query = read_query(request, NameQuery)
    type_id = request.match_info["type"]
    found = []
    if query.name:
        found = await request.app[SUBMISSIONS].papers.students_for(asker, type_id, query.name)
    require_staff(asker)
    looked(request, subject=type_id, persons=[one[0] for one in found])
    return page.render(
        request, "submissions/start.html", type_id=type_id, name=query.name, found=found
    )


@ROUTES.get("/submissions/cases")
@shows(What.PAPERS)
async def cases(request: web.Request) -> web.Response:
    """What the school has, of the classes that are the reader's to see."""
    asker = await asker_of(request)
    query = read_query(request, PapersSentQuery)
    now = request.app[CLOCK].now()
    before = (now + 1, "") if query.before is None else (query.before, query.id)
    wanted = CasesWanted(query.type, query.class_id, query.open)
    papers = request.app[SUBMISSIONS].papers
    kinds, classes = await papers.choices(asker)
    lines, last = await papers.cases(asker, wanted, before)
    looked(request, persons=[one.paper.student_id for one in lines])
    return page.render(
        request,
        "submissions/cases.html",
        lines=lines,
        last=last,
        wanted=wanted,
        kinds=kinds,
        classes=classes,
        month=f"{local_date(now):%Y-%m}",
    )


@ROUTES.get("/submissions/cases/export")
@shows(What.EXPORT)
async def export(request: web.Request) -> web.Response:
    """A month's papers for entry into NEIS, as a workbook or CSV."""
    asker = await asker_of(request)
    query = read_query(request, ExportQuery)
    month = query.month or f"{local_date(request.app[CLOCK].now()):%Y-%m}"
    year, dash, number = month.partition("-")
    is_month = bool(dash) and year.isdecimal() and number.isdecimal()
    if not is_month or not (2000 <= int(year) < 2100 and 1 <= int(number) <= 12):
        raise NotFound()
    rows: list[Sequence[sheets.Cell]]
    heads: tuple[str, ...]
    if query.list == "absences":
        name = "absences"
        absences = await request.app[ABSENCES].month(asker, int(year), int(number))
        looked(request, subject=month, persons=[one.pupil.id for one in absences])
        heads, rows = ABSENCE_HEADS, list(absence_rows(absences))
    else:
        name = "papers"
        listed = await request.app[SUBMISSIONS].papers.month(asker, int(year), int(number))
        looked(request, subject=month, persons=[line.paper.student_id for line in listed])
        heads = NEIS_HEADS
        rows = list(neis_rows(listed, lambda text: page.translate(request, text)))
    clock, count = request.app[CLOCK], len(rows)
    rows.insert(0, [page.translate(request, one) for one in heads])
    await request.app[DB].write(
        lambda tx: audit.record(tx, clock, asker, SubmissionAct.EXPORT, month, rows=count)
    )
    if query.format == "csv":
        body, kind, suffix = await asyncio.to_thread(sheets.csv, rows), "text/csv", "csv"
    else:
        body = await asyncio.to_thread(sheets.xlsx, month, rows)
        kind, suffix = sheets.MEDIA_TYPE, "xlsx"
    return web.Response(
        body=body,
        content_type=kind,
        headers={
            "Content-Disposition": f'attachment; filename="{name}-{month}.{suffix}"',
            "Cache-Control": "no-store",
        },
    )
