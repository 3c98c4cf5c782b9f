"""A family from abroad reads a letter: in its language on a phone, beside the Korean on a wide screen."""

from playwright.async_api import Browser, expect

from tests.browsing import press
from tests.node.conftest import School
from tests.node.test_letters_in_languages import LETTER
from tests.node.test_typed_text import published
from tests.node.test_writing_in_a_browser import visit


async def test_a_press_shows_vietnamese_on_a_phone_and_beside_the_korean_on_a_wide_screen(
    school: School, browser: Browser
) -> None:
    here = await published(school, LETTER)
    page = await visit(browser, school, "김하늘", 360)
    await page.goto(here)
    await expect(page.locator(".letter")).to_contain_text("정문에서 만납니다")
    await press(page.get_by_role("link", name="Tiếng Việt"))
    await expect(page.get_by_role("heading", level=1)).to_have_text("Buổi dã ngoại của lớp")
    await expect(page.get_by_text("Gặp nhau lúc")).to_be_visible()
    await expect(page.get_by_text("정문에서 만납니다")).to_be_hidden()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360

    await page.set_viewport_size({"width": 1280, "height": 900})
    original = await page.get_by_text("정문에서 만납니다").bounding_box()
    other = await page.get_by_text("Gặp nhau lúc").bounding_box()
    assert original is not None
    assert other is not None
    assert original["x"] + original["width"] <= other["x"]
    assert abs(original["y"] - other["y"]) < 2

    await press(page.get_by_role("link", name="한국어"))
    await expect(page.get_by_text("Gặp nhau lúc")).to_have_count(0)


async def test_a_writer_opens_a_part_by_the_menu_of_languages(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "박서연", 360)
    await page.goto("/newsletters/desk")
    await press(page.get_by_role("button", name="가정통신문 쓰기"))
    await page.wait_for_url("**/edit")
    await page.wait_for_selector("form[data-waits]")  # the scripts have come
    await page.fill("[name=body]", "안녕하세요.")
    await page.locator("summary", has_text="다른 언어").click()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await page.get_by_role("button", name="베트남어").click()
    await page.keyboard.type("Xin chào")
    body = page.locator("[name=body]")
    await expect(body).to_have_value("안녕하세요.\n\n=== Tiếng Việt ===\n## Xin chào")
    await expect(page.locator(".editor-preview section[lang=vi]")).to_contain_text("Xin chào")
