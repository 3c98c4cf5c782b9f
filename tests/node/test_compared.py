"""Whoever edits the database is found out: rows are held against the signed records, on every page that
shows them, once a day and by the doctor. A school that nobody touched has nothing to say."""

import sqlite3

import pytest

from kit.clock import DAY, HOUR
from kit.finding import Level
from kit.web.keys import JOBS
from node.app import CONFIG
from node.doctor import DOCTOR
from node.newsletters.web import NEWSLETTERS
from node.questions.model import Field, FieldKind, LegalBasis
from tests.node.conftest import Answer, School
from tests.node.earlier_release import signed_by_the_release_before
from tests.node.test_form_results import sheet, table
from tests.node.test_form_wordings import corrected, letter_of
from tests.node.test_forms import GOING, NO, YES, answer, left_behind, may_sign, page, sent, sql
from tests.node.test_records import BOX, BUS, with_a_file

AGREE = Field("read", FieldKind.AGREE, "안전 안내를 읽었습니다", required=False)


async def altered(school: School, *statements: str) -> None:
    """What somebody does who has the database's file."""
    with sqlite3.connect(school.app[CONFIG].database) as file:
        for statement in statements:
            assert file.execute(statement).rowcount != 0, statement
    file.close()


async def dangers(school: School) -> list[str]:
    """What the doctor finds grave, in words."""
    found = await school.app[DOCTOR].examine(school.db)
    return [one.text % one.params for one in found if one.level is Level.DANGER]


async def daily(school: School) -> str:
    """What the daily checks say."""
    for name in ("forms.compare", "newsletters.compare"):
        await school.app[JOBS].run(name)
    rows = await sql(school, "SELECT last_error FROM kit_job WHERE name LIKE '%.compare'")
    return " ".join(error for (error,) in rows if error)


async def signed_by_both(school: School) -> str:
    """A form with the box and two questions that 김하늘 and 이준혁 have each answered for 이지우."""
    await may_sign(school, "이준혁")
    form = await sent(
        school,
        both_guardians=True,
        fields=(GOING, BUS),
        legal_basis=LegalBasis.CONSENT,
        privacy=BOX,
    )
    await answer(school, await school.client_as("김하늘"), form, answer_bus="버스")
    father = await school.client_as("이준혁")
    await answer(school, father, form, answer_bus="걸어서", signature_typed="이준혁")
    return form


def counts(shown: Answer) -> str:
    """How often each option was chosen, on the page."""
    return shown.text.partition('id="counts-title"')[2].partition("</section>")[0]


# Nobody touched it ------------------------------------------------------------------------------------


async def a_full_life(school: School) -> list[str]:
    """All that may become of forms; their ids."""
    guardian, teacher = await school.client_as("김하늘"), await school.client_as("박서연")
    plain = await sent(school, fields=(GOING, AGREE))
    await answer(school, guardian, plain, answer_read="확인했습니다")
    await answer(school, guardian, plain, answer_going=NO)
    await corrected(school, plain, question="stands")
    await answer(school, guardian, plain)
    anew = await sent(school)
    await answer(school, guardian, anew)
    await corrected(school, anew, question="anew")
    withdrawn = await sent(school)
    await answer(school, guardian, withdrawn)
    letter = await letter_of(school, withdrawn)
    corrections = school.app[NEWSLETTERS].corrections
    await corrections.withdraw(await school.asker("박서연"), letter, "잘못 보냄")
    closed = await sent(school)
    await answer(school, guardian, closed)
    paper = await sent(school)
    slip = {"guardian": school.id("김하늘"), "answer_going": YES}
    assert (await teacher.post(page(school, paper) + "/paper", slip)).status == 303
    both = await signed_by_both(school)
    files = await with_a_file(school)
    await answer(school, guardian, files, answer_bus="버스")
    school.clock.advance(3 * DAY)
    teacher = await school.client_as("박서연")
    assert (
        await teacher.post(f"/forms/{closed}/deadline", {"deadline": "2026-11-29T09:00"})
    ).status == 303
    await answer(school, guardian, closed, answer_going=NO)
    return [plain, anew, withdrawn, closed, paper, both, files]


async def nothing_is_said(school: School, forms: list[str]) -> None:
    assert await dangers(school) == []
    assert await daily(school) == ""
    teacher, guardian = await school.client_as("박서연"), await school.client_as("김하늘")
    for form in forms:
        assert "기록과 다름" not in await table(teacher, form)
        assert "기록과 다름" not in str((await teacher.get(f"/forms/{form}/results")).text)
    for (leaf,) in await sql(school, "SELECT leaf FROM forms_signature"):
        shown = await guardian.get(f"/receipts/{leaf}")
        assert shown.status == 200
        assert "기록과 다름" not in shown.text


async def test_a_school_that_nobody_touched_has_no_alarm(school: School) -> None:
    await nothing_is_said(school, await a_full_life(school))


async def test_data_of_the_release_before_gives_no_alarm(school: School) -> None:
    forms = await a_full_life(school)
    await signed_by_the_release_before(school)
    await nothing_is_said(school, forms)


async def test_a_guardian_who_left_and_a_child_who_was_renamed_give_no_alarm(
    school: School,
) -> None:
    form = await signed_by_both(school)
    tie = (school.id("이준혁"), school.id("이지우"))
    await school.db.write(lambda tx: school.people.roster.end_guardianship(tx, *tie))
    await altered(school, "UPDATE people_person SET name = '이지후' WHERE name = '이지우'")
    assert await dangers(school) == []
    assert await daily(school) == ""
    assert "기록과 다름" not in await table(await school.client_as("박서연"), form)


async def test_a_clock_that_was_set_right_between_agreement_and_signature_gives_no_alarm(
    school: School,
) -> None:
    form, guardian = await sent(school), await school.client_as("김하늘")
    school.clock.advance(5 * HOUR)
    await answer(school, guardian, form)  # agrees with it
    school.clock.advance(-5 * HOUR)
    await answer(school, await school.client_as("김하늘"), form, answer_going=NO)
    assert len(await sql(school, "SELECT leaf FROM forms_signature")) == 2
    assert await daily(school) == ""


# Rows that are not as they were signed --------------------------------------------------------------------

OTHER_CHILD = "(SELECT id FROM people_person WHERE name = '박하준')"
FIRST = "leaf = (SELECT min(leaf) FROM questions_answer)"

ALTERED = {
    "an answer": f"UPDATE questions_answer SET answers = replace(answers, '동의합니다\",\"op', '동의하지 않습니다\",\"op') WHERE {FIRST}",
    "an answer that cannot be read": f"UPDATE questions_answer SET answers = 'x' WHERE {FIRST}",
    "who answered": f"UPDATE questions_answer SET by_name = '이도윤' WHERE {FIRST}",
    "when it was answered": f"UPDATE questions_answer SET given_at = given_at - 1 WHERE {FIRST}",
    "an answer as if on paper": f"UPDATE questions_answer SET on_paper_by = '박서연' WHERE {FIRST}",
    "an answer of another wording": f"UPDATE questions_answer SET version = 2 WHERE {FIRST}",
    "an answer removed": f"DELETE FROM questions_answer WHERE {FIRST}",
    "an answer of another child": f"UPDATE questions_answer SET asked_id = {OTHER_CHILD} WHERE {FIRST}",
    "an answer added": (
        "INSERT INTO questions_answer (questionnaire_id, asked_id, slot, by_id, by_name, answers,"
        " given_at, revision, on_paper_by, version, leaf, record_hash)"
        f" SELECT questionnaire_id, {OTHER_CHILD}, slot, by_id, by_name, answers, given_at, 1,"
        f" on_paper_by, version, 900, record_hash FROM questions_answer WHERE {FIRST}"
    ),
    "an answer that names no record": f"UPDATE questions_answer SET leaf = NULL WHERE {FIRST}",
    "an answer added that names no record": (
        "INSERT INTO questions_answer (questionnaire_id, asked_id, slot, by_id, by_name, answers,"
        " given_at, revision, on_paper_by, version)"
        f" SELECT questionnaire_id, {OTHER_CHILD}, slot, by_id, by_name, answers, given_at, 1,"
        f" on_paper_by, version FROM questions_answer WHERE {FIRST}"
    ),
}


@pytest.mark.parametrize("what", ALTERED)
async def test_an_altered_answer_is_marked_on_pages_in_the_workbook_and_found(
    school: School, what: str
) -> None:
    form = await signed_by_both(school)
    teacher = await school.client_as("박서연")
    assert "기록과 다름" not in await table(teacher, form)
    await altered(school, ALTERED[what])
    shown = await table(teacher, form)
    assert "기록과 다름" in shown
    rows = await sheet(teacher, form)
    assert any("기록과 다름" in str(row[-1]) for row in rows)
    assert any("기록" in text for text in await dangers(school))
    assert "rows differ" in await daily(school)


async def test_what_the_record_says_stands_on_the_page_in_the_counts_and_in_the_workbook(
    school: School,
) -> None:
    form = await sent(school)
    await answer(school, await school.client_as("김하늘"), form, answer_going=NO)
    teacher = await school.client_as("박서연")
    before = counts(await teacher.get(f"/forms/{form}/results/table"))
    await altered(
        school,
        "UPDATE questions_answer SET answers = replace(answers, '동의하지 않습니다\",\"o', '동의합니다\",\"o')",
    )
    shown = await table(teacher, form)
    assert f"서명된 기록에는 “{GOING.label}”에 ‘{NO}’, 저장된 답은 ‘{YES}’" in shown
    assert counts(await teacher.get(f"/forms/{form}/results/table")) == before
    (row,) = [row for row in await sheet(teacher, form) if row[2] == "이지우"]
    assert row[6] == NO
    assert "저장된 답은" in row[-1]


async def test_an_answer_that_was_removed_is_shown_from_its_record(school: School) -> None:
    form = await sent(school)
    await answer(school, await school.client_as("김하늘"), form, answer_allergy="땅콩")
    await altered(school, "DELETE FROM questions_answer", "DELETE FROM forms_signature")
    shown = await table(await school.client_as("박서연"), form)
    assert "땅콩" in shown
    assert "저장된 답이 삭제되어 서명된 기록을 표시합니다" in shown
    receipt = (await (await school.client_as("김하늘")).get("/receipts/0")).text
    assert "땅콩" in receipt
    assert "기록과 다름" in receipt


async def test_an_answer_nobody_signed_counts_for_nothing(school: School) -> None:
    form = await signed_by_both(school)
    await altered(school, ALTERED["an answer added"])
    teacher = await school.client_as("박서연")
    shown = await table(teacher, form, "missing")
    assert "박하준" in shown
    assert "이 답에는 서명된 기록이 없습니다" in shown


async def test_who_signs_again_signs_after_the_record_and_not_after_the_altered_row(
    school: School,
) -> None:
    form = await sent(school)
    guardian = await school.client_as("김하늘")
    await answer(school, guardian, form)
    await altered(school, "DELETE FROM questions_answer")
    await answer(school, guardian, form, answer_going=NO)
    assert await dangers(school) == []
    assert "변경됨" in (await guardian.get("/receipts")).text


# Beside the answers -----------------------------------------------------------------------------------

BESIDE = {
    "a signature of another child": f"UPDATE forms_signature SET student_id = {OTHER_CHILD} WHERE leaf = 0",
    "a signature of somebody else": "UPDATE forms_signature SET guardian_id = 'x' WHERE leaf = 0",
    "another drawing": "UPDATE forms_signature SET drawing_hash = 'ab' WHERE leaf = 0",
    "another child's name": "UPDATE forms_signature SET child_name = '박하준' WHERE leaf = 0",
    "a signature removed": "DELETE FROM forms_signature WHERE leaf = 0",
    "the text": "UPDATE forms_document SET text = text || ' 하루 더'",
    "a wording": "UPDATE forms_wording SET title = '수련회'",
    "a question": "UPDATE forms_form SET draft = replace(draft, '참가에 동의', '불참에 동의')",
    "an option": "UPDATE forms_form SET draft = replace(draft, '걸어서', '자전거')",
    "the box on personal data": "UPDATE forms_form SET draft = replace(draft, '끝날 때까지', '끝난 뒤 십 년')",
    "both guardians": "UPDATE forms_form SET draft = replace(draft, '\"both_guardians\":true', '\"both_guardians\":false')",
    "the letter's files as signed": f'UPDATE forms_form SET files = \'[{{"name":"x","sha256":"{"ab" * 32}"}}]\'',
    "an agreement": "DELETE FROM people_agreement",
    "an agreement's wording": "UPDATE people_agreement SET text_hash = 'ab'",
    "an agreement's time": "UPDATE people_agreement SET agreed_at = agreed_at + 1",
}


@pytest.mark.parametrize("what", BESIDE)
async def test_what_stands_beside_an_answer_and_was_altered_is_marked_on_the_receipt_and_found(
    school: School, what: str
) -> None:
    await signed_by_both(school)
    guardian = await school.client_as("김하늘")
    assert "기록과 다름" not in (await guardian.get("/receipts/0")).text
    await altered(school, BESIDE[what])
    receipt = await guardian.get("/receipts/0")
    assert receipt.status == 200
    assert "기록과 다름" in receipt.text
    assert len(await dangers(school)) > 0
    assert "rows differ" in await daily(school)


async def test_a_text_that_was_altered_is_not_signed(school: School) -> None:
    form = await sent(school)
    await altered(school, BESIDE["the text"])
    before = await left_behind(school)
    refused = await answer(school, await school.client_as("김하늘"), form)
    assert refused.status == 409
    assert "학교에 연락해 주세요" in refused.text
    assert await left_behind(school) == before


async def test_a_signature_moved_to_another_child_shows_its_family_no_receipt(
    school: School,
) -> None:
    form = await sent(school)
    await answer(school, await school.client_as("김하늘"), form)
    other = school.id("최하린")
    await altered(school, f"UPDATE forms_signature SET student_id = '{other}'")
    assert (await (await school.client_as("이도윤")).get("/receipts/0")).status == 404


TERMS = {
    "the deadline": "UPDATE forms_form SET deadline_at = deadline_at + 86400000",
    "withdrawn": "UPDATE forms_form SET closed_at = 1",
    "which answers hold": "UPDATE forms_form SET valid_from = 2",
    "the audience": "DELETE FROM forms_audience",
    "who may move the deadline": "UPDATE forms_form SET is_approved = 1 - is_approved",
    "both guardians before anybody signed": BESIDE["both guardians"],
}


@pytest.mark.parametrize("what", TERMS)
async def test_terms_that_were_changed_without_an_act_are_found(school: School, what: str) -> None:
    form = await sent(school, both_guardians=True)
    await (await school.client_as("박서연")).post(
        f"/forms/{form}/deadline", {"deadline": "2026-11-29T09:00"}
    )
    assert await dangers(school) == []
    await altered(school, TERMS[what])
    assert any("기록 없이 변경되었습니다" in text for text in await dangers(school))
    assert "rows differ" in await daily(school)


LETTERS = {
    "a version": "UPDATE newsletters_version SET body = body || ' 하루 더' WHERE version = 1",
    "the letter": "UPDATE newsletters_newsletter SET body = body || ' 하루 더'",
    "a version removed": "DELETE FROM newsletters_version WHERE version = 1",
    "a file": f"UPDATE files_attachment SET sha256 = '{'ab' * 32}'",
    "a file taken off": "DELETE FROM files_attachment",
}


@pytest.mark.parametrize("what", LETTERS)
async def test_a_letter_that_is_not_what_was_signed_of_it_is_found(
    school: School, what: str
) -> None:
    await with_a_file(school)
    assert await dangers(school) == []
    await altered(school, LETTERS[what])
    assert any("체험학습" in text for text in await dangers(school))
    assert "letters differ" in await daily(school)
