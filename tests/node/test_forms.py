"""Consent forms: signed, changed until the deadline, refused to whoever may not, counted, filed."""

import base64
import io
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from openpyxl import load_workbook

from kit.clock import DAY
from kit.db import Value
from node.app import CONFIG
from node.forms.model import BadForm, FormDeadlineMoved, FormDraft
from node.newsletters.model import Content, Sort
from node.newsletters.web import NEWSLETTERS
from node.people.agreements import SIGNING
from node.questions.model import Field, FieldKind, LegalBasis, PrivacyBox
from protocol.records import ConsentV1, SignedRecord, read_record
from tests.models import documents
from tests.node.conftest import Answer, Client, School

YES, NO = "동의합니다", "동의하지 않습니다"
GOING = Field("going", FieldKind.CONSENT, "참가에 동의합니까?")
ALLERGY = Field("allergy", FieldKind.TEXT, "알레르기", required=False)
TYPED = {"signature_typed": "김하늘", "agree": str(SIGNING.version)}
LEFT_BEHIND = (
    "SELECT count(*) FROM questions_answer",
    "SELECT count(*) FROM forms_signature",
    "SELECT count(*) FROM forms_submission",
    "SELECT count(*) FROM ledger_leaf",
    "SELECT count(*) FROM people_agreement",
    "SELECT count(*) FROM kit_event WHERE tag = 'form.signed'",
)


async def sent(
    school: School, keys: tuple[str, ...] = (), *, writer: str = "박서연", **form: Any
) -> str:
    """A letter with a form from the homeroom teacher to 3-2 (or others); the form's id."""
    form.setdefault("fields", (GOING, ALLERGY))
    form.setdefault("legal_basis", LegalBasis.NONE)
    form.setdefault("deadline_at", school.clock.now() + 2 * DAY)
    author = await school.asker(writer)
    desk = school.app[NEWSLETTERS].desk
    keys = keys or (f"guardians/class:{school.class_id('3-2')}",)
    text = msgspec.json.encode(FormDraft(**form)).decode()
    draft = await desk.create(author, Sort.NEWSLETTER, Content("체험학습", "갑니다.", keys, text))
    letter = await desk.send(author, draft)
    if keys == ("guardians",):
        letter = await desk.approve(await school.asker("최은영"), letter.id)
    assert letter.form_id is not None
    return str(letter.form_id)


def page(school: School, form: str, child: str = "이지우") -> str:
    return f"/forms/{form}/children/{school.id(child)}"


async def answer(
    school: School, client: Client, form: str, child: str = "이지우", **values: str
) -> Answer:
    """An answer as the page sends it."""
    filled = {"answer_going": YES, "submission": "", **TYPED, **values}
    return await client.post(page(school, form, child), filled)


async def sql(school: School, query: str, *values: Value) -> list[tuple[Any, ...]]:
    return await school.db.read(lambda tx: tx.rows(query, values))


async def left_behind(school: School) -> list[int]:
    """How many rows of everything that signing writes there are."""
    return [(await sql(school, query))[0][0] for query in LEFT_BEHIND]


async def records(school: School) -> list[ConsentV1]:
    """What the ledger holds, in order."""
    rows = await sql(school, "SELECT text, key_id, signature FROM ledger_leaf ORDER BY position")
    found = [read_record(SignedRecord(text=t, key_id=k, signature=s)) for t, k, s in rows]
    return [one for one in found if isinstance(one, ConsentV1)]


def drawings(school: School) -> list[Path]:
    root = Path(school.app[CONFIG].blobs)
    return [path for path in root.rglob("*") if path.is_file()]


# Signing -------------------------------------------------------------------------------------


async def test_a_guardian_signs_and_finds_their_receipt(school: School) -> None:
    form = await sent(school)
    guardian = await school.client_as("김하늘")
    shown = await guardian.get(page(school, form))
    assert shown.status == 200
    assert "갑니다." in shown.text
    assert 'name="agree"' in shown.text
    done = await answer(school, guardian, form, answer_allergy="땅콩")
    assert (done.status, done.location) == (303, "/receipts/0")
    receipt = await guardian.get(done.location)
    assert "이지우" in receipt.text
    assert "땅콩" in receipt.text
    assert "체험학습" in (await guardian.get("/receipts")).text
    (record,) = await records(school)
    assert (record.guardian_name, record.child_name, record.relation) == ("김하늘", "이지우", "모")
    assert [(one.field, one.answer) for one in record.answers] == [
        ("going", YES),
        ("allergy", "땅콩"),
    ]
    assert (record.agreement_version, record.supersedes) == ("signing.v3", None)


async def test_an_answer_may_be_changed_until_the_deadline_and_the_first_is_kept(
    school: School,
) -> None:
    form = await sent(school)
    guardian = await school.client_as("김하늘")
    await answer(school, guardian, form)
    guardian = await school.later(2 * DAY, "김하늘")
    changed = await answer(school, guardian, form, answer_going=NO)
    assert changed.location == "/receipts/1"
    first, second = await records(school)
    digest = await sql(school, "SELECT record_hash FROM questions_answer")
    assert second.supersedes is not None
    assert second.supersedes != digest[0][0]
    assert (first.answers[0].answer, second.answers[0].answer) == (YES, NO)
    assert await sql(school, "SELECT revision, leaf FROM questions_answer") == [(2, 1)]
    listed = (await guardian.get("/receipts")).text
    assert "유효" in listed
    assert "변경됨" in listed
    assert (await guardian.get("/receipts/0")).status == 200


async def test_who_changes_an_answer_of_several_lines_finds_all_of_them(school: School) -> None:
    form = await sent(school, fields=(GOING, Field("wish", FieldKind.LONG_TEXT, "바라는 점")))
    guardian = await school.client_as("김하늘")
    await answer(school, guardian, form, answer_wish="첫째, 급식\r\n둘째, 통학로")
    again = (await guardian.get(page(school, form))).text
    assert re.search(r"<textarea[^>]*>첫째, 급식\r?\n둘째, 통학로</textarea>", again)


async def test_an_answer_of_several_lines_is_read_in_lines_by_family_and_school(
    school: School,
) -> None:
    form = await sent(school, fields=(GOING, Field("wish", FieldKind.LONG_TEXT, "바라는 점")))
    await answer(school, await school.client_as("김하늘"), form, answer_wish="급식, 간식\n통학로")
    for name, place in (("김하늘", "/receipts/0"), ("박서연", f"/forms/{form}/results")):
        shown = (await (await school.client_as(name)).get(place)).text
        assert re.search(r">급식, 간식\r?\n통학로<", shown), name


async def test_after_the_deadline_the_form_is_closed_and_the_answer_stays(school: School) -> None:
    form = await sent(school)
    guardian = await school.client_as("김하늘")
    await answer(school, guardian, form)
    before = await left_behind(school)
    guardian = await school.later(2 * DAY + 1, "김하늘")
    late = await answer(school, guardian, form, answer_going=NO)
    assert late.status == 409
    assert "마감된 동의서입니다" in late.text
    assert 'name="signature_typed"' not in (await guardian.get(page(school, form))).text
    assert await left_behind(school) == before


async def test_the_author_may_give_more_time(school: School) -> None:
    form = await sent(school)
    guardian = await school.later(3 * DAY, "김하늘")
    teacher = await school.client_as("박서연")
    assert (await answer(school, guardian, form)).status == 409
    outsider = await school.client_as("한지민")
    assert (
        await outsider.post(f"/forms/{form}/deadline", {"deadline": "2026-11-29T09:00"})
    ).status == 403
    assert (
        await guardian.post(f"/forms/{form}/deadline", {"deadline": "2026-11-29T09:00"})
    ).status == 404
    assert (await answer(school, guardian, form)).status == 409
    assert (
        await teacher.post(f"/forms/{form}/deadline", {"deadline": "2026-11-29T09:00"})
    ).status == 303
    assert (await answer(school, guardian, form)).status == 303
    assert await sql(
        school, "SELECT actor_name FROM kit_audit WHERE action = 'forms:form:change_deadline'"
    ) == [("박서연",)]


async def test_whoever_reminds_hears_that_a_deadline_was_moved_and_from_where(
    school: School,
) -> None:
    before = school.clock.now() + DAY
    form = await sent(school, deadline_at=before)
    await (await school.client_as("박서연")).post(
        f"/forms/{form}/deadline", {"deadline": "2026-11-26T09:00"}
    )
    ((body,),) = await sql(school, "SELECT body FROM kit_event WHERE tag = 'form.deadline_moved'")
    heard = msgspec.json.decode(body, type=FormDeadlineMoved)
    assert (heard.form_id, heard.before) == (form, before)
    assert heard.deadline_at == school.clock.now() + 3 * DAY


async def test_a_father_who_may_read_but_not_sign_leaves_nothing_behind(school: School) -> None:
    form = await sent(school)
    before = await left_behind(school)
    father = await school.client_as("이준혁")
    shown = await father.get(page(school, form))
    assert shown.status == 200
    assert 'name="signature_typed"' not in shown.text
    refused = await answer(school, father, form, signature_typed="이준혁")
    assert refused.status == 403
    assert await left_behind(school) == before


async def test_the_child_of_another_family_is_not_there_and_no_drawing_is_kept(
    school: School,
) -> None:
    form = await sent(school)
    before = await left_behind(school)
    stranger = await school.client_as("이도윤")
    drawing = "data:image/png;base64," + base64.b64encode(documents.png()).decode()
    for child in ("이지우", "최하린"):
        assert (await stranger.get(page(school, form, child))).status == 404
        for how in ({"signature_typed": "이도윤"}, {"signature": drawing}):
            assert (await answer(school, stranger, form, child, **how)).status == 404
    api = await stranger.post(
        f"/api/v1/forms/{form}/answers",
        json={
            "student_id": school.id("이지우"),
            "values": {"going": [YES]},
            "name": "이도윤",
            "submission": "1",
            "agree": SIGNING.version,
        },
    )
    assert api.status == 404
    assert await left_behind(school) == before
    assert drawings(school) == []


async def test_a_student_does_not_sign_for_themselves(school: School) -> None:
    form = await sent(school)
    student = await school.client_as("이지우")
    assert (await answer(school, student, form, signature_typed="이지우")).status == 404
    assert (await left_behind(school))[0] == 0


async def test_the_agreement_is_asked_once_and_without_it_nothing_is_kept(school: School) -> None:
    form = await sent(school)
    guardian = await school.client_as("김하늘")
    before = await left_behind(school)
    refused = await answer(school, guardian, form, agree="")
    assert refused.status == 422
    assert "전자서명 이용에 먼저 동의" in refused.text
    assert await left_behind(school) == before
    assert (await answer(school, guardian, form)).status == 303
    other = await sent(school)
    assert 'name="agree"' not in (await guardian.get(page(school, other))).text
    assert (await answer(school, guardian, other, agree="")).status == 303
    assert len(await sql(school, "SELECT 1 FROM people_agreement")) == 1


async def test_an_agreement_is_not_kept_with_an_answer_that_does_not_fit(school: School) -> None:
    form = await sent(school)
    guardian = await school.client_as("김하늘")
    before = await left_behind(school)
    for wrong in ("", "아마도"):
        refused = await answer(school, guardian, form, answer_going=wrong, answer_allergy="땅콩")
        assert refused.status == 422
        assert "땅콩" in refused.text  # what was typed is still there
    assert await left_behind(school) == before


async def test_nobody_signs_under_another_name(school: School) -> None:
    form = await sent(school)
    guardian = await school.client_as("김하늘")
    before = await left_behind(school)
    other = await answer(school, guardian, form, signature_typed="이준혁")
    assert other.status == 422
    assert "이름이 가입한 이름(김하늘)과 다릅니다" in other.text
    assert (await answer(school, guardian, form, signature_typed=" ")).status == 422
    assert await left_behind(school) == before
    assert (await answer(school, guardian, form, signature_typed="김 하 늘")).status == 303


async def test_a_drawn_signature_is_kept_and_its_hash_is_under_the_schools(school: School) -> None:
    form = await sent(school)
    guardian = await school.client_as("김하늘")
    drawing = "data:image/png;base64," + base64.b64encode(documents.png()).decode()
    done = await answer(school, guardian, form, signature=drawing, signature_typed="")
    assert done.status == 303
    (record,) = await records(school)
    (kept,) = drawings(school)
    assert (record.signature_kind, record.drawing_hash) == ("drawn", kept.name)
    assert kept.read_bytes() == documents.png()


async def test_a_drawing_that_is_no_picture_is_refused(school: School) -> None:
    form = await sent(school)
    guardian = await school.client_as("김하늘")
    large = base64.b64encode(documents.png() + b"\0" * 300_001).decode()
    for content in ("bm90IGEgcGljdHVyZQ==", "not base64!", large):
        drawing = "data:image/png;base64," + content
        assert (await answer(school, guardian, form, signature=drawing)).status == 422
    assert drawings(school) == []
    assert (await left_behind(school))[0] == 0


async def test_a_page_sent_twice_is_one_answer_with_one_receipt(school: School) -> None:
    form = await sent(school)
    guardian = await school.client_as("김하늘")
    shown = await guardian.get(page(school, form))
    key = re.search(r'name="submission" value="([0-9a-f]+)"', shown.text)
    assert key is not None
    twice = [await answer(school, guardian, form, submission=key.group(1)) for _time in range(2)]
    assert [one.location for one in twice] == ["/receipts/0", "/receipts/0"]
    guardian = await school.later(3 * DAY, "김하늘")  # it got lost, and the phone tries again
    again = await answer(school, guardian, form, submission=key.group(1))
    assert again.location == "/receipts/0"
    assert len(await records(school)) == 1


async def test_an_answer_corrected_on_the_page_that_was_sent_already_is_not_lost(
    school: School,
) -> None:
    form = await sent(school)
    guardian = await school.client_as("김하늘")
    await answer(school, guardian, form, submission="a")  # and the line breaks before it is told
    corrected = await answer(school, guardian, form, submission="a", answer_going=NO)
    assert corrected.location == "/receipts/1"
    assert [one.answers[0].answer for one in await records(school)] == [YES, NO]


async def test_who_goes_back_to_the_page_and_to_their_first_answer_has_given_it_again(
    school: School,
) -> None:
    form = await sent(school)
    guardian = await school.client_as("김하늘")
    for given in (YES, NO, YES):
        last = await answer(school, guardian, form, submission="a", answer_going=given)
    assert last.location == "/receipts/2"
    assert [one.answers[0].answer for one in await records(school)] == [YES, NO, YES]
    twice = await answer(school, guardian, form, submission="a", answer_going=YES)
    assert twice.location == "/receipts/2"


async def test_programs_that_number_their_sendings_alike_do_not_answer_for_each_other(
    school: School,
) -> None:
    first, second = await sent(school, both_guardians=True), await sent(school)
    await may_sign(school, "이준혁")
    leaves = []
    for name, form in (("김하늘", first), ("이준혁", first), ("김하늘", second)):
        client = await school.client_as(name)
        body = {
            "student_id": school.id("이지우"),
            "values": {"going": [YES]},
            "name": name,
            "submission": "1",
            "agree": SIGNING.version,
        }
        given = await client.post(f"/api/v1/forms/{form}/answers", json=body)
        assert given.status == 201, given.text
        leaves.append(given.json()["leaf"])
    assert leaves == [0, 1, 2]


async def may_sign(school: School, guardian: str) -> None:
    await school.db.write(
        lambda tx: tx.execute(
            "UPDATE people_guardianship SET may_sign = 1 WHERE guardian_id = ?",
            (school.id(guardian),),
        )
    )
    await school.db.write(lambda tx: school.people.roster.families_changed(tx, "court"))


async def test_where_both_must_sign_each_gives_an_answer_of_their_own(school: School) -> None:
    await may_sign(school, "이준혁")
    form = await sent(school, both_guardians=True)
    mother, father = await school.client_as("김하늘"), await school.client_as("이준혁")
    await answer(school, mother, form)
    waiting = await father.get("/")
    assert "답해야 할 동의서" in waiting.text
    await answer(school, father, form, answer_going=NO, signature_typed="이준혁")
    await answer(school, mother, form, answer_allergy="우유")
    rows = await sql(school, "SELECT by_name, revision FROM questions_answer ORDER BY by_name")
    assert rows == [("김하늘", 2), ("이준혁", 1)]
    third = (await records(school))[2]
    assert third.supersedes is not None
    teacher = await school.client_as("박서연")
    results = (await teacher.get(f"/forms/{form}/results")).text
    assert "이준혁" in results
    assert "김하늘" in results


async def test_where_one_signs_the_other_parent_changes_the_same_answer(school: School) -> None:
    await may_sign(school, "이준혁")
    form = await sent(school)
    await answer(school, await school.client_as("김하늘"), form)
    father = await school.client_as("이준혁")
    await answer(school, father, form, answer_going=NO, signature_typed="이준혁")
    assert await sql(school, "SELECT by_name, revision FROM questions_answer") == [("이준혁", 2)]


# Paper ---------------------------------------------------------------------------------------


async def test_a_homeroom_teacher_enters_a_slip_that_came_on_paper(school: School) -> None:
    form = await sent(school)
    teacher = await school.client_as("박서연")
    slip = {"guardian": school.id("김하늘"), "answer_going": YES}
    address = page(school, form) + "/paper"
    assert "김하늘" in (await teacher.get(address)).text
    assert (await teacher.post(address, slip)).status == 303
    (record,) = await records(school)
    assert (record.signature_kind, record.entered_by) == ("paper", "박서연")
    assert record.agreement_version == ""
    assert await sql(
        school, "SELECT actor_name, subject FROM kit_audit WHERE action LIKE '%enter_paper'"
    ) == [("박서연", form)]
    guardian = await school.client_as("김하늘")
    assert (await guardian.get("/receipts/0")).status == 200


async def test_nobody_else_enters_slips_and_not_for_whom_may_not_sign(school: School) -> None:
    form = await sent(school)
    before = await left_behind(school)
    address = page(school, form) + "/paper"
    slip = {"guardian": school.id("김하늘"), "answer_going": YES}
    for name, status in (("한지민", 403), ("김하늘", 404), ("이도윤", 404)):
        client = await school.client_as(name)
        assert (await client.post(address, slip)).status == status
    teacher = await school.client_as("박서연")
    for guardian in ("이준혁", "이도윤", "최은영"):
        refused = await teacher.post(address, {**slip, "guardian": school.id(guardian)})
        assert refused.status == 403
    assert (await teacher.post(page(school, form, "최하린") + "/paper", slip)).status == 404
    assert (await teacher.post(address, {**slip, "answer_going": ""})).status == 422
    assert await left_behind(school) == before
    assert await sql(school, "SELECT 1 FROM kit_audit WHERE action LIKE '%paper'") == []


# Results -------------------------------------------------------------------------------------


async def test_a_homeroom_teacher_sees_the_answers_of_their_own_class_only(school: School) -> None:
    author = await school.asker("최은영")
    desk = school.app[NEWSLETTERS].desk
    text = msgspec.json.encode(FormDraft(fields=(GOING,), legal_basis=LegalBasis.NONE)).decode()
    draft = await desk.create(
        author, Sort.NEWSLETTER, Content("전교 동의", "내용", ("guardians",), text)
    )
    form = str((await desk.send(author, draft)).form_id)
    await answer(school, await school.client_as("김하늘"), form)
    other = await school.client_as("이도윤")
    await answer(school, other, form, "최하린", signature_typed="이도윤")
    seen = {}
    for name in ("박서연", "최은영", "한지민", "김하늘"):
        found = await (await school.client_as(name)).get(f"/forms/{form}/results")
        main = found.text.partition("<main")[2]
        seen[name] = (found.status, "이지우" in main, "최하린" in main)
    assert seen["박서연"] == (200, True, False)
    assert seen["최은영"] == (200, True, True)
    assert seen["한지민"] == (404, False, False)
    assert seen["김하늘"] == (404, False, False)
    teacher = await school.client_as("박서연")
    for hidden in (f"/forms/{form}/results/table", f"/forms/{form}/results.xlsx"):
        assert "최하린".encode() not in (await teacher.get(hidden)).body


async def test_the_table_counts_and_filters(school: School) -> None:
    form = await sent(school)
    await answer(school, await school.client_as("김하늘"), form)
    teacher = await school.client_as("박서연")
    answered = await teacher.get(f"/forms/{form}/results/table?state=answered")
    missing = await teacher.get(f"/forms/{form}/results/table?state=missing")
    assert ("이지우" in answered.text, "박하준" in answered.text) == (True, False)
    assert ("이지우" in missing.text, "박하준" in missing.text) == (False, True)


async def test_the_workbook_opens_and_runs_no_formula_a_family_typed(school: School) -> None:
    form = await sent(school)
    evil = '=HYPERLINK("http://evil.example","x")'
    await answer(school, await school.client_as("김하늘"), form, answer_allergy=evil)
    teacher = await school.client_as("박서연")
    found = await teacher.get(f"/forms/{form}/results.xlsx")
    assert (found.status, found.headers["Cache-Control"]) == (200, "no-store")
    sheet = load_workbook(io.BytesIO(found.body)).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == [
        "학년·반",
        "번호",
        "이름",
        "회신 시각",
        "서명한 보호자",
        "종이",
        "참가에 동의합니까?",
        "알레르기",
    ]
    by_name = {row[2]: row for row in rows[1:]}
    assert by_name["이지우"][:2] == ["3학년 2반", 7]
    assert by_name["이지우"][6:] == [YES, evil]
    assert by_name["박하준"][4] == "미회신"
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert await sql(
        school, "SELECT actor_name FROM kit_audit WHERE action = 'forms:answer:export'"
    ) == [("박서연",)]


async def test_a_control_character_in_an_answer_ends_no_export(school: School) -> None:
    form = await sent(school)
    pasted = "땅콩\x0b우유\x07"
    await answer(school, await school.client_as("김하늘"), form, answer_allergy=pasted)
    teacher = await school.client_as("박서연")
    found = await teacher.get(f"/forms/{form}/results.xlsx")
    assert found.status == 200
    sheet = load_workbook(io.BytesIO(found.body)).active
    assert sheet is not None
    assert "땅콩\n우유\ufffd" in [row[7].value for row in sheet.iter_rows()]


async def test_a_question_that_begins_like_a_formula_is_no_formula_either(school: School) -> None:
    form = await sent(school, fields=(Field("q", FieldKind.TEXT, "=1+1", required=False),))
    teacher = await school.client_as("박서연")
    found = await teacher.get(f"/forms/{form}/results.xlsx")
    sheet = load_workbook(io.BytesIO(found.body)).active
    assert sheet is not None
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


# What fits -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        (GOING, YES, "글쎄요"),
        (Field("f", FieldKind.CHOICE, "메뉴", options=("밥", "면")), "밥", "빵"),
        (Field("f", FieldKind.CHOICES, "메뉴", options=("밥", "면")), "면", "빵"),
        (Field("f", FieldKind.NUMBER, "몇 명"), "-3.5", "셋"),
        (Field("f", FieldKind.DATE, "언제"), "2026-11-30", "2026-11-31"),
        (Field("f", FieldKind.AGREE, "읽음"), "확인했습니다", "1"),
        (Field("f", FieldKind.LONG_TEXT, "글"), "가" * 2000, "가" * 2001),
    ],
    ids=lambda value: value.kind if isinstance(value, Field) else "",
)
async def test_an_answer_fits_its_question(
    school: School, field: Field, good: str, bad: str
) -> None:
    form = await sent(school, fields=(field,))
    guardian = await school.client_as("김하늘")
    for value in (bad, ""):
        refused = await guardian.post(
            page(school, form), {f"answer_{field.id}": value, "submission": "", **TYPED}
        )
        assert refused.status == 422
    assert (await left_behind(school))[0] == 0
    done = await guardian.post(
        page(school, form), {f"answer_{field.id}": good, "submission": "", **TYPED}
    )
    assert done.status == 303


def test_a_form_that_cannot_be_shown_does_not_go_out() -> None:
    box = PrivacyBox("목적", "항목", "1년", "거부할 수 있습니다.")
    good = FormDraft(fields=(GOING,), privacy=box)
    good.check()
    for change in (
        {"fields": ()},
        {"privacy": None},
        {"fields": (GOING, GOING)},
        {"fields": (Field("f", FieldKind.CONSENT, " "),)},
        {"fields": (Field("f", FieldKind.CHOICE, "하나뿐", options=("밥",)),)},
        {"fields": tuple(Field(str(n), FieldKind.TEXT, "글") for n in range(31))},
    ):
        with pytest.raises(BadForm):
            msgspec.structs.replace(good, **change).check()
