"""Stored files on their way to a browser: a Korean name, ranges, and nothing that can run.

return download.send(blobs.path(digest), "안내문.hwpx", "application/vnd.hancom.hwpx")
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from pathlib import Path
from urllib.parse import quote

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter

from kit import cleaning
from kit.problem import NotFound

# A file opened from our address must not act as our page, whatever it contains.
_PAGES = frozenset(
    {"text/html", "application/xhtml+xml", "image/svg+xml", "application/xml", "text/xml"}
)
_SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'"


def send(path: Path, name: str, media_type: str, *, inline: bool = False) -> web.FileResponse:
    """A file with Content-Disposition by RFC 6266 (UTF-8 name beside an ASCII one).

    Ranges and If-None-Match are answered by FileResponse; the browser asks again before it shows
    a kept copy, so a right that ended ends there too. Raises NotFound when the file is missing.
    """
    if not path.is_file():
        raise NotFound()
    return web.FileResponse(path, headers=headers_of(name, media_type, inline=inline))


def made(content: bytes, name: str, media_type: str) -> web.Response:
    """A file that was made for whoever asks, and lies nowhere."""
    return web.Response(body=content, headers=headers_of(name, media_type, inline=False))


def pass_on(pieces: Iterator[bytes], size: int, name: str, media_type: str) -> web.StreamResponse:
    """A file that lies nowhere in one: `pieces`, none of them empty, of `size` bytes in all. They are
    read in a thread once the handler has answered, as a stored file is."""
    return _PassedOn(pieces, size, headers_of(name, media_type, inline=False))


def flow(pieces: AsyncGenerator[bytes, None], name: str, media_type: str) -> web.StreamResponse:
    """A file that is made while it goes out, so that nobody knows its size before: where making it
    fails the line breaks, and the browser says that the download failed."""
    return _Flow(pieces, headers_of(name, media_type, inline=False))


class _Flow(web.StreamResponse):
    def __init__(self, pieces: AsyncGenerator[bytes, None], headers: dict[str, str]) -> None:
        super().__init__(headers=headers)
        self._pieces = pieces

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        writer = await super().prepare(request)
        if request.method != hdrs.METH_HEAD:
            async with aclosing(self._pieces) as pieces:  # also when the reader goes
                async for piece in pieces:
                    await self.write(piece)
        return writer


class _PassedOn(web.StreamResponse):
    def __init__(self, pieces: Iterator[bytes], size: int, headers: dict[str, str]) -> None:
        super().__init__(headers=headers)
        self.content_length = size
        self._pieces = pieces

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        writer = await super().prepare(request)
        if request.method != hdrs.METH_HEAD:
            while piece := await asyncio.to_thread(next, self._pieces, b""):
                await self.write(piece)
        return writer


def headers_of(name: str, media_type: str, *, inline: bool = False) -> dict[str, str]:
    """What is said of a stored file with its bytes."""
    name = cleaning.line(name)
    ascii_name = "".join(
        c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name
    )
    is_page = media_type.partition(";")[0].strip().lower() in _PAGES
    kind = "inline" if inline and not is_page else "attachment"
    return {
        "Content-Type": "application/octet-stream" if is_page else media_type,
        "Content-Disposition": (
            f"{kind}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"
        ),
        "Content-Security-Policy": _SANDBOX,
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
    }
