"""A consent is taken back by whoever signed it, at any time; the school stops what rested on it."""

from typing import Any

import pytest

from kit.clock import DAY
from node.notify.web import NOTIFY
from node.questions.model import Field, FieldKind, LegalBasis
from protocol.receipts import from_file, verify
from protocol.records import RetractionV1, SignedRecord, read_record
from tests.node.conftest import Answer, Client, School
from tests.node.test_compared import altered, daily, dangers, nothing_is_said
from tests.node.test_form_endings import withdrawn
from tests.node.test_form_results import answered_on_the_front_page, counted, sheet, table
from tests.node.test_form_wordings import corrected
from tests.node.test_forms import ALLERGY, NO, YES, answer, left_behind, may_sign, page, sent, sql
from tests.node.test_records import BOX

RETRACT = "/receipts/0/retract"


async def consented(school: School, **form: Any) -> str:
    """A form whose deadline has passed, to which 김하늘 agreed for 이지우 (record 0)."""
    form_id = await sent(school, legal_basis=LegalBasis.CONSENT, privacy=BOX, **form)
    await answer(school, await school.client_as("김하늘"), form_id)
    await school.settled()
    await school.later(3 * DAY, "김하늘")
    return form_id


async def retracted(school: School, **form: Any) -> str:
    """The same, taken back (record 1)."""
    form_id = await consented(school, **form)
    done = await (await school.client_as("김하늘")).post(RETRACT, {})
    assert (done.status, done.location) == (303, "/receipts/1")
    await school.settled()
    return form_id


async def retraction(school: School, leaf: int = 1) -> RetractionV1:
    ((text, key, signature),) = await sql(
        school, "SELECT text, key_id, signature FROM ledger_leaf WHERE position = ?", leaf
    )
    record = read_record(SignedRecord(text=text, key_id=key, signature=signature))
    assert isinstance(record, RetractionV1)
    return record


async def told(school: School, name: str) -> Answer:
    return await (await school.client_as(name)).get("/notifications")


# Whoever signed ---------------------------------------------------------------------------------


async def test_a_guardian_reads_what_it_does_and_takes_the_consent_back_after_the_deadline(
    school: School,
) -> None:
    form = await consented(school)
    guardian = await school.client_as("김하늘")
    for where in (page(school, form), "/receipts/0"):
        assert RETRACT in (await guardian.get(where)).text
    before = await guardian.get(RETRACT)
    for words in (
        "지금부터 이 동의에 따른 일",
        "이미 한 일은 그대로 적법",
        "담임 선생님과 이 글을 쓴 선생님께",
        "마감 뒤에는 학교에 연락",
        BOX.refusal,
    ):
        assert words in before.text
    done = await guardian.post(RETRACT, {})
    assert (done.status, done.location) == (303, "/receipts/1")
    receipt = (await guardian.get("/receipts/1")).text
    assert "동의 철회 확인서" in receipt
    assert "이지우" in receipt
    assert "이미 한 일은 그대로 적법" in receipt


async def test_the_consents_record_stays_and_the_retractions_stands_beside_it(
    school: School,
) -> None:
    form = await retracted(school)
    record = await retraction(school)
    ((digest,),) = await sql(school, "SELECT record_hash FROM questions_answer")
    assert record.retracts == digest
    assert (record.form_id, record.child_name, record.guardian_name) == (form, "이지우", "김하늘")
    guardian = await school.client_as("김하늘")
    for leaf in (0, 1):
        file = await guardian.get(f"/receipts/{leaf}/file")
        assert verify(from_file(file.body)).valid
    first = (await guardian.get("/receipts/0")).text
    assert "이 동의는 철회되었습니다" in first
    assert RETRACT not in first
    listed = (await guardian.get("/receipts")).text
    assert "철회함" in listed
    assert "철회됨" in listed


async def test_the_receipt_of_a_retraction_is_verified_by_anybody(school: School) -> None:
    await retracted(school)
    guardian = await school.client_as("김하늘")
    file = (await guardian.get("/receipts/1/file")).body.decode()
    shown = await (await school.anonymous()).post("/verify", {"receipt": file})
    assert "변경되지 않은 제출 확인서" in shown.text
    assert "철회 일시" in shown.text


async def test_pressed_twice_it_is_one_retraction(school: School) -> None:
    await retracted(school)
    before = await left_behind(school)
    again = await (await school.client_as("김하늘")).post(RETRACT, {})
    assert (again.status, again.location) == (303, "/receipts/1")
    assert await left_behind(school) == before


async def test_nobody_but_who_signed_takes_it_back(school: School) -> None:
    await may_sign(school, "이준혁")
    form = await consented(school)
    before = await left_behind(school)
    for name, status in (("이준혁", 409), ("박서연", 404), ("한지민", 404)):
        other = await school.client_as(name)
        assert (await other.post(RETRACT, {})).status == status
    assert RETRACT not in (await (await school.client_as("이준혁")).get(page(school, form))).text
    assert await left_behind(school) == before


async def test_what_was_entered_from_paper_is_taken_back_by_its_guardian(school: School) -> None:
    form = await sent(school, legal_basis=LegalBasis.CONSENT, privacy=BOX)
    slip = {"guardian": school.id("김하늘"), "answer_going": YES}
    await (await school.client_as("박서연")).post(page(school, form) + "/paper", slip)
    assert (await (await school.client_as("김하늘")).post(RETRACT, {})).status == 303


@pytest.mark.parametrize(
    ("fields", "given"),
    [
        ((ALLERGY,), {"answer_allergy": "땅콩"}),
        ((Field("going", FieldKind.CONSENT, "참가에 동의합니까?"),), {"answer_going": NO}),
    ],
)
async def test_what_agrees_to_nothing_is_not_taken_back(
    school: School, fields: tuple[Field, ...], given: dict[str, str]
) -> None:
    form = await sent(school, fields=fields, legal_basis=LegalBasis.NONE)
    guardian = await school.client_as("김하늘")
    await answer(school, guardian, form, **given)
    assert RETRACT not in (await guardian.get("/receipts/0")).text
    assert (await guardian.get(RETRACT)).status == 409
    assert (await guardian.post(RETRACT, {})).status == 409


async def test_of_a_letter_that_was_taken_back_nothing_is_left_to_retract(school: School) -> None:
    form = await consented(school)
    await withdrawn(school, form)
    guardian = await school.client_as("김하늘")
    assert RETRACT not in (await guardian.get("/receipts/0")).text
    assert (await guardian.post(RETRACT, {})).status == 409


async def test_whoever_may_not_sign_for_the_child_any_more_does_not_decide_for_it(
    school: School,
) -> None:
    await consented(school)
    await school.db.write(
        lambda tx: tx.execute(
            "UPDATE people_guardianship SET may_sign = 0 WHERE guardian_id = ?",
            (school.id("김하늘"),),
        )
    )
    assert (await (await school.client_as("김하늘")).post(RETRACT, {})).status == 409


async def test_before_the_deadline_a_guardian_may_consent_once_more(school: School) -> None:
    form = await sent(school, legal_basis=LegalBasis.CONSENT, privacy=BOX)
    guardian, teacher = await school.client_as("김하늘"), await school.client_as("박서연")
    await answer(school, guardian, form)
    await guardian.post(RETRACT, {})
    assert "동의를 철회했습니다" in (await guardian.get(page(school, form))).text
    assert (await answer(school, guardian, form)).location == "/receipts/2"
    assert await counted(teacher, form) == "1 / 2명"
    assert "중단할 일" not in (await teacher.get("/")).text
    assert "다시 답했습니다" in (await guardian.get("/receipts/1")).text
    await nothing_is_said(school, [form])


# The school ---------------------------------------------------------------------------------------


async def test_results_counts_and_workbook_say_that_it_was_taken_back(school: School) -> None:
    form = await consented(school, deadline_at=school.clock.now() + 9 * DAY)
    teacher = await school.client_as("박서연")
    assert await counted(teacher, form) == "1 / 2명"
    await (await school.client_as("김하늘")).post(RETRACT, {})
    teacher = await school.client_as("박서연")
    assert await counted(teacher, form) == "0 / 2명"
    assert await answered_on_the_front_page(teacher) == "0"
    shown = (await teacher.get(f"/forms/{form}/results")).text
    chart = shown.partition('id="counts-title"')[2].partition("</section>")[0]
    assert "<strong>1</strong>" not in chart
    assert "이지우" in await table(teacher, form, "retracted")
    for state in ("answered", "missing", "partly"):
        assert "이지우" not in await table(teacher, form, state)
    row = next(one for one in await sheet(teacher, form) if "이지우" in one)
    assert YES not in row
    assert "2026-11-26 09:00" in row


async def test_nobody_is_reminded_of_what_they_took_back(school: School) -> None:
    form = await sent(school, legal_basis=LegalBasis.CONSENT, privacy=BOX)
    guardian = await school.client_as("김하늘")
    await answer(school, guardian, form)
    await guardian.post(RETRACT, {})
    await school.settled()
    await school.later(DAY, "김하늘")
    await school.app[NOTIFY].remind_before_deadlines()
    reminded = await sql(
        school,
        "SELECT person_id FROM notices_line WHERE kind = 'deadline' AND person_id = ?",
        school.id("김하늘"),
    )
    assert reminded == []
    assert page(school, form) not in (await (await school.client_as("김하늘")).get("/")).text


async def test_the_author_and_the_homeroom_teacher_are_told_and_nobody_else(
    school: School,
) -> None:
    await may_sign(school, "이준혁")
    await retracted(school, writer="최은영")
    for name in ("최은영", "박서연"):
        assert "동의가 철회" in (await told(school, name)).text
    for name in ("한지민", "이준혁"):
        assert "동의가 철회" not in (await told(school, name)).text


async def test_it_is_the_authors_task_until_what_rested_on_it_has_stopped(
    school: School,
) -> None:
    form = await retracted(school)
    teacher = await school.client_as("박서연")
    assert f"/forms/{form}/results#retractions" in (await teacher.get("/")).text
    assert "중단 필요" in (await teacher.get("/")).text
    stop = "/forms/retractions/1/stopped"
    assert stop in (await teacher.get(f"/forms/{form}/results")).text
    done = await teacher.post(stop, {})
    assert (done.status, done.location) == (303, f"/forms/{form}/results#retractions")
    assert "중단할 일" not in (await teacher.get("/")).text
    shown = (await teacher.get(f"/forms/{form}/results")).text
    assert "중단 완료" in shown
    assert "박서연" in shown


async def test_of_an_author_who_has_left_it_is_the_task_of_those_who_approve(
    school: School,
) -> None:
    await retracted(school)
    assert "중단할 일" not in (await (await school.client_as("최은영")).get("/")).text
    await school.db.write(
        lambda tx: tx.execute(
            "UPDATE people_staff SET until_on = '2026-11-25' WHERE person_id = ?",
            (school.id("박서연"),),
        )
    )
    principal = await school.client_as("최은영")
    assert "중단할 일" in (await principal.get("/")).text
    assert (await principal.post("/forms/retractions/1/stopped", {})).status == 303


async def test_nobody_else_says_that_it_has_stopped(school: School) -> None:
    await retracted(school)
    for name, status in (("한지민", 403), ("김하늘", 404)):
        other = await school.client_as(name)
        assert (await other.post("/forms/retractions/1/stopped", {})).status == status


async def test_where_both_must_sign_one_who_takes_it_back_is_enough(school: School) -> None:
    await may_sign(school, "이준혁")
    form = await sent(school, both_guardians=True)
    await answer(school, await school.client_as("김하늘"), form)
    father = await school.client_as("이준혁")
    await answer(school, father, form, signature_typed="이준혁")
    teacher = await school.client_as("박서연")
    assert await counted(teacher, form) == "1 / 2명"
    assert (await father.post("/receipts/1/retract", {})).status == 303
    assert await counted(teacher, form) == "0 / 2명"
    assert "이지우" in await table(teacher, form, "retracted")


async def test_an_answer_that_is_asked_anew_is_nobodys_task(school: School) -> None:
    form = await retracted(school, deadline_at=school.clock.now() + 9 * DAY)
    await corrected(school, form, question="anew")
    teacher = await school.client_as("박서연")
    assert "중단할 일" not in (await teacher.get("/")).text
    assert "철회한 동의" not in (await teacher.get(f"/forms/{form}/results")).text


# Against the log ------------------------------------------------------------------------------------


async def test_a_retraction_that_nobody_touched_raises_no_alarm(school: School) -> None:
    await nothing_is_said(school, [await retracted(school)])


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM forms_signature WHERE leaf = 1",
        "UPDATE forms_signature SET retracts = NULL WHERE leaf = 1",
        "UPDATE forms_signature SET signed_at = signed_at + 1 WHERE leaf = 1",
        "UPDATE forms_signature SET guardian_id = student_id WHERE leaf = 1",
    ],
)
async def test_whoever_edits_a_retraction_is_found_out_and_the_record_wins(
    school: School, statement: str
) -> None:
    form = await retracted(school)
    await altered(school, statement)
    assert any("기록 1번" in one for one in await dangers(school))
    assert "differ" in await daily(school)
    teacher: Client = await school.client_as("박서연")
    assert await counted(teacher, form) == "0 / 2명"
