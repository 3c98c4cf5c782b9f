"""Pages of albums, and of the consent forms that count."""

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.signin.fresh import DECISIONS, within
from kit.web import page
from kit.web.forms import read_form, read_query
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.gallery.model import LONGEST_TITLE, RECOVERABLE
from node.gallery.service import Gallery
from node.people.access import EVERY_CLASS
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
GALLERY = web.AppKey("gallery", Gallery)
ID = "{id:[0-9a-f]{20}}"
ALBUM = f"/gallery/{ID}"


class AlbumForm(msgspec.Struct):
    title: str
    class_id: str


class SourceForm(msgspec.Struct):
    """`source`: form and question, `form/field`."""

    source: str


class AlbumsQuery(msgspec.Struct):
    before: str = ""


@ROUTES.get("/gallery")
async def front(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    query = read_query(request, AlbumsQuery)
    return page.render(
        request,
        "gallery/front.html",
        found=await request.app[GALLERY].albums(asker, query.before),
        chooses=not asker.roles.isdisjoint(EVERY_CLASS),
        longest=LONGEST_TITLE,
    )


@ROUTES.post("/gallery")
async def make(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, AlbumForm)
    album = await request.app[GALLERY].make(asker, form.class_id, form.title)
    said = _("앨범을 만들었습니다. 사진을 올리고 학급에 공개해 주세요.")
    return page.see_other(request, f"/gallery/{album}", flash=said)


@ROUTES.get(ALBUM)
@shows(What.LIST)
async def album(request: web.Request) -> web.Response:
    """The photos; for who makes the album also whom a hidden photo waits for."""
    asker = await asker_of(request)
    found = await request.app[GALLERY].album(asker, request.match_info["id"])
    looked(request, title=found.album.title)
    days = RECOVERABLE // (24 * 60 * 60 * 1000)
    return page.render(request, "gallery/album.html", found=found, days=days)


@ROUTES.post(f"{ALBUM}/publish")
@within(DECISIONS)
async def publish(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    album_id = request.match_info["id"]
    await request.app[GALLERY].publish(asker, album_id)
    said = _("학급에 공개하고 보호자와 학생에게 알렸습니다.")
    return page.see_other(request, f"/gallery/{album_id}", flash=said)


@ROUTES.post(f"{ALBUM}/remove")
async def remove(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[GALLERY].remove(asker, request.match_info["id"])
    said = _("앨범을 삭제했습니다. 아래 ‘삭제한 앨범’에서 되돌릴 수 있습니다.")
    return page.see_other(request, "/gallery", flash=said)


@ROUTES.post(f"{ALBUM}/restore")
async def restore(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    album_id = request.match_info["id"]
    await request.app[GALLERY].bring_back(asker, album_id)
    return page.see_other(request, f"/gallery/{album_id}", flash=_("앨범을 되돌렸습니다."))


@ROUTES.get("/gallery/consents")
async def consents(request: web.Request) -> web.Response:
    named, offered = await request.app[GALLERY].sources(await asker_of(request))
    return page.render(request, "gallery/consents.html", named=named, offered=offered)


@ROUTES.post("/gallery/consents")
@within(DECISIONS)
async def name_source(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form_id, _slash, field = (await read_form(request, SourceForm)).source.partition("/")
    await request.app[GALLERY].name_source(asker, form_id, field)
    said = _("이제 이 질문의 답으로 초상권 동의를 확인합니다.")
    return page.see_other(request, "/gallery/consents", flash=said)


@ROUTES.post("/gallery/consents/remove")
@within(DECISIONS)
async def drop_source(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form_id, _slash, field = (await read_form(request, SourceForm)).source.partition("/")
    await request.app[GALLERY].drop_source(asker, form_id, field)
    said = _("이 질문의 답은 더 이상 초상권 동의 확인에 사용하지 않습니다.")
    return page.see_other(request, "/gallery/consents", flash=said)
