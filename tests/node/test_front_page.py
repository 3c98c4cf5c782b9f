"""Stories about the front page: first what is to be done, by deadline, then the day, then what is new."""

import re
from collections.abc import Sequence

import pytest

from kit.clock import DAY, HOUR, MINUTE
from node.home.web import HOME
from node.newsletters.bringing import to_bring
from node.newsletters.model import Content, Sort
from node.newsletters.web import NEWSLETTERS
from node.people.model import Asker
from tests.node.conftest import Client, School
from tests.node.offering import enter, offer
from tests.node.test_calendar import office, put_in
from tests.node.test_contacts import NURSE, STAFF_ONLY, written
from tests.node.test_doctor_at_night import told_of
from tests.node.test_forms import page as page_of
from tests.node.test_forms import sent
from tests.node.test_meals import allergic
from tests.node.test_meals import written as cooked


async def lessons(school: School, room: str, subjects: Sequence[str], weekday: int = 1) -> None:
    """The office writes a class's weekday."""
    writer = await school.client_as("오정숙")
    typed = {f"lesson-{weekday}-{at}": subject for at, subject in enumerate(subjects, 1)}
    answer = await writer.post(f"/timetable/{school.class_id(room)}/write", typed)
    assert answer.status == 303, answer.text
    await school.settled()


async def notice(school: School, body: str) -> None:
    """박서연's class notice to the guardians of 3-2."""
    author, desk = await school.asker("박서연"), school.app[NEWSLETTERS].desk
    text = Content("알림장", body, (f"guardians/class:{school.class_id('3-2')}",))
    await desk.send(author, await desk.create(author, Sort.CLASS_NOTICE, text))
    await school.settled()


async def words(client: Client, part: str, address: str = "/") -> str:
    """What a part of somebody's front page says, without its markup; "" where it is not there."""
    page = (await client.get(address)).text
    found = re.search(rf'<section class="[^"]*" id="{part}".*?</section>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", found[0]).split()) if found else ""


def in_order(text: str, *said: str) -> bool:
    places = [text.find(one) for one in said]
    return -1 not in places and places == sorted(places)


# What is to be done -------------------------------------------------------------------------------


async def test_all_that_waits_stands_in_one_list_what_is_due_first_before_the_rest(
    school: School,
) -> None:
    now = school.clock.now()
    late = await sent(school, deadline_at=now + 9 * DAY)
    soon = await sent(school, ("guardians",), deadline_at=now + 3 * HOUR)
    signup = await offer(school, title="공예 체험")
    guardian = await school.client_as("김하늘")
    page = (await guardian.get("/")).text.split('id="todo"')[1].split("</section>")[0]
    addresses = re.findall(r'<li class="entry[^"]*">\s*<a href="([^"]+)"', page)
    assert set(addresses[:2]) == {page_of(school, soon, one) for one in ("이지우", "이지호")}
    assert set(addresses[2:]) == {f"/signups/{signup}", page_of(school, late)}
    todo = await words(guardian, "todo")
    assert todo.startswith("할 일 4건")
    assert in_order(todo, "이지", "오늘 12:00까지", "공예 체험")


async def test_what_was_done_is_no_task_any_more(school: School) -> None:
    signup = await offer(school, title="공예 체험")
    guardian = await school.client_as("김하늘")
    assert "공예 체험" in await words(guardian, "todo")
    assert (await enter(guardian, signup, school.id("이지우"))).status == 303
    assert "지금 처리할 일이 없습니다." in await words(guardian, "todo")
    assert "공예 체험" in await words(guardian, "card-signups")


async def test_more_than_a_screen_holds_is_one_press_away(school: School) -> None:
    for day in range(1, 8):
        await sent(school, deadline_at=school.clock.now() + day * DAY)
    guardian = await school.client_as("김하늘")
    page = (await guardian.get("/")).text.split('id="todo"')[1].split("</section>")[0]
    assert page.split("<details")[0].count("<li") == 3
    todo = await words(guardian, "todo")
    assert "할 일 7건" in todo
    assert "4건 더 보기" in todo


async def statements_of(school: School, asker: Asker) -> list[str]:
    """What the reading connection is asked for this person's page, as it is now."""
    statements: list[str] = []
    real = school.db._read
    school.db._read = told_of(school, statements)  # type: ignore[method-assign, assignment]
    try:
        await school.app[HOME].front(asker)
    finally:
        school.db._read = real  # type: ignore[method-assign]
    return statements


async def test_twelve_things_to_do_ask_the_database_no_more_than_two(school: School) -> None:
    mother = await school.asker("김하늘")
    await sent(school)
    await offer(school, title="공예 체험")
    two = await statements_of(school, mother)
    assert (await school.app[HOME].front(mother)).todo.count == 2
    for at in range(7):
        await sent(school, deadline_at=school.clock.now() + (at + 1) * DAY)
    for title in ("과학 체험", "목공 체험", "요리 체험"):
        await offer(school, title=title)
    assert (await school.app[HOME].front(mother)).todo.count == 12
    school.clock.advance(MINUTE)  # what was kept of the page is asked anew
    twelve = await statements_of(school, mother)
    assert two
    assert len(twelve) == len(two)


async def test_families_have_whom_they_call_first_at_the_foot_of_their_page(school: School) -> None:
    for at, place in enumerate(("행정실", "교무실", "보건실", "급식실")):
        await written(school, {**NURSE, "name": place, "telephone": f"031-000-010{at}"})
    await written(school, STAFF_ONLY)
    for name in ("김하늘", "이지우"):
        foot = await words(await school.client_as(name), "home-contacts")
        assert in_order(foot, "행정실 031-000-0100", "교무실", "보건실", "연락처 모두 보기")
        assert "급식실" not in foot
    assert await words(await school.client_as("박서연"), "home-contacts") == ""
    page = (await (await school.client_as("김하늘")).get("/")).text
    assert 'href="tel:0310000100"' in page
    assert "contacts.changed" in page


async def test_more_contacts_ask_the_database_no_more(school: School) -> None:
    mother, teacher = await school.asker("김하늘"), await school.asker("박서연")
    none, none_of_staff = await statements_of(school, mother), await statements_of(school, teacher)
    assert sum("contacts_entry" in one for one in none) == 1
    assert not any("contacts_entry" in one for one in none_of_staff)
    for at in range(10):
        await written(school, {**NURSE, "name": f"{at}실"})
    await sent(school)
    one_letter = await statements_of(school, mother)
    assert sum("contacts_entry" in one for one in one_letter) == 1


async def test_who_has_nothing_to_do_reads_that(school: School) -> None:
    subject_teacher = await school.client_as("한지민")
    assert await words(subject_teacher, "todo") == "할 일 지금 처리할 일이 없습니다."
    assert await words(subject_teacher, "today") == ""  # a school that has written nothing yet


# The day ------------------------------------------------------------------------------------------


async def test_each_childs_day_stands_under_their_name_and_what_is_for_all_once(
    school: School,
) -> None:
    await lessons(school, "3-2", ("국어", "수학"))
    await lessons(school, "5-1", ("실과", "영어"))
    await cooked(school)
    await allergic(school, 2)
    await notice(school, "1. 독서\n2. **준비물**: 물통, 색연필")
    await put_in(await office(school), title="소방 훈련", first_on="2026-11-23")
    guardian = await school.client_as("김하늘")
    today = await words(guardian, "today")
    assert today.startswith("오늘 2026. 11. 23.")
    assert in_order(
        today,
        "소방 훈련",
        "기장밥",
        "이지호 5학년 1반",
        "실과, 영어",
        "이지우 3학년 2반",
        "국어, 수학",
        "준비물 물통 색연필",
        "알레르기 주의 요구르트 (우유)",
    )
    assert today.count("기장밥") == 1


async def test_of_one_child_the_day_needs_no_name(school: School) -> None:
    await lessons(school, "3-2", ("국어", "수학"))
    for name in ("이지우", "박서연"):
        today = await words(await school.client_as(name), "today")
        assert "시간표 국어, 수학" in today
        assert "3학년 2반" not in today


async def test_from_four_oclock_families_see_the_day_that_comes(school: School) -> None:
    await lessons(school, "3-2", ("국어",), weekday=1)
    await lessons(school, "3-2", ("체육",), weekday=2)
    student = await school.client_as("이지우")
    assert "시간표 국어" in await words(student, "today")
    student = await school.later(7 * HOUR, "이지우")  # 16:00
    today = await words(student, "today")
    assert today.startswith("내일 2026. 11. 24.")
    assert "시간표 체육" in today


async def test_on_a_weekend_stands_what_monday_brings(school: School) -> None:
    await lessons(school, "3-2", ("국어",), weekday=1)
    student = await school.later(5 * DAY, "이지우")  # a Saturday
    today = await words(student, "today")
    assert today.startswith("다음 등교일 2026. 11. 30.")
    assert "시간표 국어" in today


async def test_in_a_vacation_it_says_when_school_is_again_and_no_lessons(school: School) -> None:
    await lessons(school, "3-2", ("국어",))
    await cooked(school)
    await put_in(
        await office(school),
        title="겨울방학",
        kind="vacation",
        first_on="2026-11-23",
        last_on="2026-12-11",
        starts="",
        ends="",
    )
    student = await school.client_as("이지우")
    today = await words(student, "today")
    assert "방학 겨울방학" in today
    assert "수업이 없는 날입니다. 다음 등교일은 2026. 12. 14." in today
    assert "국어" not in today


async def test_a_day_of_another_child_is_not_told_by_one_childs_page(school: School) -> None:
    await lessons(school, "3-2", ("국어",))
    await lessons(school, "5-1", ("실과",))
    guardian = await school.client_as("김하늘")
    today = await words(guardian, "today", f"/?child={school.id('이지호')}")
    assert "실과" in today
    assert "국어" not in today


async def test_the_parts_are_said_in_english_too(school: School) -> None:
    await lessons(school, "3-2", ("국어",))
    student = await school.client_as("이지우")
    student.session.cookie_jar.update_cookies({"lang": "en"})
    assert "Nothing to do right now." in await words(student, "todo")
    assert (await words(student, "today")).startswith("Today Mon 23 Nov 2026 Timetable")


@pytest.mark.parametrize(
    ("body", "things"),
    [
        ("준비물: 물통", ["물통"]),
        ("2. **준비물**: 화요일 미술 – 신문지", ["화요일 미술 – 신문지"]),
        ("준비물 : **색연필** 12색\n숙제: 독서", ["색연필 12색"]),
        ("준비물: 물통, 색종이(빨강, 파랑), 풀", ["물통", "색종이(빨강, 파랑)", "풀"]),
        ("3. **준비물:**\n- 물통\n- 수건 1장\n4. 숙제: 독서", ["물통", "수건 1장"]),
        ("준비물: 물통, 물통,", ["물통"]),
        ("준비물은 없습니다.", []),
        ("준비물: " + "가" * 100, ["가" * 79 + "…"]),
    ],
)
def test_what_to_bring_is_read_as_teachers_write_it(body: str, things: list[str]) -> None:
    assert to_bring(body) == things
