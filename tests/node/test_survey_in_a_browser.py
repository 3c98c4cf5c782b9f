"""A guardian answers an anonymous survey on the telephone; its author sees bars after the closing, and nothing of
four answers."""

from playwright.async_api import Browser, expect

from kit.clock import DAY
from tests.browsing import press
from tests.node.asking import VOTERS, answers, ask, close
from tests.node.conftest import School
from tests.node.test_writing_in_a_browser import visit

TELEPHONE = 360  # px


async def test_a_guardian_answers_on_a_telephone_and_the_author_sees_the_chart(
    school: School, browser: Browser
) -> None:
    survey = await ask(school, required="1")
    others = [name for name in VOTERS if name != "김하늘"]
    given = {"likes": "좋아요", "clean": "보통이다", "wish": "국이 따뜻했으면 합니다."}
    await answers(school, survey, dict.fromkeys(others[:4], given))

    page = await visit(browser, school, "김하늘", TELEPHONE)
    await press(page.locator("#todo >> text=급식 만족도"))
    await expect(page.locator("#promise")).to_contain_text("아무도 알 수 없습니다")
    await page.check('input[name="answer_form-likes"][value="아쉬워요"]')
    await page.check('input[name="answer_form-clean"][value="그렇다"]')
    await page.fill('textarea[name="answer_form-wish"]', "과일이 더 좋아요")
    assert await page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE
    kept = "Object.keys(localStorage).filter((key) => key.includes('/surveys/'))"
    assert await page.evaluate(kept) == []
    await press(page.locator("#answers button[type=submit]"))
    await expect(page.locator("#survey")).to_contain_text("참여하셨습니다")
    await expect(page.locator("#answers")).to_have_count(0)

    author = await visit(browser, school, "오정숙", TELEPHONE)
    await author.goto(f"/surveys/{survey}/results")
    await expect(author.locator("#results")).to_contain_text("마감 뒤에 나옵니다")
    await close(school, after=3 * DAY)
    author = await visit(browser, school, "오정숙", TELEPHONE)
    await press(author.locator("#card-own-surveys >> text=급식 만족도"))
    bars = author.locator("#results progress[aria-label='좋아요']")
    await expect(bars).to_have_attribute("value", "4")
    await expect(author.locator("#results")).to_contain_text("과일이 더 좋아요")
    assert await author.evaluate("document.documentElement.scrollWidth") <= TELEPHONE


async def test_of_four_answers_the_author_sees_no_chart(school: School, browser: Browser) -> None:
    survey = await ask(school)
    await answers(school, survey, {name: {"likes": "좋아요"} for name in VOTERS[:4]})
    await close(school)
    author = await visit(browser, school, "오정숙", TELEPHONE)
    await author.goto(f"/surveys/{survey}/results")
    await expect(author.locator("#results")).to_contain_text("5명 미만이어서")
    await expect(author.locator("#results progress[aria-label='좋아요']")).to_have_count(0)
