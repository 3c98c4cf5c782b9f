"""A family recomputes the draw on its own telephone, and sees what somebody changed."""

import json

import pytest
from playwright.async_api import Browser, Page, Route, expect

from kit.clock import HOUR
from kit.web.keys import JOBS
from tests.browsing import press
from tests.node.conftest import School
from tests.node.offering import children, enter, entries, offer
from tests.node.test_writing_in_a_browser import visit

TELEPHONE = 360  # px


async def drawn(school: School) -> str:
    """A draw of twelve families and 김하늘's two children, who stay together."""
    signup = await offer(school, how="draw", places=5, closes=HOUR)
    for guardian, child in await children(school, 12):
        await enter(guardian, signup, child)
    both = (school.id("이지우"), school.id("이지호"))
    await enter(await school.client_as("김하늘"), signup, *both, together=True)
    school.clock.advance(HOUR)
    assert await school.app[JOBS].run("signups.draw")
    await school.settled()
    return signup


async def recomputed(page: Page, signup: str) -> None:
    """By the links of the pages, and one press."""
    await page.goto(f"/signups/{signup}")
    await press(page.locator("text=추첨 다시 계산하기"))
    await page.click("#recompute-start")
    await expect(page.locator("#recompute-checks")).to_be_visible()


async def test_a_guardian_signs_up_and_cancels_on_a_telephone(
    school: School, browser: Browser
) -> None:
    signup = await offer(school)
    page = await visit(browser, school, "김하늘", TELEPHONE)
    await press(page.locator("#todo >> text=겨울방학 방과후 코딩"))
    await page.check(f'input[value="{school.id("이지우")}"]')
    await press(page.locator("#enter button[type=submit]"))
    own = page.locator("#own")
    await expect(own).to_contain_text("이지우")
    await expect(own).to_contain_text("선정")
    page.on("dialog", lambda dialog: dialog.accept())
    await press(own.locator("button"))
    await expect(page.locator("#own")).to_contain_text("취소")
    assert [one[3] for one in await entries(school, signup)] == ["cancelled"]


async def test_the_telephone_comes_to_the_schools_result_and_shows_the_familys_number(
    school: School, browser: Browser
) -> None:
    signup = await drawn(school)
    page = await visit(browser, school, "김하늘", TELEPHONE)
    await recomputed(page, signup)
    await expect(page.locator("#recompute-said")).to_contain_text("학교의 결과와 같습니다")
    assert await page.locator("#recompute-checks .check-fails").count() == 0
    await page.click("#recompute-list summary")
    lines = await page.locator(".signups-drawn li").all_inner_texts()
    assert len(lines) == 13
    own = await page.locator(".signups-drawn-own").inner_text()
    numbers = {str(one[1]): one[3] for one in await entries(school, signup)}
    number = own.split()[0]
    assert numbers[number] == ("waiting" if "대기" in own else "placed")
    told = {line.split()[0]: "waiting" if "대기" in line else "placed" for line in lines}
    assert told == numbers
    assert await page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE


@pytest.mark.parametrize("changed", ["entries", "seed", "outcome"])
async def test_what_somebody_changes_on_the_way_does_not_come_to_the_same_result(
    school: School, browser: Browser, changed: str
) -> None:
    signup = await drawn(school)
    page = await visit(browser, school, "김하늘", TELEPHONE)

    async def change(route: Route) -> None:
        answer = await route.fetch()
        file = await answer.json()
        if changed == "entries":
            file["entries"] = file["entries"].replace('"places":5', '"places":6')
        else:
            record = json.loads(file["drawn"]["record"]["text"])
            record["seed" if changed == "seed" else "outcome_hash"] = "0" * 64
            file["drawn"]["record"]["text"] = json.dumps(record)
        await route.fulfill(response=answer, body=json.dumps(file))

    await page.route("**/draw.json", change)
    await recomputed(page, signup)
    await expect(page.locator("#recompute-said")).to_contain_text("다릅니다")
    failing = await page.locator("#recompute-checks .check-fails").all()
    assert failing
    assert all([await one.is_visible() for one in failing])


async def test_a_family_reads_of_the_draw_without_the_words_of_programmers(
    school: School, browser: Browser
) -> None:
    signup = await drawn(school)
    page = await visit(browser, school, "김하늘", TELEPHONE)
    await page.goto(f"/signups/{signup}/draw")
    technical = page.get_by_text("madang verify")
    await expect(technical).to_be_hidden()
    assert "SHA-256" not in await page.locator("main").inner_text()
    await page.get_by_text("직접 검증하는 분을 위한 정보").click()
    await expect(technical).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") == TELEPHONE
