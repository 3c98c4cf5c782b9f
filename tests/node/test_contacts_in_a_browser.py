"""Contacts in a real browser: an administrator writes one on a phone, a guardian has it to press."""

from playwright.async_api import Browser

from tests.node.conftest import School
from tests.node.test_calendar_in_a_browser import overflow
from tests.node.test_writing_in_a_browser import visit


async def test_the_administrator_writes_a_contact_and_a_guardian_has_it_on_the_phone(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "정민호", 360)
    await page.goto("/contacts")
    await page.get_by_label("부서·장소").fill("보건실")
    await page.get_by_label("담당 업무").fill("다치거나 아플 때, 투약 의뢰서와 함께 보내는 약")
    await page.get_by_label("전화번호").fill("전화")
    await page.get_by_role("button", name="연락처 추가").click()
    await page.get_by_text("전화번호를 숫자와 ‘-’로 입력해 주세요.").first.wait_for()
    assert await page.get_by_label("부서·장소").input_value() == "보건실"
    await page.get_by_label("전화번호").fill("031-000-0103")
    await page.get_by_label("통화 가능 시간").fill("평일 8:40–16:40")
    await page.get_by_role("button", name="연락처 추가").click()
    await page.get_by_text("연락처를 추가했습니다.").wait_for()
    assert await overflow(page) == 0

    guardian = await visit(browser, school, "김하늘", 360)
    await guardian.goto("/contacts")
    assert await overflow(guardian) == 0
    number = guardian.get_by_role("link", name="031-000-0103")
    assert await number.get_attribute("href") == "tel:0310000103"
    box = await number.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert await guardian.get_by_role("link", name="117").is_visible()
    await guardian.set_viewport_size({"width": 1280, "height": 900})
    assert await overflow(guardian) == 0
