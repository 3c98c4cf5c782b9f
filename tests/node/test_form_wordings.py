"""After a correction a form says which wording is signed, and the author chooses what it is worth."""

import hashlib
from typing import Any

from kit.clock import DAY, local
from node.newsletters.web import NEWSLETTERS
from protocol.receipts import from_file, verify
from tests.node.conftest import Answer, Client, School
from tests.node.test_form_results import counted, sheet, table
from tests.node.test_forms import NO, TYPED, answer, left_behind, page, records, sent, sql


async def letter_of(school: School, form: str) -> str:
    ((letter,),) = await sql(school, "SELECT subject FROM forms_form WHERE id = ?", form)
    return str(letter)


async def corrected(school: School, form: str, writer: str = "박서연", **fields: Any) -> Answer:
    """The letter's page of corrections, filled in: they leave on the 12th, not on the 10th."""
    sent = {"title": "체험학습", "body": "12일에 갑니다.", "reason": "날짜", **fields}
    client = await school.client_as(writer)
    return await client.post(f"/newsletters/{await letter_of(school, form)}/correct", sent)


def text_hash(body: str) -> str:
    return hashlib.sha256(f"체험학습\n\n{body}".encode()).hexdigest()


async def receipt_is_whole(client: Client, leaf: int) -> bool:
    found = await client.get(f"/receipts/{leaf}/file")
    return verify(from_file(found.body)).valid


async def test_where_the_question_stands_the_corrected_wording_is_shown_and_signed(
    school: School,
) -> None:
    form = await sent(school)
    school.clock.advance(60_000)
    assert (await corrected(school, form, question="stands")).status == 303
    guardian = await school.client_as("김하늘")
    shown = (await guardian.get(page(school, form))).text
    assert "12일에 갑니다." in shown
    assert "1차 정정 글" in shown
    assert f"/newsletters/{await letter_of(school, form)}/history" in shown
    await answer(school, guardian, form)
    (record,) = await records(school)
    assert record.text_hash == text_hash("12일에 갑니다.")
    receipt = (await guardian.get("/receipts/0")).text
    assert "1차 정정 글" in receipt


async def test_where_the_question_stands_an_answer_given_before_holds_as_it_was_signed(
    school: School,
) -> None:
    form = await sent(school)
    guardian, teacher = await school.client_as("김하늘"), await school.client_as("박서연")
    await answer(school, guardian, form)
    await corrected(school, form, question="stands")
    assert await counted(teacher, form) == "1 / 2명"
    assert page(school, form) not in (await guardian.get("/")).text
    shown = (await guardian.get(page(school, form))).text
    assert "답한 뒤에 글이 정정되었습니다" in shown
    assert "다시 답하지 않아도 됩니다" in shown
    signed = (await guardian.get("/receipts/0/text")).text
    assert "갑니다." in signed
    assert "12일에" not in signed
    assert text_hash("갑니다.") in signed
    assert (await records(school))[0].text_hash == text_hash("갑니다.")
    assert await receipt_is_whole(guardian, 0)
    assert "처음 글" in await table(teacher, form)
    rows = await sheet(teacher, form)
    assert [row[-1] for row in rows if row[2] == "이지우"] == ["처음 글"]


async def test_where_the_question_does_not_stand_every_family_is_asked_anew(
    school: School,
) -> None:
    form = await sent(school)
    guardian, teacher = await school.client_as("김하늘"), await school.client_as("박서연")
    await answer(school, guardian, form, answer_allergy="땅콩")
    await school.settled()
    await corrected(school, form, question="anew")
    await school.settled()
    assert await counted(teacher, form) == "0 / 2명"
    assert "정정 전 글에 답함" in await table(teacher, form, "missing")
    assert page(school, form) in (await guardian.get("/")).text
    assert "다시 답해 주세요" in (await guardian.get("/notifications")).text
    shown = (await guardian.get(page(school, form))).text
    assert "글이 정정되어 회신을 다시 받습니다" in shown
    assert "땅콩" not in shown
    await answer(school, guardian, form, answer_going=NO)
    first, second = await records(school)
    assert (first.text_hash, second.text_hash) == (
        text_hash("갑니다."),
        text_hash("12일에 갑니다."),
    )
    assert second.supersedes is not None
    assert await counted(teacher, form) == "1 / 2명"
    assert "제출한 뒤에" in (await guardian.get("/receipts/0")).text
    assert [await receipt_is_whole(guardian, leaf) for leaf in (0, 1)] == [True, True]


async def test_the_list_of_receipts_names_what_was_signed_and_not_what_it_became(
    school: School,
) -> None:
    form = await sent(school)
    guardian = await school.client_as("김하늘")
    await answer(school, guardian, form)
    await corrected(school, form, question="stands", title="12. 12.(토) 축제")
    listed = (await guardian.get("/receipts")).text.partition("<main")[2]
    assert "체험학습" in listed
    assert "12. 12.(토) 축제" not in listed


async def test_a_receipt_says_that_its_answer_was_asked_anew(school: School) -> None:
    form = await sent(school)
    guardian = await school.client_as("김하늘")
    await answer(school, guardian, form)
    await corrected(school, form, question="anew")
    assert "정정되어 회신을 다시 받았습니다" in (await guardian.get("/receipts/0")).text
    assert await receipt_is_whole(guardian, 0)
    assert "유효" not in (await guardian.get("/receipts")).text.partition("<main")[2]


async def test_the_reach_of_a_letter_counts_an_answer_asked_anew_as_missing(
    school: School,
) -> None:
    form = await sent(school)
    await answer(school, await school.client_as("김하늘"), form)
    await school.settled()
    reached = "SELECT count(*) FROM notify_reached WHERE answered_at IS NOT NULL"
    assert (await sql(school, reached))[0][0] > 0
    await corrected(school, form, question="anew")
    await school.settled()
    assert await sql(school, reached) == [(0,)]


async def test_a_letter_with_a_form_is_not_corrected_before_its_author_has_chosen(
    school: School,
) -> None:
    form = await sent(school)
    letter = await letter_of(school, form)
    teacher = await school.client_as("박서연")
    shown = (await teacher.get(f"/newsletters/{letter}/correct")).text
    assert 'name="question"' in shown
    assert "질문은 여기에서 변경할 수 없습니다." in shown
    refused = await corrected(school, form)
    assert refused.status == 422
    assert "회신서를 어떻게 할지 선택해" in refused.text
    assert await sql(school, "SELECT version FROM newsletters_newsletter") == [(1,)]


async def test_asking_anew_needs_time_to_answer(school: School) -> None:
    form = await sent(school)
    school.clock.advance(3 * DAY)
    for deadline in ("", local(school.clock.now() - DAY).strftime("%Y-%m-%dT%H:%M")):
        refused = await corrected(school, form, question="anew", deadline=deadline)
        assert refused.status == 422
        assert "마감을 다시 정해 주세요" in refused.text
    assert await sql(school, "SELECT version FROM newsletters_newsletter") == [(1,)]
    later = local(school.clock.now() + 2 * DAY).strftime("%Y-%m-%dT%H:%M")
    assert (await corrected(school, form, question="anew", deadline=later)).status == 303
    guardian = await school.client_as("김하늘")
    assert (await answer(school, guardian, form)).status == 303
    assert await sql(
        school, "SELECT count(*) FROM kit_event WHERE tag = 'form.deadline_moved'"
    ) == [(1,)]


async def test_who_signs_while_the_letter_is_corrected_sees_the_new_wording_first(
    school: School,
) -> None:
    form = await sent(school)
    guardian = await school.client_as("김하늘")
    assert 'name="wording" value="1"' in (await guardian.get(page(school, form))).text
    await corrected(school, form, question="stands")
    before = await left_behind(school)
    late = await answer(school, guardian, form, wording="1", answer_allergy="땅콩")
    assert late.status == 409
    assert "방금 정정되었습니다" in late.text
    assert await left_behind(school) == before
    assert (await answer(school, guardian, form, wording="2")).status == 303


async def test_what_was_filled_in_meanwhile_comes_back_beside_the_new_wording(
    school: School,
) -> None:
    form = await sent(school)
    guardian = await school.client_as("김하늘")
    await corrected(school, form, question="stands")
    here = page(school, form)
    filled = {
        "answer_going": NO,
        "answer_allergy": "땅콩",
        "wording": "1",
        "submission": "",
        **TYPED,
    }
    late = await guardian.post(here, filled, headers={"Referer": school.url + here})
    again = (await guardian.get(late.location)).text
    for words in ("방금 정정되었습니다", "12일에 갑니다.", "땅콩", 'name="wording" value="2"'):
        assert words in again


async def test_a_proposed_correction_carries_the_choice_to_the_approver(school: School) -> None:
    form = await sent(school, keys=("guardians",))
    guardian = await school.client_as("김하늘")
    await answer(school, guardian, form)
    until = local(school.clock.now() + 5 * DAY).strftime("%Y-%m-%dT%H:%M")
    await corrected(school, form, question="anew", deadline=until)
    assert "12일에" not in (await guardian.get(page(school, form))).text
    letter = await letter_of(school, form)
    principal = await school.client_as("최은영")
    assert "회신을 다시 받습니다" in (await principal.get(f"/newsletters/{letter}")).text
    await principal.post(f"/newsletters/{letter}/correct/approve")
    assert page(school, form) in (await guardian.get("/")).text
    (moved,) = await sql(school, "SELECT deadline_at FROM forms_form")
    assert moved == (school.clock.now() + 5 * DAY,)


async def test_an_approver_reads_a_proposed_correction_as_families_will_and_what_it_changes(
    school: School,
) -> None:
    form = await sent(school, keys=("guardians",))
    await corrected(school, form, question="stands", body="**12일**에 갑니다.\n## 준비물")
    letter = await letter_of(school, form)
    shown = (await (await school.client_as("최은영")).get(f"/newsletters/{letter}")).text
    assert "<del>갑니다.</del>" in shown
    assert "<ins>12일에 갑니다.</ins>" in shown
    assert "<strong>12일</strong>에 갑니다." in shown
    assert "## 준비물" not in shown


async def test_a_form_left_at_the_first_wording_by_an_earlier_program_says_so(
    school: School,
) -> None:
    form = await sent(school)
    await corrected(school, form, question="stands")

    def as_before(tx: Any) -> None:
        tx.execute("DELETE FROM forms_wording WHERE version > 1")
        tx.execute("UPDATE forms_form SET version = 1")

    await school.db.write(as_before)
    letter = (await school.client_as("김하늘")).get(f"/newsletters/{await letter_of(school, form)}")
    shown = (await letter).text
    assert "정정하기 전의 글에 서명하게 됩니다" in shown
    assert (await school.app[NEWSLETTERS].forms.view(await school.asker("김하늘"), form)).is_open
