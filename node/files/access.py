"""Files given to a browser. Who may have one, the slice says whose page it is; how, stands here once.

@ROUTES.get(rf"/attachments/{ID}/{PAGE}")
@page_picture
async def picture(request: web.Request) -> Pages:
    asker = await asker_of(request)
    return await letters.pages(asker, request.match_info["id"])      # raises NotFound
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from kit.problem import NotFound
from kit.web import download
from models.extract import sniff
from node.files.making import Pages
from node.files.service import Files

FILES = web.AppKey("files", Files)
PAGE = r"pages/{number:\d{1,3}}"
"""How the address of a page's picture ends."""


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
