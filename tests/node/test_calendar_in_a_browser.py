"""The calendar in a real browser: on a phone by days, on a desk by weeks; written by the form of the page."""

from playwright.async_api import Browser, Page

from tests.browsing import press
from tests.node.conftest import School
from tests.node.test_calendar import office as office_of
from tests.node.test_calendar import put_in
from tests.node.test_writing_in_a_browser import visit


async def overflow(page: Page) -> int:
    """How much wider than the window the page is, px."""
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return int(await page.evaluate(wider))


async def a_full_month(school: School) -> None:
    keeper = await office_of(school)
    room = f"class:{school.class_id('3-2')}"
    for fields in (
        {"first_on": "2026-11-23", "title": "독서 골든벨"},
        {"first_on": "2026-11-24", "title": "구강 검진", "places": "grade:3"},
        {"title": "소방 합동 훈련과 하교 시각 변경 안내를 겸한 아주 긴 이름의 학교 행사"},
        {"first_on": "2026-11-27", "title": "3학년 2반 꼬마 장터", "places": room},
    ):
        await put_in(keeper, **fields)
    whole_days = {"starts": "", "ends": "", "place": ""}
    await put_in(keeper, first_on="2026-11-30", title="개교기념일", kind="day_off", **whole_days)
    await put_in(
        keeper, first_on="2026-11-09", last_on="2026-11-11", title="작품 전시회", **whole_days
    )


async def test_a_phone_shows_the_days_from_today_and_a_desk_the_weeks_above_them(
    school: School, browser: Browser
) -> None:
    await a_full_month(school)
    page = await visit(browser, school, "김하늘", 360)
    await page.goto("/calendar")
    assert await overflow(page) == 0
    assert not await page.locator(".calendar-grid").is_visible()
    first = page.locator(".calendar-day").first
    assert "독서 골든벨" in await first.inner_text()
    assert not await page.get_by_text("작품 전시회").first.is_visible()
    await page.get_by_text("이번 달 지난 일정").click()
    assert await page.locator("details .calendar-title", has_text="작품 전시회").is_visible()
    await page.set_viewport_size({"width": 1280, "height": 900})
    assert await overflow(page) == 0
    cell = page.locator(".calendar-grid td.calendar-today")
    assert "독서 골든벨" in await cell.inner_text()


async def test_the_office_writes_and_takes_back_on_a_phone(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "오정숙", 360)
    await page.goto("/calendar")
    await press(page.get_by_role("link", name="일정 추가"))
    assert await overflow(page) == 0
    await page.get_by_label("일정").first.fill("학예회 총연습")
    await page.get_by_label("시작일").fill("2026-11-26")
    await press(page.get_by_role("button", name="저장"))
    await page.get_by_role("heading", name="학예회 총연습").wait_for()
    assert await overflow(page) == 0
    await press(page.get_by_role("button", name="삭제"))
    await page.get_by_text("일정을 삭제했습니다.").wait_for()
    await press(page.get_by_role("button", name="되돌리기"))
    await page.get_by_text("되돌렸습니다.").wait_for()
    assert await page.locator(".calendar-title", has_text="학예회 총연습").is_visible()
