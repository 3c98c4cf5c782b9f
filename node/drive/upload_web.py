"""Taking files in: tus 1.0 (https://tus.io/protocols/resumable-upload) and a plain form.

Programs and the page's own script speak tus under `/api/v1/drive/uploads`: extensions creation,
checksum, expiration and termination. The form takes whole files and is streamed to disk as well, so
neither knows the server's limit of a request.
"""

import base64
import re
from collections.abc import AsyncIterator
from email.utils import formatdate

from aiohttp import web

from kit.i18n import _
from kit.problem import BadRequest, Invalid, Problem
from kit.web import page
from kit.web.forms import LARGEST, Part, parts
from kit.web.openapi import api
from node.drive.intake.uploads import Checksum, LineBroke
from node.drive.model import BadUpload, Upload
from node.drive.web import DRIVE, ID
from node.people.access import require_staff
from node.people.model import Asker
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
TUS = "1.0.0"
_UPLOADS = "/api/v1/drive/uploads"
_UPLOAD = f"{_UPLOADS}/{{id}}"
_ALGORITHMS = ("sha256", "sha1", "md5")
_PART = "application/offset+octet-stream"


class WrongTus(Problem):
    """The client speaks another version of tus."""

    code = "drive-tus-version"
    status = 412
    text = _("이 서버는 tus 1.0.0 방식으로 파일을 받습니다.")


class NotPart(Problem):
    code = "drive-tus-type"
    status = 415
    text = _("파일의 부분은 application/offset+octet-stream 형식으로 보내야 합니다.")


@ROUTES.options(_UPLOADS)
async def abilities(request: web.Request) -> web.Response:
    """What this server knows of tus."""
    require_staff(await asker_of(request))
    return _answer(
        204,
        {
            "Tus-Version": TUS,
            "Tus-Extension": "creation,checksum,expiration,termination",
            "Tus-Checksum-Algorithm": ",".join(_ALGORITHMS),
        },
    )


@ROUTES.post(_UPLOADS)
@api(
    summary="Begin an upload (tus creation): Upload-Length, and Upload-Metadata with filename,"
    " target (a folder, or a file of which it is a new version) and, if known, sha256",
    status=201,
)
async def create(request: web.Request) -> web.Response:
    asker = await _sender(request)
    size = _number(request, "Upload-Length")
    told = _metadata(request.headers.get("Upload-Metadata", ""))
    sha256 = told.get("sha256", "").lower()
    if sha256 and not re.fullmatch("[0-9a-f]{64}", sha256):
        raise BadUpload()
    drive = request.app[DRIVE]
    created = await drive.uploads.create(
        asker, told.get("target", ""), told.get("filename", ""), size, sha256
    )
    if size == 0:
        created = await drive.uploads.state(asker, created.id)
    return _answer(201, {"Location": f"{_UPLOADS}/{created.id}"} | _state(created))


@ROUTES.head(_UPLOAD)
async def state(request: web.Request) -> web.Response:
    """How much has arrived."""
    asker = await _sender(request)
    found = await request.app[DRIVE].uploads.state(asker, request.match_info["id"])
    return _answer(200, {"Cache-Control": "no-store"} | _state(found))


@ROUTES.patch(_UPLOAD)
@api(summary="A part of an upload at Upload-Offset (tus core)", status=204)
async def append(request: web.Request) -> web.Response:
    asker = await _sender(request)
    if request.content_type != _PART:
        raise NotPart()
    transport = request.transport
    found = await request.app[DRIVE].uploads.write(
        asker,
        request.match_info["id"],
        _number(request, "Upload-Offset"),
        _body(request),
        checksum=_checksum(request),
        stop=transport.abort if transport is not None else lambda: None,
    )
    return _answer(204, _state(found))


@ROUTES.delete(_UPLOAD)
@api(summary="Forget an upload (tus termination)", status=204)
async def cancel(request: web.Request) -> web.Response:
    asker = await _sender(request)
    await request.app[DRIVE].uploads.cancel(asker, request.match_info["id"])
    return _answer(204, {})


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


async def _body(request: web.Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.content.iter_any():
            yield chunk
    except Exception as broken:
        # A line breaks in many ways, each with its own exception; what arrived before it counts.
        raise LineBroke() from broken


async def _part(part: Part) -> AsyncIterator[bytes]:
    try:
        async for piece in part.pieces():
            yield piece
    except Exception as broken:
        raise LineBroke() from broken


async def _sender(request: web.Request) -> Asker:
    """Who sends by tus. Raises NotFound for families, WrongTus."""
    asker = await asker_of(request)
    require_staff(asker)
    if request.headers.get("Tus-Resumable") != TUS:
        raise WrongTus()
    return asker


def _number(request: web.Request, header: str) -> int:
    """A size in bytes. Raises BadUpload."""
    text = request.headers.get(header, "")
    if not re.fullmatch("[0-9]{1,16}", text) or int(text) > LARGEST:
        raise BadUpload()
    return int(text)


def _metadata(header: str) -> dict[str, str]:
    """`name base64, name base64` as a mapping. Raises BadUpload."""
    told = {}
    for pair in header.split(","):
        name, _space, coded = pair.strip().partition(" ")
        try:
            told[name] = base64.b64decode(coded.strip(), validate=True).decode("utf-8", "replace")
        except ValueError:  # also what is no ASCII
            raise BadUpload() from None
    return told


def _checksum(request: web.Request) -> Checksum | None:
    """`sha256 base64`, if sent. Raises BadUpload."""
    header = request.headers.get("Upload-Checksum")
    if header is None:
        return None
    algorithm, _space, coded = header.partition(" ")
    try:
        digest = base64.b64decode(coded.strip(), validate=True)
    except ValueError:  # also what is no ASCII
        raise BadUpload() from None
    if algorithm not in _ALGORITHMS:
        raise BadUpload()
    return Checksum(algorithm, digest)


def _state(upload: Upload) -> dict[str, str]:
    """Headers of an upload; `Madang-Item` names what it became."""
    headers = {
        "Upload-Offset": str(upload.offset),
        "Upload-Length": str(upload.size),
        "Upload-Expires": formatdate(upload.expires_at / 1000, usegmt=True),
    }
    return headers | ({"Madang-Item": upload.item_id} if upload.item_id else {})


def _answer(status: int, headers: dict[str, str]) -> web.Response:
    return web.Response(status=status, headers={"Tus-Resumable": TUS, **headers})
