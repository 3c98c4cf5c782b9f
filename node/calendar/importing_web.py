"""The pages on which NEIS's files are looked at and taken over."""

from aiohttp import web

from kit.i18n import _
from kit.problem import Invalid
from kit.web import page
from kit.web.forms import posted
from node.calendar.access import KEEPERS
from node.calendar.importing import NeisImports
from node.calendar.web import ID
from node.people.access import require_role
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
IMPORTS = web.AppKey("calendar_imports", NeisImports)
LARGEST = 8 * 1024 * 1024  # bytes of all files together


@ROUTES.get("/calendar/import")
async def choose(request: web.Request) -> web.Response:
    require_role(await asker_of(request), *KEEPERS)
    return page.render(request, "calendar/import.html")


@ROUTES.post("/calendar/import")
async def preview(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    files = [
        one.file.read()
        for one in (await posted(request)).getall("files", [])
        if isinstance(one, web.FileField)
    ]
    if not any(files):
        raise Invalid({"files": _("나이스에서 내려받은 JSON 파일을 선택해 주세요.")})
    if sum(map(len, files)) > LARGEST:
        raise Invalid({"files": _("파일이 너무 큽니다. 한 학년도의 학사일정만 올려 주세요.")})
    shown = await request.app[IMPORTS].preview(asker, files)
    return await page.render_apart(request, "calendar/import_preview.html", shown=shown)


@ROUTES.post(f"/calendar/import/{ID}")
async def take(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    done = await request.app[IMPORTS].take(asker, request.match_info["id"])
    return page.see_other(
        request,
        "/calendar/changes",
        flash=_("나이스 학사일정을 반영했습니다. 추가 %(added)s건, 삭제 %(removed)s건"),
        added=len(done.added),
        removed=len(done.removed),
    )
