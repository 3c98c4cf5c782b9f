"""Questions that are asked only of whoever answered an earlier one so: written, answered with and
without JavaScript, filed and proved."""

import io
import re

from openpyxl import load_workbook
from playwright.async_api import Browser, expect

from node.questions.filling import asked
from node.questions.model import Condition, Field, FieldKind, LegalBasis, Questionnaire
from tests.browsing import press
from tests.node.conftest import School
from tests.node.test_forms import NO, YES, answer, page, records, sent
from tests.node.test_letter_story import FORM
from tests.node.test_writing_in_a_browser import visit

GOING = Field("going", FieldKind.CONSENT, "참가에 동의합니까?")
BUS = Field(
    "bus",
    FieldKind.CHOICE,
    "어떻게 갑니까?",
    options=("버스", "따로"),
    only_if=Condition("going", YES),
)
STOP = Field("stop", FieldKind.TEXT, "타는 곳", only_if=Condition("bus", "버스"))
FIELDS = (GOING, BUS, STOP)


async def test_whoever_does_not_go_is_not_asked_how(school: School) -> None:
    form = await sent(school, fields=FIELDS)
    guardian = await school.client_as("김하늘")
    shown = await guardian.get(page(school, form))
    assert "‘참가에 동의합니까?’의 답이 ‘동의합니다’인 분만 답해 주세요." in shown.text
    assert len(re.findall(r'name="answer_(?:bus|stop)"[^>]* required', shown.text)) == 0
    # As a browser without JavaScript sends it, with what was typed before the mind changed.
    done = await answer(school, guardian, form, answer_going=NO, answer_stop="정문")
    assert done.location == "/receipts/0"
    (record,) = await records(school)
    assert [(one.field, one.answer) for one in record.answers] == [("going", NO)]
    receipt = await guardian.get(done.location)
    assert "정문" not in receipt.text
    assert "다릅니다" not in receipt.text


async def test_whoever_goes_has_to_say_how(school: School) -> None:
    form = await sent(school, fields=FIELDS)
    guardian = await school.client_as("김하늘")
    refused = await answer(school, guardian, form)
    assert refused.status in (303, 422)
    assert await records(school) == []
    done = await answer(school, guardian, form, answer_bus="버스", answer_stop="정문")
    assert done.location == "/receipts/0"
    (record,) = await records(school)
    assert [one.field for one in record.answers] == ["going", "bus", "stop"]
    changed = await answer(school, guardian, form, answer_bus="따로", answer_stop="정문")
    second = (await records(school))[1]
    assert changed.location == "/receipts/1"
    assert [one.field for one in second.answers] == ["going", "bus"]


async def test_results_workbook_and_proof_know_who_was_asked(school: School) -> None:
    form = await sent(school, fields=FIELDS)
    guardian = await school.client_as("김하늘")
    await answer(school, guardian, form, answer_going=NO)
    teacher = await school.client_as("박서연")
    results = (await teacher.get(f"/forms/{form}/results")).text
    assert "어떻게 갑니까?" in results
    assert "질문이" not in results  # nothing differs from what was signed
    sheet = await teacher.get(f"/forms/{form}/results.xlsx")
    workbook = load_workbook(io.BytesIO(sheet.body))
    rows = list(workbook.worksheets[0].values)
    assert rows[0][6:9] == ("참가에 동의합니까?", "어떻게 갑니까?", "타는 곳")
    of_jiwoo = next(row for row in rows if row[2] == "이지우")
    assert of_jiwoo[6:9] == (NO, None, None)
    # Whoever alters the condition afterwards is found out.
    altered = "UPDATE forms_form SET draft = replace(draft, ?, ?)"
    await school.db.write(lambda tx: tx.execute(altered, (f'"answer":"{YES}"', f'"answer":"{NO}"')))
    receipt = (await guardian.get("/receipts/0")).text
    assert "다릅니다" in receipt


async def test_a_writer_chooses_the_earlier_answer(school: School) -> None:
    teacher = await school.client_as("박서연")
    made = await teacher.post("/newsletters/new", {"kind": "newsletter"})
    here = made.location
    await teacher.post(here, {"title": "체험", "body": "갑니다", "form_builder": "1", **FORM})
    text = (await teacher.get(here)).text
    assert "질문 1의 답이 ‘동의합니다’인 분" in text
    two = {
        "form_id": ["going", "bus"],
        "form_kind": ["consent", "text"],
        "form_label": ["참가에 동의합니까?", "타는 곳"],
        "form_options": ["", ""],
        "form_required": ["1", "1"],
        "form_help": ["", ""],
        "form_only_if": ["", f"going={YES}"],
    }
    pairs = [(name, value) for name, values in two.items() for value in values]
    rest = [(name, value) for name, value in FORM.items() if name not in two]
    title = [("title", "체험"), ("body", "갑니다")]
    await teacher.post(here, title + rest + pairs)
    kept = (await teacher.get(here)).text
    assert re.search(rf'<option value="going={YES}" selected>', kept)


def test_a_condition_that_fits_no_earlier_option_is_a_fault() -> None:
    def fault(*fields: Field) -> str:
        return Questionnaire(fields, LegalBasis.NONE).fault

    assert fault(*FIELDS) == ""
    assert "조건" in fault(BUS, GOING, STOP)
    assert "조건" in fault(Field("going", FieldKind.TEXT, "참가?"), BUS)


def test_what_hangs_on_an_unasked_question_is_not_asked() -> None:
    values = {"going": [NO], "bus": ["버스"], "stop": ["정문"]}
    assert [one.id for one in asked(FIELDS, values)] == ["going"]


async def test_the_page_shows_a_question_when_it_is_due(school: School, browser: Browser) -> None:
    here = page(school, await sent(school, fields=FIELDS))
    tab = await visit(browser, school, "김하늘", 360)
    await tab.goto(here)
    how = tab.get_by_role("group", name="어떻게 갑니까?")
    await expect(how).to_be_hidden()
    await tab.get_by_text(YES, exact=True).first.click()
    await expect(how).to_be_visible()
    await tab.get_by_text("버스", exact=True).click()
    await tab.fill("[name=answer_stop]", "정문")
    await tab.get_by_text(NO, exact=True).first.click()
    await expect(tab.locator("[name=answer_stop]")).to_be_hidden()
    await tab.fill("[name=signature_typed]", "김하늘")
    await tab.check("[name=agree]")
    await press(tab.get_by_role("button", name="제출하기"))
    await tab.wait_for_url("**/receipts/*")
    (record,) = await records(school)
    assert [one.field for one in record.answers] == ["going"]
