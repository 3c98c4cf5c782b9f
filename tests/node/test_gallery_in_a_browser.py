"""The gallery in a real browser, on a phone of 360 px: a photo brought, children covered by finger and by keys."""

import pytest
from playwright.async_api import Browser, FilePayload, Locator, Page, expect

from tests.browsing import press
from tests.node.conftest import School
from tests.node.routes_gallery import photo
from tests.node.test_calendar_in_a_browser import overflow
from tests.node.test_gallery import consenting
from tests.node.test_writing_in_a_browser import visit


async def with_a_photo(page: Page) -> None:
    """The teacher has made an album and chosen a photo."""
    await page.goto("/gallery")
    await page.get_by_label("앨범 제목").fill("가을 소풍")
    await press(page.get_by_role("button", name="앨범 만들기"))
    await page.get_by_text("앨범을 만들었습니다.").wait_for()
    await press(page.get_by_role("link", name="사진 올리기"))
    file = FilePayload(name="소풍.jpg", mimeType="image/jpeg", buffer=photo())
    await page.get_by_label("사진 파일").set_input_files(file)
    await expect(page.get_by_role("img", name="선택한 사진")).to_be_visible()
    await page.get_by_label("사진에 무엇이 보이나요?").fill("운동장에 선 학생들")


async def edges(box: Locator) -> tuple[float, float, float, float]:
    """Left, top, width, height on the screen, in px."""
    found = await box.bounding_box()
    assert found is not None
    return found["x"], found["y"], found["width"], found["height"]


async def drawn(page: Page, child: str) -> Locator:
    """A box over the upper left quarter of the photo, by the pointer."""
    await page.get_by_role("button", name=f"가리기 ({child})").click()
    left, top, width, height = await edges(page.get_by_role("img", name="선택한 사진"))
    await page.mouse.move(left + 4, top + 4)
    await page.mouse.down()
    await page.mouse.move(left + width / 2, top + height / 2, steps=4)
    await page.mouse.up()
    return page.get_by_role("button", name=f"{child} 가림 상자")


async def test_a_teacher_brings_a_photo_and_a_guardian_sees_it(
    school: School, browser: Browser
) -> None:
    await consenting(school)
    page = await visit(browser, school, "박서연", 360)
    await with_a_photo(page)
    assert await overflow(page) == 0
    await page.get_by_role("checkbox", name="이지우").check()
    await page.get_by_role("checkbox", name="박하준").check()
    await page.get_by_role("button", name="저장하기").click()
    refused = page.get_by_role("alert").filter(has_text="박하준")
    await expect(refused).to_contain_text("초상권 동의가 없습니다")
    await expect(refused).not_to_contain_text("이지우")
    box = await drawn(page, "박하준")
    await expect(box).to_be_visible()
    assert await overflow(page) == 0
    await page.get_by_role("button", name="저장하기").click()
    await page.get_by_text("사진을 저장했습니다.").wait_for()
    assert await overflow(page) == 0
    await press(page.get_by_role("button", name="학급에 공개하기"))
    await page.get_by_text("학급에 공개하고").wait_for()
    guardian = await visit(browser, school, "김하늘", 360)
    await guardian.goto("/gallery")
    await press(guardian.get_by_role("link", name="가을 소풍"))
    seen = guardian.get_by_role("img", name="운동장에 선 학생들")
    await expect(seen).to_be_visible()
    assert await seen.evaluate("async (one) => { await one.decode(); return one.naturalWidth }") > 0
    assert await overflow(guardian) == 0


async def test_the_pointer_draws_a_box_where_the_finger_goes(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "박서연", 360)
    await with_a_photo(page)
    box = await drawn(page, "박하준")
    picture = await edges(page.get_by_role("img", name="선택한 사진"))
    left, top, width, height = await edges(box)
    assert left == pytest.approx(picture[0] + 4, abs=2)
    assert top == pytest.approx(picture[1] + 4, abs=2)
    assert left + width == pytest.approx(picture[0] + picture[2] / 2, abs=2)
    assert top + height == pytest.approx(picture[1] + picture[3] / 2, abs=2)


async def test_a_box_is_placed_moved_sized_and_taken_away_by_keys(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "박서연", 360)
    await with_a_photo(page)
    press = page.get_by_role("button", name="가리기 (박하준)")
    await press.focus()
    await page.keyboard.press("Enter")
    box = page.get_by_role("button", name="박하준 가림 상자")
    await expect(box).to_be_focused()
    await expect(page.get_by_role("checkbox", name="박하준")).to_be_checked()
    left, top, width, height = await edges(box)
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Shift+ArrowDown")
    now = await edges(box)
    assert now[0] > left
    assert now[1] < top
    assert now[2] == pytest.approx(width, abs=1)
    assert now[3] > height
    await page.keyboard.press("Delete")
    await expect(box).to_have_count(0)
    await expect(press).to_be_focused()
