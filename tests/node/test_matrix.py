"""Matrix questions: several rows on one scale, answered, refused, signed and counted row by row."""

import csv
import io

import pytest
from multidict import MultiDict
from playwright.async_api import Browser, expect

from node.forms.web import FORMS
from node.questions.editing import questionnaire_of
from node.questions.filling import answers_of
from node.questions.model import (
    SCALE,
    BadAnswer,
    Condition,
    Field,
    FieldKind,
    LegalBasis,
    Questionnaire,
)
from protocol.receipts import from_file, verify
from tests.browsing import press
from tests.node.asking import VOTERS, answer, answers, ask, close, draft
from tests.node.conftest import School
from tests.node.test_forms import GOING, TYPED, YES, page, records, sent
from tests.node.test_forms import answer as sign
from tests.node.test_unsent import followed, send
from tests.node.test_writing_in_a_browser import visit

TELEPHONE = 360  # px
BEST, GOOD, MIDDLE, *_WORSE = SCALE
CONTENT = Field("content", FieldKind.RATINGS, "만족도", rows=("급식", "수업", "시설"))
WAY = Field(
    "way",
    FieldKind.MATRIX,
    "등교 방법",
    required=False,
    options=("버스", "걸어서"),
    rows=("갈 때", "올 때"),
)
ASKED = ("form-content", "ratings", "만족도", "", "급식", "수업", "시설")


def test_each_row_is_a_question_of_its_own_and_a_refusal_is_at_the_row() -> None:
    given = {"content-1": [BEST], "content-2": [GOOD], "content-3": [BEST], "way-2": ["버스"]}
    found = answers_of((CONTENT, WAY), given)
    assert [(one.label, one.answer) for one in found] == [
        ("만족도 - 급식", BEST),
        ("만족도 - 수업", GOOD),
        ("만족도 - 시설", BEST),
        ("등교 방법 - 갈 때", ""),
        ("등교 방법 - 올 때", "버스"),
    ]
    assert found[0].options == SCALE
    with pytest.raises(BadAnswer) as refused:
        answers_of((CONTENT, WAY), given | {"content-2": [], "way-1": ["기차"]})
    assert refused.value.fields == {
        "content-2": "답해 주세요.",
        "way-1": "선택지에서 선택해 주세요.",
    }


def test_what_keeps_a_matrix_from_being_asked_is_said() -> None:
    def fault(*fields: Field) -> str:
        return Questionnaire(fields, LegalBasis.NONE).fault

    why = Field("why", FieldKind.TEXT, "까닭", only_if=Condition("content-2", MIDDLE))
    assert fault(CONTENT, WAY, why) == ""
    assert "항목이 하나 이상" in fault(Field("a", FieldKind.RATINGS, "만족도"))
    assert "두 개 이상" in fault(Field("a", FieldKind.MATRIX, "방법", rows=("갈 때",)))
    many = [Field(str(at), FieldKind.RATINGS, "질문", rows=("가",) * 20) for at in range(6)]
    assert "100개" in fault(*many)
    assert "중복" in fault(CONTENT, Field("content-1", FieldKind.TEXT, "까닭"))


def test_pages_of_before_send_no_rows_and_lose_nothing() -> None:
    sent_before = MultiDict(
        [(f"form_{name}", "1") for name in ("id", "kind", "label", "options", "required", "help")]
    )
    (field,) = questionnaire_of(sent_before).fields
    assert (field.label, field.rows) == ("1", ())


# Surveys ------------------------------------------------------------------------------------------


async def test_a_named_survey_names_the_row_that_lacks_and_files_a_column_a_row(
    school: School,
) -> None:
    survey = await ask(school, kind="named", questions=(ASKED,), required="1")
    guardian = await school.client_as("김하늘")
    given = {"content-1": BEST, "content-2": MIDDLE, "content-3": GOOD}
    here = f"/surveys/{survey}"
    lacking = {f"answer_form-{row}": said for row, said in given.items() if row != "content-3"}
    shown = await followed(guardian, await send(guardian, here, f"{here}/answers", lacking))
    assert "‘시설’에 답해 주세요." in shown.text
    assert (await answer(guardian, survey, **given)).status == 303
    author = await school.client_as("오정숙")
    shown = await author.get(f"/surveys/{survey}/results")
    assert "만족도 - 수업" in shown.text
    assert "평균 3.0점 (5점 만점)" in shown.text
    file = await author.get(f"/surveys/{survey}/results.csv")
    head, row = csv.reader(io.StringIO(file.text.removeprefix("\ufeff")))
    assert head[2:] == ["만족도 - 급식", "만족도 - 수업", "만족도 - 시설"]
    assert row[2:] == [BEST, MIDDLE, GOOD]


@pytest.mark.parametrize("voters", [4, 5])
async def test_an_anonymous_matrix_is_hidden_under_five_answers(
    school: School, voters: int
) -> None:
    survey = await ask(school, questions=(ASKED,))
    given = {"content-1": BEST, "content-2": MIDDLE}
    await answers(school, survey, dict.fromkeys(VOTERS[:voters], given))
    await close(school)
    author = await school.client_as("오정숙")
    shown = (await author.get(f"/surveys/{survey}/results")).text
    assert ("만족도 - 급식" in shown) == (voters >= 5)
    assert ("평균 5.0점" in shown) == (voters >= 5)


# Consents -----------------------------------------------------------------------------------------


async def test_a_consent_signs_every_row_in_words_and_shows_it_on_paper_and_receipt(
    school: School,
) -> None:
    form = await sent(school, fields=(GOING, CONTENT))
    guardian = await school.client_as("김하늘")
    given = {"answer_content-1": BEST, "answer_content-2": GOOD}
    here = page(school, form)
    lacking = await send(guardian, here, here, TYPED | {"answer_going": YES} | given)
    assert "‘시설’에 답해 주세요." in (await followed(guardian, lacking)).text
    done = await sign(school, guardian, form, **given, **{"answer_content-3": MIDDLE})
    assert done.location == "/receipts/0"
    assert "만족도 - 시설" in (await guardian.get("/receipts/0")).text
    (record,) = await records(school)
    assert [(one.field, one.answer, one.options) for one in record.answers[1:]] == [
        (f"content-{at}", said, SCALE) for at, said in enumerate((BEST, GOOD, MIDDLE), 1)
    ]
    assert verify(from_file((await guardian.get("/receipts/0/file")).body)).valid
    assert await school.app[FORMS].compare(school.db) == []
    teacher = await school.client_as("박서연")
    results = (await teacher.get(f"/forms/{form}/results")).text
    assert "만족도 - 수업" in results
    assert "평균 4.0점 (5점 만점)" in results
    assert "만족도" in (await teacher.get(f"{here}/paper")).text


# In a browser -------------------------------------------------------------------------------------


async def test_a_matrix_is_written_answered_on_a_telephone_and_seen_as_bars(
    school: School, browser: Browser
) -> None:
    author = await visit(browser, school, "오정숙", TELEPHONE)
    started = await draft(school, start="named")
    await author.goto(f"/surveys/{started}/edit")
    await author.locator("[name=title]").fill("학교생활")
    await author.locator("[name=form_label]").first.fill("만족도")
    await author.locator("[name=form_kind]").first.select_option("ratings")
    await author.locator("[name=form_rows]").first.fill("급식\n수업")
    await press(author.locator("button[name=act][value=save]"))
    await expect(author.locator("[name=form_rows]").first).to_have_value("급식\n수업")
    assert await author.evaluate("document.documentElement.scrollWidth") <= TELEPHONE
    survey = await ask(school, kind="named", questions=(ASKED,), required="1")
    reader = await visit(browser, school, "김하늘", TELEPHONE)
    await reader.goto(f"/surveys/{survey}")
    for at, step in enumerate((BEST, GOOD, MIDDLE), 1):
        await reader.check(f'input[name="answer_form-content-{at}"][value="{step}"]')
    assert await reader.evaluate("document.documentElement.scrollWidth") <= TELEPHONE
    await press(reader.locator("#answers button[type=submit]"))
    await author.goto(f"/surveys/{survey}/results")
    await expect(author.locator("#results")).to_contain_text("만족도 - 급식")
    assert await author.evaluate("document.documentElement.scrollWidth") <= TELEPHONE


async def test_two_ratings_of_the_same_words_have_results_of_their_own(school: School) -> None:
    lunch, trip = (Field(id, FieldKind.RATING, "만족도") for id in ("lunch", "trip"))
    form = await sent(school, fields=(GOING, lunch, trip))
    guardian = await school.client_as("김하늘")
    await sign(school, guardian, form, answer_lunch=BEST, answer_trip=MIDDLE)
    teacher = await school.client_as("박서연")
    results = (await teacher.get(f"/forms/{form}/results")).text
    assert results.count("<h3>만족도</h3>") == 2
    assert "평균 5.0점 (5점 만점)" in results
    assert "평균 3.0점 (5점 만점)" in results
