"""Where Matrix clients come in: the node's own address, the client API and nothing else of Synapse.

    app.middlewares.insert(0, passage.middleware(messenger))

It stands before the middlewares of the pages: a Matrix client is no browser page of ours, sends its
token in a header and no cookie, and has its own form of errors.
"""

import re
from collections.abc import Collection, Mapping
from typing import Protocol

import msgspec
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from kit.problem import Problem
from kit.web import page
from node.messenger.doors import finding, login
from node.messenger.doors.entrance import Entrance
from node.messenger.doors.push import PUSHERS_SET, PushRefused, narrowed
from node.messenger.doors.refusals import refusal
from node.messenger.doors.relay import MessengerAway, Relay, token_of
from node.messenger.model import Colleague, SentFileTooLarge, well_known
from node.messenger.synapse.matrix import MatrixAway, MatrixRefused

PREFIXES = ("/_matrix/client/", "/_matrix/media/")
WELL_KNOWN = "/.well-known/matrix/client"
SSO_PAGE = "/messenger/allow"

_LOGIN = re.compile(r"^/_matrix/client/(?:api/)?[^/]+/login/*$")
_SSO = re.compile(r"^/_matrix/client/(?:api/)?[^/]+/login/sso/redirect(?:/[^/]*)?/*$")
_UPLOAD = re.compile(r"^/_matrix/media/[^/]+/upload(?:/[^/]+/[^/]+)?/*$")
# Would sign in one more client by another, behind which its end is not noticed.
_GET_TOKEN = re.compile(r"^/_matrix/client/(?:api/)?[^/]+/login/get_token/*$")
LARGEST_READ = 64 * 1024
MEGABYTE = 1024 * 1024

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "X-Requested-With, Content-Type, Authorization",
}


class Messaging(Protocol):
    """What the passage needs of the messenger."""

    @property
    def relay(self) -> Relay | None: ...
    @property
    def public_url(self) -> str: ...
    @property
    def gateways(self) -> Collection[str]: ...
    @property
    def entrance(self) -> Entrance: ...
    async def found_for(self, token: str, text: str) -> list[Colleague]: ...


def middleware(messenger: Messaging) -> Middleware:
    """Requests of Matrix clients go to Synapse, all others on to the pages."""

    @web.middleware
    async def passing(request: web.Request, handler: Handler) -> web.StreamResponse:
        path = request.path
        if path == WELL_KNOWN:
            return _json(200, well_known(messenger.public_url))
        if not path.startswith("/_matrix/"):
            return await handler(request)
        if not path.startswith(PREFIXES):
            return _json(404, {"errcode": "M_UNRECOGNIZED", "error": "not here"})
        if why := refusal(request.method, path):
            return _json(403, {"errcode": "M_FORBIDDEN", "error": page.translate(request, why)})
        relay = messenger.relay
        try:
            if relay is None:
                raise MessengerAway()
            if PUSHERS_SET.fullmatch(path) and request.method == hdrs.METH_POST:
                return await _set_pusher(request, relay, messenger.gateways)
            if finding.PATH.fullmatch(path) and request.method == hdrs.METH_POST:
                return await _find(request, messenger)
            if _UPLOAD.fullmatch(path) and request.method in (hdrs.METH_POST, hdrs.METH_PUT):
                return await _upload(request, relay)
            return await _pass(request, relay, messenger.entrance)
        except MessengerAway:
            return _json(503, {"errcode": "M_UNKNOWN", "error": "the messenger is starting"})

    return passing


async def _pass(request: web.Request, relay: Relay, entrance: Entrance) -> web.StreamResponse:
    if _SSO.match(request.path) and request.method == hdrs.METH_GET:
        raise web.HTTPFound(f"{SSO_PAGE}?{request.rel_url.raw_query_string}")
    if _GET_TOKEN.match(request.path) and request.method != hdrs.METH_OPTIONS:
        return _json(403, {"errcode": "M_FORBIDDEN", "error": "sign in at the school's portal"})
    if not _LOGIN.match(request.path) or request.method == hdrs.METH_OPTIONS:
        return await relay.hand_on(request)
    if request.method == hdrs.METH_GET:
        return _json(200, {"flows": FLOWS})
    if (request.content_length or 0) > LARGEST_READ or request.content_length is None:
        return _json(413, {"errcode": "M_TOO_LARGE", "error": "too large"})
    try:
        body = await login.with_ticket(await request.read(), entrance, request.remote or "")
    except login.NotOpen:
        return _json(403, {"errcode": "M_FORBIDDEN", "error": "this way to sign in is not open"})
    except Problem as problem:
        status, said, seconds = login.refusal(request, problem)
        response = _json(status, said)
        if seconds:
            response.headers[hdrs.RETRY_AFTER] = seconds
        return response
    return await relay.hand_on(request, body)


async def _upload(request: web.Request, relay: Relay) -> web.StreamResponse:
    """A file, told to be too large before it is on its way: Synapse would break off in the middle,
    which a client takes for a fault of the line and tries again."""
    if request.content_length is None:
        return _json(411, {"errcode": "M_MISSING_PARAM", "error": "Content-Length is needed"})
    if request.content_length > relay.upload_mb * MEGABYTE:
        why = page.translate(request, SentFileTooLarge.text, mb=relay.upload_mb)
        return _json(413, {"errcode": "M_TOO_LARGE", "error": why})
    return await relay.hand_on(request)


async def _find(request: web.Request, messenger: Messaging) -> web.StreamResponse:
    """Colleagues by name, for whoever is signed in."""
    if (request.content_length or 0) > LARGEST_READ or request.content_length is None:
        return _json(413, {"errcode": "M_TOO_LARGE", "error": "too large"})
    try:
        wanted = msgspec.json.decode(await request.read(), type=finding.Searching)
        found = await messenger.found_for(token_of(request), wanted.text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _json(400, {"errcode": "M_BAD_JSON", "error": "`search_term` is needed"})
    except MatrixRefused as refused:
        return _json(refused.status, {"errcode": refused.code, "error": str(refused)})
    except MatrixAway as error:
        raise MessengerAway() from error
    except Problem as problem:
        status, said, _seconds = login.refusal(request, problem)
        return _json(status, said)
    return _json(200, finding.answer(found, wanted.most))


async def _set_pusher(
    request: web.Request, relay: Relay, gateways: Collection[str]
) -> web.StreamResponse:
    """A client wants to be woken: over a gateway of the school's, and with ids only."""
    if (request.content_length or 0) > LARGEST_READ or request.content_length is None:
        return _json(413, {"errcode": "M_TOO_LARGE", "error": "too large"})
    try:
        body = narrowed(await request.read(), gateways)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _json(400, {"errcode": "M_NOT_JSON", "error": "not JSON"})
    except PushRefused as refused:
        why = page.translate(request, refused.text)
        return _json(403, {"errcode": "M_FORBIDDEN", "error": why})
    return await relay.hand_on(request, body)


FLOWS: list[dict[str, object]] = [
    {"type": "m.login.password"},
    {
        "type": "m.login.sso",
        "identity_providers": [{"id": "madang", "name": "마당"}],
    },
    {"type": "m.login.token"},
]


def _json(status: int, body: Mapping[str, object]) -> web.Response:
    return web.Response(
        status=status,
        body=msgspec.json.encode(body),
        content_type="application/json",
        headers=CORS,
    )
