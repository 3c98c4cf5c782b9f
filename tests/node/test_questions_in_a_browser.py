"""Questions in a real browser, on a phone of 360 px and at a desk: those that are asked of some alone open
and close as one answers, by keyboard too, and a question that a browser asks for is read with its words."""

import pytest
from playwright.async_api import Browser, expect

from node.questions.model import Condition, Field, FieldKind
from tests.node.conftest import School
from tests.node.test_calendar_in_a_browser import overflow
from tests.node.test_forms import answer, sent
from tests.node.test_forms import page as page_of
from tests.node.test_writing_in_a_browser import sign_in, visit

BUS = "통학버스"
WAY = Field("way", FieldKind.CHOICE, "등하교 방법", options=("걸어서", BUS))
STOP = Field("stop", FieldKind.TEXT, "타는 곳", only_if=Condition("way", BUS))
TIMES = Field(
    "times", FieldKind.CHOICES, "타는 때", False, ("아침", "오후"), only_if=Condition("way", BUS)
)
WHY = Field(
    "why",
    FieldKind.CHOICE,
    "아침 버스를 7시 50분보다 늦게, 또는 8시 20분보다 일찍 타야 하는 사정이 있는지 선택해 주세요.",
    options=("없음", "있음"),
    help="형제자매가 다른 학교에 다니거나, 아침 돌봄을 이용하거나, 병원에 들렀다 오는 날처럼"
    " 학교가 미리 알아야 할 사정을 말합니다.",
)


@pytest.mark.parametrize("width", [360, 1280])
async def test_a_question_of_some_opens_and_closes_by_keyboard(
    school: School, browser: Browser, width: int
) -> None:
    form = await sent(school, fields=(WAY, STOP, TIMES))
    page = await visit(browser, school, "김하늘", width)
    await page.goto(page_of(school, form))
    stop = page.get_by_label("타는 곳")
    await expect(stop).to_be_hidden()
    await page.get_by_label("걸어서").focus()
    await page.keyboard.press("ArrowDown")
    await expect(stop).to_be_visible()
    await expect(page.get_by_label(BUS)).to_be_focused()
    assert await overflow(page) == 0
    await page.keyboard.press("Tab")
    await expect(stop).to_be_focused()
    await stop.fill("정문")
    await page.get_by_label(BUS).focus()
    await page.keyboard.press("ArrowUp")
    await expect(stop).to_be_hidden()
    await expect(page.get_by_label("걸어서")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(stop).to_have_value("정문")


async def test_without_the_script_a_question_of_some_says_of_whom(
    school: School, browser: Browser
) -> None:
    form = await sent(school, fields=(WAY, STOP, TIMES))
    context = await browser.new_context(
        base_url=school.url,
        viewport={"width": 360, "height": 800},
        locale="ko-KR",
        java_script_enabled=False,
    )
    page = await context.new_page()
    await sign_in(page, school, "김하늘")
    await page.goto(page_of(school, form))
    await expect(page.get_by_label("타는 곳")).to_be_visible()
    await expect(page.get_by_text("‘등하교 방법’의 답이 ‘통학버스’인 분만").first).to_be_visible()
    assert await overflow(page) == 0


@pytest.mark.parametrize("width", [360, 1280])
async def test_a_required_question_is_shown_with_its_words_below_the_bar(
    school: School, browser: Browser, width: int
) -> None:
    form = await sent(school, fields=(WAY, WHY))
    page = await visit(browser, school, "김하늘", width)
    await page.goto(page_of(school, form))
    await page.get_by_label("걸어서").check()
    await page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    await page.locator("main form[method=post] button[type=submit]").last.click()
    await expect(page.get_by_label("없음")).to_be_focused()
    below = (
        "one => one.getBoundingClientRect().top >= document.querySelector('.topbar').offsetHeight"
    )
    words = page.get_by_text(WHY.label).first
    await page.wait_for_function(below, arg=await words.element_handle())


async def test_results_fold_by_question_and_a_child_takes_few_lines_on_a_phone(
    school: School, browser: Browser
) -> None:
    asked = tuple(
        Field(f"q{at}", FieldKind.CHOICE, f"{at}번째 질문", options=("예", "아니오"))
        for at in range(1, 5)
    )
    form = await sent(school, fields=asked)
    page = await visit(browser, school, "박서연", 360)
    await page.goto(f"/forms/{form}/results")
    folds = page.locator("details.questions-sum")
    assert await folds.evaluate_all("all => all.map(one => one.open)") == [True, True, True, False]
    row = page.get_by_role("row").filter(has_text="이지우")
    box = await row.bounding_box()
    assert box is not None
    assert box["height"] < 110
    assert await overflow(page) == 0
    await folds.last.locator("summary").click()
    signed = await school.client_as("김하늘")
    given = {f"answer_q{at}": "예" for at in range(1, 5)}
    done = await answer(school, signed, form, **given)
    assert done.status == 303
    await expect(row.get_by_text("회신함")).to_be_visible()
    assert await folds.evaluate_all("all => all.map(one => one.open)") == [True] * 4
