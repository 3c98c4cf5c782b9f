"""On a phone a teacher picks two children, goes on with what they were writing, and sends it."""

from playwright.async_api import Browser, Page, expect

from tests.browsing import press
from tests.node.conftest import School
from tests.node.test_writing_in_a_browser import visit


async def _fits(page: Page) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360


async def test_two_children_are_chosen_on_a_phone_and_nothing_typed_is_lost(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "박서연", 360)
    await page.goto("/newsletters/desk")
    await press(page.get_by_role("button", name="가정통신문 쓰기"))
    await page.wait_for_url("**/edit")
    await page.fill("[name=title]", "개별 상담 안내")
    await page.fill("[name=body]", "방과 후에 교실에서 뵙겠습니다.")
    await page.locator("summary", has_text="선택한 학생").click()
    await press(page.get_by_role("button", name="학생 선택하기"))

    await page.wait_for_url("**/families")
    await page.get_by_label("이지우").check()
    await page.fill("[name=q]", "하린")
    await press(page.get_by_role("button", name="이름으로 찾기"))
    await page.get_by_label("최하린").check()
    await _fits(page)
    await press(page.get_by_role("button", name="선택 저장"))

    await page.wait_for_url("**/edit**")
    await expect(page.locator("[name=title]")).to_have_value("개별 상담 안내")
    await expect(page.locator("[name=body]")).to_have_value("방과 후에 교실에서 뵙겠습니다.")
    chips = page.locator("[data-chosen] button")
    await expect(chips).to_have_count(2)
    await expect(page.locator("#sending")).to_contain_text("결재 올리기")
    await _fits(page)
    await chips.last.click()
    await expect(page.locator(".newsletters-whom")).to_contain_text("선택한 가정")
    await press(page.get_by_role("button", name="바로 보내기"))
    await page.get_by_text("발행했습니다.").wait_for()

    family = await visit(browser, school, "김하늘", 360)
    await family.goto(page.url)
    await expect(family.locator("main")).to_contain_text("선택한 가정")
    await _fits(family)
