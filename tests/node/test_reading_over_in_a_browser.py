"""A teacher on a phone writes a letter with a wrong day and a photo, and sends it as it should be."""

from playwright.async_api import Browser, expect

from tests.browsing import press
from tests.models import documents
from tests.node.conftest import School
from tests.node.test_writing_in_a_browser import visit


async def test_a_wrong_day_and_a_mute_picture_are_put_right_on_a_phone(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "박서연", 360)
    await page.goto("/newsletters/desk")
    await press(page.get_by_role("button", name="가정통신문 쓰기"))
    await page.wait_for_url("**/edit")
    await page.set_input_files(
        "input[type=file]",
        {"name": "그림 지도.png", "mimeType": "image/png", "buffer": documents.png(300, 200)},
    )
    await page.get_by_role("button", name="첨부하기").click()
    await expect(page.locator(".files-progress")).to_contain_text("올렸습니다")

    await page.fill("[name=title]", "3학년 2반 나들이")
    await page.fill(
        "[name=body]",
        "12월 4일(목) 9시에 정문에서 만납니다.\n\n신청서를 12월 9일(수)까지 내 주세요.",
    )
    await page.locator("summary", has_text="보호자에게").click()
    await page.get_by_label("3학년 2반 보호자").check()
    await press(page.get_by_role("button", name="바로 보내기"))

    await page.wait_for_url("**/check")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await expect(page.locator("#doubts mark").first).to_have_text("12월 4일(목)")
    await press(page.get_by_role("button", name="이렇게 수정: 12월 4일(금)"))
    await page.get_by_text("수정했습니다.").wait_for()
    while await page.get_by_role("button", name="그대로 두기").count():
        await press(page.get_by_role("button", name="그대로 두기").first)
    await expect(page.get_by_role("button", name="바로 보내기")).to_have_count(0)
    await page.get_by_label("적힌 글 또는 그림 설명").fill("정문에서 공원까지 걷는 길을 그린 지도")
    await press(page.get_by_role("button", name="설명 저장"))
    await page.get_by_text("파일 설명을 저장했습니다.").wait_for()
    await press(page.get_by_role("button", name="바로 보내기"))
    await page.get_by_text("발행했습니다.").wait_for()

    family = await visit(browser, school, "김하늘", 360)
    await family.goto(page.url)
    await expect(family.locator(".letter")).to_contain_text("12월 4일(금) 9시")
    await expect(family.locator(".newsletters-words")).to_have_text(
        "정문에서 공원까지 걷는 길을 그린 지도"
    )
