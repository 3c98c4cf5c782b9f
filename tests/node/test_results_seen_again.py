"""Whoever looks at a form's results again sees what somebody sees who looks for the first time, and costs
what changed in between: only of children with a change the records are read."""

from collections.abc import Sequence

import pytest

from kit.clock import DAY
from kit.db import Row, Tx, Value
from node.forms.model import FormResults
from node.forms.results import results_of
from node.forms.web import FORMS
from node.newsletters.web import NEWSLETTERS
from node.people.model import NewPerson
from tests.node.conftest import School
from tests.node.test_compared import ALTERED, altered
from tests.node.test_form_wordings import corrected, letter_of
from tests.node.test_forms import GOING, NO, answer, may_sign, page, sent
from tests.node.test_records import BUS

WATCHERS = ("최은영", "박서연")  # of the whole school, and of class 3-2
OTHER = {"child": "최하린", "signature_typed": "이도윤", "answer_bus": "버스"}


async def look(school: School, form: str, who: str = "최은영") -> FormResults:
    """Another look at results that somebody watches; it shows what a first look would."""
    asker = await school.asker(who)
    again = await school.app[FORMS].results(asker, form)
    first, _seen = await school.db.read(lambda tx: results_of(tx, asker, form))
    assert again == first
    return again


async def all_look(school: School, form: str) -> FormResults:
    """Everybody who watches looks again; what the principal sees."""
    found = [await look(school, form, who) for who in WATCHERS]
    return found[0]


async def asked_of_all(school: School, **more: object) -> str:
    return await sent(school, ("guardians",), writer="한지민", fields=(GOING, BUS), **more)


def chosen(found: FormResults) -> dict[str, int]:
    options = (one for asked in found.counts for one in asked.options)
    return {one.option: one.count for one in options if one.count}


async def test_answers_given_changed_and_entered_from_paper_are_counted_at_the_next_look(
    school: School,
) -> None:
    form = await asked_of_all(school)
    assert (await all_look(school, form)).answered == 0
    mother = await school.client_as("김하늘")
    await answer(school, mother, form, answer_bus="버스")
    assert chosen(await all_look(school, form)) == {"동의합니다": 1, "버스": 1}
    await answer(school, mother, form, answer_going=NO, answer_bus="걸어서")
    assert chosen(await all_look(school, form)) == {NO: 1, "걸어서": 1}
    slip = {"guardian": school.id("이도윤"), "answer_going": NO, "answer_bus": "버스"}
    head = await school.client_as("최은영")
    assert (await head.post(page(school, form, "최하린") + "/paper", slip)).status == 303
    found = await all_look(school, form)
    assert (found.answered, found.answers) == (2, 2)
    assert chosen(found) == {NO: 2, "걸어서": 1, "버스": 1}


async def test_where_both_must_sign_who_owes_is_right_at_every_look(school: School) -> None:
    await may_sign(school, "이준혁")
    form = await asked_of_all(school, both_guardians=True)
    await all_look(school, form)
    await answer(school, await school.client_as("김하늘"), form, answer_bus="버스")
    found = await all_look(school, form)
    assert (found.answered, found.answers) == (0, 1)
    tie = (school.id("이준혁"), school.id("이지우"))
    await school.db.write(lambda tx: school.people.roster.end_guardianship(tx, *tie))
    assert (await all_look(school, form)).answered == 1


async def test_a_family_that_left_a_child_that_came_and_a_new_name_show_at_the_next_look(
    school: School,
) -> None:
    form = await asked_of_all(school)
    await answer(school, await school.client_as("김하늘"), form, answer_bus="버스")
    children = len((await all_look(school, form)).rows)
    roster, class_id = school.people.roster, school.class_id("3-2")
    someone = NewPerson(name="김새봄", import_key="student:spring")
    await school.db.write(lambda tx: roster.add_student(tx, someone, class_id, 31))
    assert len((await all_look(school, form)).rows) == children + 1
    await school.db.write(lambda tx: roster.transfer_out(tx, school.id("이지우")))
    found = await all_look(school, form)
    assert (len(found.rows), found.answered, chosen(found)) == (children, 0, {})
    await altered(school, "UPDATE people_person SET name = '김가을' WHERE name = '김새봄'")
    assert "김가을" in [row.asked.name for row in (await all_look(school, form)).rows]


async def test_a_correction_that_asks_anew_and_a_withdrawal_show_at_the_next_look(
    school: School,
) -> None:
    form = await sent(school)
    mother = await school.client_as("김하늘")
    await answer(school, mother, form)
    assert (await all_look(school, form)).answered == 1
    school.clock.advance(60_000)
    assert (await corrected(school, form, question="stands")).status == 303
    assert (await all_look(school, form)).answered == 1
    assert (await corrected(school, form, body="13일", question="anew")).status == 303
    found = await all_look(school, form)
    assert (found.answered, chosen(found)) == (0, {})
    await answer(school, mother, form, answer_going=NO)
    assert chosen(await all_look(school, form)) == {NO: 1}
    corrections, letter = school.app[NEWSLETTERS].corrections, await letter_of(school, form)
    await corrections.withdraw(await school.asker("박서연"), letter, "잘못 보냄")
    assert (await all_look(school, form)).is_withdrawn


@pytest.mark.parametrize("what", ALTERED)
async def test_a_row_that_somebody_altered_is_marked_at_the_next_look(
    school: School, what: str
) -> None:
    await may_sign(school, "이준혁")
    form = await asked_of_all(school, both_guardians=True)
    await answer(school, await school.client_as("김하늘"), form, answer_bus="버스")
    father = await school.client_as("이준혁")
    await answer(school, father, form, answer_bus="걸어서", signature_typed="이준혁")
    assert (await all_look(school, form)).differing == 0
    await altered(school, ALTERED[what])
    assert (await all_look(school, form)).differing > 0


async def test_a_class_of_its_own_is_all_that_a_homeroom_teacher_sees_of_what_is_kept(
    school: School,
) -> None:
    form = await asked_of_all(school)
    await answer(school, await school.client_as("이도윤"), form, **OTHER)
    assert "최하린" in [row.asked.name for row in (await look(school, form)).rows]
    own = await look(school, form, "박서연")
    assert {row.asked.group_name for row in own.rows} == {"3학년 2반"}
    assert (own.answered, chosen(own)) == (0, {})


async def records_read(
    school: School, monkeypatch: pytest.MonkeyPatch, form: str, who: str = "최은영"
) -> int:
    """How many signed records the next look reads."""
    read: list[Row] = []
    rows = Tx.rows

    def noted(tx: Tx, sql: str, params: Sequence[Value] = ()) -> list[Row]:
        found = rows(tx, sql, params)
        read.extend(found if "text FROM ledger_v_leaf" in sql else ())
        return found

    asker = await school.asker(who)
    with monkeypatch.context() as patched:
        patched.setattr(Tx, "rows", noted)
        await school.app[FORMS].results(asker, form)
    return len(read)


async def test_a_look_reads_the_records_of_those_who_have_answered_since(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = await asked_of_all(school)
    await answer(school, await school.client_as("김하늘"), form, answer_bus="버스")
    await answer(school, await school.client_as("이도윤"), form, **OTHER)
    assert await records_read(school, monkeypatch, form) == 2
    assert await records_read(school, monkeypatch, form) == 0
    await answer(school, await school.client_as("이도윤"), form, **OTHER)
    assert await records_read(school, monkeypatch, form) == 2  # both of that child
    assert await records_read(school, monkeypatch, form) == 0
    assert await records_read(school, monkeypatch, form, "박서연") == 1  # her class alone
    school.clock.advance(DAY)
    assert await records_read(school, monkeypatch, form) == 0
