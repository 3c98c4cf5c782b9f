"""Pages of single photos: brought, marked, looked at."""

from typing import Any

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.problem import UNFIT, Invalid
from kit.web import download, page
from kit.web.forms import parts
from models.extract.extraction import Box
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.files.model import LARGEST_PHOTO, BadPhoto, PhotoTooLarge
from node.gallery.marking import Marks
from node.gallery.model import (
    LONGEST_WORDS,
    SMALLEST_BOX,
    BadBox,
    MarkSheet,
)
from node.gallery.web import ALBUM, GALLERY, ID
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
PHOTO = f"/gallery/photos/{ID}"
LONGEST_FIELD = 4_096  # bytes of a field of the form


class Brought(msgspec.Struct, frozen=True):
    """What a form of marks has sent. `content`: of the photo, where it is brought with them."""

    content: bytes
    marks: Marks


async def _brought(request: web.Request) -> Brought:
    """Raises BadRequest, PhotoTooLarge, Invalid, BadBox."""
    content, words, nobody = b"", "", False
    seen: list[str] = []
    boxes: dict[str, Box] = {}
    async for part in parts(request):
        sent = bytearray()
        longest = LARGEST_PHOTO if part.name == "photo" else LONGEST_FIELD
        async for piece in part.pieces():
            sent += piece
            if len(sent) > longest:
                raise PhotoTooLarge(megabytes=LARGEST_PHOTO // 1024 // 1024)
        if part.name == "photo":
            content = bytes(sent)
            continue
        text = _text(part.name, sent)
        if part.name == "words":
            words = text
        elif part.name == "nobody":
            nobody = bool(text)
        elif part.name == "seen":
            seen.append(text)
        elif part.name.startswith("box-") and text:
            boxes[part.name.removeprefix("box-")] = _box(text)
    return Brought(content, Marks(words, {one: boxes.get(one) for one in seen}, nobody))


def _text(name: str, sent: bytearray) -> str:
    try:
        text = sent.decode()
    except UnicodeDecodeError:
        raise Invalid({name: UNFIT}) from None
    if "\x00" in text:
        raise Invalid({name: UNFIT})
    return text


def _box(text: str) -> Box:
    """`left,top,width,height` in thousandths."""
    numbers = text.split(",")
    if len(numbers) != 4 or not all(one.isascii() and one.isdecimal() for one in numbers):
        raise BadBox()
    if any(len(one) > 4 for one in numbers):
        raise BadBox()
    return Box(*(int(one) for one in numbers))


def _marking(request: web.Request, found: MarkSheet) -> web.Response:
    looked(
        request,
        title=found.album.title,
        persons=[one.id for one in found.pupils],
    )
    given: dict[str, Any] = {"longest": LONGEST_WORDS, "smallest": SMALLEST_BOX}
    return page.render(request, "gallery/mark.html", found=found, **given)


@ROUTES.get(f"{ALBUM}/new")
@shows(What.LIST)
async def new(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    photos = request.app[GALLERY].photos
    return _marking(request, await photos.marking(asker, request.match_info["id"]))


@ROUTES.post(f"{ALBUM}/new")
async def add(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    photos, album_id = request.app[GALLERY].photos, request.match_info["id"]
    await photos.marking(asker, album_id)  # before a large body is read
    sent = await _brought(request)
    if not sent.content:
        raise BadPhoto()
    await photos.add(asker, album_id, sent.content, sent.marks)
    return page.see_other(request, f"/gallery/{album_id}", flash=_("사진을 저장했습니다."))


@ROUTES.get(f"{PHOTO}/mark")
@shows(What.LIST)
async def marked(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    photos = request.app[GALLERY].photos
    return _marking(request, await photos.marking_anew(asker, request.match_info["id"]))


@ROUTES.post(f"{PHOTO}/mark")
async def mark(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    sent = await _brought(request)
    photos = request.app[GALLERY].photos
    album_id = await photos.mark(asker, request.match_info["id"], sent.marks)
    return page.see_other(request, f"/gallery/{album_id}", flash=_("사진을 저장했습니다."))


@ROUTES.post(f"{PHOTO}/remove")
async def remove(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    album_id = await request.app[GALLERY].photos.remove(asker, request.match_info["id"])
    said = _("사진을 삭제했습니다. 아래 ‘삭제한 사진’에서 되돌릴 수 있습니다.")
    return page.see_other(request, f"/gallery/{album_id}", flash=said)


@ROUTES.post(f"{PHOTO}/restore")
async def restore(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    album_id = await request.app[GALLERY].photos.bring_back(asker, request.match_info["id"])
    return page.see_other(request, f"/gallery/{album_id}", flash=_("사진을 되돌렸습니다."))


@ROUTES.get(f"{PHOTO}/picture")
async def picture(request: web.Request) -> web.StreamResponse:
    asker, gallery = await asker_of(request), request.app[GALLERY]
    found = await gallery.photos.seen_by(asker, request.match_info["id"])
    return download.send(gallery.path(found.sha256), "photo.jpg", "image/jpeg", inline=True)


@ROUTES.get(f"{PHOTO}/small")
async def small(request: web.Request) -> web.StreamResponse:
    asker, gallery = await asker_of(request), request.app[GALLERY]
    found = await gallery.photos.seen_by(asker, request.match_info["id"])
    return download.send(gallery.path(found.small_sha256), "small.jpg", "image/jpeg", inline=True)
