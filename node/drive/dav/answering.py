"""How requests of WebDAV are met: who asks, what is read of them, how they are refused."""

import functools
from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import ClientConnectionError, hdrs, web
from aiohttp.http import HttpVersion11

from kit.db import StorageFailed
from kit.problem import BadRequest, Problem, SignInRequired, TooMany
from kit.signin.basic import BasicSignIn, ProgramRefused
from kit.signin.model import Busy, SignInRefused
from kit.web import page
from kit.web.keys import VISITOR
from node.drive.dav.markup import LARGEST, BadMarkup
from node.drive.model import BadName, FileTooLarge, NameTaken, NotThere
from node.drive.service import Drive
from node.drive.web import DRIVE
from node.files.arriving import LineBroke
from node.files.model import DiskFull
from node.people.access import require_staff
from node.people.model import Asker, NotAtSchool
from node.people.session import ASKER, ASKERS

BASIC: web.AppKey[BasicSignIn] = web.AppKey("drive-basic", BasicSignIn)
DOOR = "drive"
ADDRESS = "/dav{path:(?:/.*)?}"
CHALLENGE = 'Basic realm="Madang", charset="UTF-8"'
_AGAIN_S = "5"
Verb = Callable[[web.Request, Drive, Asker], Awaitable[web.StreamResponse]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# A program that is told 507 or 429 of what passes drops what it has; it keeps it over 503.
_PASSING = (DiskFull, StorageFailed, Busy)
_STATUS: dict[type[Problem], int] = {
    BadName: 400,
    FileTooLarge: 413,
    NameTaken: 412,
    NotThere: 403,
    NotAtSchool: 401,
    SignInRequired: 401,
    SignInRefused: 401,
    ProgramRefused: 401,
}


async def later(_request: web.Request) -> None:
    """A body that waits for 100-continue is asked for when it is read, not before it is known who
    sends it: of what is refused no byte is on its way."""


def verb(work: Verb) -> Handler:
    """A handler of WebDAV: signed in by the request itself, refused in its codes."""

    @functools.wraps(work)
    async def handler(request: web.Request) -> web.StreamResponse:
        try:
            asker = await asker_of(request)
            answer = await work(request, request.app[DRIVE], asker)
        except Problem as problem:
            answer = refusal(request, problem)
        except ClientConnectionError as broken:
            raise LineBroke() from broken
        if not request.content.is_eof() and request.body_exists:
            answer.force_close()  # what is not read is in the way of the next request
        return answer

    return handler


async def asker_of(request: web.Request) -> Asker:
    """Who sends it: a cookie is none of WebDAV's. Raises SignInRefused, TooMany, Busy, NotFound."""
    account_id = await request.app[BASIC].who(
        request.headers.get(hdrs.AUTHORIZATION, ""), address=request.remote or "", door=DOOR
    )
    asker = await request.app[ASKERS].of(account_id)
    require_staff(asker)
    request[ASKER] = asker
    request[VISITOR] = asker
    return asker


def refusal(request: web.Request, problem: Problem) -> web.Response:
    """A problem as a client of WebDAV hears it."""
    status = next(
        (status for kind, status in _STATUS.items() if isinstance(problem, kind)), problem.status
    )
    headers = {"Cache-Control": "no-store"}
    if isinstance(problem, _PASSING):
        status = 503
        headers["Retry-After"] = _AGAIN_S
    if isinstance(problem, TooMany):
        headers["Retry-After"] = str(problem.params["seconds"])
    if status == 401:
        headers["WWW-Authenticate"] = CHALLENGE
    said = page.translate(request, problem.text, **problem.params)
    return web.Response(status=status, text=f"{said}\n", headers=headers)


async def body(request: web.Request) -> AsyncIterator[bytes]:
    """What is sent, as it comes. Raises LineBroke."""
    await _go_on(request)
    try:
        async for chunk in request.content.iter_any():
            yield chunk
    except Exception as broken:
        raise LineBroke() from broken


async def markup(request: web.Request) -> bytes:
    """What is sent as XML, whole. Raises BadMarkup: it is too large."""
    if (request.content_length or 0) > LARGEST:
        raise BadMarkup()
    sent = bytearray()
    async for chunk in body(request):
        sent += chunk
        if len(sent) > LARGEST:
            raise BadMarkup()
    return bytes(sent)


async def _go_on(request: web.Request) -> None:
    asks = request.headers.get(hdrs.EXPECT, "").lower() == "100-continue"
    if asks and request.version >= HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0


def depth_of(request: web.Request, default: str) -> str:
    """`Depth`: 0, 1 or infinity. Raises BadRequest."""
    depth = request.headers.get("Depth", default).strip().lower()
    if depth not in ("0", "1", "infinity"):
        raise BadRequest()
    return depth


def overwrites(request: web.Request) -> bool:
    """`Overwrite`, which is yes unless said otherwise."""
    return request.headers.get("Overwrite", "T").strip().upper() != "F"


def client_of(request: web.Request) -> str:
    """The program that asks, as it names itself."""
    return request.headers.get(hdrs.USER_AGENT, "")[:200]
