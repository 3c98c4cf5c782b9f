"""Forms on the front page and among the letters: what is asked, what is due, what is read."""

import re
from typing import Any

from kit.clock import DAY, HOUR
from node.people.model import NewPerson
from tests.node.conftest import School
from tests.node.test_forms import YES, answer, page, sent, sql


async def test_the_front_page_asks_until_it_is_answered(school: School) -> None:
    form = await sent(school, deadline_at=school.clock.now() + 3 * HOUR)
    guardian = await school.client_as("김하늘")
    assert page(school, form) in (await guardian.get("/")).text
    await answer(school, guardian, form)
    assert page(school, form) not in (await guardian.get("/")).text
    teacher = await school.client_as("박서연")
    assert f"/forms/{form}/results" in (await teacher.get("/")).text
    reader = await school.client_as("이준혁")
    assert page(school, form) not in (await reader.get("/")).text


async def test_a_guardian_who_looks_at_one_child_is_asked_for_that_child_alone(
    school: School,
) -> None:
    form = await sent(school, ("guardians",))
    guardian = await school.client_as("김하늘")
    whole = (await guardian.get("/")).text
    alone = (await guardian.get(f"/?child={school.id('이지호')}")).text
    for name in ("이지우", "이지호"):
        assert page(school, form, name) in whole
    assert page(school, form, "이지호") in alone
    assert page(school, form, "이지우") not in alone


async def test_one_childs_page_asks_for_what_is_due_after_much_that_is_asked_of_the_other(
    school: School,
) -> None:
    classes = {name: f"guardians/class:{school.class_id(name)}" for name in ("3-2", "5-1")}
    for _each in range(21):
        await sent(school, (classes["3-2"],), deadline_at=school.clock.now() + DAY)
    form = await sent(
        school, (classes["5-1"],), writer="최은영", deadline_at=school.clock.now() + 2 * DAY
    )
    guardian = await school.client_as("김하늘")
    alone = (await guardian.get(f"/?child={school.id('이지호')}")).text
    assert page(school, form, "이지호") in alone


async def test_a_guardian_who_comes_later_is_asked_for_their_child(school: School) -> None:
    form = await sent(school)

    def arrive(tx: Any) -> str:
        roster = school.people.roster
        person = roster.add_person(tx, NewPerson(name="박새로"))
        roster.add_guardianship(tx, person, school.id("박하준"), "부", may_sign=True)
        roster.add_account(tx, person, "newcomer", "!")
        roster.families_changed(tx, "arrival")
        return person

    school.people_ids["박새로"] = await school.db.write(arrive)
    newcomer = await school.client_as("박새로")
    done = await answer(school, newcomer, form, "박하준", signature_typed="박새로")
    assert done.status == 303


async def test_only_what_is_due_today_or_tomorrow_is_called_so(school: School) -> None:
    at = school.clock.now()
    await sent(school, deadline_at=at + 7 * HOUR)
    await sent(school, deadline_at=at + 10 * DAY)
    text = (await (await school.client_as("김하늘")).get("/")).text
    waiting = re.findall(r'<li class="entry">.*?</li>', text.split('id="todo"')[1], re.DOTALL)
    soon, later = waiting[:2]
    assert ("곧 마감" in soon, "오늘 16:00까지" in soon) == (True, True)
    assert ("곧 마감" in later, "제출 전" in later) == (False, True)
    assert "2건" in text


async def test_a_letter_whose_form_was_signed_is_not_unread(school: School) -> None:
    form = await sent(school)
    client = await school.client_as("김하늘")
    assert 'class="entry unread"' in (await client.get("/newsletters")).text
    assert (await answer(school, client, form)).status == 303
    await school.settled()
    assert 'class="entry unread"' not in (await client.get("/newsletters")).text
    assert "읽지 않음" not in (await client.get("/")).text


async def test_a_slip_of_paper_is_no_reading_of_the_letter(school: School) -> None:
    form = await sent(school)
    teacher = await school.client_as("박서연")
    guardian = school.id("김하늘")
    slip = {"guardian": guardian, "answer_going": YES}
    entered = await teacher.post(page(school, form) + "/paper", slip)
    assert entered.status == 303, entered.text
    await school.settled()
    opened = await sql(school, "SELECT person_id FROM newsletters_opening")
    assert (guardian,) not in opened


async def test_the_author_sees_with_its_unit_how_many_answered(school: School) -> None:
    form = await sent(school)
    await answer(school, await school.client_as("김하늘"), form)
    assert "1명 회신" in (await (await school.client_as("박서연")).get("/")).text
