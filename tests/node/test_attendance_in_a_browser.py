"""Attendance in a real browser, on a phone of 360 px: a class of 25 with two absences, presses counted."""

from playwright.async_api import Browser, Page, expect

from kit.db import Tx
from node.people.model import NewPerson
from tests.browsing import press
from tests.node.conftest import School
from tests.node.test_attendance import sheet_of
from tests.node.test_calendar_in_a_browser import overflow
from tests.node.test_writing_in_a_browser import visit

PUPILS = 25
NAMES = "강민준 고서윤 구도현 권하은 김시우 남예린 노지안 류건우 문채원 박유나 배주원 백소율 서이안 손다인 송우진 신아린 안재윤"
MORE = "양서아 엄태오 오나은 우시후 유하람 윤가온"


async def a_class_of_25(school: School) -> None:
    """3-2 has 이지우, 박하준 and 23 more."""
    roster, room = school.people.roster, school.class_id("3-2")

    def fill(tx: Tx) -> None:
        for at, name in enumerate(f"{NAMES} {MORE}".split()):
            roster.add_student(tx, NewPerson(name=name), room, 10 + at, "2026-03-02")

    await school.db.write(fill)


async def test_everybody_is_present_by_two_presses_from_the_front_page(
    school: School, browser: Browser
) -> None:
    await a_class_of_25(school)
    page = await visit(browser, school, "박서연", 360)
    await press(page.get_by_role("link", name="오늘 출결을 입력해 주세요").first)
    await press(page.get_by_role("button", name="모두 출석"))
    await page.get_by_text("모두 출석입니다.").wait_for()


class Presses:
    """Counts what a finger does."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    async def on(self, child: str, mark: str) -> None:
        row = self.page.get_by_role("radiogroup", name=child)
        await row.locator("label", has_text=mark).click()
        self.count += 1

    async def button(self, name: str) -> None:
        await self.page.get_by_role("button", name=name).click()
        self.count += 1

    async def link(self, name: str) -> None:
        await press(self.page.get_by_role("link", name=name).first)
        self.count += 1


async def test_a_class_with_two_absences_takes_four_presses_from_the_front_page(
    school: School, browser: Browser
) -> None:
    await a_class_of_25(school)
    page = await visit(browser, school, "박서연", 360)
    presses = Presses(page)
    await presses.link("오늘 출결을 입력해 주세요")
    await expect(page.get_by_role("radiogroup")).to_have_count(PUPILS)
    assert await overflow(page) == 0
    await presses.on("강민준", "결석")
    await presses.on("이지우", "결석")
    await expect(page.get_by_text("전송 대기")).to_be_visible()
    await presses.button("저장")
    await page.get_by_text("결석·지각·조퇴·결과 학생은 2명입니다.").wait_for()
    await expect(page.get_by_text("저장됨")).to_be_visible()
    assert presses.count == 4
    assert await overflow(page) == 0
    reason = page.get_by_label("이지우 사유", exact=True)
    await reason.fill("감기")
    await page.get_by_label("이지우 사유 구분").select_option("질병")
    await press(page.get_by_role("button", name="저장"))
    await page.get_by_text("저장했습니다.").first.wait_for()
    await press(page.get_by_role("link", name="한 달"))
    await expect(page.get_by_text("감기")).to_be_visible()
    assert await overflow(page) == 0


async def test_without_a_connection_it_says_so_and_sends_when_there_is_one(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "박서연", 360)
    await page.goto(sheet_of(school))
    await page.wait_for_selector("form[data-waits]")
    await page.context.set_offline(True)
    presses = Presses(page)
    await presses.on("이지우", "지각")
    await presses.button("저장")
    await page.get_by_text("연결되지 않아 보내지 못했습니다.").wait_for()
    await expect(page.get_by_text("전송 대기")).to_be_visible()
    await page.context.set_offline(False)
    await page.get_by_text("결석·지각·조퇴·결과 학생은 1명입니다.").wait_for()
    await expect(page.get_by_text("저장됨")).to_be_visible()


async def test_a_guardian_reads_their_childs_days_on_a_phone(
    school: School, browser: Browser
) -> None:
    teacher = await visit(browser, school, "박서연", 1280)
    await teacher.goto(sheet_of(school))
    await Presses(teacher).on("이지우", "결석")
    await press(teacher.get_by_role("button", name="저장"))
    await teacher.get_by_text("결석·지각·조퇴·결과 학생은 1명입니다.").wait_for()
    page = await visit(browser, school, "김하늘", 360)
    await page.get_by_text("결석으로 기록되었습니다").first.wait_for()
    await page.goto("/attendance")
    await expect(page.get_by_text("사유 미확인").first).to_be_visible()
    assert await overflow(page) == 0
