"""The front page as a browser lays it out: one screen of a phone holds what is to be done and the day."""

import pytest
from playwright.async_api import Browser, Page

from kit.clock import DAY, HOUR
from tests.node.conftest import School
from tests.node.offering import offer
from tests.node.test_calendar import office, put_in
from tests.node.test_forms import sent
from tests.node.test_front_page import lessons, notice
from tests.node.test_layout_in_a_browser import bottom, box, sized
from tests.node.test_meals import allergic
from tests.node.test_meals import written as cooked
from tests.node.test_writing_in_a_browser import visit


@pytest.fixture
async def busy(school: School) -> School:
    """A usual Monday: two consents, a sign-up, a letter, lessons, a lunch and an event."""
    now = school.clock.now()
    await sent(school, deadline_at=now + 8 * HOUR)
    await sent(school, ("guardians/grade:5",), writer="최은영", deadline_at=now + 3 * DAY)
    await offer(school, title="겨울방학 방과후학교 컴퓨터 코딩반 수강 신청")
    await lessons(school, "3-2", ("국어", "수학", "사회", "체육", "음악"))
    await lessons(school, "5-1", ("실과", "실과", "영어", "국어", "수학", "창의적 체험활동"))
    await cooked(school)
    await allergic(school, 2)
    await notice(school, "1. 독서\n2. **준비물**: 화요일 미술 – 신문지, 밀가루풀, 헌 풍선 1개")
    await put_in(await office(school), title="소방 훈련", first_on="2026-11-23")
    return school


async def lowest(page: Page, *parts: str) -> float:
    return max([bottom(await box(page.locator(part))) for part in parts])


@pytest.mark.parametrize("name", ["김하늘", "박서연"])
async def test_on_a_phone_what_is_to_be_done_and_the_day_are_one_screen(
    busy: School, browser: Browser, name: str
) -> None:
    page = await visit(browser, busy, name, 360)
    await sized(page, 360, 740)
    await page.goto("/")
    assert await lowest(page, "#todo", "#today") <= (await box(page.locator(".bottombar")))["y"]


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("name", ["김하늘", "이도윤", "이지우", "박서연", "최은영"])
async def test_the_page_never_scrolls_sideways_and_the_day_comes_after_the_tasks(
    busy: School, browser: Browser, width: int, name: str
) -> None:
    page = await visit(browser, busy, name, width)
    assert await page.evaluate("document.documentElement.scrollWidth") == width
    tasks, day = await box(page.locator("#todo")), await box(page.locator("#today"))
    assert (tasks["y"], tasks["x"]) <= (day["y"], day["x"])
    links = page.locator("#today a")
    assert all([(await box(one))["height"] >= 24 for one in await links.all()])


async def test_the_last_line_of_a_card_ends_within_its_room(busy: School, browser: Browser) -> None:
    page = await visit(browser, busy, "김하늘", 360)
    ends = await page.locator(".home-front .card:has(> .entries:last-child)").evaluate_all(
        "cards => cards.map(card => [card.querySelector('.entries'), card]"
        ".map(one => one.getBoundingClientRect().bottom))"
    )
    assert ends
    assert all(end <= edge - 8 for end, edge in ends)


async def test_at_a_desk_the_tasks_and_the_day_stand_beside_one_another(
    busy: School, browser: Browser
) -> None:
    page = await visit(browser, busy, "김하늘", 1280)
    tasks, day = await box(page.locator("#todo")), await box(page.locator("#today"))
    assert tasks["y"] == day["y"]
    assert tasks["x"] < day["x"]
