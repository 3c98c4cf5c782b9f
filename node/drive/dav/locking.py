"""Who has what open: LOCK, UNLOCK."""

from aiohttp import web

from kit.clock import SECOND
from kit.problem import Forbidden
from node.drive.dav.address import href, path_of
from node.drive.dav.answering import ADDRESS, depth_of, later, markup, verb
from node.drive.dav.conditions import terms_of, token_of
from node.drive.dav.describing import locks_xml
from node.drive.dav.markup import DAV, HEAD, BadMarkup, parsed, text, written
from node.drive.dav.writing import folder_of
from node.drive.model import Lock, PreconditionFailed, clean_name
from node.drive.service import Drive
from node.drive.tree.locks import LONGEST, Wish
from node.drive.tree.paths import Spot
from node.people.model import Asker

ROUTES = web.RouteTableDef()
USUAL_S = 1800
LONGEST_OWNER = 2_000


@ROUTES.route("LOCK", ADDRESS, expect_handler=later)
@verb
async def lock(request: web.Request, drive: Drive, asker: Asker) -> web.StreamResponse:
    """Lock, or renew a lock: under the same token, with its full time."""
    names = path_of(request)
    sent = await markup(request)
    place = await drive.paths.at(asker, names)
    terms = await terms_of(request, drive, asker, place)
    if not sent.strip():
        if place.item is None:
            raise PreconditionFailed()
        renewed = await drive.locks.renew(asker, place.item.id, terms.tokens, _seconds(request))
        return _told(renewed, status=200, is_new=False)
    wish = _wish(request, names, place, sent)
    if place.item is None:
        folder = folder_of(place)
        made = await drive.locks.take_name(asker, folder.id, clean_name(place.name), wish, terms)
        return _told(made, status=201, is_new=True)
    if not place.item.id:
        raise Forbidden()
    return _told(await drive.locks.take(asker, place.item.id, wish, terms), status=200, is_new=True)


@ROUTES.route("UNLOCK", ADDRESS)
@verb
async def unlock(request: web.Request, drive: Drive, asker: Asker) -> web.StreamResponse:
    place = await drive.paths.at(asker, path_of(request))
    await drive.locks.release(asker, place.found().id, token_of(request))
    return web.Response(status=204)


def _wish(request: web.Request, names: list[str], place: Spot, sent: bytes) -> Wish:
    """Raises BadMarkup, BadRequest."""
    root = parsed(sent)
    scope = root.find(DAV + "lockscope")
    kind = root.find(DAV + "locktype")
    if root.tag != DAV + "lockinfo" or scope is None or kind is None or len(scope) != 1:
        raise BadMarkup()
    depth = depth_of(request, "infinity")
    if depth == "1" or kind.find(DAV + "write") is None:
        raise BadMarkup()
    owner = root.find(DAV + "owner")
    said = ""
    if owner is not None:
        said = (owner.text or "").strip() and text(owner.text or "")
        said += "".join(written(one) for one in owner)
    is_folder = place.item is not None and bool(place.item.is_folder)
    return Wish(
        seconds=_seconds(request) or USUAL_S,
        is_deep=depth == "infinity",
        is_shared=scope[0].tag == DAV + "shared",
        owner=said if len(said) <= LONGEST_OWNER else "",
        href=href(names, is_folder=is_folder),
    )


def _seconds(request: web.Request) -> int | None:
    """The first of the wished times that can be read."""
    for wish in request.headers.get("Timeout", "").split(","):
        kind, _dash, number = wish.strip().partition("-")
        if kind.lower() == "infinite":
            return LONGEST
        if kind.lower() == "second" and number.isascii() and number.isdigit():
            return min(int(number[:10]), LONGEST)
    return None


def _told(lock: Lock, *, status: int, is_new: bool) -> web.Response:
    said = locks_xml([lock], lock.until - lock.seconds * SECOND)
    answer = web.Response(
        status=status,
        text=f'{HEAD}<D:prop xmlns:D="DAV:"><D:lockdiscovery>{said}</D:lockdiscovery></D:prop>\n',
        content_type="application/xml",
        charset="utf-8",
    )
    if is_new:
        answer.headers["Lock-Token"] = f"<{lock.token}>"
    return answer
