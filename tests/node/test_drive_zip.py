"""A folder comes as one zip: what whoever asks may read, made while it goes out."""

import contextlib
import io
import os
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from node.access_log.model import What
from node.drive.tree import packing
from node.drive.web import DRIVE
from tests.node.conftest import Client, School
from tests.node.driving import areas, children, folder, kept, share, unshare
from tests.node.looking import entries
from tests.waiting import until


async def zipped(client: Client, item: str) -> zipfile.ZipFile:
    answer = await client.get(f"/drive/{item}/zip")
    assert answer.status == 200, answer.text
    assert answer.headers["Content-Type"] == "application/zip"
    packed = zipfile.ZipFile(io.BytesIO(answer.body))
    assert packed.testzip() is None
    return packed


async def test_a_folder_comes_as_a_zip_with_all_that_is_in_it(school: School) -> None:
    park = await school.client_as("박서연")
    mine = (await areas(park))["person"]
    term = await folder(park, mine, "1학기 & 계획")
    inner = await folder(park, term, "수업")
    await folder(park, term, "빈 폴더")
    large = os.urandom(700_000)  # more than one piece
    await kept(park, inner, "1단원.bin", large)
    await kept(park, term, "빈 글.txt", b"")
    await kept(park, term, "계획.txt", "오늘".encode())
    gone = await kept(park, term, "지운 것.txt", b"x")
    assert (await park.post("/drive/trash", {"item": gone})).status == 303

    page = await park.get(f"/drive/{term}")
    assert f'action="/drive/{term}/zip"' in page.text

    packed = await zipped(park, term)
    assert packed.namelist() == ["계획.txt", "빈 글.txt", "빈 폴더/", "수업/", "수업/1단원.bin"]
    assert packed.read("수업/1단원.bin") == large
    assert packed.read("계획.txt") == "오늘".encode()
    assert packed.read("빈 글.txt") == b""
    assert all(one.flag_bits & 0x800 for one in packed.infolist()), "Windows reads names as UTF-8"
    answer = await park.get(f"/drive/{term}/zip")
    assert "filename*=UTF-8''1%ED%95%99%EA%B8%B0%20%26%20" in answer.headers["Content-Disposition"]

    whole = await park.get(f"/drive/{mine}/zip")
    assert whole.headers["Content-Disposition"].endswith(
        "%EB%82%B4%20%EB%93%9C%EB%9D%BC%EC%9D%B4%EB%B8%8C.zip"
    ), "one's whole drive is called as its tab is"
    file = (await children(park, term))["계획.txt"]
    assert (await park.get(f"/drive/{file}/zip")).status == 404, "a file is no folder"


async def test_a_zip_is_for_those_who_may_read_the_folder_and_is_noted(school: School) -> None:
    park, han = await school.client_as("박서연"), await school.client_as("한지민")
    mine = (await areas(park))["person"]
    term = await folder(park, mine, "협의")
    await kept(park, term, "회의록.txt", b"1")
    assert (await han.get(f"/drive/{term}/zip")).status == 404
    assert await share(park, term, "staff") == 204
    assert (await zipped(han, term)).namelist() == ["회의록.txt"]
    [noted] = [one for one in await entries(school) if one.what == What.DOWNLOAD]
    assert (noted.reader_name, noted.title, noted.subject) == ("한지민", "협의.zip", term)
    assert await unshare(park, term, "staff") == 204
    assert (await han.get(f"/drive/{term}/zip")).status == 404


async def test_what_a_right_no_longer_gives_is_left_out_and_named(school: School) -> None:
    park = await school.client_as("박서연")
    mine = (await areas(park))["person"]
    term = await folder(park, mine, "협의")
    await kept(park, term, "가.txt", b"1")
    lost = await kept(park, term, "나.txt", b"2")
    await kept(park, term, "빠진 파일.txt", b"3")
    await kept(park, term, "하.txt", b"4")
    assert await share(park, term, "staff") == 204
    drive, asker = school.app[DRIVE], await school.asker("한지민")
    # The disk has lost one, and another is thrown away while the zip is on its way.
    path, _found, _version = await drive.content(asker, lost)
    path.unlink()
    packed = await drive.packing.begin(asker, term)
    last = (await children(park, term))["하.txt"]
    assert (await park.post("/drive/trash", {"item": last})).status == 303
    pieces = [piece async for piece in drive.packing.pieces(asker, packed, "빠진 파일")]
    found = zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
    assert found.namelist() == ["가.txt", "빠진 파일.txt", "빠진 파일 (2).txt"]
    assert found.read("빠진 파일.txt") == b"3"
    assert found.read("빠진 파일 (2).txt").decode("utf-8-sig").split() == ["나.txt", "하.txt"]

    packed = await drive.packing.begin(asker, term)
    assert await unshare(park, term, "staff") == 204
    pieces = [piece async for piece in drive.packing.pieces(asker, packed, "빠진 파일")]
    found = zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
    assert found.namelist() == ["빠진 파일 (2).txt"], "the right ended before the first was read"


async def test_what_is_too_large_is_refused_before_it_begins(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    park = await school.client_as("박서연")
    mine = (await areas(park))["person"]
    term = await folder(park, mine, "사진")
    for number in range(3):
        await kept(park, term, f"{number}.txt", b"12345")
    monkeypatch.setattr(packing, "LARGEST_PACKED", 14)
    refused = await park.get(f"/drive/{term}/zip")
    assert refused.status == 413
    assert "폴더가 너무 커서 한꺼번에 내려받을 수 없습니다" in refused.text
    monkeypatch.setattr(packing, "LARGEST_PACKED", 15)
    monkeypatch.setattr(packing, "MOST_PACKED", 2)
    assert (await park.get(f"/drive/{term}/zip")).status == 413
    monkeypatch.setattr(packing, "MOST_PACKED", 3)
    assert len((await zipped(park, term)).namelist()) == 3


async def test_a_download_that_is_cut_leaves_nothing_behind(school: School) -> None:
    park = await school.client_as("박서연")
    mine = (await areas(park))["person"]
    term = await folder(park, mine, "영상")
    drive, asker = school.app[DRIVE], await school.asker("박서연")

    async def clip() -> AsyncIterator[bytes]:
        for _part in range(24):  # MB, more than a line holds
            yield bytes(1024**2)

    file = await drive.uploads.take(asker, term, "수업.bin", clip())
    path, _found, _version = await drive.content(asker, file)
    stored = sorted(path.parents[1].rglob("*"))
    async with park.session.get(f"{park.base}/drive/{term}/zip") as answer:
        await answer.content.readexactly(1000)
        assert str(path) in _open_files()
        answer.close()
    await until(lambda: str(path) not in _open_files())
    assert sorted(path.parents[1].rglob("*")) == stored
    assert (await zipped(park, term)).namelist() == ["수업.bin"], "and it can be had again"


def _open_files() -> list[str]:
    """What this process, and so the school in it, has open."""
    found = []
    for one in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.append(str(one.readlink()))
    return found
