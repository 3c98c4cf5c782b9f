"""The page that says how to open the drive as a network folder, and its app passwords."""

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.signin.fresh import RIGHTS, within
from kit.signin.web import SIGNIN
from kit.typed import whole
from kit.web import page
from kit.web.forms import read_form
from node.drive.programs import Programs
from node.drive.web import DRIVE
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
PROGRAMS = web.AppKey("drive-programs", Programs)


class AppName(msgspec.Struct):
    name: str = ""


@ROUTES.get("/drive/connect")
async def connect(request: web.Request) -> web.Response:
    return await _connect(request)


@ROUTES.post("/drive/app-passwords")
@within(RIGHTS)
async def make_app_password(request: web.Request) -> web.Response:
    form = await read_form(request, AppName)
    return await _connect(request, whole("name", form.name, 60) or _("이름 없는 앱"))


@ROUTES.post("/drive/app-passwords/{id:[0-9a-f]{20}}/remove")
async def remove_app_password(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[PROGRAMS].remove_password(asker, request.match_info["id"])
    return page.see_other(request, "/drive/connect", flash=_("앱 암호를 삭제했습니다."))


async def _connect(request: web.Request, new_app: str = "") -> web.Response:
    """A fresh app password is shown this once."""
    asker = await asker_of(request)
    programs = request.app[PROGRAMS]
    areas = await request.app[DRIVE].areas(asker)
    secret = await programs.make_password(asker, new_app) if new_app else ""
    url = request.app[SIGNIN].public_url
    return page.render(
        request,
        "drive/connect.html",
        areas=areas,
        url=f"{url}/dav/",
        dav=f"{url.replace('http', 'dav', 1)}/dav/",
        passwords=await programs.passwords(asker),
        secret=secret,
    )
