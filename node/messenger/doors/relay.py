"""Hands a request on to Synapse and its answer back, byte for byte.

The path must stay as it came: Synapse verifies signatures over it, and a path that was decoded and
encoded again is another path.
"""

import asyncio
import logging
from pathlib import Path

import aiohttp
import yarl
from aiohttp import web

from kit.i18n import _
from kit.problem import Problem
from node.messenger.synapse.matrix import Matrix, MatrixAway, MatrixRefused, path_of

log = logging.getLogger(__name__)

SLOWEST_S = 180.0  # the longest silence within one answer: clients hold a sync for 30 s and more
BLOCK = 64 * 1024

# What belongs to one connection (RFC 9110, 7.6.1), and what the relay says itself.
_NOT_UP = frozenset(
    ("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
     "transfer-encoding", "upgrade", "x-forwarded-for", "x-forwarded-proto", "forwarded", "cookie")
)  # fmt: skip
_OF_THE_BODY = frozenset(("content-length", "content-encoding"))
_NOT_DOWN = frozenset(
    ("connection", "keep-alive", "trailer", "transfer-encoding", "upgrade", "date")
)


class MessengerAway(Problem):
    code = "messenger-away"
    status = 503
    text = _("메신저가 준비되는 중입니다. 잠시 뒤에 다시 시도해 주세요.")


class Relay:
    """The way to one Synapse, which takes files of `upload_mb` at most."""

    def __init__(self, socket: Path, upload_mb: int) -> None:
        self.upload_mb = upload_mb
        self._waiting: dict[asyncio.Timeout, str] = {}
        """For an answer to begin, with the access token they were asked with."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(str(socket), limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_read=SLOWEST_S),
        )

    async def close(self) -> None:
        await self._session.close()

    async def cut_off_ended(self, matrix: Matrix) -> None:
        """End the requests that wait with a token which no longer counts: Synapse looks at a token
        when a request comes, and goes on telling an open one what is said."""
        for token in set(self._waiting.values()):
            try:
                await matrix.call("GET", path_of("account", "whoami"), token)
            except MatrixRefused as error:
                if error.status != 401:
                    continue
                now = asyncio.get_running_loop().time()
                for waiting, asked_with in list(self._waiting.items()):
                    if asked_with == token:
                        waiting.reschedule(now)
            except MatrixAway:
                return  # Synapse is gone, and every open request with it

    async def hand_on(self, request: web.Request, body: bytes | None = None) -> web.StreamResponse:
        """The answer to `request`, streamed; `body` in place of its own.

        Raises MessengerAway when nothing was answered yet; a connection that breaks later breaks
        the client's too, so that half an answer is never taken for a whole one.
        """
        kept_back = _NOT_UP if body is None else _NOT_UP | _OF_THE_BODY
        headers = [(k, v) for k, v in request.headers.items() if k.lower() not in kept_back]
        headers.append(("X-Forwarded-For", request.remote or "127.0.0.1"))
        headers.append(("X-Forwarded-Proto", "https"))
        url = yarl.URL(f"http://synapse{request.raw_path}", encoded=True)
        try:
            content = body if body is not None else await _content_of(request)
            answer = await self._asked(request, url, headers, content)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise MessengerAway() from error
        async with answer:
            response = web.StreamResponse(status=answer.status, reason=answer.reason)
            for name, value in answer.headers.items():
                if name.lower() not in _NOT_DOWN:
                    response.headers.add(name, value)
            try:
                block = b"" if request.method == "HEAD" else await answer.content.readany()
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                raise MessengerAway() from error
            if block and answer.content.at_eof():
                response.content_length = len(block)  # most answers: one packet, one waking
            await _pass_down(request, response, answer.content, block)
            return response

    async def _asked(
        self,
        request: web.Request,
        url: yarl.URL,
        headers: list[tuple[str, str]],
        content: bytes | aiohttp.StreamReader | None,
    ) -> aiohttp.ClientResponse:
        """The beginning of an answer. Raises TimeoutError where the asker's token ended meanwhile."""
        async with asyncio.timeout(None) as waiting:
            if token := token_of(request):
                self._waiting[waiting] = token
            try:
                return await self._session.request(
                    request.method,
                    url,
                    headers=headers,
                    data=content,
                    allow_redirects=False,
                    skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
                )
            finally:
                self._waiting.pop(waiting, None)


async def _pass_down(
    request: web.Request,
    response: web.StreamResponse,
    content: aiohttp.StreamReader,
    block: bytes,
) -> None:
    """Write an answer that begins with `block`, as far as somebody is there to read it: clients drop a
    sync that they hold whenever they are put aside, which is no fault of anybody's."""
    try:
        await response.prepare(request)
        while block:
            await response.write(block)
            block = await content.readany()
        await response.write_eof()
    except ConnectionResetError:
        if request.transport is not None and not request.transport.is_closing():
            raise
        log.info("a client left before its answer", extra={"path": request.path})


def token_of(request: web.Request) -> str:
    """The access token of a client; empty: there is none, as with another school's server."""
    given = request.headers.get("Authorization", "")
    if given.startswith("Bearer "):
        return given.removeprefix("Bearer ")
    return request.query.get("access_token", "")


async def _content_of(request: web.Request) -> bytes | aiohttp.StreamReader | None:
    """A small body whole, to go out with its headers; a larger one as it comes."""
    if not request.can_read_body:
        return None
    length = request.content_length
    return await request.read() if length is not None and length <= BLOCK else request.content
