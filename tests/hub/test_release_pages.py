"""Handbook and releases in the console, as officers press them, and what the hub takes care of."""

import asyncio
import io
import re
from pathlib import Path

import aiohttp
import msgspec
import pytest

from hub.app import build
from hub.backup import restore, write_archive
from hub.cli import main
from hub.config import read_config
from hub.doctor import examine
from hub.officers.model import CONSOLE, Role
from hub.releases.model import Release
from hub.releases.web import MAKING, PROGRESS
from kit.clock import DAY
from kit.finding import Finding, Level
from models.release import ReleaseInfo, write
from protocol.sync import ReleaseReport, ReleaseStep
from tests.hub.conftest import HANBIT, Province
from tests.hub.releasing import HANDBOOK
from tests.waiting import until

TRIP = {
    "title": "교외 체험학습 신청",
    "body": "시작하는 날의 사흘 전까지 신청합니다.",
    "audience": "everyone",
    "category": "학적",
}


async def page(browser: aiohttp.ClientSession, path: str) -> str:
    async with browser.get(path) as answer:
        text = await answer.text()
        assert answer.status == 200, text
        return text


async def press(browser: aiohttp.ClientSession, path: str, **fields: str) -> str:
    """Post a form; where it leads."""
    async with browser.post(path, data=fields, allow_redirects=False) as answer:
        assert answer.status == 303, await answer.text()
        return answer.headers["Location"]


async def works_ended(province: Province) -> None:
    """Return once nothing is in the making."""

    async def have_ended() -> bool:
        works = await province.hub.console[PROGRESS].works(CONSOLE)
        return bool(works) and all(work.ended for work in works)

    await until(have_ended)
    works = await province.hub.console[PROGRESS].works(CONSOLE)
    assert [work.error for work in works if work.error] == []


def files(*named: tuple[str, bytes]) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("audience", "staff")
    form.add_field("category", "기타")
    for name, body in named:
        form.add_field("files", body, filename=name)
    return form


async def test_an_officer_writes_publishes_releases_to_all_and_stops(province: Province) -> None:
    await province.joined()
    browser = await province.signed_in(Role.OFFICER)
    assert "아직 글이 없습니다" in await page(browser, "/knowledge")
    where = await press(browser, "/knowledge/new", **TRIP)
    assert "사흘 전까지" in await page(browser, where)
    body = files(
        ("복무.md", "# 출장\n\n미리 냅니다.".encode()), ("그림.png", b"\x89PNG\r\n\x1a\n0")
    )
    async with browser.post("/knowledge/files", data=body) as answer:
        told = await answer.text()
    assert "복무.md" in told
    assert "PDF, DOCX, HWPX" in told
    assert await press(browser, "/releases/knowledge", note="첫 발행") == "/releases"
    await works_ended(province)
    listed = await page(browser, "/releases")
    assert "첫 발행" in listed
    (address,) = set(re.findall(r'href="(/releases/knowledge/\d+)"', listed))
    assert "한빛초등학교" in await page(browser, address)
    await press(browser, f"{address}/to-all")
    assert "모든 학교에 배포 중" in await page(browser, address)
    again = await press(browser, f"{address}/again", note="다시")
    assert again != address
    async with browser.post(f"{again}/stop", data={"reason": ""}) as answer:
        assert answer.status == 422
    await press(browser, f"{again}/stop", reason="오답")
    assert "오답" in await page(browser, again)
    async with browser.post(f"{again}/withdraw", data={"reason": "x"}) as answer:
        assert answer.status == 403
    seen = await page(browser, "/audit")
    assert "전체 배포" in seen
    assert f"종류: 안내서 색인 · 버전: {again.rpartition('/')[2]} · 이름" in seen
    assert "안내서 글 추가" in seen


async def test_a_viewer_sees_everything_and_finds_no_button(province: Province) -> None:
    officer = await province.signed_in(Role.OFFICER)
    where = await press(officer, "/knowledge/new", **TRIP)
    viewer = await province.signed_in(Role.VIEWER)
    for path in ("/knowledge", where, f"{where}/versions/1", "/releases", "/releases/models"):
        text = await page(viewer, path)
        main_part = text[text.index("<main") : text.index("</main>")]
        assert 'method="post"' not in main_part, path


async def test_a_document_changed_by_another_is_not_overwritten(province: Province) -> None:
    browser = await province.signed_in(Role.OFFICER)
    where = await press(browser, "/knowledge/new", **TRIP)
    await press(browser, f"{where}/edit", **{**TRIP, "body": "닷새 전까지"}, seen="1")
    async with browser.post(f"{where}/edit", data={**TRIP, "seen": "1"}) as answer:
        assert answer.status == 409
    assert "닷새" in await page(browser, where)
    await press(browser, f"{where}/versions/1/restore")
    assert "사흘" in await page(browser, where)
    await press(browser, f"{where}/withdraw")
    assert "회수한 글입니다" in await page(browser, where)
    await press(browser, f"{where}/restore")
    assert "수정" in await page(browser, where)


async def test_a_model_file_comes_by_the_console_and_goes(province: Province) -> None:
    browser = await province.signed_in(Role.OFFICER)
    form = aiohttp.FormData(quote_fields=False)
    content = io.BytesIO(b"GGUF\x03\0\0\0" + b"0" * 3_000_000)
    form.add_field("file", content, filename="작은 모델.gguf")
    async with browser.post("/releases/models/files", data=form) as answer:
        assert answer.status == 200
        assert "작은 모델.gguf" in await answer.text()
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", b"PK" * 100, filename="압축.gguf")
    async with browser.post("/releases/models/files", data=form) as answer:
        assert answer.status == 422
    held = province.hub.console[MAKING].incoming.files()
    assert [(file.name, file.size) for file in held] == [("작은 모델.gguf", 3_000_008)]
    await press(
        browser, "/releases/models/files/%EC%9E%91%EC%9D%80%20%EB%AA%A8%EB%8D%B8.gguf/remove"
    )
    assert province.hub.console[MAKING].incoming.files() == []


async def test_the_api_tells_how_every_school_stands(province: Province, tmp_path: Path) -> None:
    await province.joined()
    made = await publish(province, tmp_path)
    browser = await province.signed_in(Role.VIEWER)
    async with browser.get("/api/v1/releases", headers={"Accept": "application/json"}) as answer:
        (line,) = msgspec.json.decode(await answer.read())["items"]
    assert (line["version"], line["state"]) == (made.version, "pilot")
    path = f"/api/v1/releases/knowledge/{made.version}"
    async with browser.get(path, headers={"Accept": "application/json"}) as answer:
        schools = msgspec.json.decode(await answer.read())["schools"]
    assert [(one["school_id"], one["step"]) for one in schools] == [(HANBIT, "")]


async def test_why_a_school_refuses_stands_in_words_with_what_its_server_said(
    province: Province, tmp_path: Path
) -> None:
    await province.joined()
    made = await publish(province, tmp_path)
    said = ReleaseReport(
        kind="knowledge",
        version=made.version,
        step=ReleaseStep.REFUSED,
        error="unusable:the worker dies of it",
    )
    stream, now = province.hub.release_stream, province.clock.now()
    await province.hub.db.write(lambda tx: stream.record(tx, HANBIT, (said,), now))
    browser = await province.signed_in(Role.VIEWER)
    text = await page(browser, f"/releases/knowledge/{made.version}")
    assert "받았지만 열지 못해" in text
    assert "(the worker dies of it)" in text


async def publish(province: Province, tmp_path: Path) -> Release:
    folder = tmp_path / "content"
    folder.mkdir(exist_ok=True)
    (folder / "passages.seg").write_bytes(b"word " * 300_000)
    write(folder, ReleaseInfo(kind="knowledge", version="0", name="안내서", created_at=0))
    return await province.hub.releases.publish(CONSOLE, "knowledge", folder)


# Care -------------------------------------------------------------------------------------------


async def test_a_school_that_joins_learns_the_root_of_releases(province: Province) -> None:
    grant = await province.node().join(await province.invite())
    assert grant.tuf_root is not None
    assert grant.tuf_root == province.hub.releases.repository.first_root
    assert msgspec.json.decode(grant.tuf_root)["signed"]["version"] == 1


async def test_chunks_come_over_the_encrypted_line_whole_and_in_ranges(
    province: Province, tmp_path: Path
) -> None:
    made = await publish(province, tmp_path)
    repository = province.hub.releases.repository
    (chunk,) = repository.manifest("knowledge", made.version).files[1].chunks[:1]
    node = province.node()
    await node.join(await province.invite())
    stored = repository.chunks.file_of(chunk).read_bytes()
    url = province.hub.config.origins[0] + chunk.path
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=node.tls)) as http:
        async with http.get(url) as answer:
            assert (answer.status, await answer.read()) == (200, stored)
            assert answer.content_length == len(stored)
        async with http.get(url, headers={"Range": "bytes=5-14"}) as answer:
            assert (answer.status, await answer.read()) == (206, stored[5:15])
        async with http.head(url) as answer:
            assert (answer.status, answer.content_length) == (200, len(stored))
        async with http.get(url[:-5] + "zzzzz") as answer:
            assert answer.status == 404


async def test_a_restored_hub_still_has_its_releases_and_signs_higher(
    province: Province, another_database: str, tmp_path: Path
) -> None:
    made = await publish(province, tmp_path)
    config = province.hub.config
    archive = await asyncio.to_thread(write_archive, config, province.clock.now())
    province.clock.advance(DAY)
    place = tmp_path / "restored"
    await asyncio.to_thread(restore, archive, place, another_database)
    hub = build(read_config(place, {}), province.clock)
    repository = hub.releases.repository
    assert repository.lost("knowledge", made.version) == []
    before = {path.name for path in repository.tuf.glob("*.json")}
    await hub.db.open()
    try:
        await hub.releases.start()
    finally:
        await hub.db.close()
        hub.signin.close()
    fresh = {path.name.split(".")[1] for path in repository.tuf.glob("*.json")} - {"json"}
    assert {"targets", "knowledge", "model", "snapshot"} <= fresh
    assert len({path.name for path in repository.tuf.glob("*.json")} - before) == 4
    assert repository.first_root == province.hub.releases.repository.first_root


async def test_a_second_backup_copies_no_chunk_again_and_forgets_old_ones(
    province: Province, tmp_path: Path
) -> None:
    await publish(province, tmp_path)
    config = province.hub.config
    await asyncio.to_thread(write_archive, config, province.clock.now())
    copies = config.backups / "chunks"
    held = {path: path.stat().st_ino for path in copies.glob("*/*")}
    assert len(held) == len(list(province.hub.releases.repository.chunks.names()))
    await asyncio.to_thread(write_archive, config, province.clock.now() + 1000)
    assert {path: path.stat().st_ino for path in copies.glob("*/*")} == held
    await asyncio.to_thread(province.hub.releases.repository.keep_only, [])
    later = province.clock.now() + (config.backups_kept + 3) * DAY
    await asyncio.to_thread(write_archive, config, later)
    assert list(copies.glob("*/*")) == []


def said(findings: list[Finding], level: Level) -> str:
    return "\n".join(one.text % one.params for one in findings if one.level is level)


async def test_the_doctor_sees_signatures_end_and_chunks_vanish(
    province: Province, tmp_path: Path
) -> None:
    made = await publish(province, tmp_path)
    config, clock = province.hub.config, province.clock
    assert "배포" not in said(await examine(config, clock), Level.DANGER)
    clock.advance(6 * DAY)
    assert "배포 서명의 기한" in said(await examine(config, clock), Level.WARNING)
    clock.advance(9 * DAY)
    assert "배포 서명의 기한" in said(await examine(config, clock), Level.DANGER)
    await province.hub.releases.renew()
    repository = province.hub.releases.repository
    name = next(repository.chunks.names())
    place = repository.chunks.path(name)
    place.write_bytes(place.read_bytes()[:-1] + b"?")
    assert f"knowledge/{made.version}" in said(await examine(config, clock), Level.DANGER)
    place.unlink()
    assert f"knowledge/{made.version}" in said(await examine(config, clock), Level.DANGER)
    (repository.tuf / "targets" / "knowledge" / f"{made.version}.json").write_bytes(b"{")
    assert "목록을 읽을 수 없습니다" in said(await examine(config, clock), Level.DANGER)
    (config.keys / "tuf-model.pem").unlink()
    assert "tuf-model.pem" in said(await examine(config, clock), Level.DANGER)


async def test_a_folder_of_articles_is_imported_by_command(
    province: Province, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(province.folder)
    assert await asyncio.to_thread(main, ["import-handbook", folder, str(HANDBOOK)]) == 0
    assert "144" in capsys.readouterr().out
    assert await asyncio.to_thread(main, ["import-handbook", folder, folder]) == 2
    changes = await province.hub.handbook.changes(CONSOLE)
    assert changes.new == 144
