"""Uploads that break: resumed after a kill, refused when the content differs or the disk is full."""

import asyncio
import base64
import contextlib
import hashlib
import io
import os
import resource
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from kit.blobs import Blobs
from kit.clock import DAY, ManualClock
from kit.signin.web import SIGNIN
from kit.web.keys import DB
from node.app import build, open_database
from node.cli import main
from node.config import read_config
from node.drive.model import Limits, QuotaReached
from node.drive.service import Drive
from node.drive.web import DRIVE
from node.files.model import DiskFull
from node.notices.web import NOTICES
from tests.conftest import free_port
from tests.node.conftest import Answer, Client, School
from tests.node.sending_parts import MEGABYTE, TUS, offset, send
from tests.node.sending_parts import begin as begin_upload
from tests.waiting import until

UPLOADS = "/api/v1/drive/uploads"


def checksum(content: bytes, algorithm: str = "sha256") -> str:
    digest = hashlib.new(algorithm, content).digest()
    return f"{algorithm} {base64.b64encode(digest).decode()}"


async def own(client: Client) -> str:
    return str((await client.get("/api/v1/drive")).json()[0]["id"])


async def begin(client: Client, size: int, **told: str) -> Answer:
    told.setdefault("filename", "영상.bin")
    return await begin_upload(client, UPLOADS, size, **told)


async def begun(client: Client, size: int, **told: str) -> str:
    """The address of a fresh upload into the asker's own area."""
    told.setdefault("target", await own(client))
    answer = await begin(client, size, **told)
    assert answer.status == 201, answer.text
    return answer.location


async def names(client: Client) -> dict[str, str]:
    answer = await client.get(f"/api/v1/drive/items/{await own(client)}/children")
    return {item["name"]: item["id"] for item in answer.json()["items"]}


def partials(school: School) -> list[str]:
    blobs: Blobs = school.app[DRIVE]._blobs
    return [path.name for path in (blobs.root / "incoming").glob(".*")]


async def test_a_file_larger_than_any_request_goes_up_in_parts(school: School) -> None:
    park = await school.client_as("박서연")
    content = os.urandom(MEGABYTE) * 50  # the server takes 40 MB in an ordinary request
    upload = await begun(park, len(content), sha256=hashlib.sha256(content).hexdigest())
    half = 45 * MEGABYTE
    first = await send(park, upload, 0, content[:half])
    assert (first.status, first.headers["Upload-Offset"]) == (204, str(half))
    assert await names(park) == {}
    last = await send(park, upload, half, content[half:])
    assert last.status == 204
    item = last.headers["Madang-Item"]
    assert await names(park) == {"영상.bin": item}
    assert (await park.get(f"/drive/{item}/file")).body == content
    assert partials(school) == []
    assert await offset(park, upload) == len(content)  # who missed the answer asks again


async def test_a_plain_form_takes_a_file_larger_than_a_request_as_well(school: School) -> None:
    park = await school.client_as("박서연")
    content = os.urandom(MEGABYTE) * 50
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("files", io.BytesIO(content), filename="큰 파일.bin")
    assert (await park.post(f"/drive/{await own(park)}/files", form)).status == 303
    [item] = (await names(park)).values()
    assert (await park.get(f"/drive/{item}/file")).body == content


async def test_a_broken_line_resumes_where_it_broke(school: School) -> None:
    park = await school.client_as("박서연")
    content = os.urandom(3 * MEGABYTE)
    upload = await begun(park, len(content))
    arrived = asyncio.Event()

    async def until_it_breaks() -> AsyncIterator[bytes]:
        yield content[: 2 * MEGABYTE]
        arrived.set()
        await asyncio.sleep(60)

    sending = asyncio.create_task(send(park, upload, 0, until_it_breaks()))
    await arrived.wait()
    await until(lambda: partial_size(school, upload) >= MEGABYTE)
    again = await school.client_as("박서연")
    there = await offset(again, upload)  # ends the one that hangs
    assert MEGABYTE <= there <= 2 * MEGABYTE
    with contextlib.suppress(aiohttp.ClientError):
        await sending
    done = await send(again, upload, there, content[there:])
    assert done.status == 204
    assert (await park.get(f"/drive/{done.headers['Madang-Item']}/file")).body == content


def partial_size(school: School, upload: str) -> int:
    blobs: Blobs = school.app[DRIVE]._blobs
    return (blobs.root / "incoming" / f".{upload.rsplit('/', 1)[1]}").stat().st_size


async def test_a_part_with_a_bad_checksum_is_forgotten(school: School) -> None:
    park = await school.client_as("박서연")
    upload = await begun(park, 8)
    good = await send(park, upload, 0, b"abcd", **{"Upload-Checksum": checksum(b"abcd")})
    assert good.status == 204
    bad = await send(park, upload, 4, b"efgX", **{"Upload-Checksum": checksum(b"efgh")})
    assert bad.status == 460
    assert await offset(park, upload) == 4
    assert await names(park) == {}
    unknown = await send(park, upload, 4, b"efgh", **{"Upload-Checksum": "crc32 AAAA"})
    assert unknown.status == 400
    other = await send(park, upload, 4, b"efgh", **{"Upload-Checksum": checksum(b"efgh", "sha1")})
    assert other.status == 204
    assert list(await names(park)) == ["영상.bin"]


async def test_a_file_that_is_not_what_its_sender_said_never_becomes_one(school: School) -> None:
    park = await school.client_as("박서연")
    upload = await begun(park, 4, sha256=hashlib.sha256(b"abcd").hexdigest())
    assert (await send(park, upload, 0, b"abcX")).status == 460
    assert await names(park) == {}
    assert (await park.request("HEAD", upload, headers=TUS)).status == 404
    assert partials(school) == []


async def test_a_form_whose_line_breaks_leaves_nothing(school: School) -> None:
    park = await school.client_as("박서연")
    mine = await own(park)

    async def half() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
        yield b"abc" * 1000
        raise ConnectionResetError

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    with pytest.raises((aiohttp.ClientError, ConnectionError)):
        await park.post(f"/drive/{mine}/files", half(), headers=headers)
    await until(lambda: not partials(school))
    assert await names(park) == {}


async def chunks(*content: bytes) -> AsyncIterator[bytes]:
    for chunk in content:
        yield chunk


async def test_the_clearing_of_uploads_leaves_a_form_on_its_way_alone(school: School) -> None:
    park, asker = await school.client_as("박서연"), await school.asker("박서연")
    uploads, mine = school.app[DRIVE].uploads, await own(park)
    item = await uploads.take(asker, mine, "계획.txt", chunks(b"old content"))

    async def slowly() -> AsyncIterator[bytes]:
        yield b"new "
        assert await uploads.expire() == 0
        yield b"content"

    assert await uploads.take(asker, mine, "계획.txt", slowly()) == item
    assert (await park.get(f"/drive/{item}/file")).body == b"new content"


async def test_what_does_not_fit_the_protocol_is_refused(school: School) -> None:
    park = await school.client_as("박서연")
    upload = await begun(park, 4)
    assert (await send(park, upload, 2, b"ab")).status == 409
    assert (await send(park, upload, 0, b"abcdef")).status == 400
    assert (await send(park, upload, 0, b"ab", **{"Content-Type": "text/plain"})).status == 415
    assert (await park.request("PATCH", upload, data=b"ab")).status == 412
    assert await offset(park, upload) == 0
    for headers in ({}, {"Upload-Length": "-1"}, {"Upload-Length": "9" * 30}):
        assert (await park.post(UPLOADS, headers=TUS | headers)).status == 400
    assert (await begin(park, 30 * 1024**3, target=await own(park))).status == 413
    assert (await begin(park, 4, target="0" * 20)).status == 404
    for coding in ("filename !!!", "filename 한글.txt"):
        odd = TUS | {"Upload-Length": "4", "Upload-Metadata": coding}
        assert (await park.post(UPLOADS, headers=odd)).status == 400
    assert (await send(park, upload, 0, b"ab", **{"Upload-Checksum": "md5 한글"})).status == 400
    told = await park.request("OPTIONS", UPLOADS)
    assert "checksum" in told.headers["Tus-Extension"]


async def test_an_empty_file_is_there_at_once(school: School) -> None:
    park = await school.client_as("박서연")
    answer = await begin(park, 0, filename="빈 파일.txt", target=await own(park))
    assert answer.status == 201
    assert await names(park) == {"빈 파일.txt": answer.headers["Madang-Item"]}


async def test_nobody_touches_the_uploads_of_others(school: School) -> None:
    park, han = await school.client_as("박서연"), await school.client_as("한지민")
    upload = await begun(park, 4)
    assert (await han.request("HEAD", upload, headers=TUS)).status == 404
    assert (await send(han, upload, 0, b"evil")).status == 404
    assert (await han.request("DELETE", upload, headers=TUS)).status == 404
    assert await offset(park, upload) == 0
    assert (await begin(han, 4, target=await own(park))).status == 404


async def test_a_right_that_ends_during_an_upload_ends_it(school: School) -> None:
    park, han = await school.client_as("박서연"), await school.client_as("한지민")
    drive, owner = school.app[DRIVE], await school.asker("박서연")
    folder = await drive.create_folder(owner, await own(park), "함께")
    key = f"staff/person:{school.id('한지민')}"
    shares = f"/api/v1/drive/items/{folder.id}/shares"
    await park.request("PUT", shares, json={"key": key, "right": "edit"})
    upload = await begun(han, 4, target=folder.id)
    assert (await send(han, upload, 0, b"ab")).status == 204
    await park.request("DELETE", shares, params={"key": key})
    assert (await send(han, upload, 2, b"cd")).status == 404
    listing = await drive.listing(owner, folder.id)
    assert listing.items == []
    assert partials(school) == []


async def test_a_full_area_takes_no_more(school: School) -> None:
    park = await school.client_as("박서연")
    drive = Drive(
        school.db,
        school.clock,
        school.app[DRIVE]._blobs,
        Limits(10, 10, reserve=0),
        school.app[NOTICES],
    )
    asker, mine = await school.asker("박서연"), await own(park)

    await drive.uploads.take(asker, mine, "a.txt", chunks(b"1234567"))
    with pytest.raises(Exception, match="저장 공간"):
        await drive.uploads.create(asker, mine, "b.txt", 4)
    with pytest.raises(Exception, match="저장 공간"):
        await drive.uploads.take(asker, mine, "b.txt", chunks(b"1234"))
    assert list(await names(park)) == ["a.txt"]
    assert partials(school) == []


async def test_uploads_on_their_way_take_room_of_their_area(school: School) -> None:
    park = await school.client_as("박서연")
    drive = Drive(
        school.db,
        school.clock,
        school.app[DRIVE]._blobs,
        Limits(10, 10, reserve=0),
        school.app[NOTICES],
    )
    asker, mine = await school.asker("박서연"), await own(park)
    first = await drive.uploads.create(asker, mine, "a.txt", 6)
    with pytest.raises(QuotaReached):
        await drive.uploads.create(asker, mine, "b.txt", 6)
    await drive.uploads.create(asker, mine, "c.txt", 4)
    await drive.uploads.write(asker, first.id, 0, chunks(b"123456"))
    assert list(await names(park)) == ["a.txt"]
    with pytest.raises(QuotaReached):
        await drive.uploads.create(asker, mine, "d.txt", 1)


async def test_the_disk_keeps_its_reserve(school: School) -> None:
    park = await school.client_as("박서연")
    endless = Limits(2**60, 2**60, reserve=2**60)
    drive = Drive(school.db, school.clock, school.app[DRIVE]._blobs, endless, school.app[NOTICES])
    with pytest.raises(Exception, match="디스크가 거의"):
        await drive.uploads.create(await school.asker("박서연"), await own(park), "a.txt", 1)
    assert partials(school) == []


async def test_a_disk_that_others_fill_meanwhile_keeps_its_reserve(school: School) -> None:
    park, asker = await school.client_as("박서연"), await school.asker("박서연")
    mine = await own(park)
    upload = await begun(park, 8)
    assert (await send(park, upload, 0, b"abcd")).status == 204
    filled = Drive(
        school.db,
        school.clock,
        school.app[DRIVE]._blobs,
        Limits(99, 99, 2**60),
        school.app[NOTICES],
    )
    with pytest.raises(DiskFull):
        await filled.uploads.write(asker, upload.rsplit("/", 1)[1], 4, chunks(b"efgh"))
    assert await offset(park, upload) == 4
    empty = school.app[DRIVE]
    assert (await send(park, upload, 4, b"efgh")).status == 204

    async def while_it_fills() -> AsyncIterator[bytes]:
        yield b"x" * MEGABYTE
        empty.room._limits = Limits(2**60, 2**60, 2**60)
        yield b"y" * MEGABYTE

    with pytest.raises(DiskFull):
        await empty.uploads.take(asker, mine, "form.bin", while_it_fills())
    assert list(await names(park)) == ["영상.bin"]
    assert partials(school) == []


@contextlib.contextmanager
def full_disk(largest: int) -> Iterator[None]:
    """No file grows beyond this, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_disk_that_fills_up_keeps_what_had_arrived(school: School) -> None:
    park = await school.client_as("박서연")
    content = os.urandom(MEGABYTE) * 30
    upload = await begun(park, len(content))
    with full_disk(20 * MEGABYTE):
        refused = await send(park, upload, 0, content)
        assert refused.status == 507
        assert await names(park) == {}
    there = await offset(park, upload)
    assert 0 < there <= 20 * MEGABYTE
    done = await send(park, upload, there, content[there:])
    assert (await park.get(f"/drive/{done.headers['Madang-Item']}/file")).body == content


async def test_uploads_nobody_came_back_for_are_cleared_away(school: School) -> None:
    park = await school.client_as("박서연")
    upload = await begun(park, 4)
    await send(park, upload, 0, b"ab")
    uploads = school.app[DRIVE].uploads
    school.clock.advance(6 * DAY)
    assert await uploads.expire() == 0
    school.clock.advance(1 * DAY)
    assert await uploads.expire() == 1
    assert partials(school) == []
    cancelled = await begun(park, 4)
    assert (await park.request("DELETE", cancelled, headers=TUS)).status == 204
    assert partials(school) == []
    assert (await park.request("HEAD", cancelled, headers=TUS)).status == 404


async def test_what_arrived_whole_before_the_server_ended_becomes_a_file(school: School) -> None:
    park = await school.client_as("박서연")
    upload = await begun(park, 4)
    partial = school.app[DRIVE]._blobs.root / "incoming" / f".{upload.rsplit('/', 1)[1]}"
    await asyncio.to_thread(partial.write_bytes, b"abcd")
    await school.app[DRIVE].uploads.expire()
    assert list(await names(park)) == ["영상.bin"]


@contextlib.asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[str]:
    """A node in a process of its own, killed at the end; its address."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "node.cli", "serve", str(folder),
        env=os.environ | {"MADANG_NODE_PORT": str(port), "MADANG_NODE_LAN_ANNOUNCE": "false"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert f":{port}" in (await process.stdout.readline()).decode()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        await process.communicate()


async def test_an_upload_survives_a_killed_server(tmp_path: Path, clock: ManualClock) -> None:
    folder = tmp_path / "school"
    init = ["init", str(folder), "--school", "J107530101", "--name", "한빛초등학교"]
    assert await asyncio.to_thread(main, init) == 0
    token = await _one_teacher(folder)
    content = os.urandom(MEGABYTE) * 24
    arrived = asyncio.Event()

    async def until_it_dies() -> AsyncIterator[bytes]:
        for at in range(0, 20 * MEGABYTE, MEGABYTE):
            yield content[at : at + MEGABYTE]
        arrived.set()
        await asyncio.sleep(60)

    async with serving(folder) as url:
        teacher = Client(url, {"session": token})
        upload = await begun(teacher, len(content))
        first = await send(teacher, upload, 0, content[: 4 * MEGABYTE])
        assert first.status == 204
        sending = asyncio.create_task(_from_four(teacher, upload, until_it_dies()))
        await arrived.wait()
    with contextlib.suppress(aiohttp.ClientError):
        await sending
    await teacher.session.close()
    async with serving(folder) as url:
        teacher = Client(url, {"session": token})
        there = await offset(teacher, upload)
        assert there >= 4 * MEGABYTE  # what was acknowledged, at least
        done = await send(teacher, upload, there, content[there:])
        assert done.status == 204
    await teacher.session.close()
    async with serving(folder) as url:
        teacher = Client(url, {"session": token})
        [item] = (await names(teacher)).values()
        got = await teacher.get(f"/drive/{item}/file")
        assert hashlib.sha256(got.body).digest() == hashlib.sha256(content).digest()
        await teacher.session.close()


async def test_a_form_that_a_killed_server_cut_short_becomes_nothing(
    tmp_path: Path, clock: ManualClock
) -> None:
    folder = tmp_path / "school"
    init = ["init", str(folder), "--school", "J107530101", "--name", "한빛초등학교"]
    assert await asyncio.to_thread(main, init) == 0
    token = await _one_teacher(folder)
    incoming = folder / "blobs" / "drive" / "incoming"

    async def half() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nnew'
        await asyncio.sleep(60)

    async with serving(folder) as url:
        teacher = Client(url, {"session": token})
        form = aiohttp.FormData()
        form.add_field("files", b"old content", filename="a.txt")
        mine = await own(teacher)
        assert (await teacher.post(f"/drive/{mine}/files", form)).status == 303
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        sending = asyncio.create_task(teacher.post(f"/drive/{mine}/files", half(), headers=headers))
        await until(lambda: any(incoming.glob(".*")))
    with contextlib.suppress(aiohttp.ClientError):
        await sending
    await teacher.session.close()
    app = build(read_config(folder))
    async with open_database(app):
        assert await app[DRIVE].uploads.expire() == 1
    assert list(incoming.glob(".*")) == []
    async with serving(folder) as url:
        teacher = Client(url, {"session": token})
        [item] = (await names(teacher)).values()
        assert (await teacher.get(f"/drive/{item}/file")).body == b"old content"
        await teacher.session.close()


async def _from_four(client: Client, upload: str, content: AsyncIterator[bytes]) -> Answer:
    async def rest() -> AsyncIterator[bytes]:
        skipped = 0
        async for chunk in content:
            skipped += 1
            if skipped > 4:
                yield chunk

    return await send(client, upload, 4 * MEGABYTE, rest())


async def _one_teacher(folder: Path) -> str:
    """A school with one teacher; the token of their session."""
    from node.people.model import NewPerson, Role
    from node.people.web import PEOPLE

    app = build(read_config(folder))
    async with open_database(app):
        roster = app[PEOPLE].roster

        def fill(tx: Any) -> str:
            roster.open_year(tx, 2026)
            teacher = roster.add_staff(
                tx,
                NewPerson(name="박서연"),
                "교사",
                "3학년부",
                roles=(Role.TEACHER,),
                since_on="2026-03-01",
            )
            roster.add_account(tx, teacher, "park", "!")
            started = app[SIGNIN].accounts.start_session(
                tx, teacher, device="t", address="127.0.0.1"
            )
            return str(started.token)

        return await app[DB].write(fill)
