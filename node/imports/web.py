"""Pages of files that a school brings: choose one, say what its columns are, see what it changes."""

import msgspec
from aiohttp import web

from kit.columns import LEAVE_OUT, posted_columns
from kit.i18n import _
from kit.problem import Invalid
from kit.web import page
from kit.web.forms import posted, read_form
from node.imports.service import FileImports
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
FILE_IMPORTS = web.AppKey("file_imports", FileImports)
OF = "/imports/{about:[a-z]+}"
ONE = OF + "/{id:[0-9a-f]{20}}"


class TakeForm(msgspec.Struct):
    without_odd: bool = False


def _here(request: web.Request) -> tuple[str, str]:
    return request.match_info["about"], request.match_info["id"]


@ROUTES.get(OF)
async def choose(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    of = request.app[FILE_IMPORTS].offered(asker, request.match_info["about"])
    return page.render(request, "imports/choose.html", of=of)


@ROUTES.post(OF)
async def bring(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    about = request.match_info["about"]
    part = (await posted(request)).get("file")
    content = part.file.read() if isinstance(part, web.FileField) else b""
    if not isinstance(part, web.FileField) or not content:
        request.app[FILE_IMPORTS].offered(asker, about)
        raise Invalid({"file": _("파일을 선택해 주세요.")})
    file = await request.app[FILE_IMPORTS].bring(asker, about, part.filename, content)
    return page.see_other(request, f"/imports/{about}/{file}")


@ROUTES.get(ONE)
async def show(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    shown = await request.app[FILE_IMPORTS].show(asker, *_here(request))
    return await page.render_apart(
        request,
        "imports/show.html",
        shown=shown,
        says="say" in request.query or shown.effect is None,
        leave_out=LEAVE_OUT,
    )


@ROUTES.post(ONE + "/columns")
async def say(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    said = posted_columns((await posted(request)).items())
    await request.app[FILE_IMPORTS].say(asker, *_here(request), said)
    about, file = _here(request)
    return page.see_other(request, f"/imports/{about}/{file}")


@ROUTES.post(ONE)
async def take(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    about, file = _here(request)
    form = await read_form(request, TakeForm)
    imports = request.app[FILE_IMPORTS]
    href = imports.offered(asker, about).href
    if await imports.take(asker, about, file, without_odd=form.without_odd):
        return page.see_other(request, href, flash=_("파일을 모두 반영했습니다."))
    return page.see_other(
        request,
        f"/imports/{about}/{file}",
        flash=_("아직 반영하지 않았습니다. 아래를 확인해 주세요."),
        kind="warning",
    )
