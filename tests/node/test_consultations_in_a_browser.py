"""The story of a consultation week on telephones: the office opens it, teachers give their times in seconds, a
mother of three has one plan in one press, a mother speaks with another teacher, too."""

from playwright.async_api import Browser, Page, expect

from kit.clock import moment
from tests.browsing import press
from tests.node.conftest import School
from tests.node.consulting import (
    FRIDAY,
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    booked,
    give,
    open_week,
    three_children,
)
from tests.node.test_writing_in_a_browser import visit

TELEPHONE = 360  # px


async def is_as_wide_as_the_telephone(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE)


async def gives_times(browser: Browser, school: School, name: str, place: str) -> Page:
    """From the front page: two days, the hours as they are offered; a third day as the last one."""
    page = await visit(browser, school, name, TELEPHONE)
    await press(page.locator("#todo >> text=2학기 상담"))
    for day in await page.locator("#give input[name=days]").all():
        await day.set_checked(await day.get_attribute("value") in (MONDAY, TUESDAY))
    await page.fill("#give [name=place]", place)
    await press(page.locator("#give button[type=submit]"))
    wednesday = page.locator(f"section[aria-labelledby=day-{WEDNESDAY}]")
    await press(wednesday.locator("button"))
    await expect(wednesday).to_contain_text("14:40–15:00")
    assert await is_as_wide_as_the_telephone(page)
    return page


async def test_from_the_opening_of_a_week_to_one_plan_for_three_children(
    school: School, browser: Browser
) -> None:
    await three_children(school)
    office = await visit(browser, school, "오정숙", TELEPHONE)
    await office.goto("/consultations")
    await press(office.locator("text=상담주간 열기"))
    await office.fill("[name=title]", "2학기 상담")
    await office.fill("[name=first]", MONDAY)
    await office.fill("[name=last]", FRIDAY)
    await office.check("[name=audience][value=guardians]")
    assert await is_as_wide_as_the_telephone(office)
    await press(office.locator("main form button[type=submit]"))
    await expect(office.locator("main")).to_contain_text("시간 등록 중")

    teachers = {"박서연": "3-2 교실", "한지민": "5-1 교실", "정다운": "6-1 교실"}
    for name, place in teachers.items():
        await gives_times(browser, school, name, place)

    school.clock.at = moment(2026, 11, 30, 9, 1)
    mother = await visit(browser, school, "김하늘", TELEPHONE)
    await press(mother.locator("#todo >> text=2학기 상담"))
    await press(mother.locator("#together >> text=한 번에 예약하기"))
    for child in ("이지우", "이지호", "이지안"):
        await expect(mother.locator("section", has_text=child).first).to_contain_text("12. 7.")
    times = await booked(school, office.url.split("/")[-1])
    assert sorted(at for at, _place in times.values()) == [
        f"{MONDAY} 14:40", f"{MONDAY} 15:05", f"{MONDAY} 15:30",
    ]  # fmt: skip
    assert await is_as_wide_as_the_telephone(mother)

    of_second = mother.locator(f"#child-{school.id('이지호')}")
    await of_second.locator("summary", has_text="상담하고 싶은 내용").click()
    await of_second.locator("textarea").fill("수학을 어려워해요")
    await press(of_second.locator("button", has_text="저장"))
    await of_second.locator("summary", has_text="시간 변경").click()
    tuesday = of_second.locator(".consultations-day", has_text="12. 8.")
    await tuesday.locator("summary").click()
    await tuesday.locator("label", has_text="15:05").click()
    await press(of_second.locator("button", has_text="이 시간으로 변경"))
    await expect(of_second).to_contain_text("12. 8.")

    teacher = await visit(browser, school, "한지민", TELEPHONE)
    await teacher.goto(mother.url + "/times")
    await expect(teacher.locator("#days")).to_contain_text("수학을 어려워해요")
    await teacher.locator("#days summary", has_text="변경·취소").click()
    await teacher.fill("[name=reason]", "교직원 연수")
    await press(teacher.locator("text=취소하고 가정에 알리기"))
    await expect(teacher.locator("body")).to_contain_text("가정에 알렸습니다")
    await mother.reload()
    await expect(of_second).to_contain_text("교직원 연수")
    await expect(of_second.locator("button", has_text="이 시간으로 예약")).to_be_visible()


async def test_a_mother_speaks_with_another_teacher_as_well(
    school: School, browser: Browser
) -> None:
    week = await open_week(school)
    await give(school, week)
    teacher = await visit(browser, school, "한지민", TELEPHONE)
    await teacher.goto(f"/consultations/{week}")
    await press(teacher.locator("text=내 상담 시간 열기"))
    await teacher.check("#open [name=audience][value='guardians/grade:3']")
    assert await is_as_wide_as_the_telephone(teacher)
    await press(teacher.locator("#open button[type=submit]"))
    for day in await teacher.locator("#give input[name=days]").all():
        await day.set_checked(await day.get_attribute("value") == TUESDAY)
    await teacher.fill("#give [name=place]", "영어실")
    await press(teacher.locator("#give button[type=submit]"))

    mother = await visit(browser, school, "김하늘", TELEPHONE)
    await mother.goto(f"/consultations/{week}")
    child = mother.locator(f"#child-{school.id('이지우')}")
    await child.locator("summary", has_text="상담할 수 있는 선생님 1명").click()
    assert await is_as_wide_as_the_telephone(mother)
    await press(child.locator("a", has_text="한지민 선생님"))
    await mother.locator("label", has_text="15:05").click()
    await mother.fill("textarea", "영어 발표를 무서워해요")
    assert await is_as_wide_as_the_telephone(mother)
    await press(mother.locator("text=이 시간으로 예약"))
    await expect(child).to_contain_text("15:05–15:25 · 방문 상담 · 영어실")
    await expect(child.locator("button", has_text="이 시간으로 예약")).to_be_visible()
    assert await booked(school, week, "한지민") == {"이지우": (f"{TUESDAY} 15:05", "영어실")}

    await teacher.reload()
    await expect(teacher.locator("#days")).to_contain_text("영어 발표를 무서워해요")
    assert await is_as_wide_as_the_telephone(teacher)
