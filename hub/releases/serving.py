"""The api listener's part of the releases: metadata, manifests and chunks as immutable files.

They need no signature of request or answer: metadata signs itself, a manifest is named by metadata
and a chunk by its hash. nginx, a CDN or a mirror may serve the same folders.
"""

import asyncio
import re
from pathlib import Path

from aiohttp import hdrs, web
from multidict import CIMultiDict

from hub.releases.repository import Repository
from protocol.chunks import CHUNK_PATH, TUF_PATH

ROUTES = web.RouteTableDef()
REPOSITORY = web.AppKey("releases_repository", Repository)
READ = 256 * 1024  # bytes of a chunk in memory
WRITTEN = 64 * 1024
FOR_EVER = "public, max-age=31536000, immutable"
_CHUNK = re.compile(r"[0-9a-f]{64}(\.zst)?")
_METADATA = re.compile(
    r"timestamp\.json|[1-9]\d*\.(root|targets|snapshot|knowledge|model)\.json"
    r"|targets/(knowledge|model)/([0-9a-f]{64}\.)?[1-9]\d*\.json"
)


@ROUTES.get(TUF_PATH + "{path:.+}")
async def metadata(request: web.Request) -> web.FileResponse:
    """A role's metadata, or a manifest below targets/."""
    path = request.match_info["path"]
    if not _METADATA.fullmatch(path):
        raise web.HTTPNotFound()
    place = request.app[REPOSITORY].tuf / path
    if not place.is_file():
        raise web.HTTPNotFound()
    newest = path == "timestamp.json"
    return web.FileResponse(
        place,
        headers={
            hdrs.CONTENT_TYPE: "application/json",
            hdrs.CACHE_CONTROL: "no-cache" if newest else FOR_EVER,
        },
    )


@ROUTES.get(CHUNK_PATH + "{name}")
async def chunk(request: web.Request) -> web.StreamResponse:
    """A chunk as its manifest says it travels; ranges are answered."""
    name = request.match_info["name"]
    if not _CHUNK.fullmatch(name):
        raise web.HTTPNotFound()
    store = request.app[REPOSITORY].chunks
    headers = CIMultiDict(
        {hdrs.CONTENT_TYPE: "application/octet-stream", hdrs.CACHE_CONTROL: FOR_EVER}
    )
    place = store.path(name)
    if not place.is_file():
        raise web.HTTPNotFound()
    if request.secure and request.method == hdrs.METH_GET and hdrs.RANGE not in request.headers:
        return await _encrypted(request, place, headers)
    return web.FileResponse(place, headers=headers)


async def _encrypted(
    request: web.Request, place: Path, headers: CIMultiDict[str]
) -> web.StreamResponse:
    """A whole chunk over TLS, where sendfile does not help: in pieces that the encryption likes
    (measured: a fifth of the CPU that FileResponse takes), few of them in memory."""
    response = web.StreamResponse(headers=headers)
    with place.open("rb") as content:
        response.content_length = place.stat().st_size
        await response.prepare(request)
        while piece := await asyncio.to_thread(content.read, READ):
            for at in range(0, len(piece), WRITTEN):
                await response.write(piece[at : at + WRITTEN])
    await response.write_eof()
    return response
