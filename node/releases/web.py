"""The administrator's page of releases, and what neighbours of the network may ask."""

import asyncio
import contextlib
from typing import Annotated

import msgspec
from aiohttp import hdrs, web

from kit.i18n import _
from kit.problem import NotFound
from kit.signin.fresh import DECISIONS, within
from kit.web import page
from kit.web.forms import read_query
from node.people.session import asker_of
from node.releases.fetching.giving import LONGEST_WAIT_S, ChunkContent, Giving
from node.releases.fetching.lan import Peer
from node.releases.model import KIND_LABELS, REASONS
from node.releases.service import Releases
from protocol.chunks import CHUNK_PATH, KINDS, ReleaseKind

ROUTES = web.RouteTableDef()
RELEASES = web.AppKey("releases", Releases)
GIVING = web.AppKey("releases-giving", Giving)
_KIND = "{kind:knowledge|model}"


class WaitQuery(msgspec.Struct):
    wait: Annotated[float, msgspec.Meta(ge=0, le=LONGEST_WAIT_S)] = 0.0


class AskerQuery(msgspec.Struct):
    id: str = ""
    port: int = 0


@ROUTES.get("/admin/releases")
async def overview(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    releases = request.app[RELEASES]
    return page.render(
        request,
        "releases/overview.html",
        found=await releases.overview(asker),
        taken=releases.kinds,
        kinds=KIND_LABELS,
        reasons=REASONS,
    )


@ROUTES.post(f"/admin/releases/{_KIND}/back")
@within(DECISIONS)
async def back(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[RELEASES].roll_back(asker, _kind(request))
    return page.see_other(request, "/admin/releases", flash=_("이전 버전으로 되돌렸습니다."))


@ROUTES.post(f"/admin/releases/{_KIND}/again")
async def again(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[RELEASES].try_again(asker, _kind(request))
    return page.see_other(request, "/admin/releases", flash=_("다시 받고 있습니다."))


@ROUTES.get(CHUNK_PATH + "{sha256:[0-9a-f]{64}}", allow_head=False)
async def chunk(request: web.Request) -> web.StreamResponse:
    """A chunk for a neighbour; 202 while it is still on its way."""
    query = read_query(request, WaitQuery)
    giving = request.app[GIVING]
    async with giving.caller(request.remote or ""):
        content = await giving.chunk(request.match_info["sha256"], query.wait)
        if content is None:
            return web.Response(status=202)
        with contextlib.closing(content):
            return await _send(request, giving, content)


async def _send(request: web.Request, giving: Giving, content: ChunkContent) -> web.StreamResponse:
    """In pieces: whoever does not take them holds no memory, and not for long."""
    response = web.StreamResponse(headers={hdrs.CONTENT_TYPE: "application/octet-stream"})
    response.content_length = content.size
    try:
        async with asyncio.timeout(giving.sent_within_s):
            await response.prepare(request)
            async for piece in giving.pieces(content):
                await response.write(piece)
            await response.write_eof()
    except OSError:  # too slow, gone, or the disk: the neighbour asks another
        if request.transport is not None:
            request.transport.abort()
    return response


@ROUTES.get("/v1/releases/" + _KIND + r"/{version:\d{1,16}}/held")
async def held(request: web.Request) -> web.Response:
    """What this node has of a release; whoever asks is met."""
    query = read_query(request, AskerQuery)
    giving = request.app[GIVING]
    kind, version = _kind(request), int(request.match_info["version"])
    remote = request.remote or ""
    async with giving.caller(remote):
        content = giving.held(kind, version)
    if query.id and 0 < query.port < 65536:
        host = f"[{remote}]" if ":" in remote else remote
        giving.meet(kind, version, Peer(query.id[:64], f"http://{host}:{query.port}"))
    return web.Response(body=content, headers={hdrs.CONTENT_TYPE: "application/octet-stream"})


def _kind(request: web.Request) -> ReleaseKind:
    for kind in KINDS:
        if request.match_info["kind"] == kind:
            return kind
    raise NotFound()
