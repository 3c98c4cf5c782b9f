"""A file's content: GET, HEAD."""

from email.utils import parsedate_to_datetime

from aiohttp import ETag, hdrs, web
from aiohttp.abc import AbstractStreamWriter

from kit.problem import BadRequest
from kit.web import download, page
from node.access_log.access import shows
from node.access_log.model import What
from node.drive.dav.address import path_of
from node.drive.dav.answering import ADDRESS, client_of, verb
from node.drive.dav.conditions import tag_of
from node.drive.dav.describing import modified
from node.drive.dav.looking import ALLOWED
from node.drive.dav.seen import SeenVersions
from node.drive.service import Drive
from node.drive.web import opened
from node.people.model import Asker

ROUTES = web.RouteTableDef()
SEEN = web.AppKey("drive-seen", SeenVersions)
_CONDITIONS = (
    hdrs.IF_MATCH,
    hdrs.IF_NONE_MATCH,
    hdrs.IF_MODIFIED_SINCE,
    hdrs.IF_UNMODIFIED_SINCE,
    hdrs.IF_RANGE,
)


class _Content(web.FileResponse):
    """A stored content under the entity tag and the time that the drive knows; aiohttp's are of the
    file on the disk. What a request asks of them is settled before."""

    without: tuple[str, ...] = ()

    @property
    def etag(self) -> ETag | None:
        return super().etag

    @etag.setter
    def etag(self, value: ETag | str | None) -> None:
        return

    @property
    def last_modified(self) -> None:
        return None

    @last_modified.setter
    def last_modified(self, value: object) -> None:
        return

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        headers = request.headers.copy()
        for name in (*_CONDITIONS, *self.without):
            headers.popall(name, None)
        return await super().prepare(request.clone(headers=headers))


@ROUTES.get(ADDRESS, allow_head=True)
@shows(What.DOWNLOAD)
async def get(request: web.Request) -> web.StreamResponse:
    """A file; ranges and conditions are answered. A person who types the address into a browser is led
    to the pages."""
    is_typed = "text/html" in request.headers.get(hdrs.ACCEPT, "")
    if is_typed and hdrs.AUTHORIZATION not in request.headers:
        return page.see_other(request, "/drive")
    return await _get(request)


@verb
async def _get(request: web.Request, drive: Drive, asker: Asker) -> web.StreamResponse:
    place = await drive.paths.at(asker, path_of(request))
    item = place.found()
    if item.is_folder:
        return web.Response(status=405, headers={"Allow": ALLOWED})
    if item.is_unfilled:
        return web.Response(headers={"Cache-Control": "private, no-cache"})
    path, found, version = await drive.content(asker, item.id)
    opened(request, asker, found)
    request.app[SEEN].had(asker.id, client_of(request), found.id, version.number)
    tag, changed = tag_of(found), modified(found)
    answer = _met(request, tag, changed)
    if answer is not None:
        return answer
    headers = download.headers_of(place.name, version.media_type)
    content = _Content(path, headers=headers | {hdrs.ETAG: tag, hdrs.LAST_MODIFIED: changed})
    only_if = request.headers.get(hdrs.IF_RANGE, tag)
    content.without = () if only_if in (tag, changed) else (hdrs.RANGE,)
    return content


def _met(request: web.Request, tag: str, changed: str) -> web.Response | None:
    """304 or 412 where the request's conditions ask for it (RFC 9110, 13.2.2). Raises BadRequest."""
    kept = {hdrs.ETAG: tag, hdrs.LAST_MODIFIED: changed, "Cache-Control": "private, no-cache"}
    try:
        match, none_match = request.if_match, request.if_none_match
        since, unmodified = request.if_modified_since, request.if_unmodified_since
    except ValueError:
        raise BadRequest() from None
    own = tag.strip('"')
    if match is not None:
        if not any(one.value == "*" or (one.value == own and not one.is_weak) for one in match):
            return web.Response(status=412, headers=kept)
    elif unmodified is not None and _at(changed) > unmodified.timestamp():
        return web.Response(status=412, headers=kept)
    if none_match is not None:
        if any(one.value in ("*", own) for one in none_match):
            return web.Response(status=304, headers=kept)
    elif since is not None and _at(changed) <= since.timestamp():
        return web.Response(status=304, headers=kept)
    return None


def _at(said: str) -> float:
    return parsedate_to_datetime(said).timestamp()
