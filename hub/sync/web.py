"""`POST /v1/sync` and `GET /v1/blobs/<sha256>`: signed requests in, signed answers out."""

import contextlib
import re

import msgspec
from aiohttp import hdrs, web

from hub.sync.model import Turned
from hub.sync.service import Sync
from kit.blobs import Blobs
from kit.clock import Clock
from protocol.errors import (
    BadSignature,
    CounterAhead,
    CounterReplayed,
    ProtocolError,
    SignatureRefused,
)
from protocol.identity import KeyPair
from protocol.message import encode
from protocol.signing import VerifiedRequest, sign_response, verify_request
from protocol.sync import BLOB_PATH, SYNC_PATH

ROUTES = web.RouteTableDef()
MAX_BODY = 8 * 1024 * 1024  # bytes of one sync: the whole share of the largest school, many times
_KEY_ID = re.compile(r';keyid="([0-9A-Z]{32})"')
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Face:
    """What the routes need: the conversation, our keys, and the addresses we are known by."""

    def __init__(
        self, sync: Sync, blobs: Blobs, clock: Clock, keys: KeyPair, origins: tuple[str, ...]
    ) -> None:
        self.sync = sync
        self.blobs = blobs
        self.clock = clock
        self.keys = keys
        self.origins = {
            origin.split("://", 1)[-1].rstrip("/"): origin.rstrip("/") for origin in origins
        }
        self.first_origin = origins[0].rstrip("/")

    def url(self, request: web.Request) -> str:
        """The request's address as we know ourselves: of our configured origins the one the
        Host header names, else the first; a header can choose among them, not invent one."""
        origin = self.origins.get(request.headers.get(hdrs.HOST, ""), self.first_origin)
        return origin + request.raw_path


FACE = web.AppKey("sync", Face)


class Refusal(msgspec.Struct, frozen=True):
    """RFC 9457 document of a refusal between servers: `title` is the code.

    `next_counter`: what a request with a used counter should have had at least, else 0.
    """

    title: str
    status: int
    detail: str = ""
    type: str = "about:blank"
    next_counter: int = 0


@ROUTES.post(SYNC_PATH)
async def sync(request: web.Request) -> web.Response:
    """One sync of a node."""
    face = request.app[FACE]
    body = await _body(request)
    try:
        verified = await _verified(request, face, body)
        answer = encode(await face.sync.sync(verified, request.remote or ""))
    except (ProtocolError, Turned) as error:
        return _refuse(request, face, error)
    return _signed(request, face, 200, answer, "application/json")


@ROUTES.get(BLOB_PATH + "{sha256}")
async def blob(request: web.Request) -> web.Response:
    """An attachment of a notice addressed to the school that asks."""
    face = request.app[FACE]
    sha256 = request.match_info["sha256"]
    try:
        verified = await _verified(request, face, await _body(request))
        if not _SHA256.fullmatch(sha256):
            raise Turned("not-found")
        media_type = await face.sync.file(verified, sha256)
        content = await face.sync.content(face.blobs, sha256)
    except (ProtocolError, Turned) as error:
        return _refuse(request, face, error)
    return _signed(request, face, 200, content, media_type)


async def _body(request: web.Request) -> bytes:
    if request.content_length is not None and request.content_length > MAX_BODY:
        raise web.HTTPRequestEntityTooLarge(MAX_BODY, request.content_length)
    return await request.read()


async def _verified(request: web.Request, face: Face, body: bytes) -> VerifiedRequest:
    named = _KEY_ID.search(request.headers.get("Signature-Input", ""))
    if named is not None:
        await face.sync.learn_key(named[1])
    return verify_request(
        method=request.method,
        url=face.url(request),
        headers=request.headers,
        body=body,
        resolve_key=face.sync.key,
        now=face.clock.now(),
    )


def _refuse(request: web.Request, face: Face, error: ProtocolError | Turned) -> web.Response:
    if isinstance(error, Turned):
        status, code, detail = error.status, error.code, error.detail
    elif isinstance(error, CounterReplayed | CounterAhead):
        status, code, detail = 409, error.code, error.message
    else:
        status = 401 if isinstance(error, SignatureRefused) else 400
        code, detail = error.code, error.message
    following = error.last + 1 if isinstance(error, CounterReplayed) else 0
    document = msgspec.json.encode(Refusal(code, status, detail, next_counter=following))
    return _signed(request, face, status, document, "application/problem+json")


def _signed(
    request: web.Request, face: Face, status: int, body: bytes, content_type: str
) -> web.Response:
    """The answer, bound to the request's signature; unsigned where there is none to bind to."""
    headers: dict[str, str] = {"Content-Type": content_type, "Cache-Control": "no-store"}
    with contextlib.suppress(BadSignature):
        headers |= sign_response(
            face.keys,
            status=status,
            body=body,
            request_signature=request.headers.get("Signature", ""),
            now=face.clock.now(),
        )
    return web.Response(status=status, body=body, headers=headers)
