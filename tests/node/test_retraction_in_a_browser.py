"""On a telephone: a guardian takes a consent back after the deadline, and the teacher stops what rested on it."""

from playwright.async_api import Browser, expect

from tests.browsing import press
from tests.node.conftest import School
from tests.node.test_draw_in_a_browser import TELEPHONE
from tests.node.test_retractions import consented
from tests.node.test_writing_in_a_browser import visit


async def test_from_the_receipt_to_the_teachers_tick(school: School, browser: Browser) -> None:
    await consented(school)
    guardian = await visit(browser, school, "김하늘", TELEPHONE)
    await guardian.goto("/receipts")
    await press(guardian.locator("text=체험학습"))
    await press(guardian.locator("text=동의 철회"))
    await expect(guardian.locator("main")).to_contain_text("이미 한 일은 그대로 적법합니다")
    assert await guardian.evaluate("document.documentElement.scrollWidth") <= TELEPHONE
    await press(guardian.locator("text=동의 철회하기"))
    await expect(guardian.locator("h1, .receipt-title").last).to_contain_text("동의 철회 확인서")
    assert await guardian.locator("#checks .check-fails").count() == 0
    await guardian.goto("/receipts")
    await expect(guardian.locator("main")).to_contain_text("철회됨")
    await school.settled()

    teacher = await visit(browser, school, "박서연", TELEPHONE)
    await press(teacher.locator("#todo >> text=체험학습"))
    tasks = teacher.locator("#retractions")
    await expect(tasks).to_contain_text("이지우")
    assert await teacher.evaluate("document.documentElement.scrollWidth") <= TELEPHONE
    await press(tasks.locator("button"))
    await expect(teacher.locator("#retractions")).to_contain_text("중단 완료")
    await teacher.goto("/")
    assert await teacher.locator("#todo >> text=체험학습").count() == 0
