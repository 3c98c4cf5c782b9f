"""What is there: OPTIONS, PROPFIND."""

from collections.abc import AsyncIterator

from aiohttp import web

from kit.problem import Problem
from node.drive.dav.address import ROOT, path_of
from node.drive.dav.answering import ADDRESS, depth_of, later, markup, verb
from node.drive.dav.describing import BEGIN, END, AskedProperties, asked_of, response
from node.drive.dav.markup import HEAD
from node.drive.model import Item
from node.drive.service import Drive
from node.drive.tree.paths import TreeLine
from node.people.model import Asker

ROUTES = web.RouteTableDef()
ALLOWED = "OPTIONS, PROPFIND, PROPPATCH, GET, HEAD, PUT, DELETE, MKCOL, COPY, MOVE, LOCK, UNLOCK"
ABLE = {
    "DAV": "1, 2",  # both named: davfs2 mounts nothing that says 2 alone
    "MS-Author-Via": "DAV",
    "Allow": ALLOWED,
    "Accept-Ranges": "bytes",
}
AT_ONCE = 50  # lines written in one go
_MULTISTATUS = {"Content-Type": "application/xml; charset=utf-8", "Cache-Control": "no-store"}


@ROUTES.options(ADDRESS)
async def abilities(_request: web.Request) -> web.Response:
    """What this server can; nobody's secret. Clients ask before they know a password."""
    return web.Response(headers=ABLE)


@ROUTES.options("/")
async def abilities_of_the_root(_request: web.Request) -> web.Response:
    """Windows asks it of the root of a server before it opens any folder there."""
    return web.Response(headers=ABLE)


@ROUTES.route("PROPFIND", "/", expect_handler=later)
@verb
async def root(request: web.Request, drive: Drive, asker: Asker) -> web.StreamResponse:
    """gvfs and Windows walk up to the root: there the drive is, and nothing else."""
    asked = asked_of(await markup(request), is_brief=_is_brief(request))
    top = (await drive.paths.at(asker, [])).found()
    lines = response([], TreeLine("", top), asked)
    own = lines.replace(f"<D:href>{ROOT}/</D:href>", "<D:href>/</D:href>")
    if depth_of(request, "infinity") == "infinity":
        return _infinite()
    inside = lines if depth_of(request, "infinity") == "1" else ""
    return _multistatus(BEGIN + own + inside + END)


@ROUTES.route("PROPFIND", ADDRESS, expect_handler=later)
@verb
async def look(request: web.Request, drive: Drive, asker: Asker) -> web.StreamResponse:
    """Properties of an item, and of what is in a folder: page by page, so that a folder of any size
    holds nothing up."""
    names = path_of(request)
    asked = asked_of(await markup(request), is_brief=_is_brief(request))
    depth = depth_of(request, "infinity")
    place = await drive.paths.at(asker, names)
    item = place.found()
    if depth == "infinity" and item.is_folder:
        return _infinite()
    if item.id:
        entry = await drive.paths.entry(asker, place, with_properties=asked.of_programs)
    else:
        entry = TreeLine(place.name, item)
    first = BEGIN + response(names, entry, asked)
    if depth != "1" or not item.is_folder:
        return _multistatus(first + END)
    answer = web.StreamResponse(status=207, headers=_MULTISTATUS)
    await answer.prepare(request)
    await answer.write(first.encode())
    try:
        async for entries in _inside(drive, asker, names, item, asked):
            lines = "".join(
                response([*names, one.name], one, asked, is_inside=True) for one in entries
            )
            await answer.write(lines.encode())
    except Problem:  # the folder, or the right to it, went meanwhile: half a list is no list
        if request.transport is not None:
            request.transport.abort()
        return answer
    await answer.write_eof(END.encode())
    return answer


async def _inside(
    drive: Drive, asker: Asker, names: list[str], folder: Item, asked: AskedProperties
) -> AsyncIterator[list[TreeLine]]:
    """What is in a folder, some at a time: as many as a few milliseconds are enough for."""
    if not folder.id:
        yield await (drive.paths.shared(asker) if names else drive.paths.top(asker))
        return
    after, more = "", True
    while more:
        entries, after = await drive.paths.page(
            asker, folder.id, after, with_properties=asked.of_programs
        )
        for start in range(0, len(entries), AT_ONCE):
            yield entries[start : start + AT_ONCE]
        more = bool(after)


def _multistatus(said: str) -> web.Response:
    return web.Response(status=207, body=said.encode(), headers=_MULTISTATUS)


def _infinite() -> web.Response:
    said = f'{HEAD}<D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>'
    return web.Response(status=403, body=said.encode(), headers=_MULTISTATUS)


def _is_brief(request: web.Request) -> bool:
    """Whether a client does without the names of what is missing (RFC 8144; Windows says Brief)."""
    wants = request.headers.get("Prefer", "").replace(" ", "").lower()
    return "return=minimal" in wants or request.headers.get("Brief", "").lower() == "t"
