"""Where things lie: DELETE, COPY, MOVE."""

from aiohttp import web

from kit.problem import BadRequest, Forbidden
from node.drive.dav.address import destination_of, path_of
from node.drive.dav.answering import ADDRESS, depth_of, overwrites, verb
from node.drive.dav.conditions import terms_of
from node.drive.dav.writing import folder_of
from node.drive.model import clean_name
from node.drive.service import Drive
from node.people.model import Asker

ROUTES = web.RouteTableDef()


@ROUTES.delete(ADDRESS)
@verb
async def delete(request: web.Request, drive: Drive, asker: Asker) -> web.StreamResponse:
    """Into the trash, for 30 days: a client that deletes what it could not replace costs nothing."""
    place = await drive.paths.at(asker, path_of(request))
    item = place.found()
    if place.is_top:
        raise Forbidden()
    if item.is_folder and depth_of(request, "infinity") != "infinity":
        raise BadRequest()
    terms = await terms_of(request, drive, asker, place)
    await drive.trash.throw_away(asker, [item.id], terms)
    return web.Response(status=204)


@ROUTES.route("COPY", ADDRESS)
@verb
async def copy(request: web.Request, drive: Drive, asker: Asker) -> web.StreamResponse:
    return await _carry(request, drive, asker, moves=False)


@ROUTES.route("MOVE", ADDRESS)
@verb
async def move(request: web.Request, drive: Drive, asker: Asker) -> web.StreamResponse:
    return await _carry(request, drive, asker, moves=True)


async def _carry(
    request: web.Request, drive: Drive, asker: Asker, *, moves: bool
) -> web.StreamResponse:
    names, there = path_of(request), destination_of(request)
    place = await drive.paths.at(asker, names)
    item = place.found()
    to = await drive.paths.at(asker, there)
    depth = depth_of(request, "infinity")
    if (moves and place.is_top) or not item.id:
        raise Forbidden()
    if depth == "1" or (moves and depth != "infinity" and item.is_folder):
        raise BadRequest()
    folder = folder_of(to)
    terms = await terms_of(request, drive, asker, place)
    name, over = clean_name(to.name if to.item is None else there[-1]), overwrites(request)
    if moves:
        free = await drive.carrying.move(asker, item.id, folder.id, name, terms, over=over)
    else:
        free = await drive.carrying.copy(
            asker, item.id, folder.id, name, terms, over=over, deep=depth == "infinity"
        )
    return web.Response(status=201 if free else 204)
