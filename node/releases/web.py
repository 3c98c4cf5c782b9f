"""The administrator's page of what came from the province, and chunks for the school's other nodes."""

import asyncio

import msgspec
from aiohttp import web

from kit.card import NavItem
from kit.i18n import _
from kit.problem import NotFound
from kit.web import page
from kit.web.forms import read_query
from node.people.model import Asker
from node.people.session import asker_of
from node.releases.model import KINDS, REASONS
from node.releases.service import Releases
from protocol.chunks import CHUNK_PATH, ReleaseKind

ROUTES = web.RouteTableDef()
RELEASES = web.AppKey("releases", Releases)
SERVING = web.AppKey("releases-serving", asyncio.Semaphore)
AT_ONCE = 16

_KIND = "/admin/releases/{kind:knowledge|model}"


class WaitQuery(msgspec.Struct):
    wait: int = 0


def nav(asker: Asker) -> list[NavItem]:
    if not asker.is_administrator:
        return []
    return [NavItem("/admin/releases", _("받은 자료"), "download", phone=False)]


@ROUTES.get("/admin/releases")
async def overview(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    found = await request.app[RELEASES].overview(asker)
    return page.render(request, "releases/overview.html", found=found, kinds=KINDS, reasons=REASONS)


def _kind(request: web.Request) -> ReleaseKind:
    return "model" if request.match_info["kind"] == "model" else "knowledge"


@ROUTES.post(_KIND + "/back")
async def back(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[RELEASES].roll_back(asker, _kind(request))
    said = _("앞의 것으로 되돌리고 있습니다. 새것이 올 때까지 그대로 씁니다.")
    return page.see_other(request, "/admin/releases", flash=said)


@ROUTES.post(_KIND + "/again")
async def again(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[RELEASES].try_again(asker, _kind(request))
    return page.see_other(request, "/admin/releases", flash=_("다시 받고 있습니다."))


@ROUTES.get(CHUNK_PATH + "{sha256:[0-9a-f]{64}}")
async def chunk(request: web.Request) -> web.Response:
    """A chunk of a release that is here or on its way here: public, named by its hash.

    202: still on its way, ask again. The releases are the same for every school and hold nothing of
    this one, so nobody is asked who they are; how many are answered at a time is limited.
    """
    query = read_query(request, WaitQuery)
    async with request.app[SERVING]:
        try:
            found = await request.app[RELEASES].chunk(request.match_info["sha256"], query.wait)
        except KeyError:
            raise NotFound() from None
    if found is None:
        return web.Response(status=202)
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return web.Response(body=found, content_type="application/octet-stream", headers=headers)
