"""Uploads over HTTP: tus 1.0 (https://tus.io/protocols/resumable-upload) for whoever takes files in parts.

    add_routes(ROUTES, "/api/v1/drive/uploads", Takes(uploads=…, begin=…, admit=require_staff))

Programs and the pages' own script (static/files/upload.js) speak it: extensions creation, checksum,
expiration and termination.
"""

import base64
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from email.utils import formatdate
from typing import TypeVar

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.problem import Problem
from kit.web.forms import LARGEST
from kit.web.openapi import api
from node.files.arriving import Arriving, Checksum, LineBroke
from node.files.model import BadUpload, Upload
from node.people.model import Asker
from node.people.session import asker_of

TUS = "1.0.0"
_ALGORITHMS = ("sha256", "sha1", "md5")
_PART = "application/offset+octet-stream"


class WrongTus(Problem):
    """The client speaks another version of tus."""

    code = "upload-tus-version"
    status = 412
    text = _("이 서버는 tus 1.0.0 방식으로 파일을 받습니다.")


class NotPart(Problem):
    code = "upload-tus-type"
    status = 415
    text = _("파일의 부분은 application/offset+octet-stream 형식으로 보내야 합니다.")


Handler = TypeVar("Handler", bound=Callable[..., Awaitable[web.StreamResponse]])


class Told(msgspec.Struct, frozen=True):
    """What somebody says of a file that they begin to send; `target`: what it is to belong to."""

    target: str
    name: str
    size: int
    sha256: str


class Takes(msgspec.Struct, frozen=True):
    """Who takes files at an address. `begin` opens an upload for whoever may; `admit` raises for those
    who are to learn of no uploads here."""

    uploads: Callable[[web.Request], Arriving]
    begin: Callable[[web.Request, Asker, Told], Awaitable[Upload]]
    admit: Callable[[Asker], None]


def add_routes(table: web.RouteTableDef, address: str, takes: Takes) -> None:
    """Add the routes of tus under an address to a slice's own: they say that they are that slice's."""
    one = f"{address}/{{id}}"

    def own(handler: Handler) -> Handler:
        handler.__module__ = takes.begin.__module__
        return handler

    @table.options(address)
    @own
    async def abilities(request: web.Request) -> web.Response:
        """What this server knows of tus."""
        takes.admit(await asker_of(request))
        return _answer(
            204,
            {
                "Tus-Version": TUS,
                "Tus-Extension": "creation,checksum,expiration,termination",
                "Tus-Checksum-Algorithm": ",".join(_ALGORITHMS),
            },
        )

    @table.post(address)
    @api(
        summary="Begin an upload (tus creation): Upload-Length, and Upload-Metadata with filename,"
        " target (what the file is to belong to) and, if known, sha256",
        status=201,
    )
    @own
    async def create(request: web.Request) -> web.Response:
        asker = await _sender(request, takes)
        told = _told(request)
        created = await takes.begin(request, asker, told)
        if told.size == 0:
            created = await takes.uploads(request).state(asker, created.id)
        return _answer(201, {"Location": f"{address}/{created.id}"} | _state(created))

    @table.head(one)
    @own
    async def state(request: web.Request) -> web.Response:
        """How much has arrived."""
        asker = await _sender(request, takes)
        found = await takes.uploads(request).state(asker, request.match_info["id"])
        return _answer(200, {"Cache-Control": "no-store"} | _state(found))

    @table.patch(one)
    @api(summary="A part of an upload at Upload-Offset (tus core)", status=204)
    @own
    async def append(request: web.Request) -> web.Response:
        asker = await _sender(request, takes)
        if request.content_type != _PART:
            raise NotPart()
        transport = request.transport
        found = await takes.uploads(request).write(
            asker,
            request.match_info["id"],
            _number(request, "Upload-Offset"),
            _body(request),
            checksum=_checksum(request),
            stop=transport.abort if transport is not None else lambda: None,
        )
        return _answer(204, _state(found))

    @table.delete(one)
    @api(summary="Forget an upload (tus termination)", status=204)
    @own
    async def cancel(request: web.Request) -> web.Response:
        asker = await _sender(request, takes)
        await takes.uploads(request).cancel(asker, request.match_info["id"])
        return _answer(204, {})


async def _body(request: web.Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.content.iter_any():
            yield chunk
    except Exception as broken:
        # A line breaks in many ways, each with its own exception; what arrived before it counts.
        raise LineBroke() from broken


async def _sender(request: web.Request, takes: Takes) -> Asker:
    """Who sends by tus. Raises WrongTus, and what `admit` raises."""
    asker = await asker_of(request)
    takes.admit(asker)
    if request.headers.get("Tus-Resumable") != TUS:
        raise WrongTus()
    return asker


def _told(request: web.Request) -> Told:
    """What is said of a file. Raises BadUpload."""
    size = _number(request, "Upload-Length")
    told = _metadata(request.headers.get("Upload-Metadata", ""))
    sha256 = told.get("sha256", "").lower()
    if sha256 and not re.fullmatch("[0-9a-f]{64}", sha256):
        raise BadUpload()
    return Told(told.get("target", ""), told.get("filename", ""), size, sha256)


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
    return headers | ({"Madang-Item": upload.became} if upload.became else {})


def _answer(status: int, headers: dict[str, str]) -> web.Response:
    return web.Response(status=status, headers={"Tus-Resumable": TUS, **headers})
