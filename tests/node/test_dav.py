"""The drive over WebDAV: who comes in, what a program finds, what it may do, and what stays."""

import asyncio
import os
import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path

import pyotp
import pytest

from kit.clock import DAY, MINUTE, ManualClock
from kit.db import Tx
from kit.signin import apps
from kit.signin.web import SIGNIN
from node.drive.connect_web import PROGRAMS
from node.drive.dav.answering import DOOR
from node.drive.model import Limits
from node.drive.web import DRIVE
from tests.node.conftest import School, running_school
from tests.node.dav_client import LOCK, OWN, Dav, at, basic, dav_of
from tests.node.driving import areas, children, share
from tests.node.driving import put as put_by_form

PASSWORD = "mountains and rivers 7"


@pytest.fixture
async def school(tmp_path: Path, clock: ManualClock) -> AsyncIterator[School]:
    async for one in running_school(tmp_path, clock):
        yield one


async def _with_password(school: School, name: str) -> Dav:
    """A program that knows somebody's own password."""
    signin = school.app[SIGNIN]
    hashed = await signin.hash_password(PASSWORD)

    def unit(tx: Tx) -> None:
        tx.execute(
            "UPDATE signin_account SET password_hash = ?, password_temporary = 0"
            " WHERE account_id = ?",
            (hashed, school.id(name)),
        )

    await school.db.write(unit)
    made = await dav_of(school, name)
    return Dav(school, made.login, PASSWORD, "test")


# Coming in ---------------------------------------------------------------------------------------


async def test_a_program_comes_in_by_an_app_password_until_that_is_removed(school: School) -> None:
    park = await dav_of(school, "박서연")
    assert (await park("PROPFIND", "", Depth="1")).status == 207
    programs, asker = school.app[PROGRAMS], await school.asker("박서연")
    (made,) = await programs.passwords(asker)
    assert made.used_at is not None
    await programs.remove_password(asker, made.id)
    refused = await park("PROPFIND", "", Depth="1")
    assert refused.status == 401
    assert refused.headers["WWW-Authenticate"].startswith("Basic ")


async def test_an_app_password_of_the_messenger_does_not_open_the_drive(school: School) -> None:
    park = await dav_of(school, "박서연")
    person = school.id("박서연")
    park.secret = await school.db.write(lambda tx: apps.make(tx, person, "messenger", "x", 0))
    assert (await park("PROPFIND", "", Depth="0")).status == 401


async def test_a_password_comes_in_while_no_second_factor_is_set(school: School) -> None:
    park = await _with_password(school, "박서연")
    many = await asyncio.gather(*(park("PROPFIND", "", Depth="0") for _one in range(8)))
    assert {one.status for one in many} == {207}, "many requests at once are one try"

    def second_factor(tx: Tx) -> None:
        tx.execute(
            "UPDATE signin_account SET totp_secret = ? WHERE account_id = ?",
            (pyotp.random_base32(), school.id("박서연")),
        )

    await school.db.write(second_factor)
    assert (await park("PROPFIND", "", Depth="0")).status == 401, "what was known counts no more"


async def test_wrong_passwords_are_counted_as_at_the_sign_in(school: School) -> None:
    park = await dav_of(school, "박서연")
    wrong = Dav(school, park.login, "wrong", "test")
    got = [(await wrong("PROPFIND", "", Depth="0")).status for _try in range(6)]
    assert got == [401, 401, 401, 401, 401, 429]
    assert (await wrong("PROPFIND", "", Depth="0")).headers["Retry-After"]
    assert (await park("PROPFIND", "", Depth="0")).status == 207, (
        "an app password cannot be guessed"
    )
    school.clock.advance(20 * MINUTE)
    assert (await wrong("PROPFIND", "", Depth="0")).status == 401


async def test_families_and_browsers_find_no_drive_there(school: School) -> None:
    person = school.id("김하늘")
    haneul = await dav_of(school, "박서연")
    haneul.login = str(
        await school.db.read(
            lambda tx: tx.value(
                "SELECT login FROM signin_v_account WHERE account_id = ?", (person,)
            )
        )
    )
    haneul.secret = await school.db.write(lambda tx: apps.make(tx, person, DOOR, "x", 0))
    assert (await haneul("PROPFIND", "", Depth="1")).status == 404
    browser = await school.client_as("박서연")
    assert (await browser.request("PROPFIND", "/dav/")).status == 401, "a cookie is not asked"
    assert (await browser.get("/dav/")).location == "/drive"


# What is there -----------------------------------------------------------------------------------


async def test_a_program_finds_the_areas_and_what_is_shared(school: School) -> None:
    park, han = await dav_of(school, "박서연"), await dav_of(school, "한지민")
    assert await park.names("") == [OWN, "3학년부", "학교", "공유받음"]
    await park("MKCOL", f"{OWN}/수업")
    await park.put(f"{OWN}/수업/1단원.txt", b"one")
    assert (await han("PROPFIND", f"{OWN}/수업", Depth="0")).status == 404
    client = await school.client_as("박서연")
    mine = (await areas(client))["person"]
    folder = (await children(client, mine))["수업"]
    key = f"staff/person:{school.id('한지민')}"
    await share(client, folder, key)
    assert await han.names("공유받음") == ["수업"]
    assert await han.text("공유받음/수업/1단원.txt") == b"one"
    assert (await han.put("공유받음/수업/2단원.txt", b"two")).status == 403
    await share(client, folder, key, "edit")
    assert (await han.put("공유받음/수업/2단원.txt", b"two")).status == 201
    assert (await han("DELETE", "공유받음/수업")).status == 403
    assert (await han.put("학교/몰래.txt", b"x")).status == 403
    assert (await han.put("몰래.txt", b"x")).status == 409
    assert (await han("MKCOL", "없는 부서/x")).status == 409


async def test_a_file_that_is_shared_alone_is_saved_and_its_folder_is_not_touched(
    school: School,
) -> None:
    park, han = await dav_of(school, "박서연"), await dav_of(school, "한지민", "other")
    await park.put(f"{OWN}/회의록.txt", b"1")
    client = await school.client_as("박서연")
    file = (await children(client, (await areas(client))["person"]))["회의록.txt"]
    key = f"staff/person:{school.id('한지민')}"
    await share(client, file, key)
    assert (await han.put("공유받음/회의록.txt", b"2")).status == 403
    await share(client, file, key, "edit")
    assert (await han.put("공유받음/회의록.txt", b"2")).status == 204
    assert await park.text(f"{OWN}/회의록.txt") == b"2"
    await park.lock(f"{OWN}/회의록.txt")
    assert (await han.put("공유받음/회의록.txt", b"3")).status == 423
    assert await han.text(f"{OWN}/회의록 (충돌 사본).txt") == b"3", "kept where they may"
    assert await park.names() == ["회의록.txt"]
    for verb in ("DELETE", "MKCOL"):
        assert (await han(verb, "공유받음/회의록.txt")).status in (403, 405)


async def test_a_copy_under_other_capitals_of_itself_is_refused(school: School) -> None:
    park = await dav_of(school, "박서연")
    await park.put(f"{OWN}/plan.txt", b"1")
    copied = await park("COPY", f"{OWN}/plan.txt", Destination=_to(park, f"{OWN}/PLAN.txt"))
    assert copied.status == 403
    moved = await park("MOVE", f"{OWN}/plan.txt", Destination=_to(park, f"{OWN}/PLAN.txt"))
    assert moved.status == 201
    assert await park.names() == ["PLAN.txt"]


async def test_a_name_is_the_same_file_composed_or_not_and_in_capitals(school: School) -> None:
    park = await dav_of(school, "박서연")
    decomposed = unicodedata.normalize("NFD", "가정통신문 Plan.txt")
    assert (await park.put(f"{OWN}/{decomposed}", b"1")).status == 201
    assert (await park.put(f"{OWN}/가정통신문 plan.TXT", b"2")).status == 204
    assert await park.text(f"{OWN}/{decomposed}") == b"2"
    assert await park.names() == ["가정통신문 Plan.txt"]


async def test_a_listing_of_a_thousand_files_is_small_and_whole(school: School) -> None:
    park, asker = await dav_of(school, "박서연"), await school.asker("박서연")
    drive = school.app[DRIVE]
    await park("MKCOL", f"{OWN}/많은 파일")
    folder = (await drive.paths.at(asker, [OWN, "많은 파일"])).found()

    async def one() -> AsyncIterator[bytes]:
        yield b"x"

    first = await drive.uploads.take(asker, folder.id, "원본.txt", one())

    def fill(tx: Tx) -> None:
        for number in range(999):
            name = f"2026학년도 3학년 학급 자료 {number:04}.hwp"
            tx.execute(
                "INSERT INTO drive_item (id, area, parent_id, is_folder, name, folded, version,"
                " size, sha256, media_type, created_at, changed_at, changed_by)"
                " SELECT ?, area, parent_id, 0, ?, ?, version, size, sha256, media_type,"
                " created_at, changed_at, changed_by FROM drive_item WHERE id = ?",
                (f"{number:020}", name, name, first),
            )
            tx.execute(
                "INSERT INTO drive_within SELECT ?, ancestor_id, depth FROM drive_within"
                " WHERE item_id = ? AND depth > 0 UNION ALL SELECT ?, ?, 0",
                (f"{number:020}", first, f"{number:020}", f"{number:020}"),
            )

    await school.db.write(fill)
    answer = await park("PROPFIND", f"{OWN}/많은 파일", Depth="1")
    assert answer.body.count(b"<D:response>") == 1001
    assert len(answer.body) <= 900_000


async def test_a_name_that_is_no_xml_spoils_no_listing(school: School) -> None:
    park = await dav_of(school, "박서연")
    assert (await park.put(f"{OWN}/a\ufffe&<b>.txt", b"x")).status == 201
    assert len(await park.names()) == 1


async def test_a_tree_is_walked_folder_by_folder(school: School) -> None:
    park = await dav_of(school, "박서연")
    answer = await park("PROPFIND", "")
    assert answer.status == 403
    assert "propfind-finite-depth" in answer.text


@pytest.mark.parametrize(
    "body",
    [
        '<!DOCTYPE a [<!ENTITY b "c">]><D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>',
        "<D:propfind",
        '<D:propfind xmlns:D="DAV:">' + "<a>" * 60 + "</a>" * 60 + "</D:propfind>",
        '<D:propfind xmlns:D="DAV:">' + "<a/>" * 5000 + "</D:propfind>",
        "<x>" + " " * 300_000 + "</x>",
        "\x00",
    ],
)
async def test_what_is_no_fit_xml_is_refused(school: School, body: str) -> None:
    park = await dav_of(school, "박서연")
    assert (await park("PROPFIND", "", body, Depth="0")).status == 400


@pytest.mark.parametrize("address", ["/dav/%2e%2e/etc", "/dav/a%2Fb", "/dav/%00", "/dav/%FF"])
async def test_an_address_that_names_no_path_is_refused(school: School, address: str) -> None:
    park = await dav_of(school, "박서연")
    reader, writer = await asyncio.open_connection(*_host(school))

    writer.write(
        f"PROPFIND {address} HTTP/1.1\r\nHost: x\r\nDepth: 0\r\nConnection: close\r\n"
        f"Authorization: {basic(park.login, park.secret)}\r\n\r\n".encode()
    )
    answer = await reader.read()
    writer.close()
    assert answer.split()[1] in (b"400", b"404")


def _host(school: School) -> tuple[str, int]:
    host, port = school.url.removeprefix("http://").split(":")
    return host, int(port)


# Files -------------------------------------------------------------------------------------------


async def test_ranges_and_conditions_of_a_download_are_answered(school: School) -> None:
    park = await dav_of(school, "박서연")
    content = os.urandom(5_000)
    sent = await park.put(f"{OWN}/영상.bin", content)
    tag = sent.headers["ETag"]
    assert not tag.startswith("W/")
    whole = await park("GET", f"{OWN}/영상.bin")
    assert (whole.body, whole.headers["ETag"]) == (content, tag)
    part = await park("GET", f"{OWN}/영상.bin", Range="bytes=100-199")
    assert (part.status, part.body) == (206, content[100:200])
    late = await park("GET", f"{OWN}/영상.bin", Range="bytes=100-199", If_Range='"old"')
    assert (late.status, late.body) == (200, content)
    beyond = await park("GET", f"{OWN}/영상.bin", Range="bytes=9000-")
    assert beyond.status == 416
    assert (await park("GET", f"{OWN}/영상.bin", If_None_Match=tag)).status == 304
    assert (await park("GET", f"{OWN}/영상.bin", If_Match='"old"')).status == 412
    head = await park("HEAD", f"{OWN}/영상.bin")
    assert (head.headers["Content-Length"], head.body) == ("5000", b"")


async def test_conditions_of_an_upload_hold_in_the_unit_that_writes(school: School) -> None:
    park = await dav_of(school, "박서연")
    path = f"{OWN}/계획.txt"
    assert (await park.put(path, b"1", If_Match="*")).status == 412
    first = await park.put(path, b"1", If_None_Match="*")
    assert first.status == 201
    assert (await park.put(path, b"2", If_None_Match="*")).status == 412
    tag = first.headers["ETag"]
    both = await asyncio.gather(
        park.put(path, b"3", If_Match=tag), park.put(path, b"4", If_Match=tag)
    )
    assert sorted(one.status for one in both) == [204, 412]


async def test_the_time_a_program_says_is_kept(school: School) -> None:
    park = await dav_of(school, "박서연")
    sent = await park.put(f"{OWN}/사진.jpg", b"x", X_OC_Mtime="1700000000")
    assert sent.headers["X-OC-MTime"] == "accepted"
    seen = await park("PROPFIND", f"{OWN}/사진.jpg", Depth="0")
    assert "Tue, 14 Nov 2023 22:13:20 GMT" in seen.text
    await park("MOVE", f"{OWN}/사진.jpg", Destination=_to(park, f"{OWN}/소풍.jpg"))
    assert "Tue, 14 Nov 2023" in (await park("PROPFIND", f"{OWN}/소풍.jpg", Depth="0")).text


def _to(dav: Dav, path: str) -> str:

    return dav.base + at(path)


async def test_what_is_deleted_or_moved_over_can_be_taken_back(school: School) -> None:
    park, client = await dav_of(school, "박서연"), await school.client_as("박서연")
    await park.put(f"{OWN}/안내.txt", b"good")
    await park.put(f"{OWN}/새 안내.txt", b"new")
    moved = await park("MOVE", f"{OWN}/새 안내.txt", Destination=_to(park, f"{OWN}/안내.txt"))
    assert moved.status == 204
    assert await _versions(school, "안내.txt") == [b"new", b"good"]
    assert (await park("DELETE", f"{OWN}/안내.txt")).status == 204
    trash = (await client.get("/api/v1/drive/trash")).json()["items"]
    assert [one["name"] for one in trash] == ["안내.txt"]


async def _versions(school: School, name: str, who: str = "박서연") -> list[bytes]:
    """What a file of their own was, the newest first."""
    drive, asker = school.app[DRIVE], await school.asker(who)
    item = (await drive.paths.at(asker, [OWN, name])).found()
    found = []
    for version in (await drive.details(asker, item.id)).versions:
        path, _item, _version = await drive.content(asker, item.id, version.number)
        found.append(path.read_bytes())
    return found


async def test_a_folder_is_copied_with_all_that_is_in_it(school: School) -> None:
    park = await dav_of(school, "박서연")
    await park("MKCOL", f"{OWN}/가")
    await park("MKCOL", f"{OWN}/가/나")
    for number in range(60):
        await park.put(f"{OWN}/가/나/{number}.txt", str(number).encode())
    copied = await park("COPY", f"{OWN}/가", Destination=_to(park, f"{OWN}/다"))
    assert copied.status == 201
    assert len(await park.names(f"{OWN}/다/나")) == 60
    assert await park.text(f"{OWN}/다/나/59.txt") == b"59"
    inside = await park("COPY", f"{OWN}/가", Destination=_to(park, f"{OWN}/가/나/라"))
    assert inside.status == 403


async def test_what_does_not_fit_is_refused_before_it_is_sent(school: School) -> None:
    park = await dav_of(school, "박서연")
    drive = school.app[DRIVE]
    drive.room._limits = Limits(1_000, 1_000, reserve=0)
    assert (await park.put(f"{OWN}/큰.bin", b"x" * 2_000)).status == 507
    drive.room._limits = Limits(10**12, 10**12, reserve=10**18)
    full = await park.put(f"{OWN}/큰.bin", b"x")
    assert (full.status, full.headers["Retry-After"]) == (503, "5"), "a full disk passes"
    drive.room._limits = Limits(10**12, 10**12, reserve=0)
    reader, writer = await asyncio.open_connection(*_host(school))

    writer.write(
        f"PUT {at(f'{OWN}/큰.bin')} HTTP/1.1\r\nHost: x\r\nContent-Length: 99000000000\r\n"
        f"Expect: 100-continue\r\nAuthorization: {basic(park.login, park.secret)}\r\n\r\n".encode()
    )
    answer = await reader.readline()
    writer.close()
    assert answer.split()[1] == b"413"
    assert await park.names() == []


async def test_a_name_may_have_eighty_syllables(school: School) -> None:
    park = await dav_of(school, "박서연")
    assert (await park.put(f"{OWN}/{'가' * 80}", b"x")).status == 201
    assert (await park.put(f"{OWN}/{'가' * 300}", b"x")).status in (201, 400)


async def test_a_line_that_breaks_leaves_the_file_as_it_was(school: School) -> None:
    park = await dav_of(school, "박서연")
    await park.put(f"{OWN}/보고.txt", b"good")
    _reader, writer = await asyncio.open_connection(*_host(school))
    writer.write(
        f"PUT {at(f'{OWN}/보고.txt')} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
        f"Authorization: {basic(park.login, park.secret)}\r\n\r\nhalf".encode()
    )
    await writer.drain()
    writer.close()
    await asyncio.sleep(0.1)
    assert await park.text(f"{OWN}/보고.txt") == b"good"
    assert await _versions(school, "보고.txt") == [b"good"]


# Locks -------------------------------------------------------------------------------------------


async def test_a_lock_is_shown_in_the_portal_and_holds_until_its_time_is_over(
    school: School,
) -> None:
    park, client = await dav_of(school, "박서연"), await school.client_as("박서연")
    lee, han = await dav_of(school, "한지민"), await school.client_as("한지민")
    await park.put(f"{OWN}/회의록.txt", b"1")
    mine = (await areas(client))["person"]
    file = (await children(client, mine))["회의록.txt"]
    await share(client, file, f"staff/person:{school.id('한지민')}", "edit")
    token = await park.lock(f"{OWN}/회의록.txt")
    assert "열려 있음: 박서연" in (await client.get(f"/drive/{mine}")).text
    assert (await lee("LOCK", "공유받음/회의록.txt", LOCK)).status == 423
    renewed = await park("LOCK", f"{OWN}/회의록.txt", If=f"(<{token}>)", Timeout="Second-600")
    assert renewed.status == 200
    assert token in renewed.text
    assert "Second-600" in renewed.text
    school.clock.advance(11 * MINUTE)
    assert "열려 있음" not in (await client.get(f"/drive/{mine}")).text
    assert (await lee("LOCK", "공유받음/회의록.txt", LOCK)).status == 200
    assert (await put_by_form(han, file, "회의록.txt", b"2")).status == 303, "the portal saves"


async def test_a_name_that_was_locked_is_nothing_until_its_content_comes(school: School) -> None:
    park, client = await dav_of(school, "박서연"), await school.client_as("박서연")
    mine = (await areas(client))["person"]
    token = await park.lock(f"{OWN}/새 문서.odt")
    assert "새 문서.odt" not in (await client.get(f"/drive/{mine}")).text
    await park("UNLOCK", f"{OWN}/새 문서.odt", Lock_Token=f"<{token}>")
    assert await park.names() == []
    await park.lock(f"{OWN}/새 문서.odt", seconds=60)
    school.clock.advance(DAY)
    await school.app[DRIVE].half_way()
    assert await park.names() == []
