"""On phones: a teacher makes today's class notice of yesterday's and lets it wait until three; the child
ticks what is packed; the guardian finds the list on the front page."""

from playwright.async_api import Browser, Page, expect

from kit.clock import DAY, HOUR, MINUTE
from node.newsletters.web import NEWSLETTERS
from tests.browsing import press
from tests.models import documents
from tests.node.conftest import School
from tests.node.test_daily_notices import sent
from tests.node.test_writing_in_a_browser import visit

YESTERDAYS = """1. **숙제**: 사회 – 우리 집 옛날 물건 하나를 여쭈어 보기
2. **준비물**: 신문지, 밀가루풀, 헌 풍선 1개
3. 내일(11월 24일)은 2교시에 미술실로 갑니다."""
TODAYS = """1. **숙제**: 국어 – 낱말 사전 ‘ㄹ~ㅂ’ 만들기
2. **준비물**: 물통, 사포, 헌 풍선 1개
3. 내일(11월 25일)은 2교시에 미술실로 갑니다."""


async def fits(page: Page) -> None:
    """Nothing scrolls sideways."""
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360


async def test_todays_notice_of_yesterdays_from_the_teachers_phone_to_the_familys(
    school: School, browser: Browser
) -> None:
    await sent(school, "3학년 2반 알림장 11월 23일(월)", YESTERDAYS)
    school.clock.advance(DAY)

    teacher = await visit(browser, school, "박서연", 360)
    await teacher.goto("/newsletters/desk")
    await fits(teacher)
    await press(teacher.get_by_role("button", name="어제처럼 쓰기"))
    await teacher.wait_for_url("**/edit")
    await expect(teacher.locator("[name=title]")).to_have_value("3학년 2반 알림장 11월 24일(화)")
    typed = teacher.locator("[name=body]")
    await expect(typed).to_have_value(YESTERDAYS.replace("24일", "25일"))
    await typed.fill(TODAYS)
    await teacher.get_by_label("사진 설명").fill("칠판에 그려 둔 탈 모양 본보기")
    await teacher.set_input_files(
        "input[type=file]",
        {"name": "본보기.png", "mimeType": "image/png", "buffer": documents.png(300, 200)},
    )
    await expect(teacher.locator("[data-saved]")).not_to_be_empty()
    await teacher.get_by_role("button", name="첨부하기").click()
    await expect(teacher.locator(".files-progress")).to_contain_text("올렸습니다")
    await expect(typed).to_have_value(TODAYS)
    await fits(teacher)
    await press(teacher.get_by_role("button", name="15:00 예약"))
    await teacher.get_by_text("예약했습니다. 정한 시각에 발행됩니다.").wait_for()
    await expect(teacher.get_by_text("15:00에 발행됩니다.")).to_be_visible()
    await expect(teacher.get_by_role("button", name="예약 취소")).to_be_visible()
    await fits(teacher)

    school.clock.advance(7 * HOUR + MINUTE)
    await school.app[NEWSLETTERS].desk.publish_due()
    await school.settled()
    child = await visit(browser, school, "이지우", 360)
    water = child.locator("#today").get_by_role("checkbox", name="물통")
    await water.click()
    await expect(water).to_have_attribute("aria-checked", "true")
    await expect(child.locator("#today").get_by_role("checkbox", name="사포")).to_have_attribute(
        "aria-checked", "false"
    )
    await fits(child)

    guardian = await visit(browser, school, "김하늘", 360)
    today = guardian.locator("#today")
    for thing in ("물통", "사포", "헌 풍선 1개"):
        await expect(today.get_by_role("checkbox", name=thing)).to_have_attribute(
            "aria-checked", "false"
        )
    await fits(guardian)
    await press(today.get_by_role("link", name="준비물").first)
    await expect(guardian.get_by_text("칠판에 그려 둔 탈 모양 본보기")).to_be_visible()
