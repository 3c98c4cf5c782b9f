"""Pages of those who handle answers: the results, the workbook, the deadline."""

import asyncio
from collections.abc import Iterable

import msgspec
from aiohttp import web

from kit import sheets
from kit.clock import DAY, local
from kit.i18n import _
from kit.problem import Invalid
from kit.signin.fresh import DECISIONS, within
from kit.web import page
from kit.web.forms import read_form, read_query, wall_clock
from kit.web.keys import CLOCK
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.forms.export import workbook_of
from node.forms.model import FormResults
from node.forms.web import FORMS
from node.people.session import asker_of
from node.questions.model import ResultRow

ROUTES = web.RouteTableDef()
LONGEST_EXTENSION = 60 * DAY
PAGE = 36  # children: more than a class has, so that a class is one page


class ResultsQuery(msgspec.Struct):
    class_id: str = msgspec.field(default="", name="class")
    state: str = ""
    answer: str = ""
    page: int = 1


class DeadlineForm(msgspec.Struct):
    deadline: str


@ROUTES.get("/forms/{id}/results")
@shows(What.RESULTS)
async def results(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    found = await request.app[FORMS].results(asker, request.match_info["id"])
    return await _results_page(request, found, "forms/results.html")


@ROUTES.get("/forms/{id}/results/table")
@shows(What.RESULTS)
async def results_table(request: web.Request) -> web.Response:
    """The part of the page that reloads when an answer arrives."""
    asker = await asker_of(request)
    found = await request.app[FORMS].results(asker, request.match_info["id"])
    return await _results_page(request, found, "forms/results_table.html")


async def _results_page(request: web.Request, found: FormResults, template: str) -> web.Response:
    wanted = read_query(request, ResultsQuery)
    classes = {row.asked.group_id: row.asked.group_name for row in found.rows}  # in their order
    rows = found.those(wanted.class_id, wanted.state, wanted.answer)
    pages = max(1, -(-len(rows) // PAGE))
    number = min(max(wanted.page, 1), pages)
    shown = rows[(number - 1) * PAGE : number * PAGE]
    looked(request, title=found.title, persons=_persons(shown))
    return await page.render_apart(
        request,
        template,
        results=found,
        rows=shown,
        page=number,
        pages=pages,
        classes=classes.items(),
        chosen=wanted.class_id,
        state=wanted.state,
        answer=wanted.answer,
        found=len(rows),
        deadline=_proposed(found, request.app[CLOCK].now()),
        in_words=lambda one: page.translate(request, one.text, **one.params),
    )


def _proposed(found: FormResults, now: int) -> str:
    """A new deadline to begin with, as an input writes it: the one that holds, or three days from now."""
    holds = found.deadline_at if found.deadline_at is not None and found.deadline_at > now else None
    return f"{local(holds or now + 3 * DAY):%Y-%m-%dT%H:%M}"


def _persons(rows: Iterable[ResultRow]) -> list[str]:
    """Whose data the rows show: the children, and the guardians who answered or still owe."""
    return [person for row in rows for person in row.persons]


@ROUTES.get("/forms/{id}/results.xlsx")
@shows(What.EXPORT)
async def export(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    found = await request.app[FORMS].export(asker, request.match_info["id"])
    looked(request, title=found.title, persons=_persons(found.rows))
    day = local(request.app[CLOCK].now()).strftime("%Y%m%d")
    return web.Response(
        body=await asyncio.to_thread(workbook_of, found),
        content_type=sheets.MEDIA_TYPE,
        headers={
            "Content-Disposition": f'attachment; filename="results-{found.id}-{day}.xlsx"',
            "Cache-Control": "no-store",
        },
    )


@ROUTES.post("/forms/{id}/deadline")
@within(DECISIONS)
async def extend(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    chosen = await read_form(request, DeadlineForm)
    form_id = request.match_info["id"]
    now, until = request.app[CLOCK].now(), wall_clock(chosen.deadline, "deadline")
    if until is None or not now < until <= now + LONGEST_EXTENSION:
        raise Invalid({"deadline": _("지금부터 60일 안의 날짜와 시각을 선택해 주세요.")})
    await request.app[FORMS].extend(asker, form_id, until)
    return page.see_other(request, f"/forms/{form_id}/results", flash=_("마감을 변경했습니다."))
