"""The console in a browser, while schools answer all the time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page

from hub.broadcasts.model import NoticeAnswered, NoticeContent, Target
from hub.officers.model import Officer, Role
from kit.db import Tx
from tests.browsing import press
from tests.hub.conftest import HANBIT, Province

EVENTS_EVERY_S = 0.05


@pytest.fixture
async def page(province: Province, browser: Browser) -> Page:
    """The administrator's browser, signed in."""
    session = await province.signed_in(Role.ADMINISTRATOR)
    cookies = [
        {"name": one.key, "value": one.value, "url": province.url} for one in session.cookie_jar
    ]
    context = await browser.new_context(base_url=province.url, locale="ko-KR")
    await context.add_cookies(cookies)  # type: ignore[arg-type]
    opened = await context.new_page()
    opened.on("pageerror", lambda error: pytest.fail(str(error)))
    return opened


@contextlib.asynccontextmanager
async def a_stream_of_answers(province: Province) -> AsyncIterator[list[int]]:
    """Some school answers something, twenty times a second; how many have been told."""
    told = [0]

    def answered(tx: Tx) -> None:
        tx.signal(NoticeAnswered(HANBIT))

    async def go_on() -> None:
        while True:
            await province.hub.db.write(answered)
            told[0] += 1
            await asyncio.sleep(EVENTS_EVERY_S)

    task = asyncio.create_task(go_on())
    yield told
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def send(province: Province, officer: Officer, title: str) -> None:
    """A notice to all schools."""
    drafts, broadcasts = province.hub.drafts, province.hub.broadcasts
    notice_id = await drafts.save(officer, None, NoticeContent(title=title), Target())
    draft = await drafts.notice(officer, notice_id)
    await broadcasts.send(officer, notice_id, draft.updated_at)


async def test_a_page_shows_what_is_new_in_the_middle_of_a_stream_of_answers(
    province: Province, page: Page
) -> None:
    await province.joined()
    officer = await province.officer(Role.ADMINISTRATOR, "second")
    await send(province, officer, "첫째 공문")
    await page.goto("/notices")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    async with a_stream_of_answers(province) as told:
        await page.get_by_text("첫째 공문").wait_for()
        await send(province, officer, "둘째 공문")
        await page.get_by_text("둘째 공문").wait_for()
        await send(province, officer, "셋째 공문")
        await page.get_by_text("셋째 공문").wait_for()
    reloads = [url for url in asked if url.endswith("/notices")]
    assert 2 <= len(reloads) < told[0] / 5


async def test_choosing_schools_opens_what_there_is_to_choose(
    page: Page, province: Province
) -> None:
    await province.joined()
    await page.goto("/notices/new")
    one = page.locator('[name="schools"]').first
    kinds = page.locator('[name="kinds"]').first
    assert (await one.is_visible(), await kinds.is_visible()) == (False, False)
    await page.get_by_label("학교를 하나씩 선택").check()
    await one.wait_for()
    assert not await kinds.is_visible()
    await page.get_by_label("학교급·지역·배포 순서로 선택").check()
    await kinds.wait_for()
    assert not await one.is_visible()


BROKEN_WORDS = """() => [...document.querySelectorAll('td, tbody th')].flatMap(cell => {
  const found = [], texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), range = new Range();
  while (texts.nextNode()) {
    for (const word of texts.currentNode.data.matchAll(/[\\p{L}\\p{N}]+/gu)) {
      range.setStart(texts.currentNode, word.index);
      range.setEnd(texts.currentNode, word.index + word[0].length);
      const lines = new Set([...range.getClientRects()].map(one => Math.round(one.top)));
      if (lines.size > 1) found.push(word[0]);
    }
  }
  return found;
})"""


async def test_no_word_of_the_audit_log_is_broken_between_two_lines(
    province: Province, page: Page
) -> None:
    await province.joined()
    officer = await province.officer(Role.ADMINISTRATOR, "second")
    await send(
        province, officer, "2026년 하반기 개인정보 보호 자체 점검 결과 제출에 관한 안내 " * 4
    )
    await page.set_viewport_size({"width": 1280, "height": 820})
    await page.goto("/audit")
    await page.get_by_text("한빛초등학교").first.wait_for()
    assert await page.evaluate(BROKEN_WORDS) == []


async def test_an_officer_at_a_phone_sees_a_school_on_the_first_screens_and_unfolds_the_filter(
    province: Province, page: Page
) -> None:
    await province.joined()
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.goto("/schools")
    assert not await page.locator("[name=q]").is_visible()
    first = await page.locator("tbody tr").first.bounding_box()
    assert first is not None
    assert first["y"] < 740
    await page.get_by_text("검색·조건").click()
    await page.fill("[name=q]", "없는 학교")
    await press(page.get_by_role("button", name="찾기"))
    await page.get_by_text("조건에 맞는 학교가 없습니다.").wait_for()
    assert await page.locator("[name=q]").is_visible()
    await press(page.get_by_role("link", name="모든 학교 보기"))
    await page.get_by_role("link", name="한빛초등학교").wait_for()


async def test_on_a_wide_screen_the_filter_stands_open_in_one_frame(
    province: Province, page: Page
) -> None:
    await province.joined()
    await page.set_viewport_size({"width": 1280, "height": 820})
    await page.goto("/schools")
    assert await page.locator("[name=q]").is_visible()
    fold = page.locator("details.fold")
    assert await fold.evaluate("one => getComputedStyle(one).borderTopWidth") == "0px"
