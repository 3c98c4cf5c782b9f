"""What programs really send, one after the other, and how they fail: at the end both texts are there.

The sequences are those that a recording server saw of Debian 12's davfs2 1.6.1, gvfs 1.50, rclone 1.60,
cadaver 0.24 and LibreOffice 7.4, and that Windows Explorer, Office and Finder are known to send.
"""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from kit.clock import HOUR, MINUTE, ManualClock
from kit.db import Tx
from node.drive.web import DRIVE
from tests.node.conftest import School, running_school
from tests.node.dav_client import LOCK, Dav, at, dav_of

FOLDER = "3학년부"
FILE = f"{FOLDER}/회의록.odt"
COPY = f"{FOLDER}/회의록 (충돌 사본).odt"
GOOD = "먼저 저장한 글".encode()
NEW = "나중에 저장한 글".encode()
WIN32 = (
    '<?xml version="1.0" encoding="utf-8" ?><D:propertyupdate xmlns:D="DAV:"'
    ' xmlns:Z="urn:schemas-microsoft-com:"><D:set><D:prop>'
    "<Z:Win32CreationTime>Thu, 03 Dec 2026 00:00:00 GMT</Z:Win32CreationTime>"
    "<Z:Win32LastModifiedTime>Thu, 03 Dec 2026 00:00:00 GMT</Z:Win32LastModifiedTime>"
    "<Z:Win32FileAttributes>00000020</Z:Win32FileAttributes></D:prop></D:set></D:propertyupdate>"
)


@pytest.fixture
async def school(tmp_path: Path, clock: ManualClock) -> AsyncIterator[School]:
    async for one in running_school(tmp_path, clock):
        await one.db.write(partial(_together, one.id("한지민")))
        yield one


def _together(person_id: str, tx: Tx) -> None:
    tx.execute("UPDATE people_staff SET department = ? WHERE person_id = ?", (FOLDER, person_id))


async def texts(school: School) -> set[bytes]:
    """All texts that the department's folder or its trash still has, in whatever version."""
    drive, asker = school.app[DRIVE], await school.asker("박서연")
    folder = (await drive.paths.at(asker, [FOLDER])).found()
    items = list((await drive.listing(asker, folder.id)).items)
    trashed = [item for item in await drive.trash.listing(asker) if not item.is_folder]
    await drive.trash.restore(asker, [item.id for item in trashed])
    found = set()
    for item in [*items, *trashed]:
        for version in (await drive.details(asker, item.id)).versions:
            path, _item, _version = await drive.content(asker, item.id, version.number)
            found.add(path.read_bytes())
    return found


async def told(school: School, name: str) -> str:
    return (await (await school.client_as(name)).get("/notifications")).text


def to(dav: Dav, path: str) -> str:
    return dav.base + at(path)


# Windows -----------------------------------------------------------------------------------------


async def test_windows_explorer_saves_a_file_with_its_attributes(school: School) -> None:
    park = await dav_of(school, "박서연", "Microsoft-WebDAV-MiniRedir/10.0.19045")
    anonymous = Dav(school, "", "", park.program)
    able = await anonymous("OPTIONS", "../")
    assert (able.status, able.headers["DAV"], able.headers["MS-Author-Via"]) == (200, "1, 2", "DAV")
    assert (await anonymous("PROPFIND", FOLDER, Depth="0")).status == 401
    assert (await park("PROPFIND", FILE, Depth="0")).status == 404
    assert (await park.put(FILE, b"")).status == 201
    token = await park.lock(FILE, 3600)
    assert (await park("PROPPATCH", FILE, WIN32, If=f"(<{token}>)")).status == 207
    assert (await park("HEAD", FILE, Translate="f")).status == 200
    assert (await park.put(FILE, NEW, If=f"(<{token}>)")).status == 204
    patched = await park("PROPPATCH", FILE, WIN32, If=f"(<{token}>)")
    assert "200 OK" in patched.text
    assert (await park("UNLOCK", FILE, Lock_Token=f"<{token}>")).status == 204
    seen = await park("PROPFIND", FILE, Depth="0")
    assert "00000020" in seen.text
    assert await park.text(FILE) == NEW


async def test_office_saves_by_names_it_changes(school: School) -> None:
    """The file stays what is shared and found, with its versions."""
    park = await dav_of(school, "박서연", "Microsoft Office Word 2014")
    await park.put(FILE, GOOD)
    drive, asker = school.app[DRIVE], await school.asker("박서연")
    before = (await drive.paths.at(asker, FILE.split("/"))).found()
    await park.put(f"{FOLDER}/~WRD0000.tmp", NEW)
    moved = await park("MOVE", FILE, Destination=to(park, f"{FOLDER}/~WRL0001.tmp"), Overwrite="F")
    assert moved.status == 201
    moved = await park("MOVE", f"{FOLDER}/~WRD0000.tmp", Destination=to(park, FILE), Overwrite="F")
    assert moved.status == 201
    assert await park.text(f"{FOLDER}/~WRL0001.tmp") == GOOD
    assert (await park("DELETE", f"{FOLDER}/~WRL0001.tmp")).status == 204
    assert await park.text(FILE) == NEW
    after = (await drive.paths.at(asker, FILE.split("/"))).found()
    assert (after.id, after.version) == (before.id, 2)
    assert await texts(school) >= {GOOD, NEW}


async def test_office_renews_its_lock_under_the_same_token(school: School) -> None:
    park = await dav_of(school, "박서연", "Microsoft Office Word 2014")
    await park.put(FILE, GOOD)
    token = await park.lock(FILE, 600)
    for _minutes in range(3):
        school.clock.advance(9 * MINUTE)
        renewed = await park("LOCK", FILE, Timeout="Second-600", If=f"(<{token}>)")
        assert (renewed.status, token in renewed.text) == (200, True)
    assert (await park.put(FILE, NEW, If=f"(<{token}>)")).status == 204


# macOS -------------------------------------------------------------------------------------------


async def test_finder_saves_with_what_it_keeps_beside_files(school: School) -> None:
    park = await dav_of(school, "박서연", "WebDAVFS/3.0.0 (03008000) Darwin/21.6.0")
    for path in (FILE, f"{FOLDER}/._회의록.odt"):
        assert (await park.put(path, b"")).status == 201
        token = await park.lock(path, 600)
        assert (await park.put(path, NEW, If=f"(<{token}>)")).status == 204
        assert (await park("UNLOCK", path, Lock_Token=f"<{token}>")).status == 204
    assert await park.text(FILE) == NEW
    assert "._회의록.odt" in await park.names(FOLDER)
    client = await school.client_as("박서연")
    drive, asker = school.app[DRIVE], await school.asker("박서연")
    folder = (await drive.paths.at(asker, [FOLDER])).found()
    page = (await client.get(f"/drive/{folder.id}")).text
    assert "회의록.odt" in page
    assert "._회의록" not in page


# davfs2 ------------------------------------------------------------------------------------------


async def test_davfs2_that_is_refused_leaves_both_texts(school: School) -> None:
    """It puts the old text back and tells nobody; its own would be in a hidden folder."""
    park = await dav_of(school, "박서연", "davfs2/1.6.1 neon/0.32.5")
    han = await dav_of(school, "한지민", "gvfs/1.50.3")
    tag = (await park.put(FILE, b"old")).headers["ETag"]
    token = await park.lock(FILE)
    await park("GET", FILE)
    school.clock.advance(HOUR)
    await han.put(FILE, GOOD)
    tagged = f"<{to(park, FILE)}> (<{token}>)"
    refused = await park.put(FILE, NEW, If=tagged, If_Match=tag)
    assert refused.status == 412
    assert await park.text(FILE) == GOOD
    assert await park.text(COPY) == NEW
    again = await park.put(FILE, NEW, If=tagged, If_Match=tag)
    assert again.status == 412
    assert await park.names(FOLDER) == ["회의록 (충돌 사본).odt", "회의록.odt"], "kept once"
    assert "회의록 (충돌 사본).odt" in await told(school, "박서연")


async def test_davfs2_saving_carefully_moves_an_empty_file_over_the_good_one(
    school: School,
) -> None:
    park = await dav_of(school, "박서연", "davfs2/1.6.1 neon/0.32.5")
    await park.put(FILE, GOOD)
    await park.put(f"{FOLDER}/.new", b"")
    token = await park.lock(f"{FOLDER}/.new")
    moved = await park(
        "MOVE",
        f"{FOLDER}/.new",
        Destination=to(park, FILE),
        If=f"<{to(park, f'{FOLDER}/.new')}> (<{token}>)",
    )
    assert moved.status == 204
    assert GOOD in await texts(school), "the text follows eleven seconds later, or never"
    sent = await park.put(FILE, NEW, If=f"<{to(park, FILE)}> (<{token}>)")
    assert sent.status == 204
    assert await park.text(FILE) == NEW
    assert await texts(school) >= {GOOD, NEW}


# gvfs --------------------------------------------------------------------------------------------


async def test_gvfs_writes_over_what_a_colleague_saved_meanwhile(school: School) -> None:
    """It sends neither lock nor condition: the last one wins, and the first lies beside."""
    park = await dav_of(school, "박서연", "gvfs/1.50.3")
    han = await dav_of(school, "한지민", "gvfs/1.50.3")
    assert (await park("PROPFIND", "", Depth="0")).status == 207
    await park.put(FILE, b"old")
    await han("GET", FILE)
    await park.put(FILE, GOOD)
    assert (await han.put(FILE, NEW)).status == 204
    assert await han.text(FILE) == NEW
    assert await han.text(COPY) == GOOD
    for name in ("박서연", "한지민"):
        assert "회의록 (충돌 사본).odt" in await told(school, name)


async def test_gvfs_that_is_refused_tells_nobody(school: School) -> None:
    """Through its FUSE folder a refused save raises nothing, and the text would be gone."""
    park = await dav_of(school, "박서연", "LibreOffice")
    han = await dav_of(school, "한지민", "gvfs/1.50.3")
    await park.put(FILE, GOOD)
    await park.lock(FILE)
    assert (await han.put(FILE, NEW)).status == 423
    assert await han.text(FILE) == GOOD
    assert await han.text(COPY) == NEW
    assert "저장되지 않은 내용을 사본으로 남겼습니다" in await told(school, "한지민")


# rclone ------------------------------------------------------------------------------------------


async def test_rclone_deletes_the_name_whose_upload_was_refused(school: School) -> None:
    park = await dav_of(school, "박서연", "LibreOffice")
    han = await dav_of(school, "한지민", "rclone/v1.60.1-DEV")
    await park.put(FILE, GOOD)
    token = await park.lock(FILE)
    assert (await han.put(FILE, NEW)).status == 423
    assert (await han("DELETE", FILE)).status == 423
    await park("UNLOCK", FILE, Lock_Token=f"<{token}>")
    assert (await han("DELETE", FILE)).status == 204
    assert await texts(school) >= {GOOD, NEW}


# cadaver -----------------------------------------------------------------------------------------


async def test_cadaver_edits_under_a_lock(school: School) -> None:
    park = await dav_of(school, "박서연", "cadaver/0.24 neon/0.32.5")
    await park.put(FILE, GOOD)
    token = await park.lock(FILE)
    await park("GET", FILE)
    assert (await park.put(FILE, NEW, If=f"<{to(park, FILE)}> (<{token}>)")).status == 204
    assert (await park("UNLOCK", FILE, Lock_Token=f"<{token}>")).status == 204
    assert await texts(school) >= {GOOD, NEW}


# LibreOffice -------------------------------------------------------------------------------------


async def test_libreoffice_that_gave_its_lock_away_overwrites_no_colleague(
    school: School,
) -> None:
    park = await dav_of(school, "박서연", "LibreOffice 7.4.7.2")
    han = await dav_of(school, "한지민", "LibreOffice 7.4.7.2")
    await park.put(FILE, b"old")
    await park("GET", FILE)
    token = await park.lock(FILE, 180)
    school.clock.advance(4 * MINUTE)  # it sleeps, and renews nothing
    theirs = await han.lock(FILE, 180)
    await han.put(FILE, GOOD, If=f"(<{theirs}>)")
    refused = await park.put(FILE, NEW, If=f"(<{token}>)")
    assert refused.status in (412, 423)
    assert await park.text(COPY) == NEW
    await han("UNLOCK", FILE, Lock_Token=f"<{theirs}>")
    last = NEW + b"!"
    saved = await park.put(FILE, last, If=f"(<{token}>)", Expect="100-continue")
    assert saved.status == 204, "what was its own lock counts where nobody else has one"
    assert await park.text(FILE) == last
    assert await texts(school) >= {GOOD, NEW, last}
    second = f"{FOLDER}/회의록 (충돌 사본) (2).odt"
    assert await park.text(second) == GOOD
    assert "회의록 (충돌 사본) (2).odt" in await told(school, "한지민")


async def test_libreoffice_makes_a_new_file_under_a_lock(school: School) -> None:
    park = await dav_of(school, "박서연", "LibreOffice 7.4.7.2")
    token = await park.lock(FILE, 180)
    assert (await park("PROPFIND", FILE, Depth="0")).status == 207
    saved = await park.put(FILE, NEW, If=f"(<{token}>)")
    assert saved.status == 201
    asked = await park("LOCK", FILE, LOCK, Timeout="Second-180")
    assert asked.status == 423, "it is open in another program"
    await park("UNLOCK", FILE, Lock_Token=f"<{token}>")
    assert await texts(school) == {NEW}
