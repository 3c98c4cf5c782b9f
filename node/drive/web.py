"""Pages of the drive: folders, a file, sharing, moving, the trash. Each works as a plain form."""

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.problem import UNFIT, Invalid
from kit.signin.fresh import DECISIONS, RIGHTS, within
from kit.web import download, markdown, page
from kit.web.forms import read_form, read_query
from models.extract import sniff
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.drive.model import (
    RIGHT_LABELS,
    SCHOOL,
    Area,
    Item,
    Listing,
    NotChosen,
    Right,
    person_area,
)
from node.drive.service import Drive
from node.drive.tree.leaving import DECIDERS
from node.drive.tree.paths import area_name
from node.drive.tree.sharing import GIVEN
from node.files.access import PAGE, page_picture
from node.files.making import Pages
from node.people.model import Asker, Scope
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
DRIVE = web.AppKey("drive", Drive)
ID = "{id:[0-9a-f]{20}}"
MOST_AT_ONCE = 200


class ListQuery(msgspec.Struct):
    """`trashed`: ids of what was just thrown away, for the way back."""

    order: str = "name"
    page: int = 1
    trashed: str = ""


class NameForm(msgspec.Struct):
    name: str


class ItemsForm(msgspec.Struct):
    item: list[str] = []
    back: str = ""


class MoveQuery(msgspec.Struct):
    item: list[str] = []
    to: str = ""


class ShareForm(msgspec.Struct):
    key: str
    right: int = 1


class KeyForm(msgspec.Struct):
    key: str


class HandOverForm(msgspec.Struct):
    item: str
    key: str


class FileQuery(msgspec.Struct):
    version: int | None = None


@ROUTES.get("/drive")
async def home(request: web.Request) -> web.Response:
    """The asker's own area."""
    asker = await asker_of(request)
    areas = await request.app[DRIVE].areas(asker)
    return page.see_other(request, f"/drive/{areas[0].id}")


@ROUTES.get("/drive/shared")
async def shared(request: web.Request) -> web.Response:
    """What others share with the asker."""
    asker = await asker_of(request)
    drive = request.app[DRIVE]
    items = await drive.shared(asker)
    return await page.render_apart(
        request,
        "drive/shared.html",
        areas=await drive.areas(asker),
        items=items,
        kinds=kinds(items),
    )


@ROUTES.get("/drive/trash")
async def trash(request: web.Request) -> web.Response:
    """What was thrown away and can be taken back."""
    asker = await asker_of(request)
    drive = request.app[DRIVE]
    items = await drive.trash.listing(asker)
    return await page.render_apart(
        request, "drive/trash.html", areas=await drive.areas(asker), items=items, kinds=kinds(items)
    )


@ROUTES.post("/drive/trash")
async def throw_away(request: web.Request) -> web.Response:
    """Throw the chosen items away; the page that follows offers the way back."""
    asker = await asker_of(request)
    form = await _items(request)
    await request.app[DRIVE].trash.throw_away(asker, form.item)
    back = page.local_path(form.back, "/drive").split("?", 1)[0]
    return page.see_other(request, f"{back}?trashed={','.join(form.item)}")


@ROUTES.post("/drive/restore")
async def restore(request: web.Request) -> web.Response:
    """Take the chosen items back out of the trash."""
    asker = await asker_of(request)
    form = await _items(request)
    restored = await request.app[DRIVE].trash.restore(asker, form.item)
    back = page.local_path(form.back, f"/drive/{restored[0].parent_id}")
    return page.see_other(request, back, flash=_("되돌렸습니다."))


@ROUTES.post("/drive/erase")
async def erase(request: web.Request) -> web.Response:
    """Remove the chosen items for good."""
    asker = await asker_of(request)
    form = await _items(request)
    await request.app[DRIVE].trash.erase(asker, form.item)
    return page.see_other(request, "/drive/trash", flash=_("완전히 삭제했습니다."))


@ROUTES.post("/drive/trash/empty")
async def empty_trash(request: web.Request) -> web.Response:
    """Remove for good what the asker threw away in their own area."""
    asker = await asker_of(request)
    await request.app[DRIVE].trash.empty(asker)
    return page.see_other(request, "/drive/trash", flash=_("내 드라이브의 휴지통을 비웠습니다."))


@ROUTES.get("/drive/move")
async def destinations(request: web.Request) -> web.Response:
    """Where to: folder by folder."""
    asker = await asker_of(request)
    query = read_query(request, MoveQuery)
    drive = request.app[DRIVE]
    ids = _some(query.item)
    items = [await drive.item(asker, item_id) for item_id in ids]
    areas = await drive.areas(asker)
    to = query.to or items[0].parent_id or areas[0].id
    target = await drive.details(asker, to)
    if not target.item.is_folder:
        raise Invalid({"to": UNFIT})
    return page.render(
        request,
        "drive/move.html",
        areas=areas,
        items=items,
        target=target,
        folders=[one for one in await drive.folders(asker, to) if one.id not in ids],
        query="&".join(f"item={item_id}" for item_id in ids),
    )


@ROUTES.post("/drive/move")
async def move(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, MoveQuery)
    await request.app[DRIVE].move(asker, _some(form.item), form.to)
    return page.see_other(request, f"/drive/{form.to}", flash=_("옮겼습니다."))


@ROUTES.get("/drive/left")
async def left(request: web.Request) -> web.Response:
    """Areas of those who left, and to whom they could go."""
    asker = await asker_of(request)
    drive = request.app[DRIVE]
    choices = await drive.sharing.choices(asker)
    return page.render(
        request,
        "drive/left.html",
        left=await drive.leaving.areas(asker),
        choices={scope: choices[scope] for scope in (Scope.DEPARTMENT, Scope.PERSON)},
        areas=await drive.areas(asker),
    )


@ROUTES.post("/drive/left")
@within(RIGHTS)
async def hand_over(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, HandOverForm)
    await request.app[DRIVE].leaving.hand_over(asker, form.item, form.key)
    return page.see_other(request, "/drive/left", flash=_("인계했습니다."))


@ROUTES.get(f"/drive/{ID}")
@shows(What.FILE)
async def look(request: web.Request) -> web.Response:
    """A folder with what is in it, or a file with what can be seen of it."""
    asker = await asker_of(request)
    drive = request.app[DRIVE]
    found = await drive.item(asker, request.match_info["id"])
    opened(request, asker, found)
    if not found.is_folder:
        return await _about(request, asker, "drive/file.html")
    query = read_query(request, ListQuery)
    listing = await drive.listing(asker, found.id, query.order, query.page)
    areas = await drive.areas(asker)
    partial = "HX-Request" in request.headers
    return await page.render_apart(
        request,
        "drive/items.html" if partial else "drive/folder.html",
        areas=areas,
        listing=listing,
        folder=listing.folder,
        items=listing.items,
        kinds=kinds(listing.items),
        wanted=query,
        here=_here(listing, areas),
        trashed=[one for one in query.trashed.split(",") if one][:MOST_AT_ONCE],
    )


@ROUTES.get(f"/drive/{ID}/zip")
@shows(What.DOWNLOAD)
async def pack(request: web.Request) -> web.StreamResponse:
    """A folder with all that is in it, as a zip."""
    asker = await asker_of(request)
    drive = request.app[DRIVE]
    packed = await drive.packing.begin(asker, request.match_info["id"])
    folder = packed.folder.name or page.translate(request, area_name(asker, packed.folder.area))
    name = f"{folder}.zip"
    is_own = packed.folder.area == person_area(asker.id)
    looked(request, title=name, persons=() if is_own else None)
    left_out = page.translate(request, _("내려받지 못한 파일"))
    pieces = drive.packing.pieces(asker, packed, left_out)
    return download.flow(pieces, name, "application/zip")


@ROUTES.get(f"/drive/{ID}/about")
async def about(request: web.Request) -> web.Response:
    """A folder's name, its shares and its place."""
    return await _about(request, await asker_of(request), "drive/about.html")


@ROUTES.post(f"/drive/{ID}/folders")
async def create_folder(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, NameForm)
    await request.app[DRIVE].create_folder(asker, request.match_info["id"], form.name)
    return page.see_other(
        request, f"/drive/{request.match_info['id']}", flash=_("폴더를 만들었습니다.")
    )


@ROUTES.post(f"/drive/{ID}/name")
async def rename(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, NameForm)
    renamed = await request.app[DRIVE].rename(asker, request.match_info["id"], form.name)
    return _to(request, renamed, _("이름을 변경했습니다."))


@ROUTES.post(f"/drive/{ID}/shares")
@within(DECISIONS)
async def share(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, ShareForm)
    if form.right not in GIVEN:
        raise Invalid({"right": UNFIT})
    drive = request.app[DRIVE]
    await drive.sharing.give(asker, request.match_info["id"], form.key, Right(form.right))
    found = await drive.item(asker, request.match_info["id"])
    return _to(request, found, _("공유했습니다."))


@ROUTES.post(f"/drive/{ID}/shares/remove")
@within(DECISIONS)
async def unshare(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, KeyForm)
    drive = request.app[DRIVE]
    await drive.sharing.withdraw(asker, request.match_info["id"], form.key)
    found = await drive.item(asker, request.match_info["id"])
    return _to(request, found, _("공유를 해제했습니다."))


@ROUTES.post(rf"/drive/{ID}/versions/{{number:\d{{1,9}}}}/restore")
async def restore_version(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    number = int(request.match_info["number"])
    await request.app[DRIVE].restore_version(asker, request.match_info["id"], number)
    return page.see_other(
        request,
        f"/drive/{request.match_info['id']}",
        flash=_("버전 %(number)s의 내용으로 되돌렸습니다. 그 사이의 버전도 그대로 남아 있습니다."),
        number=number,
    )


@ROUTES.get(f"/drive/{ID}/file")
@shows(What.DOWNLOAD)
async def file(request: web.Request) -> web.StreamResponse:
    """The file itself, or one of its earlier versions; ranges are answered."""
    asker = await asker_of(request)
    query = read_query(request, FileQuery)
    path, found, version = await request.app[DRIVE].content(
        asker, request.match_info["id"], query.version
    )
    opened(request, asker, found)
    return download.send(path, found.name, version.media_type)


@ROUTES.get(f"/drive/{ID}/{PAGE}")
@shows(What.FILE)
@page_picture
async def picture(request: web.Request) -> Pages:
    """One page of a file as a picture; the right is asked for each."""
    asker = await asker_of(request)
    found, pages = await request.app[DRIVE].pages(asker, request.match_info["id"])
    opened(request, asker, found)
    return pages


def opened(request: web.Request, asker: Asker, item: Item) -> None:
    """A file is noted unless it lies in the asker's own area; whose data it holds nobody knows."""
    is_own = item.is_folder or item.area == person_area(asker.id)
    looked(request, subject=item.id, title=item.name, persons=() if is_own else None)


async def _about(request: web.Request, asker: Asker, template: str) -> web.Response:
    drive = request.app[DRIVE]
    about = await drive.details(asker, request.match_info["id"])
    choices = await drive.sharing.choices(asker) if about.item.may_decide else {}
    return page.render(
        request,
        template,
        areas=await drive.areas(asker),
        about=about,
        words=await markdown.of_document(about.text.text if about.text else ""),
        item=about.item,
        choices=choices,
        rights=RIGHT_LABELS,
        given=[(right.value, RIGHT_LABELS[right]) for right in GIVEN],
        kinds=kinds([about.item]),
        may_hand_over=about.item.area == SCHOOL and bool(asker.roles & set(DECIDERS)),
        may_share=about.item.may_decide and (not about.item.is_root or about.item.area == SCHOOL),
    )


def kinds(items: list[Item]) -> dict[str, str]:
    """The icon of each item."""
    return {one.id: _icon(one) for one in items}


def _icon(item: Item) -> str:
    if item.is_folder:
        return "folder"
    return "image" if item.media_type in sniff.IMAGES else "file"


def _here(listing: Listing, areas: list[Area]) -> str:
    """The area that a folder lies in, or `shared` when it came from somebody else's."""
    top = listing.path[0].id if listing.path else listing.folder.id
    return top if any(area.id == top for area in areas) else "shared"


def _to(request: web.Request, item: Item, told: str) -> web.Response:
    """Back to where an item is looked after."""
    where = f"/drive/{item.id}/about" if item.is_folder else f"/drive/{item.id}"
    return page.see_other(request, where, flash=told)


async def _items(request: web.Request) -> ItemsForm:
    form = await read_form(request, ItemsForm)
    return ItemsForm(_some(form.item), form.back)


def _some(ids: list[str]) -> list[str]:
    """The chosen ids, each once. Raises NotChosen when there are none or too many."""
    chosen = list(dict.fromkeys(ids))
    if not 0 < len(chosen) <= MOST_AT_ONCE:
        raise NotChosen()
    return chosen
