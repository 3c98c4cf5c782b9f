"""The menu: few headings with all entries of whoever reads, at once at a desk, in a sheet on a phone."""

import pytest
from playwright.async_api import Browser, Locator, expect

from kit.card import Group
from kit.web.assembly import ASSEMBLY
from tests.node.conftest import School
from tests.node.test_layout_in_a_browser import bottom, box, sized
from tests.node.test_writing_in_a_browser import visit

ALWAYS_AT_HAND = {"/", "/search", "/assistant"}


async def lists_of(menu: Locator) -> dict[str, list[str]]:
    """The entries of a menu as a screen reader tells them, once all is unfolded: by the name of their
    list."""
    await menu.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    found = {}
    for one in await menu.get_by_role("list").all():
        heading = await one.get_attribute("aria-labelledby")
        name = await menu.locator(f"#{heading}").inner_text() if heading else ""
        found[name] = await one.get_by_role("link").all_inner_texts()
    return found


async def test_a_guardian_finds_entries_under_few_headings(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "김하늘")
    await page.goto("/meals")
    menu = page.get_by_role("navigation", name="주 메뉴")
    lists = await lists_of(menu)
    assert list(lists) == ["", "소식", "신청·서류", "학교생활"]
    assert lists["학교생활"] == [
        "학사일정",
        "시간표",
        "급식",
        "출결",
        "사진 앨범",
        "분실물",
        "학교 연락처",
    ]
    assert lists[""][0] == "홈"
    assert await menu.locator("[aria-current=page]").all_inner_texts() == ["급식"]


@pytest.mark.parametrize("name", ["박서연", "최은영", "오정숙"])
async def test_at_a_desk_staff_see_all_entries_without_scrolling(
    school: School, browser: Browser, name: str
) -> None:
    page = await visit(browser, school, name)
    menu = page.get_by_role("navigation", name="주 메뉴")
    assert bottom(await box(menu.get_by_role("link").last)) <= 800
    assert await menu.evaluate("one => one.scrollHeight <= one.clientHeight")


async def test_an_administrator_sees_all_headings_without_scrolling_and_unfolds_school_life(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "정민호")
    await sized(page, 1280, 900)
    await page.goto("/admin")
    menu = page.get_by_role("navigation", name="주 메뉴")
    assert bottom(await box(menu.get_by_role("link").last)) <= 900
    assert await menu.evaluate("one => one.scrollHeight <= one.clientHeight")
    meals = menu.get_by_role("link", name="급식")
    await expect(meals).to_be_hidden()
    await menu.get_by_text("학교생활").focus()
    await page.keyboard.press("Enter")
    await meals.click()
    await page.wait_for_url("**/meals")
    await expect(menu.locator("[aria-current=page]")).to_have_text("급식")


async def test_where_the_menu_is_longer_than_the_window_the_current_entry_is_seen(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "정민호")
    await sized(page, 1280, 600)
    await page.goto("/admin")
    menu = page.get_by_role("navigation", name="주 메뉴")
    assert await menu.evaluate("one => one.scrollHeight > one.clientHeight")
    here = menu.locator("[aria-current=page]")
    assert await here.inner_text() == "관리"
    await expect(here).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("name", ["김하늘", "박서연", "정민호"])
async def test_on_a_phone_the_sheet_has_what_the_menu_at_a_desk_has(
    school: School, browser: Browser, name: str
) -> None:
    page = await visit(browser, school, name)
    at_a_desk = await lists_of(page.get_by_role("navigation", name="주 메뉴"))
    await sized(page, 360, 740)
    await page.locator(".topbar summary").click()
    sheet = page.get_by_role("navigation", name="전체 메뉴")
    assert await lists_of(sheet) == at_a_desk
    words = sheet.locator(".nav-label")
    assert await words.evaluate_all("all => all.every(one => one.scrollWidth <= one.clientWidth)")
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    bar = await page.get_by_role("navigation", name="바로 가기").get_by_role("link").all()
    assert len(bar) <= 5
    assert await bar[0].inner_text() == "홈"


async def test_headings_are_said_in_english_too(school: School, browser: Browser) -> None:
    page = await visit(browser, school, "정민호")
    await page.context.add_cookies([{"name": "lang", "value": "en", "url": school.url}])
    await page.goto("/")
    lists = await lists_of(page.locator(".sidebar"))
    assert list(lists)[1:] == [
        "News",
        "Requests and forms",
        "School life",
        "Staff work",
        "School administration",
    ]


def test_every_entry_but_those_always_at_hand_stands_under_a_heading(school: School) -> None:
    places = school.app[ASSEMBLY].places
    at_hand = {one.item.href for one in places if one.item.group is Group.AT_HAND}
    assert at_hand == ALWAYS_AT_HAND
