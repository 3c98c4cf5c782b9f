"""Pages of the lists a school brings: looked at, taken over, how far they have come."""

import asyncio
import contextlib
from collections.abc import Mapping

from aiohttp import web

from kit import sheets
from kit.i18n import _
from kit.problem import NotFound
from kit.signin.fresh import RIGHTS, within
from kit.web import download, page
from kit.web.forms import posted
from node.people.access import OFFICE, require_role
from node.people.lists.columns import COLUMNS, LABELS, Kind
from node.people.lists.importing import Pending, Report, report_of
from node.people.lists.templates import Form, template
from node.people.session import asker_of
from node.people.web import PEOPLE

ROUTES = web.RouteTableDef()
_ID = "{id:[0-9a-f]{20}}"
PATIENCE_S = 3.0  # that a list may take before its own page is shown instead


@ROUTES.get("/admin/import")
async def import_page(request: web.Request) -> web.Response:
    return await _import_page(request)


async def _import_page(request: web.Request, *, missing: bool = False) -> web.Response:
    asker = await asker_of(request)
    under_way = await request.app[PEOPLE].imports.under_way(asker)
    return page.render(
        request,
        "people/import.html",
        status=422 if missing else 200,
        columns=COLUMNS,
        labels=LABELS,
        missing=missing,
        under_way=under_way,
    )


@ROUTES.get("/admin/import/templates/{kind:[a-z]+}.{form:xlsx|csv}")
async def import_template(request: web.Request) -> web.StreamResponse:
    require_role(await asker_of(request), *OFFICE)
    if request.match_info["kind"] not in list(Kind):
        raise NotFound()
    kind, form = Kind(request.match_info["kind"]), Form(request.match_info["form"])
    content = await asyncio.to_thread(template, kind, form)
    media_type = sheets.MEDIA_TYPE if form is Form.XLSX else "text/csv; charset=utf-8"
    name = f"{LABELS[kind]} 명단.{form}"
    return download.pass_on(iter([content]), len(content), name, media_type)


@ROUTES.post("/admin/import")
async def preview_import(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    files = _files(await posted(request))
    if not files:
        return await _import_page(request, missing=True)
    pending = await request.app[PEOPLE].imports.preview(asker, files)
    return await _preview(request, pending)


async def _preview(request: web.Request, pending: Pending, *, again: bool = False) -> web.Response:
    return await page.render_apart(
        request,
        "people/import_preview.html",
        status=409 if again else 200,
        pending=pending,
        report=pending.report,
        labels=LABELS,
        again=again,
    )


@ROUTES.post(f"/admin/import/{_ID}")
@within(RIGHTS)
async def confirm_import(request: web.Request) -> web.Response:
    """A list of a class is taken over before the answer; a school's goes on beside its page."""
    asker = await asker_of(request)
    import_id, imports = request.match_info["id"], request.app[PEOPLE].imports
    if (again := await imports.begin(asker, import_id)) is not None:
        return await _preview(request, again, again=True)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            report = await imports.ended(import_id)
        if not report.faults and not report.stopped:
            return _imported(request, report)
    return page.see_other(request, f"/admin/import/{import_id}")


def _imported(request: web.Request, report: Report) -> web.Response:
    said = (
        _("명단 %(rows)s줄을 반영했습니다. %(waiting)s건은 관리자가 승인하면 변경됩니다.")
        if report.waiting
        else _("명단 %(rows)s줄을 반영했습니다.")
    )
    return page.see_other(
        request, "/admin/people", flash=said, rows=report.changed, waiting=report.waiting
    )


@ROUTES.get(f"/admin/import/{_ID}")
async def import_progress(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    found = await request.app[PEOPLE].imports.state(asker, request.match_info["id"])
    return await page.render_apart(
        request, "people/import_progress.html", one=found, report=report_of(found), labels=LABELS
    )


def _files(sent: Mapping[str, object]) -> dict[Kind, bytes]:
    found = {}
    for kind in Kind:
        part = sent.get(kind.value)
        if isinstance(part, web.FileField) and part.filename:
            content = part.file.read()
            if content:
                found[kind] = content
    return found
