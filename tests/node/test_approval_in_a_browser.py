"""On a phone of 360 px: a school's head is away, the deputy decides, and the office keeps the duties."""

import re

from playwright.async_api import Browser, Page, expect

from kit.db import Tx
from node.approval.line import OF_ROLE
from node.approval.web import APPROVAL
from node.newsletters.model import Content, Sort
from node.newsletters.web import NEWSLETTERS
from node.people.model import NewPerson, Role
from tests.browsing import press
from tests.node.conftest import School
from tests.node.test_writing_in_a_browser import visit

PHONE = 360


async def fits(page: Page) -> None:
    """Nothing of it lies beyond the right edge."""
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE


async def test_who_is_away_says_so_and_the_deputy_finds_the_letter_and_decides(
    school: School, browser: Browser
) -> None:
    principal, writer = await school.asker("최은영"), await school.asker("박서연")
    await school.app[APPROVAL].set_line(principal, Sort.NEWSLETTER, [OF_ROLE + "principal"])

    head = await visit(browser, school, "최은영", PHONE)
    await head.goto("/approval/absences")
    await fits(head)
    await head.select_option("[name=kind]", label="출장")
    await head.select_option("[name=stand_in_id]", school.id("한지민"))
    await press(head.locator("main form[action='/approval/absences'] button[type=submit]"))
    await expect(head.locator("#own")).to_contain_text("오늘 부재")
    await expect(head.locator("#own")).to_contain_text(re.compile(r"\d{4}\.\s\d+\.\s\d+\."))

    desk = school.app[NEWSLETTERS].desk
    content = Content("가을 운동회", "금요일에 운동회를 합니다.", ("guardians",))
    letter = await desk.send(writer, await desk.create(writer, Sort.NEWSLETTER, content))
    await head.goto("/notifications")
    await expect(head.locator("main")).to_contain_text("부재 중이어서 대결자에게 넘어간 결재")

    deputy = await visit(browser, school, "한지민", PHONE)
    await press(deputy.locator("text=가을 운동회"))
    await expect(deputy.locator("main")).to_contain_text("지금 교장 한지민")
    await fits(deputy)
    await press(deputy.locator(f"form[action='/newsletters/{letter.id}/approve'] button"))
    await expect(deputy.locator("main")).to_contain_text("가을 운동회")
    author = await visit(browser, school, "박서연", PHONE)
    await author.goto(f"/newsletters/{letter.id}")
    await expect(author.locator("main")).to_contain_text("한지민 (대결")
    await head.goto("/approval/absences")
    await expect(head.locator("#decided")).to_contain_text("가을 운동회")


async def test_the_office_gives_a_duty_and_takes_it_back(school: School, browser: Browser) -> None:
    office = await visit(browser, school, "오정숙", PHONE)
    await office.goto("/approval/duties")
    await fits(office)
    await press(office.locator("main a[href='/approval/duties/academic']"))
    await fits(office)
    await office.select_option("#holder-0", school.id("한지민"))
    await press(office.locator("main form[action='/approval/duties/academic'] button[type=submit]"))
    row = office.locator("tr", has=office.locator("a[href='/approval/duties/academic']"))
    await expect(row).to_contain_text("한지민")
    await press(office.locator("text=변경 되돌리기"))
    await expect(row).not_to_contain_text("한지민")


async def test_the_head_sets_the_line_of_a_kind_of_letter(school: School, browser: Browser) -> None:
    head = await visit(browser, school, "최은영", PHONE)
    await head.goto("/newsletters/rules")
    await fits(head)
    await head.click("#line-1 summary")
    await head.select_option("#step-1-0", "homeroom")
    await head.select_option("#step-1-1", "role:principal")
    await press(head.locator("#line-1 button[type=submit]"))
    await expect(head.locator("#line-1")).to_contain_text("담임 → 교장")


async def test_at_a_desk_who_follows_whom_stands_on_one_line_beside_many_names(
    school: School, browser: Browser
) -> None:
    def employ(tx: Tx) -> None:
        for at in range(24):
            person = NewPerson(name=f"김주무{at}")
            school.people.roster.add_staff(tx, person, "주무관", "행정실", roles=(Role.OFFICE,))

    await school.db.write(employ)
    page = await visit(browser, school, "최은영", 1280)
    await page.goto("/approval/duties")
    lines = page.locator("td.chain .cell", has_text="→")
    assert await lines.count() > 0
    heights = await lines.evaluate_all("all => all.map(one => one.getClientRects().length)")
    assert set(heights) == {1}
