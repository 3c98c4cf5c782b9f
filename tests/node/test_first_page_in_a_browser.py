"""Somebody's first page in a real browser: it comes with its stylesheet, and the next ones name it."""

import pytest
from playwright.async_api import Browser

from kit.web.assets import SHEET
from kit.web.page import SHELL
from tests.node.conftest import School
from tests.node.test_forms import sent
from tests.node.test_writing_in_a_browser import sign_in

HAS_SHEET = "document.cookie.includes('sheet=')"
LETTERS = "(body) => getComputedStyle(body).fontFamily.split(',')[0]"
OURS = "document.fonts.check('16px \"Madang Sans\"', '가')"


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


@pytest.mark.parametrize("width", [360, 1280])
async def test_what_a_page_brings_of_the_stylesheet_is_all_that_it_shows(
    school: School, browser: Browser, width: int
) -> None:
    form = f"/forms/{await sent(school)}/children/{school.id('이지우')}"
    whole = school.app[SHELL].static.url(SHEET)
    for name, paths in (
        ("김하늘", ("/", "/newsletters", form, "/me", "/drive", "/assistant")),
        ("정민호", ("/", "/newsletters/desk", "/admin", "/admin/people", "/messenger", "/people")),
    ):
        looks = []
        for held in ("", whole):
            context = await browser.new_context(
                base_url=school.url,
                viewport={"width": width, "height": 800},
                locale="ko-KR",
                java_script_enabled=False,
            )
            page = await context.new_page()
            await sign_in(page, school, name)
            await context.add_cookies([{"name": "sheet", "value": held, "url": school.url}])
            seen = []
            for path in paths:
                await page.goto(path)
                await page.evaluate("() => document.fonts.ready.then(() => true)")
                await page.goto(path)  # with the fonts at hand: the first time they may come late
                assert await page.locator("style[data-sheet]").count() == (0 if held else 1)
                seen.append(await page.screenshot(full_page=True))
            looks.append(seen)
            await context.close()
        same = [one == other for one, other in zip(*looks, strict=True)]
        assert same == [True] * len(paths), f"{name}: {paths}"


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
