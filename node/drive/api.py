"""The drive for programs: areas, folders, files, shares, the trash. Uploads: see upload_web."""

from typing import Annotated

import msgspec
from aiohttp import web

from kit.signin.fresh import DECISIONS, within
from kit.web import download
from kit.web.forms import read_json, read_query
from kit.web.openapi import api, json_response
from node.access_log.access import shows
from node.access_log.model import What
from node.drive.model import Area, Item, Right, Version
from node.drive.service import Drive
from node.drive.web import DRIVE, FileQuery, opened
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
_ITEM = "/api/v1/drive/items/{id}"
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=150)]
_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class DriveArea(msgspec.Struct):
    """`id` is that of its root folder. `kind`: person, department or school; bytes."""

    id: str
    kind: str
    name: str
    right: str
    used: int
    quota: int


class DriveItem(msgspec.Struct):
    """A folder or file. `right`: view, edit or own. Times in ms since 1970, UTC; bytes."""

    id: str
    folder: str | None
    is_folder: bool
    name: str
    right: str
    changed_at: int
    changed_by: str
    size: int = 0
    media_type: str = ""
    sha256: str = ""
    version: int = 0
    trashed_at: int | None = None


class DriveVersion(msgspec.Struct):
    """What a file was."""

    number: int
    size: int
    sha256: str
    media_type: str
    at: int
    by: str


class DriveShare(msgspec.Struct):
    """Who may what. `key`: staff, staff/person:ID, staff/department:NAME or staff/group:ID."""

    key: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    right: Annotated[str, msgspec.Meta(pattern="^(view|edit)$")]


class DriveDetails(msgspec.Struct):
    """A folder or file with its versions and, for those who decide over it, its shares."""

    item: DriveItem
    versions: list[DriveVersion]
    shares: list[DriveShare]


class DriveList(msgspec.Struct):
    items: list[DriveItem]
    next_page: int | None = None


class ChildrenQuery(msgspec.Struct):
    """`order`: name, changed or size."""

    order: str = "name"
    page: int = 1


class NewFolder(msgspec.Struct):
    name: _Name


class ItemChange(msgspec.Struct):
    """Another name, another folder (its id), or both."""

    name: _Name | None = None
    folder: _Id | None = None


class ShareQuery(msgspec.Struct):
    key: str


@ROUTES.get("/api/v1/drive")
@api(summary="The areas of the drive that the asker belongs to", answer=list[DriveArea])
async def areas(request: web.Request) -> web.Response:
    found = await _drive(request).areas(await asker_of(request))
    return json_response([_area(one) for one in found])


@ROUTES.get("/api/v1/drive/shared")
@api(summary="What others share with the asker", answer=DriveList)
async def shared(request: web.Request) -> web.Response:
    found = await _drive(request).shared(await asker_of(request))
    return json_response(DriveList([_item(one) for one in found]))


@ROUTES.get("/api/v1/drive/trash")
@api(summary="What was thrown away and can be taken back", answer=DriveList)
async def trash(request: web.Request) -> web.Response:
    found = await _drive(request).trash.listing(await asker_of(request))
    return json_response(DriveList([_item(one) for one in found]))


@ROUTES.get(_ITEM)
@api(summary="A folder or file", answer=DriveDetails)
async def details(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    found = await _drive(request).details(asker, request.match_info["id"])
    return json_response(
        DriveDetails(
            _item(found.item),
            [_version(one) for one in found.versions],
            [
                DriveShare(share.key, Right(share.level).name.lower())
                for share in found.shares
                if not share.is_fixed
            ],
        )
    )


@ROUTES.get(_ITEM + "/children")
@api(summary="What is in a folder, folders first", query=ChildrenQuery, answer=DriveList)
async def children(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    query = read_query(request, ChildrenQuery)
    found = await _drive(request).listing(asker, request.match_info["id"], query.order, query.page)
    return json_response(DriveList([_item(one) for one in found.items], found.next_page))


@ROUTES.post(_ITEM + "/folders")
@api(summary="A new folder in a folder", body=NewFolder, answer=DriveItem, status=201)
async def create_folder(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    wanted = await read_json(request, NewFolder)
    made = await _drive(request).create_folder(asker, request.match_info["id"], wanted.name)
    return json_response(_item(made), status=201)


@ROUTES.patch(_ITEM)
@api(summary="Rename or move a folder or file", body=ItemChange, answer=DriveItem)
async def change(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    wanted = await read_json(request, ItemChange)
    changed = await _drive(request).change(
        asker, request.match_info["id"], folder_id=wanted.folder, name=wanted.name
    )
    return json_response(_item(changed))


@ROUTES.delete(_ITEM)
@api(summary="Throw a folder or file away; it can be taken back for 30 days", status=204)
async def throw_away(request: web.Request) -> web.Response:
    await _drive(request).trash.throw_away(await asker_of(request), [request.match_info["id"]])
    return web.Response(status=204)


@ROUTES.post(_ITEM + "/restore")
@api(summary="Take a folder or file back out of the trash", answer=DriveItem)
async def restore(request: web.Request) -> web.Response:
    [found] = await _drive(request).trash.restore(
        await asker_of(request), [request.match_info["id"]]
    )
    return json_response(_item(found))


@ROUTES.delete("/api/v1/drive/trash/{id}")
@api(summary="Remove a folder or file from the trash for good", status=204)
async def erase(request: web.Request) -> web.Response:
    await _drive(request).trash.erase(await asker_of(request), [request.match_info["id"]])
    return web.Response(status=204)


@ROUTES.get(_ITEM + "/content")
@shows(What.DOWNLOAD)
@api(
    summary="A file's content, of its newest or of an earlier version; ranges are answered",
    query=FileQuery,
)
async def content(request: web.Request) -> web.StreamResponse:
    asker = await asker_of(request)
    query = read_query(request, FileQuery)
    path, found, version = await _drive(request).content(
        asker, request.match_info["id"], query.version
    )
    opened(request, asker, found)
    return download.send(path, found.name, version.media_type)


@ROUTES.post(_ITEM + r"/versions/{number:\d{1,9}}/restore")
@api(summary="Make an earlier version the newest one again", answer=DriveVersion)
async def restore_version(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    number = int(request.match_info["number"])
    found = await _drive(request).restore_version(asker, request.match_info["id"], number)
    return json_response(_version(found))


@ROUTES.put(_ITEM + "/shares")
@within(DECISIONS)
@api(summary="Share a folder or file, or change what a share allows", body=DriveShare, status=204)
async def share(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    wanted = await read_json(request, DriveShare)
    right = Right[wanted.right.upper()]
    await _drive(request).sharing.give(asker, request.match_info["id"], wanted.key, right)
    return web.Response(status=204)


@ROUTES.delete(_ITEM + "/shares")
@within(DECISIONS)
@api(summary="End a share", query=ShareQuery, status=204)
async def unshare(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    query = read_query(request, ShareQuery)
    await _drive(request).sharing.withdraw(asker, request.match_info["id"], query.key)
    return web.Response(status=204)


def _drive(request: web.Request) -> Drive:
    return request.app[DRIVE]


def _right(level: int) -> str:
    return Right(level).name.lower()


def _area(area: Area) -> DriveArea:
    return DriveArea(area.id, area.kind, area.name, _right(area.right), area.used, area.quota)


def _item(item: Item) -> DriveItem:
    return DriveItem(
        id=item.id,
        folder=item.parent_id,
        is_folder=bool(item.is_folder),
        name=item.name,
        right=_right(item.right),
        changed_at=item.changed_at,
        changed_by=item.changed_by,
        size=item.size,
        media_type=item.media_type,
        sha256=item.sha256,
        version=item.version,
        trashed_at=item.trashed_at,
    )


def _version(version: Version) -> DriveVersion:
    return DriveVersion(
        version.number,
        version.size,
        version.sha256,
        version.media_type,
        version.at,
        version.by_name,
    )
