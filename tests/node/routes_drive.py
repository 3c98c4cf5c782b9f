"""Who gets what of the drive: staff what is theirs or shared with them; families nothing at all."""

from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import quote

from aiohttp import FormData

from kit.ids import new_id
from node.drive.model import Right
from node.drive.web import DRIVE
from tests.models import documents
from tests.node.conftest import School
from tests.node.dav_client import LOCK
from tests.node.planting import Planting
from tests.node.routes import (
    COLLEAGUES,
    DECISIONS,
    NOTHING,
    OWN,
    RIGHTS,
    STAFF,
    Route,
    everyone,
    only,
    public,
    staff,
)
from tests.node.sending_parts import PART as PART_BEGINS
from tests.node.sending_parts import TUS

_ID = "/drive/{id}"
_ITEM = "/api/v1/drive/items/{id}"
_UPLOADS = "/api/v1/drive/uploads"
PART = PART_BEGINS | {"Upload-Offset": "0"}
OWNER = "박서연"  # the homeroom teacher, in whose own area everything of this file lies


def _api(status: int) -> dict[str, int]:
    """All staff, by program."""
    return staff(status, anonymous=401)


def _owner(status: int, anonymous: int = 303) -> dict[str, int]:
    return everyone(404, anonymous) | {"homeroom": status}


def _owner_api(status: int) -> dict[str, int]:
    return _owner(status, anonymous=401)


async def _root(school: School) -> str:
    areas = await school.app[DRIVE].areas(await school.asker(OWNER))
    return areas[0].id


async def _folder(school: School, what: str = "") -> str:
    """A fresh folder of the owner's."""
    drive, owner = school.app[DRIVE], await school.asker(OWNER)
    made = await drive.create_folder(owner, await _root(school), new_id())
    return f"/drive/{made.id}{what}"


async def _file(school: School, what: str = "", content: bytes = b"") -> str:
    """A fresh picture of the owner's, with two versions."""
    drive, owner = school.app[DRIVE], await school.asker(OWNER)

    async def chunks() -> AsyncIterator[bytes]:
        yield content or documents.png()

    file = await drive.uploads.take(owner, await _root(school), f"{new_id()}.png", chunks())
    await drive.uploads.take(owner, file, "", chunks())
    await drive.reading.work()
    return f"/drive/{file}{what}"


async def _file_item(school: School, what: str = "") -> str:
    return "/api/v1/drive/items/" + (await _file(school)).rsplit("/", 1)[1] + what


async def _folder_item(school: School, what: str = "") -> str:
    return "/api/v1/drive/items/" + (await _folder(school)).rsplit("/", 1)[1] + what


async def _gone(school: School, what: str) -> str:
    """The id of a file in the trash, within an address."""
    file = (await _file(school)).rsplit("/", 1)[1]
    await school.app[DRIVE].trash.throw_away(await school.asker(OWNER), [file])
    return what.replace("ID", file)


async def _upload(school: School) -> str:
    """An upload of four bytes that was just begun."""
    owner = await school.asker(OWNER)
    begun = await school.app[DRIVE].uploads.create(owner, await _root(school), "a.txt", 4)
    return f"{_UPLOADS}/{begun.id}"


async def _shared(school: School) -> str:
    """A file shared with the whole staff, to be withdrawn."""
    address = await _file_item(school, "/shares?key=staff")
    file = address.split("/")[5]
    await school.app[DRIVE].sharing.give(await school.asker(OWNER), file, "staff", Right.VIEW)
    return address


def _form(school: School) -> FormData:
    form = FormData(quote_fields=False)
    form.add_field("files", b"x", filename="a.txt")
    return form


async def _moved(school: School) -> str:
    return "/drive/move?item=" + (await _file(school)).rsplit("/", 1)[1]


def _new_name(school: School) -> dict[str, str]:
    return {"name": new_id()}


def _dav(path: str) -> str:
    return "/dav/" + quote(path)


async def _dav_file(school: School) -> str:
    """A fresh file of the owner's, as a path: in everybody else's own area there is none."""
    drive, owner = school.app[DRIVE], await school.asker(OWNER)
    name = f"{new_id()}.txt"
    await drive.uploads.take(owner, await _root(school), name, _one(b"x"))
    return _dav(f"내 드라이브/{name}")


async def _dav_shared(school: School) -> str:
    file = (await _shared_file("")(school)).removeprefix("/drive/")
    found = await school.app[DRIVE].item(await school.asker(OWNER), file)
    return _dav(f"공유받음/{found.name}")


def _dav_new(_school: School) -> str:
    return _dav(f"내 드라이브/{new_id()}.txt")


DAV = "/dav{path}"
PROPERTY = (
    '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><a xmlns="x">1</a></D:prop></D:set>'
    "</D:propertyupdate>"
)
DECIDERS = ("principal", "administrator")
ABSENT = {"item": "0" * 20}


def _shared_file(what: str, within: str = "/drive/") -> Callable[[School], Awaitable[str]]:
    """A file of the homeroom teacher's that all staff may see."""

    async def prepared(school: School) -> str:
        file = (await _file(school)).removeprefix("/drive/")
        owner = await school.asker(OWNER)
        await school.app[DRIVE].sharing.give(owner, file, "staff", Right.VIEW)
        return f"{within}{file}{what}"

    return prepared


async def _shared_folder(school: School) -> str:
    """The zip of a folder of the homeroom teacher's that all staff may see."""
    address = await _folder(school, "/zip")
    owner = await school.asker(OWNER)
    await school.app[DRIVE].sharing.give(owner, address.split("/")[2], "staff", Right.VIEW)
    return address


async def sow(planting: Planting) -> None:
    """A folder and files with what names may hold, shared, and one in the trash."""
    school = planting.school
    drive, owner = school.app[DRIVE], await school.asker("박서연")
    area = (await drive.areas(owner))[0].id
    folder = await drive.create_folder(owner, area, planting.numbers.named("folder"))
    planting.addresses.append(f"/api/v1/drive/items/{folder.id}/children")
    for content in (*planting.documents(), documents.png()):
        name = planting.numbers.named("file")
        file = await drive.uploads.take(owner, folder.id, name, _one(content))
        api = f"/api/v1/drive/items/{file}"
        planting.addresses += [api, f"{api}/content"]
        await drive.sharing.give(owner, file, "staff", Right.VIEW)
    trashed = await drive.uploads.take(
        owner, folder.id, planting.numbers.named("trash"), _one(b"x")
    )
    await drive.trash.throw_away(owner, [trashed])
    await drive.reading.work()


async def _one(content: bytes) -> AsyncIterator[bytes]:
    yield content


ROUTES = (
    Route("GET", "/drive/connect", staff(200), nobody=OWN),
    Route(
        "POST",
        "/drive/app-passwords",
        staff(200),
        data={"name": "교실"},
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/drive/app-passwords/{id}/remove",
        everyone(404),
        url=f"/drive/app-passwords/{'0' * 20}/remove",
        proof=NOTHING,
    ),
    Route("OPTIONS", "/", public(200), proof=NOTHING),
    Route("OPTIONS", DAV, public(200), url="/dav/", proof=NOTHING),
    Route("PROPFIND", "/", _api(207), headers={"Depth": "0"}, basic=True, proof=NOTHING),
    Route(
        "PROPFIND", DAV, _api(207), url="/dav/", headers={"Depth": "1"}, basic=True, proof=NOTHING
    ),
    Route(
        "GET",
        DAV,
        _owner(200),
        url=_dav_file,
        shown=_dav_shared,
        shown_to=STAFF,
        basic=True,
        piece="a file",
        unmet="a program alone gets it, which signs in with each request",
    ),
    Route("PUT", DAV, _api(201), url=_dav_new, basic=True, proof=NOTHING),
    Route("MKCOL", DAV, _api(201), url=_dav_new, basic=True, proof=NOTHING),
    Route(
        "PROPPATCH",
        DAV,
        _owner_api(207),
        url=_dav_file,
        data=lambda _school: PROPERTY,
        basic=True,
        proof=NOTHING,
    ),
    Route("DELETE", DAV, _owner_api(204), url=_dav_file, basic=True, proof=NOTHING),
    Route(
        "COPY",
        DAV,
        _owner_api(201),
        url=_dav_file,
        headers={"Destination": _dav("내 드라이브/사본.txt")},
        basic=True,
        proof=NOTHING,
    ),
    Route(
        "MOVE",
        DAV,
        _owner_api(201),
        url=_dav_file,
        headers={"Destination": _dav("내 드라이브/옮김.txt")},
        basic=True,
        proof=NOTHING,
    ),
    Route(
        "LOCK",
        DAV,
        _api(201) | {"homeroom": 200},  # for the others it is a name that nothing has yet
        url=_dav_file,
        data=lambda _school: LOCK,
        basic=True,
        proof=NOTHING,
    ),
    Route(
        "UNLOCK",
        DAV,
        _owner_api(409),
        url=_dav_file,
        headers={"Lock-Token": "<urn:uuid:0>"},
        basic=True,
        proof=NOTHING,
    ),
    Route("GET", "/drive", staff(303), nobody=COLLEAGUES, unmet="it only leads to another page"),
    Route("GET", "/drive/shared", staff(200), nobody=COLLEAGUES),
    Route("GET", "/drive/trash", staff(200), nobody=COLLEAGUES),
    Route("POST", "/drive/trash", everyone(404), data=ABSENT, proof=NOTHING),
    Route("POST", "/drive/restore", everyone(404), data=ABSENT, proof=NOTHING),
    Route("POST", "/drive/erase", everyone(404), data=ABSENT, proof=NOTHING),
    Route("POST", "/drive/trash/empty", staff(303), proof=NOTHING),
    Route("GET", "/drive/move", _owner(200), url=lambda s: _moved(s), nobody=COLLEAGUES),
    Route("POST", "/drive/move", everyone(404), data=ABSENT | {"to": "0" * 20}, proof=NOTHING),
    Route("GET", "/drive/left", only(DECIDERS, 200), nobody=COLLEAGUES),
    Route(
        "POST",
        "/drive/left",
        only(DECIDERS, 404),
        data={"item": "0" * 20, "key": "staff"},
        proof=RIGHTS,
    ),
    Route("GET", _ID, _owner(200), url=_file, shown=_shared_file(""), shown_to=STAFF),
    Route(
        "GET", f"{_ID}/about", _owner(200), url=lambda s: _folder(s, "/about"), nobody=COLLEAGUES
    ),
    Route(
        "GET",
        f"{_ID}/file",
        _owner(200),
        url=lambda s: _file(s, "/file"),
        shown=_shared_file("/file"),
        shown_to=STAFF,
        piece="a file",
    ),
    Route(
        "GET",
        f"{_ID}/zip",
        _owner(200),
        url=lambda s: _folder(s, "/zip"),
        shown=_shared_folder,
        shown_to=STAFF,
        piece="a file",
    ),
    Route(
        "GET",
        f"{_ID}/pages/{{number}}",
        _owner(200),
        url=lambda s: _file(s, "/pages/1"),
        shown=_shared_file("/pages/1"),
        shown_to=STAFF,
        piece="a picture",
    ),
    Route(
        "POST",
        f"{_ID}/folders",
        _owner(303),
        url=lambda s: _folder(s, "/folders"),
        data={"name": "새 폴더"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        f"{_ID}/name",
        _owner(303),
        url=lambda s: _folder(s, "/name"),
        data=_new_name,
        proof=NOTHING,
    ),
    Route(
        "POST",
        f"{_ID}/files",
        _owner(303),
        url=lambda s: _folder(s, "/files"),
        data=_form,
        proof=NOTHING,
    ),
    Route(
        "POST",
        f"{_ID}/shares",
        _owner(303),
        url=lambda s: _file(s, "/shares"),
        data={"key": "staff", "right": "1"},
        proof=DECISIONS,
    ),
    Route(
        "POST",
        f"{_ID}/shares/remove",
        everyone(404),
        url=lambda s: _file(s, "/shares/remove"),
        data={"key": "staff"},
        proof=DECISIONS,
    ),
    Route(
        "POST",
        f"{_ID}/versions/{{number}}/restore",
        _owner(303),
        url=lambda s: _file(s, "/versions/1/restore"),
        proof=NOTHING,
    ),
    Route("GET", "/api/v1/drive", _api(200), nobody=COLLEAGUES),
    Route("GET", "/api/v1/drive/shared", _api(200), nobody=COLLEAGUES),
    Route("GET", "/api/v1/drive/trash", _api(200), nobody=COLLEAGUES),
    Route(
        "DELETE",
        "/api/v1/drive/trash/{id}",
        _owner_api(204),
        url=lambda s: _gone(s, "/api/v1/drive/trash/ID"),
        proof=NOTHING,
    ),
    Route("GET", _ITEM, _owner_api(200), url=_file_item, nobody=COLLEAGUES),
    Route(
        "PATCH", _ITEM, _owner_api(200), url=_file_item, data=_new_name, json=True, proof=NOTHING
    ),
    Route("DELETE", _ITEM, _owner_api(204), url=_file_item, proof=NOTHING),
    Route(
        "GET",
        f"{_ITEM}/children",
        _owner_api(200),
        url=lambda s: _folder_item(s, "/children"),
        nobody=COLLEAGUES,
    ),
    Route(
        "POST",
        f"{_ITEM}/folders",
        _owner_api(201),
        url=lambda s: _folder_item(s, "/folders"),
        data={"name": "새 폴더"},
        json=True,
        proof=NOTHING,
    ),
    Route(
        "POST",
        f"{_ITEM}/restore",
        _owner_api(200),
        url=lambda s: _gone(s, "/api/v1/drive/items/ID/restore"),
        proof=NOTHING,
    ),
    Route(
        "GET",
        f"{_ITEM}/content",
        _owner_api(200),
        url=lambda s: _file_item(s, "/content"),
        shown=_shared_file("/content", "/api/v1/drive/items/"),
        shown_to=STAFF,
    ),
    Route(
        "POST",
        f"{_ITEM}/versions/{{number}}/restore",
        _owner_api(200),
        url=lambda s: _file_item(s, "/versions/1/restore"),
        proof=NOTHING,
    ),
    Route(
        "PUT",
        f"{_ITEM}/shares",
        _owner_api(204),
        url=lambda s: _file_item(s, "/shares"),
        data={"key": "staff", "right": "view"},
        json=True,
        proof=DECISIONS,
    ),
    Route(
        "DELETE",
        f"{_ITEM}/shares",
        # Whoever may see it knows that it is there; who may not withdraw it is told so.
        _api(403) | {"homeroom": 204},
        url=_shared,
        proof=DECISIONS,
    ),
    Route("OPTIONS", _UPLOADS, _api(204), proof=NOTHING),
    Route("POST", _UPLOADS, _api(404), headers=TUS | {"Upload-Length": "4"}, proof=NOTHING),
    Route(
        "PATCH",
        f"{_UPLOADS}/{{id}}",
        _owner_api(204),
        url=_upload,
        data=b"abcd",
        headers=PART,
        proof=NOTHING,
    ),
    Route("DELETE", f"{_UPLOADS}/{{id}}", _owner_api(204), url=_upload, headers=TUS, proof=NOTHING),
)

UNTYPED = {
    "drive_item.trashed_by": "an id, or the ids and keys of several",
    "drive_upload.replaces": "an id, or the ids and keys of several",
    "drive_item.gone_with": "an id, or the ids and keys of several",
    "drive_text.pages": "an id, or the ids and keys of several",
    "drive_text.unread": "an id, or the ids and keys of several",
    "drive_text.problem": "a word or a sentence of ours",
    "drive_aside.folded": "a name as drive_item has it, shown to nobody",
    "drive_lock.owner": "XML of a program, given back to programs alone",
    "drive_lock.token": "a number of ours",
    "drive_lock.person_name": "a name as people_person has it",
    "drive_property.name": "a word of a program, given back to programs alone",
    "drive_property.xml": "XML of a program, given back to programs alone",
    "drive_used.area": "an area as drive_item has it, shown to nobody",
}

STAYS = {
    "drive_upload": "what waits and goes",
    "drive_aside": "what programs put aside within minutes",
    "drive_lock": "what is open, and what was within a day",
}

WAITING = {
    "drive_item_trash": "of the few that are so",
    "drive_item_unfilled": "names that are locked and have no content yet",
    "drive_text_waiting": "what waits to be done",
}

FROM_AN_END = {
    "node.drive.tree.store.shared": "of some days",
}

AT_NIGHT = {
    "node.drive.reading.store.forget_texts": "what nobody refers to",
    "node.drive.reading.store.kept_contents": "which contents nobody refers to",
}

ON_REQUEST = {
    "node.drive.about.about": "everything of one person (제35조), in a thread of its own",
}
