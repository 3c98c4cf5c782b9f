"""Stories about meals: what there is to eat, and what of it a child must not."""

from functools import partial

import pytest

from kit.outbox import publish
from node.meals.about import about
from node.meals.dishes import OddDish, dish, dishes
from node.meals.model import Dish
from node.people.model import PersonClosed, Role
from tests.node.conftest import Client, School

TODAY = "2026-11-23"  # a Monday, as the clock of these tests stands
LUNCH = "기장밥\n쇠고기미역국(5.6.16)\n배추김치(9.13)\n요구르트(2)"


async def written(school: School, day: str = TODAY, text: str = LUNCH) -> Client:
    """오정숙, of the office, writes a day's lunch by the form of the week."""
    office = await school.client_as("오정숙")
    sent = {f"dishes-{day}": text, f"calories-{day}": "623.4 Kcal"}
    answer = await office.post(f"/meals/write?day={day}", sent)
    assert answer.status == 303, answer.text
    await school.settled()
    return office


async def allergic(school: School, *allergens: int, agrees: bool = True) -> Client:
    """김하늘 says what 이지우 must not eat."""
    guardian = await school.client_as("김하늘")
    sent = [("allergens", str(one)) for one in allergens] + [("agrees", "1")] * agrees
    answer = await guardian.post(f"/meals/allergies/{school.id('이지우')}", sent)
    assert answer.status in (303, 422)
    return guardian


async def found(client: Client, words: str) -> list[str]:
    answer = await client.get(f"/api/v1/search?q={words}")
    return [hit["href"] for hit in answer.json()["hits"]]


# What menus write ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("쇠고기미역국(5.6.16)", Dish("쇠고기미역국", (5, 6, 16))),
        ("쇠고기미역국 (5.6.16.)", Dish("쇠고기미역국", (5, 6, 16))),
        ("배추김치9.13.", Dish("배추김치", (9, 13))),
        ("우유②", Dish("우유", (2,))),
        ("두부⑤⑥", Dish("두부", (5, 6))),
        ("쌀밥", Dish("쌀밥")),
        ("만두(100)", Dish("만두(100)")),
        ("요구르트 1.5", Dish("요구르트 1.5")),
        ("(자율)과일", Dish("(자율)과일")),
    ],
)
def test_a_dish_is_read_as_menus_write_it(line: str, read: Dish) -> None:
    assert dish(line) == read


def test_dishes_stand_below_one_another_or_apart_by_the_mark_of_neis() -> None:
    assert dishes("쌀밥<br/>김치(9)<BR>우유(2)\n") == (
        Dish("쌀밥"),
        Dish("김치", (9,)),
        Dish("우유", (2,)),
    )


def test_a_number_that_is_no_allergen_is_named() -> None:
    with pytest.raises(OddDish) as odd:
        dish("김치(9.23)")
    assert odd.value.params == {"dish": "김치(9.23)", "number": 23}


# What there is to eat -----------------------------------------------------------------------------


async def test_everybody_reads_what_there_is_to_eat_today(school: School) -> None:
    await written(school)
    for name in ("김하늘", "이지우", "한지민"):
        client = await school.client_as(name)
        day = (await client.get("/meals")).text
        assert "쇠고기미역국" in day
        assert "대두 5 · 밀 6 · 쇠고기 16" in day
        assert "623.4 Kcal" in day
        assert "쇠고기미역국" in (await client.get("/meals/week")).text
        front = (await client.get("/")).text
        assert "급식</strong> 기장밥, 쇠고기미역국, 배추김치, 요구르트" in front


async def test_a_day_without_a_meal_leads_to_the_next_that_has_one(school: School) -> None:
    await written(school, "2026-11-26")
    guardian = await school.client_as("김하늘")
    page = (await guardian.get("/meals")).text
    assert "이날은 급식이 없습니다." in page
    assert 'href="/meals?day=2026-11-26"' in page
    assert "급식</strong>" not in (await guardian.get("/")).text


async def test_a_week_has_its_school_days_also_before_a_menu_is_there(school: School) -> None:
    guardian = await school.client_as("김하늘")
    week = (await guardian.get("/meals/week?day=2026-11-23")).text
    assert week.count("아직 등록된 급식이 없습니다.") == 5
    assert (await guardian.get("/meals?day=0001-01-01")).status == 404
    assert (await guardian.get("/meals?day=gestern")).status == 422


async def test_an_emptied_day_has_no_meal_any_more(school: School) -> None:
    await written(school)
    await written(school, text="")
    guardian = await school.client_as("김하늘")
    assert "쇠고기미역국" not in (await guardian.get("/meals")).text


async def test_a_wrong_number_is_told_at_its_day_and_nothing_is_saved(school: School) -> None:
    office = await school.client_as("오정숙")
    sent = {"dishes-2026-11-23": "쌀밥", "dishes-2026-11-24": "김치(9.23)"}
    answer = await office.post("/meals/write?day=2026-11-23", sent)
    assert answer.status == 422
    assert "알레르기 번호 23번은 없습니다" in answer.text
    assert "쌀밥" not in (await office.get("/meals")).text


async def test_two_who_write_the_same_week_notice_each_other(school: School) -> None:
    office = await written(school)
    page = (await office.get("/meals/write?day=2026-11-23")).text
    seen = page.split('name="seen" value="')[1].split('"')[0]
    await written(school, text="보리밥")
    sent = {"dishes-2026-11-23": "콩밥(5)", "seen": seen}
    answer = await office.post("/meals/write?day=2026-11-23", sent)
    assert answer.status == 409
    assert "보리밥" in (await office.get("/meals")).text


async def test_the_nutrition_teacher_writes_meals(school: School) -> None:
    teacher = await school.client_as("한지민")
    assert (await teacher.get("/meals/write")).status == 403
    assert "급식 입력·수정" not in (await teacher.get("/meals")).text
    await nutritionist(school)
    assert (await teacher.get("/meals/write")).status == 200
    assert "급식 입력·수정" in (await teacher.get("/meals")).text


async def nutritionist(school: School) -> None:
    """한지민 becomes the nutrition teacher."""
    roster, teacher = school.people.roster, school.id("한지민")
    await school.db.write(lambda tx: roster.set_roles(tx, teacher, [Role.TEACHER, Role.NUTRITION]))


async def test_lunch_of_a_day_is_found_by_all_and_leads_to_the_day(school: School) -> None:
    await written(school)
    for name in ("김하늘", "이지우", "한지민"):
        client = await school.client_as(name)
        assert await found(client, "쇠고기미역국") == ["/meals?day=2026-11-23"]
        assert await found(client, "11월 23일 급식") == ["/meals?day=2026-11-23"]


async def test_a_meal_that_is_gone_is_not_found(school: School) -> None:
    await written(school)
    await written(school, text="")
    assert await found(await school.client_as("김하늘"), "쇠고기미역국") == []


# What a child must not eat ------------------------------------------------------------------------


async def test_a_guardian_sees_in_words_what_the_child_must_not_eat(school: School) -> None:
    await written(school)
    guardian = await allergic(school, 2, 16)
    for path in ("/meals", "/meals/week"):
        page = (await guardian.get(path)).text
        assert "쇠고기 16 · 지우 알레르기" in page
        assert "우유 2 · 지우 알레르기" in page
    front = (await guardian.get("/")).text
    assert "알레르기 주의" in front
    under = front.split("이지우 <span>")[1].split("<h3")[0]
    assert "쇠고기미역국, 요구르트 (우유, 쇠고기)" in under
    father = await school.client_as("이준혁")
    assert "지우 알레르기" in (await father.get("/meals")).text
    child = await school.client_as("이지우")
    assert "지우 알레르기" in (await child.get("/meals")).text


async def test_nobody_else_sees_it(school: School) -> None:
    await written(school)
    await allergic(school, 2)
    for name in ("이도윤", "한지민", "오정숙", "최은영"):
        client = await school.client_as(name)
        for path in ("/meals", "/meals/week", "/"):
            assert "지우" not in (await client.get(path)).text
        assert (await client.get(f"/meals/allergies/{school.id('이지우')}")).status == 404
        assert not [one for one in await found(client, "알레르기") if "/meals" in one]
    assert (await (await school.client_as("한지민")).get("/meals/allergies/list")).status == 404


async def test_without_agreement_nothing_is_kept(school: School) -> None:
    await allergic(school, 2, agrees=False)
    assert await school.db.read(lambda tx: tx.rows("SELECT * FROM meals_allergy")) == []


async def test_a_guardian_takes_the_agreement_back(school: School) -> None:
    await written(school)
    guardian = await allergic(school, 2)
    child = f"/meals/allergies/{school.id('이지우')}"
    assert "동의 철회" in (await guardian.get(child)).text
    assert (await guardian.post(f"{child}/withdraw")).status == 303
    assert "지우 알레르기" not in (await guardian.get("/meals")).text
    assert await school.db.read(lambda tx: tx.rows("SELECT * FROM meals_allergy")) == []


async def test_a_guardian_who_may_not_sign_only_reads(school: School) -> None:
    await allergic(school, 2)
    father = await school.client_as("이준혁")
    child = f"/meals/allergies/{school.id('이지우')}"
    page = (await father.get(child)).text
    assert "우유 2" in page
    assert "서명할 수 있는 보호자가" in page
    assert (await father.post(child, {"allergens": "5", "agrees": "1"})).status == 403


async def test_few_staff_see_the_list_and_each_look_is_noted(school: School) -> None:
    await written(school)
    await allergic(school, 2)
    await nutritionist(school)
    for name in ("한지민", "박서연", "정민호"):
        client = await school.client_as(name)
        page = (await client.get("/meals/allergies/list")).text
        assert "이지우" in page
        assert "요구르트" in page  # of today's lunch, it is not for her


async def test_a_homeroom_teacher_sees_the_own_class_alone(school: School) -> None:
    guardian = await school.client_as("김하늘")
    brother = f"/meals/allergies/{school.id('이지호')}"
    assert (await guardian.post(brother, {"allergens": "4", "agrees": "1"})).status == 303
    teacher = await school.client_as("박서연")
    assert "이지호" not in (await teacher.get("/meals/allergies/list")).text
    administrator = await school.client_as("정민호")
    assert "이지호" in (await administrator.get("/meals/allergies/list")).text


async def test_it_goes_when_the_child_leaves_the_school(school: School) -> None:
    await allergic(school, 2)
    student = school.id("이지우")
    await school.db.write(lambda tx: publish(tx, PersonClosed(student), school.clock.now()))
    await school.settled()
    assert await school.db.read(lambda tx: tx.rows("SELECT * FROM meals_allergy")) == []


async def test_whoever_asks_for_their_data_gets_what_they_said(school: School) -> None:
    await allergic(school, 2, 16)
    for name in ("김하늘", "이지우"):
        (held,) = await school.db.read(partial(about, person_id=school.id(name)))
        assert [row[:2] for row in held.rows] == [("이지우", "우유, 쇠고기")]
