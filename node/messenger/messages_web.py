"""One message: what may be done with it, the file it holds, and files on their way into a room."""

import functools

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.ids import new_id
from kit.problem import BadRequest
from kit.web import download, page
from kit.web.forms import Part, parts, read_form
from node.messenger.model import DRAWN, SIGNS, SentFileTooLarge
from node.messenger.portal.files import RoomFiles
from node.messenger.portal.reading import ReadReceipts
from node.messenger.portal.responding import Responding
from node.messenger.portal.searching import RoomSearch
from node.messenger.web import (
    MODERATION,
    PORTAL,
    ROOM,
    WordsForm,
    href_of,
    message_href,
)
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
FILES = web.AppKey("messenger-files", RoomFiles)
READING = web.AppKey("messenger-reading", ReadReceipts)
RESPONDING = web.AppKey("messenger-responding", Responding)
SEARCHING = web.AppKey("messenger-searching", RoomSearch)

MESSAGE = ROOM + "/messages/{event:[$][^/]{1,254}}"
LARGEST_WORDS = 64 * 1024
LONGEST_SOUGHT = 60
BLOCK = 64 * 1024


class Reason(msgspec.Struct):
    reason: str = ""


class Pinning(msgspec.Struct):
    pinned: bool


class Sign(msgspec.Struct):
    sign: str = ""


@ROUTES.get(MESSAGE)
async def message(request: web.Request) -> web.Response:
    """One message, with what the asker may do with it."""
    asker = await asker_of(request)
    room_id, event_id = request.match_info["room"], request.match_info["event"]
    moderation, portal = request.app[MODERATION], request.app[PORTAL]
    found = await portal.message(asker, room_id, event_id)
    reading = request.app[READING]
    readers = await reading.readers(asker, room_id, found) if found.is_own else None
    return page.render(
        request,
        "messenger/message.html",
        message=found,
        room=await portal.room(asker, room_id),
        tending=await moderation.tending(asker, room_id),
        is_pinned=event_id in await moderation.pinned_ids(asker, room_id),
        room_href=href_of(room_id),
        href=message_href(room_id, event_id),
        readers=readers,
        signs=SIGNS,
        transactions=(new_id(), new_id()),
    )


@ROUTES.post(MESSAGE + "/take-back")
async def take_back(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, Reason)
    room_id, event_id = request.match_info["room"], request.match_info["event"]
    await request.app[MODERATION].take_back(asker, room_id, event_id, form.reason)
    return page.see_other(request, href_of(room_id), flash=_("메시지를 삭제했습니다."))


@ROUTES.post(MESSAGE + "/pin")
async def pin(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, Pinning)
    room_id, event_id = request.match_info["room"], request.match_info["event"]
    await request.app[MODERATION].pin(asker, room_id, event_id, pinned=form.pinned)
    said = _("메시지를 대화방 위에 고정했습니다.") if form.pinned else _("고정을 해제했습니다.")
    return page.see_other(request, href_of(room_id), flash=said)


@ROUTES.get(ROOM + "/search")
async def search(request: web.Request) -> web.Response:
    """What was said in a room, by any part of a word."""
    asker, room_id = await asker_of(request), request.match_info["room"]
    asked = request.query.get("q", "").strip()[:LONGEST_SOUGHT]
    return page.render(
        request,
        "messenger/search.html",
        asked=asked,
        found=await request.app[SEARCHING].found(asker, room_id, asked),
        room=await request.app[PORTAL].room(asker, room_id),
        room_href=href_of(room_id),
        message_href=functools.partial(message_href, room_id),
    )


@ROUTES.post(MESSAGE + "/react")
async def react(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, Sign)
    room_id, event_id = request.match_info["room"], request.match_info["event"]
    await request.app[RESPONDING].react(asker, room_id, event_id, form.sign)
    return page.see_other(request, href_of(room_id) + "#latest")


@ROUTES.post(MESSAGE + "/answer")
async def answer(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, WordsForm)
    room_id, event_id = request.match_info["room"], request.match_info["event"]
    transaction = form.transaction[:40] or new_id()
    await request.app[RESPONDING].answer(asker, room_id, event_id, form.text, transaction)
    return page.see_other(request, href_of(room_id) + "#latest")


@ROUTES.post(MESSAGE + "/correct")
async def correct(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, WordsForm)
    room_id, event_id = request.match_info["room"], request.match_info["event"]
    transaction = form.transaction[:40] or new_id()
    await request.app[RESPONDING].correct(asker, room_id, event_id, form.text, transaction)
    return page.see_other(request, href_of(room_id), flash=_("메시지를 수정했습니다."))


# Files ----------------------------------------------------------------------------------------


@ROUTES.get(MESSAGE + "/file")
async def file(request: web.Request) -> web.StreamResponse:
    """What a message holds: a picture to be drawn (`preview`: a smaller one), all else to be kept."""
    asker = await asker_of(request)
    files, room_id = request.app[FILES], request.match_info["room"]
    sent = await files.file(asker, room_id, request.match_info["event"])
    is_preview = sent.is_drawn and "preview" in request.query
    async with files.opened(asker, sent, is_preview=is_preview) as content:
        # What somebody says a file is may be anything: only what is drawn goes out under that name.
        kind = content.content_type if is_preview else sent.media_type
        kind = kind if kind in DRAWN else "application/octet-stream"
        headers = download.headers_of(sent.name, kind, inline=kind in DRAWN)
        response = web.StreamResponse(headers=headers)
        response.content_length = content.content_length
        await response.prepare(request)
        async for block in content.content.iter_chunked(BLOCK):
            await response.write(block)
        await response.write_eof()
        return response


@ROUTES.post(ROOM + "/files")
async def send_file(request: web.Request) -> web.Response:
    """A file with words to it: the words come before it in the form."""
    asker, room_id = await asker_of(request), request.match_info["room"]
    mb = await request.app[FILES].most(asker, room_id)
    if (request.content_length or 0) > mb * 1024 * 1024 + LARGEST_WORDS:
        raise SentFileTooLarge(mb=mb)
    typed: dict[str, str] = {}
    async for part in parts(request):
        if not part.filename:
            words = await _read(part, LARGEST_WORDS)
            typed[part.name] = b"".join(words or ()).decode(errors="replace")
            continue
        content = await _read(part, mb * 1024 * 1024)
        if content is None:
            raise SentFileTooLarge(mb=mb)
        transaction = typed.get("transaction", "")[:40] or new_id()
        await request.app[FILES].send(
            asker, room_id, part.filename, b"".join(content), typed.get("words", ""), transaction
        )
        return page.see_other(request, href_of(room_id) + "#latest")
    raise BadRequest()


async def _read(part: Part, most: int) -> list[bytes] | None:
    """What a part holds; None: more than it may."""
    found, size = [], 0
    async for piece in part.pieces():
        found.append(piece)
        size += len(piece)
        if size > most:
            return None
    return found
