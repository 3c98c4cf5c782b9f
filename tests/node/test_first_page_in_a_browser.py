"""Somebody's first page in a real browser: it comes with its stylesheet, and the next ones name it."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.browsing import chromium
from tests.node.conftest import School

HAS_SHEET = "document.cookie.includes('sheet=')"
LETTERS = "(body) => getComputedStyle(body).fontFamily.split(',')[0]"
OURS = "document.fonts.check('16px \"Madang Sans\"', '가')"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


async def test_a_page_looks_the_same_whether_it_brings_its_stylesheet_or_names_it(
    school: School, browser: Browser
) -> None:
    page = await browser.new_page(viewport={"width": 360, "height": 740}, locale="ko-KR")
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    brought, looks = [], []
    for _visit in range(2):
        await page.goto(school.url + "/sign-in")
        brought.append(await page.locator("style[data-sheet]").count())
        await page.wait_for_function(HAS_SHEET)
        await page.wait_for_function(OURS)
        await page.evaluate("document.fonts.ready")
        looks.append(await page.screenshot(full_page=True))
    assert brought == [1, 0]
    assert looks[0] == looks[1]
    assert complaints == []


async def test_without_scripts_every_page_brings_its_stylesheet(
    school: School, browser: Browser
) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    for _visit in range(2):
        await page.goto(school.url + "/sign-in")
        assert await page.locator("style[data-sheet]").count() == 1
        ground = await page.locator("body").evaluate("(body) => getComputedStyle(body).margin")
        assert ground == "0px"
        assert await page.locator("body").evaluate(LETTERS) == '"Madang Sans"'


async def test_a_first_page_is_laid_out_in_the_devices_letters_and_later_ones_in_ours(
    school: School, browser: Browser
) -> None:
    page = await browser.new_page(locale="ko-KR")
    script = "**/js/madang.js"
    await page.route(script, lambda route: route.abort())  # as long as it has not come
    await page.goto(school.url + "/sign-in")
    assert await page.locator("body").evaluate(LETTERS) == '"Madang Sans Noto"'
    await page.unroute(script)
    await page.goto(school.url + "/sign-in")
    await page.wait_for_function(HAS_SHEET)
    assert await page.locator("body").evaluate(LETTERS) == '"Madang Sans"'
    await page.route(script, lambda route: route.abort())
    await page.goto(school.url + "/sign-in")
    assert await page.locator("body").evaluate(LETTERS) == '"Madang Sans"'
