"""Files given to a browser. Who may have one, the slice says whose page it is; how, stands here once.

@ROUTES.get(f"/attachments/{ID}/{PAGE}")
@page_picture
async def picture(request: web.Request) -> Pages:
    asker = await asker_of(request)
    return await pages(request, await letters.attachment(asker, request.match_info["id"]))
"""

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from aiohttp import web

from kit.pdf.document import Document, Kind
from kit.pdf.press import Press
from kit.problem import NotFound
from kit.web import download, markdown, page
from kit.web.forms import parts
from models.extract import sniff
from node.files.making import Pages
from node.files.model import Attachment, BadFile, TooLargeToAttach
from node.files.service import FILE_LIMIT, Files

FILES = web.AppKey("files", Files)
PRESS = web.AppKey("press", Press)
PAGE = r"pages/{number:\d{1,3}}"
"""How the address of a page's picture ends."""


async def show(request: web.Request, seen: Attachment, *, here: str, back: str) -> web.Response:
    """The page of a file that the asker may see: its pages as pictures, or its text. `here`: the
    file's address, under which its content (`file`) and its pages lie."""
    made = await request.app[FILES].preview(seen)
    return page.render(
        request,
        "files/preview.html",
        name=seen.name,
        size=seen.size,
        made=made,
        words=await markdown.of_document(made.text),
        described=seen.words,
        back=back,
        file=here,
    )


async def uploads(
    request: web.Request, typed: dict[str, str] | None = None
) -> AsyncIterator[tuple[str, bytes]]:
    """Names and contents of the files of a multipart body, each read within the limit; what its fields
    before a file hold stands in `typed` by then. Raises BadFile, BadRequest, TooLargeToAttach."""
    if not request.content_type.startswith("multipart/"):
        raise BadFile()
    async for part in parts(request):
        if not part.filename and typed is None:
            continue
        content = bytearray()
        async for piece in part.pieces():
            content += piece
            if len(content) > FILE_LIMIT:
                raise TooLargeToAttach(megabytes=FILE_LIMIT // 1024 // 1024)
        if part.filename:
            yield part.filename, bytes(content)
        elif typed is not None:
            typed[part.name] = content.decode(errors="replace")


def send(request: web.Request, seen: Attachment) -> web.StreamResponse:
    """The file itself. Raises NotFound while its content is on its way."""
    return download.send(request.app[FILES].blobs.path(seen.sha256), seen.name, seen.media_type)


async def send_paper(request: web.Request, document: Document, kind: Kind) -> web.Response:
    """A paper as a file under its title. Raises PressBusy, NotDrawn."""
    content = await request.app[PRESS].made(document, kind)
    media_type = sniff.PDF if kind is Kind.PDF else sniff.HWPX
    return download.made(content, f"{document.title}.{kind}", media_type)


async def pages(request: web.Request, seen: Attachment) -> Pages:
    """The pictures of a file that the asker may see."""
    files = request.app[FILES]
    return Pages(await files.preview(seen), files.blobs)


def page_picture(
    may: Callable[[web.Request], Awaitable[Pages]],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The handler that gives one page of a file as a picture. `may` asks for each whether the asker
    may see it, and raises what its slice raises; NotFound for a page that was not drawn."""

    @functools.wraps(may)
    async def give(request: web.Request) -> web.StreamResponse:
        found = await may(request)
        number = int(request.match_info["number"])
        picture = found.preview.picture(number)
        if not picture:
            raise NotFound()
        path = found.blobs.path(picture)
        kind = await asyncio.to_thread(_kind_of_picture, path)
        return download.send(path, f"{number}{sniff.SUFFIXES[kind]}", kind, inline=True)

    return give


def _kind_of_picture(path: Path) -> str:
    with path.open("rb") as content:
        return sniff.sniff(content.read(64)) or sniff.JPEG
