"""What those who handle a form see of it: who has answered, who owes it, and who is gone."""

import io
import re
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from openpyxl import load_workbook

from kit.clock import DAY
from kit.db import Row, Tx, Value
from node.forms.model import FormDraft
from node.forms.results_web import PAGE
from node.newsletters.model import Content, Sort
from node.newsletters.web import NEWSLETTERS
from node.people.model import NewPerson
from node.questions.model import LegalBasis
from tests.node.conftest import Client, School
from tests.node.test_forms import GOING, NO, YES, answer, may_sign, page, sent, sql


async def table(teacher: Client, form: str, state: str = "") -> str:
    """The list of children alone, without the chart above it."""
    shown = await teacher.get(f"/forms/{form}/results/table?state={state}")
    return shown.text.partition("<table")[2]


async def counted(teacher: Client, form: str) -> str:
    """How many children the page says have answered, of how many."""
    shown = await teacher.get(f"/forms/{form}/results/table")
    found = re.search(r"<strong>(\d+)</strong> (/ \d+명)", shown.text)
    assert found is not None
    return " ".join(found.groups())


async def sheet(teacher: Client, form: str) -> list[list[Any]]:
    found = await teacher.get(f"/forms/{form}/results.xlsx")
    active = load_workbook(io.BytesIO(found.body)).active
    assert active is not None
    return [[cell.value for cell in row] for row in active.iter_rows(min_row=2)]


async def answered_on_the_front_page(author: Client) -> str:
    """What stands beside the author's only open form."""
    (found,) = [
        card for card in (await author.get("/api/v1/home")).json() if card["name"] == "own-forms"
    ]
    return str(found["entries"][0]["count"])


async def asked_of_both(school: School) -> str:
    """A form that 김하늘 has answered and 이준혁 has not."""
    await may_sign(school, "이준혁")
    form = await sent(school, both_guardians=True)
    await answer(school, await school.client_as("김하늘"), form)
    return form


async def test_where_both_must_sign_the_list_names_who_is_missing(school: School) -> None:
    form = await asked_of_both(school)
    teacher = await school.client_as("박서연")
    for state in ("", "missing", "partly"):
        listed = await table(teacher, form, state)
        assert "이지우" in listed
        assert "보호자 한 분만 회신" in listed
        assert "이준혁" in listed
    assert "이지우" not in await table(teacher, form, "answered")
    assert "박하준" not in await table(teacher, form, "partly")
    assert page(school, form) + "/paper" in await table(teacher, form)


async def test_a_child_counts_as_answered_once_both_have_signed(school: School) -> None:
    form = await asked_of_both(school)
    teacher = await school.client_as("박서연")
    assert await answered_on_the_front_page(teacher) == "0"
    assert await counted(teacher, form) == "0 / 2명"
    father = await school.client_as("이준혁")
    await answer(school, father, form, answer_going=NO, signature_typed="이준혁")
    listed = await table(teacher, form, "answered")
    assert ("김하늘" in listed, "이준혁" in listed) == (True, True)
    assert "이지우" not in await table(teacher, form, "missing")
    assert await counted(teacher, form) == "1 / 2명"


async def test_the_workbook_has_a_line_for_the_guardian_who_is_missing(school: School) -> None:
    form = await asked_of_both(school)
    rows = await sheet(await school.client_as("박서연"), form)
    assert [row[4] for row in rows if row[2] == "이지우"] == ["김하늘", "이준혁 미회신"]
    assert [row[6] for row in rows if row[2] == "이지우"] == [YES, None]


async def test_the_second_guardian_answers_for_themselves_on_an_empty_page(
    school: School,
) -> None:
    form = await asked_of_both(school)
    await answer(school, await school.client_as("김하늘"), form, answer_allergy="땅콩")
    father = await school.client_as("이준혁")
    ((letter,),) = await sql(school, "SELECT subject FROM forms_form")
    on_letter = (await father.get(f"/newsletters/{letter}")).text
    assert "답하고 서명하기" in on_letter
    assert "답 변경" not in on_letter
    own = (await father.get(page(school, form))).text
    assert "땅콩" not in own
    mother = (await (await school.client_as("김하늘")).get(page(school, form))).text
    assert "땅콩" in mother


async def test_a_slip_is_entered_for_the_guardian_who_is_missing(school: School) -> None:
    form = await asked_of_both(school)
    teacher = await school.client_as("박서연")
    offered = (await teacher.get(page(school, form) + "/paper")).text
    assert school.id("이준혁") in offered
    assert school.id("김하늘") not in offered
    slip = {"guardian": school.id("이준혁"), "answer_going": YES}
    assert (await teacher.post(page(school, form) + "/paper", slip)).status == 303
    assert "이지우" in await table(teacher, form, "answered")


async def test_a_family_that_has_left_is_neither_counted_nor_named(school: School) -> None:
    author = await school.asker("최은영")
    desk = school.app[NEWSLETTERS].desk
    draft = FormDraft(
        fields=(GOING,), legal_basis=LegalBasis.NONE, deadline_at=school.clock.now() + DAY
    )
    content = Content("전교", "내용", ("guardians",), msgspec.json.encode(draft).decode())
    letter = await desk.send(author, await desk.create(author, Sort.NEWSLETTER, content))
    form = str(letter.form_id)
    leaving = await school.client_as("이도윤")
    await answer(school, leaving, form, "최하린", signature_typed="이도윤")
    await answer(school, await school.client_as("김하늘"), form)
    head = await school.client_as("최은영")
    assert "최하린" in await table(head, form)
    assert await answered_on_the_front_page(head) == "2"

    await school.db.write(lambda tx: school.people.roster.transfer_out(tx, school.id("최하린")))
    await school.db.write(lambda tx: school.people.roster.families_changed(tx, "left"))
    await school.settled()
    listed = (await head.get(f"/forms/{form}/results")).text
    assert "최하린" not in listed
    assert "이도윤" not in listed
    assert all("최하린" not in row for row in await sheet(head, form))
    assert await answered_on_the_front_page(head) == "1"


async def test_where_no_child_fits_the_filter_the_page_says_so(school: School) -> None:
    form = await sent(school)
    teacher = await school.client_as("박서연")
    empty = "조건에 맞는 학생이 없습니다"
    assert empty not in (await teacher.get(f"/forms/{form}/results")).text
    assert empty in (await teacher.get(f"/forms/{form}/results?state=answered")).text


async def test_receipts_and_open_forms_are_found_without_walking_through_all_years(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite tells how it will answer: SCAN of a table that grows with the years is refused."""
    await sent(school)
    asked: dict[str, Sequence[Value]] = {}
    rows = Tx.rows

    def noted(tx: Tx, sql: str, params: Sequence[Value] = ()) -> list[Row]:
        asked.setdefault(sql, params)
        return rows(tx, sql, params)

    monkeypatch.setattr(Tx, "rows", noted)
    for name in ("김하늘", "박서연"):
        client = await school.client_as(name)
        assert (await client.get("/")).status == (await client.get("/receipts")).status == 200
    monkeypatch.undo()

    def plans(tx: Tx) -> list[str]:
        of_forms = [one for one in asked.items() if " FROM forms_" in one[0]]
        assert len(of_forms) >= 2
        return [
            str(plan[3])
            for sql, params in of_forms
            for plan in tx.rows("EXPLAIN QUERY PLAN " + sql, params)
        ]

    found = await school.db.read(plans)
    assert [plan for plan in found if re.match(r"SCAN ([sfag]|forms_\w+)\b", plan)] == []


async def test_many_children_come_in_pages(school: School) -> None:
    child = school.id("이지우")
    (class_id,) = await school.db.read(
        lambda tx: tx.rows("SELECT class_id FROM people_v_student WHERE student_id = ?", (child,))[
            0
        ]
    )

    def many_more(tx: Tx) -> None:
        for number in range(30, 90):
            person = NewPerson(name=f"김{number}번", import_key=f"student:more{number}")
            school.people.roster.add_student(tx, person, class_id, number)

    await school.db.write(many_more)
    form = await sent(school)
    teacher = await school.client_as("박서연")
    first = await teacher.get(f"/forms/{form}/results")
    assert "이지우" in first.text
    assert "1쪽 / 2쪽" in first.text
    assert first.text.count("/paper") == PAGE
    last = await teacher.get(f"/forms/{form}/results?class=&state=missing&page=2")
    assert "김89번" in last.text
    assert "이지우" not in last.text
    assert (await teacher.get(f"/forms/{form}/results/table?page=9")).text.count("/paper") == (
        last.text.count("/paper")
    )
    assert (await teacher.get(f"/forms/{form}/results?page=둘")).status == 422
