"""A form says above its first question who will see name and answers: what the rule lets."""

import re

import msgspec
import pytest

from node.forms.model import FormDraft
from node.newsletters.model import Content, Sort
from node.newsletters.web import NEWSLETTERS
from node.people.model import ROLE_LABELS, NewPerson, Role
from node.questions.model import LegalBasis
from tests.node.conftest import School
from tests.node.test_forms import GOING, answer, page, sent

STAFF = {
    "박서연": "글쓴이 박서연",
    "최은영": "교장",
    "윤태식": "교감",
    "오정숙": "행정실",
    "정민호": "시스템 관리자",
    "한지민": "교사",
}


async def told(school: School, form: str) -> list[str]:
    """Whom the page names as readers; it does so before it asks anything."""
    shown = (await (await school.client_as("김하늘")).get(page(school, form))).text
    found = re.search(r"이름과 답변을 보는 사람</strong>: ([^<]+)</p>", shown)
    assert found is not None
    assert found.start() < shown.index('name="answer_')
    return [name.strip() for name in found.group(1).split(",")]


async def test_each_form_names_those_of_the_staff_who_see_its_answers_and_no_others(
    school: School,
) -> None:
    form = await sent(school)
    named = await told(school, form)
    for person, label in STAFF.items():
        opened = await (await school.client_as(person)).get(f"/forms/{form}/results")
        assert (opened.status == 200) is (label in named), person


async def test_the_homeroom_teacher_is_named_on_a_form_that_somebody_else_wrote(
    school: School,
) -> None:
    form = await sent(school, writer="최은영")
    named = await told(school, form)
    assert "글쓴이 최은영" in named
    assert "담임교사" in named
    teacher = await school.client_as("박서연")
    assert (await teacher.get(f"/forms/{form}/results")).status == 200


@pytest.mark.parametrize("is_chosen", [False, True])
@pytest.mark.parametrize("role", list(Role))
async def test_a_role_is_named_exactly_when_it_opens_the_answers(
    school: School, role: Role, is_chosen: bool
) -> None:
    """Of a class's form, and of one for the family of a single child, which fewer see."""
    chosen = (f"guardians/child:{school.id('이지우')}",)
    form = await sent(school, chosen if is_chosen else ())
    school.people_ids["새사람"] = await school.db.write(
        lambda tx: school.people.roster.add_staff(
            tx, NewPerson(name="새사람"), "직원", "부서", roles=(role,), since_on="2026-03-01"
        )
    )
    await school.db.write(
        lambda tx: school.people.roster.add_account(tx, school.id("새사람"), "newcomer", "!")
    )
    opened = await (await school.client_as("새사람")).get(f"/forms/{form}/results")
    assert (opened.status == 200) is (ROLE_LABELS[role] in await told(school, form))


async def test_the_other_guardian_of_the_child_is_named_for_they_see_the_answer_too(
    school: School,
) -> None:
    form = await sent(school)
    assert "같은 자녀의 다른 보호자" in await told(school, form)
    await answer(school, await school.client_as("김하늘"), form, answer_allergy="땅콩")
    father = await school.client_as("이준혁")
    assert "땅콩" in (await father.get("/receipts/0")).text


async def test_whoever_approves_a_letter_is_shown_who_will_see_the_answers(school: School) -> None:
    author = await school.asker("박서연")
    desk = school.app[NEWSLETTERS].desk
    draft = FormDraft(fields=(GOING,), legal_basis=LegalBasis.NONE)
    content = Content("설문", "내용", ("guardians",), msgspec.json.encode(draft).decode())
    letter = await desk.send(author, await desk.create(author, Sort.NEWSLETTER, content))
    shown = (await (await school.client_as("최은영")).get(f"/newsletters/{letter.id}")).text
    assert "이름과 답변을 보는 사람</strong>: 글쓴이 박서연, 담임교사" in shown
