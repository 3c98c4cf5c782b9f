"""Taking files into the drive: by tus (`node.files.tus`), and by a plain form.

The form takes whole files and is streamed to disk as well, so neither knows the server's limit of a
request.
"""

from collections.abc import AsyncIterator

from aiohttp import web

from kit.i18n import _
from kit.problem import BadRequest, Invalid
from kit.web import page
from kit.web.forms import Part, parts
from node.drive.web import DRIVE, ID
from node.files.arriving import LineBroke
from node.files.model import BadUpload, Upload
from node.files.tus import Takes, Told, add_routes
from node.people.access import require_staff
from node.people.model import Asker
from node.people.session import asker_of


async def _begin(request: web.Request, asker: Asker, told: Told) -> Upload:
    uploads = request.app[DRIVE].uploads
    return await uploads.create(asker, told.target, told.name, told.size, told.sha256)


ROUTES = web.RouteTableDef()
add_routes(
    ROUTES,
    "/api/v1/drive/uploads",
    Takes(lambda request: request.app[DRIVE].uploads, _begin, require_staff),
)


@ROUTES.post(f"/drive/{ID}/files")
async def take(request: web.Request) -> web.Response:
    """Files of a plain form: into a folder, or as a new version of a file."""
    asker = await asker_of(request)
    drive = request.app[DRIVE]
    target = request.match_info["id"]
    await drive.item(asker, target)  # refuse before a byte is read
    if not request.content_type.startswith("multipart/"):
        raise BadUpload()
    taken = 0
    room = request.content_length or 0
    try:
        async for part in parts(request):
            if part.filename:
                await drive.uploads.take(asker, target, part.filename, _part(part), room)
                taken += 1
    except BadRequest as unreadable:
        raise BadUpload() from unreadable
    if not taken:
        raise Invalid({"files": _("올릴 파일을 선택해 주세요.")})
    return page.see_other(request, f"/drive/{target}", flash=_("올렸습니다."))


async def _part(part: Part) -> AsyncIterator[bytes]:
    try:
        async for piece in part.pieces():
            yield piece
    except Exception as broken:
        raise LineBroke() from broken
