"""What is sent: PUT, MKCOL, PROPPATCH."""

from aiohttp import hdrs, web

from kit.clock import SECOND
from kit.problem import BadRequest, Forbidden, Problem
from node.drive.dav.address import href, path_of
from node.drive.dav.answering import ADDRESS, body, client_of, later, markup, refusal, verb
from node.drive.dav.conditions import TAG_LENGTH, terms_of
from node.drive.dav.describing import BEGIN, END, LIVE, propstat
from node.drive.dav.markup import DAV, BadMarkup, empty, parsed, written
from node.drive.dav.reading import SEEN
from node.drive.intake.straight import Coming
from node.drive.model import Item, NameTaken, Right, TooManyProperties, clean_name
from node.drive.service import Drive
from node.drive.tree.paths import Spot
from node.people.model import Asker

ROUTES = web.RouteTableDef()
_LATEST = 253_402_300_799  # seconds: the end of 9999


class NoFolder(Problem):
    """The folder that something is to lie in is not there."""

    code = "drive-no-folder"
    status = 409


@ROUTES.put(ADDRESS, expect_handler=later)
@verb
async def put(request: web.Request, drive: Drive, asker: Asker) -> web.StreamResponse:
    """A file, or a new version of it; durable when it is answered."""
    place = await drive.paths.at(asker, path_of(request))
    if hdrs.CONTENT_RANGE in request.headers:
        raise BadRequest()  # RFC 9110, 14.5: a part would be taken for the whole
    if request.raw_path.partition("?")[0].endswith("/"):
        raise BadRequest()
    if place.item is not None and place.item.is_folder:
        return web.Response(status=405, headers={"Allow": "OPTIONS, PROPFIND, DELETE, MOVE, COPY"})
    item_id, folder_id = _target_of(place)
    terms = await terms_of(request, drive, asker, place, is_lenient=True)
    size = request.content_length
    told_at, mtime = _modified_at(request)
    seen = request.app[SEEN]
    client = client_of(request)
    known = seen.last(asker.id, client, place.item.id) if place.item is not None else None
    coming = Coming(-1 if size is None else size, told_at, terms, known, item_id)
    name = clean_name(place.name)
    taken = await drive.straight.take(asker, folder_id, name, body(request), coming)
    seen.had(asker.id, client, taken.item_id, taken.number)
    headers = {hdrs.ETAG: f'"{taken.sha256[:TAG_LENGTH]}"'} | mtime
    return web.Response(status=201 if taken.is_new else 204, headers=headers)


def _target_of(place: Spot) -> tuple[str, str]:
    """(file, folder) that a content is for: the file by itself where its folder is not the sender's to
    change. Raises Forbidden, NoFolder."""
    there = place.item
    is_alone = place.is_top or place.parent is None or place.parent.right < Right.EDIT
    if there is not None and there.id and is_alone:
        return there.id, there.parent_id or ""
    return "", folder_of(place).id


def _modified_at(request: web.Request) -> tuple[int | None, dict[str, str]]:
    """What `X-OC-Mtime` says (ms), and the answer that it is kept."""
    sent = request.headers.get("X-OC-Mtime", "").strip()
    try:
        at = int(float(sent))
    except (ValueError, OverflowError):
        return None, {}
    if not 0 < at <= _LATEST:
        return None, {}
    return at * SECOND, {"X-OC-MTime": "accepted"}


@ROUTES.route("MKCOL", ADDRESS, expect_handler=later)
@verb
async def make_folder(request: web.Request, drive: Drive, asker: Asker) -> web.StreamResponse:
    place = await drive.paths.at(asker, path_of(request))
    if place.item is not None:
        return web.Response(status=405, headers={"Allow": "OPTIONS, PROPFIND, DELETE, MOVE, COPY"})
    if request.body_exists:
        return web.Response(status=415)
    parent = folder_of(place)
    terms = await terms_of(request, drive, asker, place)
    try:
        await drive.create_folder(asker, parent.id, clean_name(place.name), terms)
    except NameTaken as taken:
        answer = refusal(request, taken)
        answer.set_status(405)
        return answer
    return web.Response(status=201)


def folder_of(place: Spot) -> Item:
    """The folder that something is to lie in. Raises Forbidden (it is the tree's own), NoFolder."""
    if place.is_top:
        raise Forbidden()
    if place.parent is None:
        raise NoFolder()
    return place.parent


@ROUTES.route("PROPPATCH", ADDRESS, expect_handler=later)
@verb
async def change_properties(request: web.Request, drive: Drive, asker: Asker) -> web.StreamResponse:
    """Set and remove what programs keep; all or nothing."""
    names = path_of(request)
    place = await drive.paths.at(asker, names)
    item = place.found()
    if not item.id:
        raise Forbidden()
    changes = _changes(await markup(request))
    terms = await terms_of(request, drive, asker, place)
    own = [name for name, _xml in changes if name in LIVE]
    said = ""
    if own:
        others = [name for name, _xml in changes if name not in LIVE]
        said += propstat("".join(map(empty, dict.fromkeys(own))), "403 Forbidden")
        if others:
            rest = "".join(map(empty, dict.fromkeys(others)))
            said += propstat(rest, "424 Failed Dependency")
    else:
        named = "".join(map(empty, dict.fromkeys(name for name, _xml in changes)))
        try:
            await drive.properties.change(asker, item.id, changes, terms)
            said = propstat(named, "200 OK")
        except TooManyProperties:
            said = propstat(named, "507 Insufficient Storage")
    address = href(names, is_folder=bool(item.is_folder))
    line = f"<D:response><D:href>{address}</D:href>{said}</D:response>\n"
    return web.Response(
        status=207, text=BEGIN + line + END, content_type="application/xml", charset="utf-8"
    )


def _changes(sent: bytes) -> list[tuple[str, str | None]]:
    """(name, element; None: it goes) in the order of the request. Raises BadMarkup."""
    root = parsed(sent)
    if root.tag != DAV + "propertyupdate":
        raise BadMarkup()
    changes: list[tuple[str, str | None]] = []
    for part in root:
        wanted = part.find(DAV + "prop")
        if wanted is None:
            continue
        if part.tag == DAV + "set":
            changes += [(one.tag, written(one)) for one in wanted]
        elif part.tag == DAV + "remove":
            changes += [(one.tag, None) for one in wanted]
    if not changes:
        raise BadMarkup()
    return changes
