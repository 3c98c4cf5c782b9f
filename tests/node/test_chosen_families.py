"""A letter to the families of chosen children: who reads it, who learns of whom, how they are chosen."""

import re

import pytest

from kit.db import Tx, encode
from node.assistant.service import rights_of
from node.forms.model import FormDraft
from node.messenger.model import rooms_told
from node.newsletters import lists
from node.newsletters.choosing import keys_of
from node.newsletters.model import CHILDREN, Content, Letter, Sort, State
from node.newsletters.web import NEWSLETTERS
from node.notify.web import NOTIFY
from node.people.access import load_asker
from node.people.audience import in_short, labels
from node.people.model import NewPerson
from node.questions.model import Field, FieldKind, LegalBasis
from tests.node.conftest import Answer, School
from tests.node.test_forms import answer

GOING = Field("going", FieldKind.CHOICE, "참가 여부", options=("참가", "불참"))
TITLE = "개별 상담 안내"
"""Of a letter that concerns these families alone."""
HIDDEN = ("박하준", "최하린")
"""Those whose names the families of 이지우 must not meet."""


async def written(
    school: School,
    children: tuple[str, ...],
    *,
    writer: str = "한지민",
    form: str = "",
    to_students: bool = False,
) -> str:
    """A draft to the families of some children; its id."""
    author = await school.asker(writer)
    keys = keys_of(map(school.id, children), to_students=to_students)
    content = Content(TITLE, "상담실에서 뵙겠습니다.", tuple(sorted(keys)), form)
    return await school.app[NEWSLETTERS].desk.create(author, Sort.NEWSLETTER, content)


async def out(school: School, *children: str, form: str = "", to_students: bool = False) -> Letter:
    """A letter of a teacher without a class, approved by the principal and out."""
    desk = school.app[NEWSLETTERS].desk
    draft = await written(school, children, form=form, to_students=to_students)
    asked = await desk.send(await school.asker("한지민"), draft)
    assert asked.state == State.SUBMITTED
    letter = await desk.approve(await school.asker("최은영"), draft)
    await school.settled()
    return letter


def asking() -> str:
    draft = FormDraft(fields=(GOING,), legal_basis=LegalBasis.NONE, deadline_at=None)
    return encode(draft)


async def seen(school: School, name: str, path: str) -> Answer:
    return await (await school.client_as(name)).get(path)


# Who reads it -------------------------------------------------------------------------------------

READS = {
    "김하늘": True,  # a guardian of the child
    "이준혁": True,  # the other one
    "이도윤": False,  # of another child
    "이지우": False,  # the child, to whom it was not sent
    "한지민": True,  # who wrote it
    "박서연": True,  # homeroom teacher of the child
    "최은영": True,  # who approved it
    "윤태식": True,  # who might have
    "정민호": False,  # another teacher, and the administrator
    "오정숙": False,  # the office
}


@pytest.mark.parametrize("name", READS)
async def test_it_is_read_by_its_families_its_author_who_approves_and_the_homeroom_teacher(
    school: School, name: str
) -> None:
    letter = await out(school, "이지우")
    client = await school.client_as(name)
    page = await client.get(f"/newsletters/{letter.id}")
    assert page.status == (200 if READS[name] else 404)
    assert (await client.get(f"/api/v1/newsletters/{letter.id}")).status == page.status
    if not READS[name]:
        for path in ("/newsletters", "/api/v1/newsletters", "/search?q=상담", "/"):
            assert letter.id not in (await client.get(path)).text, path
    elif name not in ("최은영", "윤태식", "한지민"):  # on whose desk it lies
        for path in ("/newsletters", "/api/v1/newsletters", "/search?q=상담"):
            assert letter.id in (await client.get(path)).text, path


async def test_the_assistant_answers_from_it_only_for_who_reads_it(school: School) -> None:
    letter = await out(school, "이지우")
    asked = {name: rights_of(await school.asker(name)) for name in READS}
    found = {name for name, rights in asked.items() if rights.allow(letter.audience)}
    assert found == {"김하늘", "이준혁", "박서연"}


async def test_a_child_reads_what_was_sent_to_them_as_well(school: School) -> None:
    letter = await out(school, "이지우", to_students=True)
    assert (await seen(school, "이지우", f"/newsletters/{letter.id}")).status == 200


async def test_the_right_of_the_homeroom_teacher_moves_with_the_child(school: School) -> None:
    letter = await out(school, "이지우")
    roster = school.people.roster

    def move(tx: Tx) -> None:
        roster.set_homeroom(tx, school.class_id("5-1"), school.id("정민호"))
        roster.enrol(tx, school.id("이지우"), school.class_id("5-1"), 20)

    assert (await seen(school, "박서연", f"/newsletters/{letter.id}")).status == 200
    await school.db.write(move)
    assert (await seen(school, "박서연", f"/newsletters/{letter.id}")).status == 404
    assert (await seen(school, "정민호", f"/newsletters/{letter.id}")).status == 200


async def test_who_loses_the_right_for_the_child_is_out_at_once(school: School) -> None:
    letter = await out(school, "이지우")
    await school.db.write(
        lambda tx: school.people.roster.end_guardianship(
            tx, school.id("이준혁"), school.id("이지우")
        )
    )
    assert (await seen(school, "이준혁", f"/newsletters/{letter.id}")).status in (403, 404)
    assert (await seen(school, "김하늘", f"/newsletters/{letter.id}")).status == 200
    await school.db.write(lambda tx: school.people.roster.transfer_out(tx, school.id("이지우")))
    assert (await seen(school, "김하늘", f"/newsletters/{letter.id}")).status == 404


async def test_the_homeroom_teacher_reads_it_and_is_none_of_those_to_whom_it_went(
    school: School,
) -> None:
    letter = await out(school, "이지우")
    assert letter.id not in (await seen(school, "박서연", "/")).text
    assert letter.id not in (await seen(school, "박서연", "/notifications")).text
    reach = await seen(school, "한지민", f"/newsletters/{letter.id}/reach")
    assert reach.status == 200
    assert "김하늘" in reach.text
    assert "박서연" not in reach.text


async def test_a_homeroom_teacher_writes_to_a_child_of_the_class_without_asking(
    school: School,
) -> None:
    desk, teacher = school.app[NEWSLETTERS].desk, await school.asker("박서연")
    own = await written(school, ("이지우",), writer="박서연")
    assert (await desk.send(teacher, own)).state == State.PUBLISHED
    others = await written(school, ("이지우", "최하린"), writer="박서연")
    assert (await desk.send(teacher, others)).state == State.SUBMITTED


def test_no_room_of_the_staff_is_told_of_it() -> None:
    assert rooms_told(["guardians/child:c1", "students/child:c1"]) == []
    assert rooms_told(["guardians/child:c1", "staff/department:연구부"]) == ["department:연구부"]
    assert rooms_told(["guardians/child:c1", "guardians/grade:3"]) == ["staff"]


# Who learns of whom -------------------------------------------------------------------------------


async def test_no_family_learns_of_another(school: School) -> None:
    letter = await out(school, "이지우", *HIDDEN, form=asking(), to_students=True)
    await school.app[NOTIFY].remind(await school.asker("한지민"), letter.id)
    await school.settled()
    client = await school.client_as("김하늘")
    here = f"/newsletters/{letter.id}"
    for path in (
        "/notifications",
        here,
        f"{here}/print",
        f"{here}/history",
        f"/api/v1{here}",
        f"/forms/{letter.form_id}/children/{school.id('이지우')}",
        "/newsletters",
        "/api/v1/newsletters",
        "/search?q=상담",
        "/",
    ):
        shown = await client.get(path)
        assert shown.status == 200, path
        assert letter.id in shown.text or letter.title in shown.text, path
        for other in HIDDEN:
            assert other not in shown.text, path
            assert school.id(other) not in shown.text, path
    assert (await client.get(f"/api/v1{here}")).json()["audience"] == ["선택한 가정"]
    assert (await client.get(here)).text.count("선택한 가정") == 1
    assert (await client.get(f"{here}/families")).status == 404
    assert (await client.get(f"{here}/reach")).status == 404


async def test_it_becomes_no_template_of_the_school(school: School) -> None:
    letter = await out(school, "이지우")
    principal = await school.client_as("최은영")
    kept = await principal.post(f"/newsletters/{letter.id}/template", {"name": "", "school": "1"})
    assert kept.status == 422
    assert "선택한 가정에 보낸 글" in kept.text
    assert TITLE not in (await seen(school, "박서연", "/newsletters/templates")).text
    assert (await principal.post(f"/newsletters/{letter.id}/template", {})).status == 303


async def test_who_writes_and_who_decides_see_whom_it_is_for(school: School) -> None:
    desk, author = school.app[NEWSLETTERS].desk, await school.asker("한지민")
    draft = await written(school, ("이지우", "최하린"))
    assert (await seen(school, "최은영", f"/newsletters/{draft}/families")).status == 404
    await desk.send(author, draft)
    page = await seen(school, "최은영", f"/newsletters/{draft}")
    assert "선택한 학생 2명" in page.text
    named = await seen(school, "최은영", f"/newsletters/{draft}/families")
    assert "이지우" in named.text
    assert "최하린" in named.text
    assert 'name="child"' not in named.text


async def test_the_homeroom_teacher_sees_their_own_children_alone(school: School) -> None:
    letter = await out(school, "이지우", "최하린", form=asking())
    for path in (
        f"/newsletters/{letter.id}",
        f"/newsletters/{letter.id}/reach",
        f"/forms/{letter.form_id}/results",
    ):
        shown = await seen(school, "박서연", path)
        assert shown.status == 200, path
        assert "최하린" not in shown.text, path
    teacher = await school.client_as("박서연")
    copied = await teacher.post(f"/newsletters/{letter.id}/duplicate")
    draft = await teacher.get(copied.location)
    assert "이지우" in draft.text
    assert "최하린" not in draft.text


@pytest.mark.parametrize(("name", "status"), [("한지민", 200), ("최은영", 200), ("오정숙", 404)])
async def test_reach_and_answers_are_for_who_may_know_of_it(
    school: School, name: str, status: int
) -> None:
    letter = await out(school, "최하린", form=asking())
    client = await school.client_as(name)
    assert (await client.get(f"/newsletters/{letter.id}/reach")).status == status
    assert (await client.get(f"/forms/{letter.form_id}/results")).status == status
    assert (await client.get(f"/forms/{letter.form_id}/results.xlsx")).status == status


async def test_its_words_say_chosen_families_once(school: School) -> None:
    keys = keys_of(map(school.id, ("이지우", "최하린")), to_students=True)
    assert await school.db.read(lambda tx: in_short(tx, {*keys, "guardians"})) == (
        "선택한 가정, 전체 보호자"
    )
    assert set((await school.db.read(lambda tx: labels(tx, keys))).values()) == {"선택한 가정"}


# Forms --------------------------------------------------------------------------------------------


async def test_a_chosen_family_answers_and_only_the_chosen_are_asked(school: School) -> None:
    letter = await out(school, "이지우", "최하린", form=asking())
    guardian = await school.client_as("김하늘")
    assert (await answer(school, guardian, letter.form_id, answer_going="참가")).status == 303
    results = await seen(school, "한지민", f"/forms/{letter.form_id}/results")
    assert "이지우" in results.text
    assert "최하린" in results.text
    assert "박하준" not in results.text


@pytest.mark.parametrize(
    ("shown", "named"),
    [({"state": "missing"}, "최하린"), ({"answer": "going:참가"}, "이지우"), ({}, "이지우")],
)
async def test_from_the_results_one_writes_to_the_families_they_show(
    school: School, shown: dict[str, str], named: str
) -> None:
    letter = await out(school, "이지우", "최하린", form=asking())
    await answer(school, await school.client_as("김하늘"), letter.form_id, answer_going="참가")
    author = await school.client_as("한지민")
    assert "이 가정들에게 글쓰기" in (await author.get(f"/forms/{letter.form_id}/results")).text
    begun = await author.post("/newsletters/to-families", {"form": letter.form_id, **shown})
    draft = await author.get(begun.location)
    assert named in draft.text
    assert ("이지우" in draft.text and "최하린" in draft.text) == (not shown)


# Choosing -----------------------------------------------------------------------------------------


async def test_a_writer_chooses_by_class_and_by_name_and_loses_nothing(school: School) -> None:
    writer = await school.client_as("한지민")
    draft = (await writer.post("/newsletters/new", {"kind": "newsletter"})).location
    seen_as = re.search(r'name="seen" value="(\w+)"', (await writer.get(draft)).text)
    assert seen_as is not None
    typed = {"title": TITLE, "body": "쓰던 글", "seen": seen_as[1], "act": "families"}
    families = (await writer.post(draft, typed)).location
    assert families == draft.replace("/edit", "/families")

    room = {"class": school.class_id("3-2"), "act": "class"}
    listed = await writer.get((await writer.post(families, room)).location)
    assert "이지우" in listed.text
    assert "최하린" not in listed.text

    one, two = school.id("이지우"), school.id("박하준")
    ticked = {"shown": [one, two], "child": one, "act": "search", "q": "하린"}
    found = await writer.get((await writer.post(families, ticked)).location)
    assert "선택한 학생 1명" in found.text
    assert "최하린" in found.text

    other = school.id("최하린")
    kept = {"shown": [one, other], "child": [one, other], "act": "done"}
    assert (await writer.post(families, kept)).location == f"{draft}#audience"
    edited = await writer.get(draft)
    for text in (TITLE, "쓰던 글", "이지우 보호자", "최하린 보호자"):
        assert text in edited.text
    assert "박하준" not in edited.text

    gone = {"shown": [one, other], "child": [other], "act": "done"}
    await writer.post(families, gone)
    assert "이지우" not in (await writer.get(draft)).text


async def test_from_the_list_of_a_class_one_writes_to_some_of_its_families(school: School) -> None:
    teacher = await school.client_as("박서연")
    listed = await teacher.get(f"/admin/classes/{school.class_id('3-2')}")
    assert listed.text.count(f'name="child" value="{school.id("이지우")}"') == 1
    begun = await teacher.post("/newsletters/to-families", {"child": school.id("이지우")})
    assert "이지우 보호자" in (await teacher.get(begun.location)).text
    nobody = await teacher.post("/newsletters/to-families", {})
    assert nobody.status == 422


async def test_more_children_than_a_letter_may_have_are_refused_in_words(school: School) -> None:
    desk, writer = school.app[NEWSLETTERS].desk, await school.asker("한지민")
    client = await school.client_as("한지민")
    ids = [f"{number:020x}" for number in range(CHILDREN + 1)]
    draft = await desk.create(writer, Sort.NEWSLETTER, Content(TITLE, "글", ()))
    answer = await client.post(
        f"/newsletters/{draft}/autosave",
        {"title": TITLE, "audience": sorted(keys_of(ids, to_students=False))},
    )
    assert answer.status == 422
    assert "200명까지" in answer.text


# Cost ---------------------------------------------------------------------------------------------


async def test_a_letter_to_two_hundred_children_is_found_through_indices(school: School) -> None:
    """In a class of 200, whose homeroom teacher reads it through 200 keys."""
    roster, room = school.people.roster, school.class_id("6-1")

    def enrol(tx: Tx) -> list[str]:
        ids = [roster.add_person(tx, NewPerson(name="가나다")) for _ in range(CHILDREN)]
        for number, one in enumerate(ids, 100):
            roster.enrol(tx, one, room, number)
        roster.set_homeroom(tx, room, school.id("정민호"))
        return ids

    ids = await school.db.write(enrol)
    author = await school.asker("한지민")
    desk = school.app[NEWSLETTERS].desk
    keys = tuple(sorted(keys_of(ids, to_students=True)))
    draft = await desk.create(author, Sort.NEWSLETTER, Content(TITLE, "글", keys))
    await desk.send(author, draft)
    await desk.approve(await school.asker("최은영"), draft)
    assert TITLE in (await seen(school, "정민호", "/newsletters")).text

    def plan(tx: Tx) -> list[str]:
        reader = load_asker(tx, school.id("정민호"))
        sql, params = lists.place(lists.Wanted(reader), [], unread=False)
        steps = tx.rows(f"EXPLAIN QUERY PLAN {sql} ORDER BY 1 DESC, 2 DESC LIMIT 21", params)
        return [step[3] for step in steps]

    assert [
        step for step in await school.db.read(plan) if re.match(r"SCAN (?!json_each)\w+$", step)
    ] == []
