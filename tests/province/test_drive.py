"""A teacher's files over a slow line that breaks, in a real browser."""

import os
from pathlib import Path
from typing import Any

from playwright.async_api import Browser

from tests.province.conftest import PHONE, Province, Visitor, visit

SLOW = {"latency": 10, "downloadThroughput": -1, "uploadThroughput": 3_000_000}
HALF = 6_000_000  # bytes of the film
FAST = SLOW | {"uploadThroughput": -1}


async def _line(teacher: Visitor, kind: dict[str, int]) -> None:
    """How fast the browser's line is from now on."""
    browser = await teacher.context.new_cdp_session(teacher.page)
    await browser.send("Network.enable")
    told: dict[str, Any] = {"offline": False} | kind
    await browser.send("Network.emulateNetworkConditions", told)


async def _upload(teacher: Visitor, *files: Path) -> None:
    await teacher.page.evaluate("document.querySelector('.drive-add details').open = true")
    await teacher.page.set_input_files("[name=files]", files)
    await teacher.page.get_by_role("button", name="올리기", exact=True).click()


async def test_an_upload_left_half_way_goes_on_where_it_was(
    province: Province, browser: Browser, tmp_path: Path
) -> None:
    note, film = tmp_path / "준비물.txt", tmp_path / "현장 체험.bin"
    note.write_text("색연필, 풀")
    film.write_bytes(os.urandom(2 * HALF))
    teacher = await visit(browser, province.address("hanbit"), "hb-park", PHONE)
    page = teacher.page
    await teacher.go("/drive")
    await _line(teacher, SLOW)
    await _upload(teacher, note, film)
    await page.locator("#drive-items").get_by_text("준비물.txt").first.wait_for()
    arrived = page.locator(".files-progress progress").nth(1)
    while await arrived.evaluate("bar => bar.value") < HALF:
        await page.wait_for_timeout(50)
    await teacher.touch("일시 중지")
    await teacher.see("일시 중지됨")
    assert await page.locator("#drive-items").get_by_text("현장 체험.bin").count() == 0

    began: list[int] = []
    page.on(
        "request",
        lambda sent: (
            began.append(int(sent.headers["upload-offset"])) if sent.method == "PATCH" else None
        ),
    )
    await teacher.go("/drive")
    await _line(teacher, FAST)
    await _upload(teacher, film)
    await page.locator("#drive-items").get_by_text("현장 체험.bin").first.wait_for()
    assert began[0] > 1_000_000
    await page.get_by_role("link", name="현장 체험.bin").click()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="내려받기").first.click()
    assert (await (await download.value).path()).read_bytes() == film.read_bytes()
    await teacher.close()


async def test_what_is_thrown_away_by_mistake_is_back_with_one_press(
    province: Province, browser: Browser, tmp_path: Path
) -> None:
    note = tmp_path / "실수.txt"
    note.write_text("버리면 안 되는 것")
    teacher = await visit(browser, province.address("hanbit"), "hb-park", PHONE)
    page = teacher.page
    await teacher.go("/drive")
    throwing = page.get_by_role("button", name="선택 항목 휴지통으로")
    await _upload(teacher, note)
    await page.get_by_role("link", name="실수.txt").wait_for()
    assert not await throwing.is_visible()  # nothing is chosen yet
    await page.get_by_role("checkbox", name="실수.txt 선택").check()
    await throwing.click()
    await teacher.see("휴지통으로 옮겼습니다")
    assert await page.get_by_role("link", name="실수.txt").count() == 0
    await teacher.press("되돌리기")
    await page.get_by_role("link", name="실수.txt").wait_for()
    assert teacher.complaints == []
    await teacher.close()
