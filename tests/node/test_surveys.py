"""Stories about surveys: somebody asks, others answer once, and what came of it is shown as it was promised."""

import csv
import io
from pathlib import Path

import openpyxl
import pytest

from kit.clock import DAY, HOUR, MINUTE
from kit.web.keys import JOBS
from node.app import CONFIG
from node.surveys.about import about
from node.surveys.box import FILE_BYTES, FOLDER
from tests.node.asking import (
    VOTERS,
    answer,
    answers,
    ask,
    close,
    draft,
    written,
)
from tests.node.conftest import School

LIKED = {name: {"likes": "좋아요"} for name in VOTERS[:5]}


async def sql(school: School, query: str, *params: str) -> list[tuple[object, ...]]:
    return await school.db.read(lambda tx: tx.rows(query, params))


async def found(school: School, name: str, words: str) -> list[str]:
    """Where search leads somebody for these words."""
    said = await (await school.client_as(name)).get(f"/api/v1/search?q={words}")
    return [hit["href"] for hit in said.json()["hits"]]


def boxes(school: School) -> Path:
    """Where the keys of open ballot boxes lie."""
    return school.app[CONFIG].root / FOLDER


# Asking -------------------------------------------------------------------------------------------


async def test_whom_it_asks_find_it_on_the_front_page_and_among_their_notifications(
    school: School,
) -> None:
    survey = await ask(school)
    await school.settled()
    guardian = await school.client_as("김하늘")
    for page in ("/", "/notifications", "/surveys"):
        shown = (await guardian.get(page)).text
        assert "급식 만족도" in shown, page
        assert f"/surveys/{survey}" in shown, page
    await answer(guardian, survey, likes="좋아요")
    assert "답할 설문" not in (await guardian.get("/")).text
    assert "참여함" in (await guardian.get("/surveys")).text


async def test_whom_it_does_not_ask_sees_nothing_of_it(school: School) -> None:
    survey = await ask(school)
    student = await school.client_as("이지우")
    assert (await student.get(f"/surveys/{survey}")).status == 404
    assert (await answer(student, survey, likes="좋아요")).status == 404
    assert "급식 만족도" not in (await student.get("/surveys")).text


async def test_staff_read_what_families_are_asked_and_answer_for_nobody(school: School) -> None:
    survey = await ask(school, keys=("guardians",), kind="named")
    teacher = await school.client_as("한지민")
    assert "급식이 마음에 드나요?" in (await teacher.get(f"/surveys/{survey}")).text
    assert (await answer(teacher, survey, likes="좋아요")).status == 403
    assert (await teacher.get(f"/surveys/{survey}/results")).status == 404


async def test_title_and_questions_are_found_answers_never(school: School) -> None:
    survey = await ask(school, kind="named")
    await answer(await school.client_as("김하늘"), survey, wish="도토리묵무침")
    await school.settled()
    for name in ("이도윤", "오정숙"):
        assert await found(school, name, "깨끗하다") == [f"/surveys/{survey}"]
        assert await found(school, name, "도토리묵무침") == []
    assert await found(school, "이지우", "깨끗하다") == []


async def test_a_homeroom_teacher_asks_the_own_class_and_the_staff_no_other_families(
    school: School,
) -> None:
    await ask(school, by="박서연", kind="named", keys=("guardians/class:3-2",))
    await ask(school, by="한지민", keys=("staff",))
    survey = await draft(school, "박서연")
    teacher = await school.client_as("박서연")
    sent = written(school, kind="named", keys=("guardians/class:5-1",))
    assert (await teacher.post(f"/surveys/{survey}/edit", sent)).status == 403
    sent = written(school, kind="named", keys=("guardians",))
    assert (await teacher.post(f"/surveys/{survey}/edit", sent)).status == 403


async def test_an_anonymous_survey_asks_five_at_least(school: School) -> None:
    survey = await draft(school)
    office = await school.client_as("오정숙")
    said = await office.post(f"/surveys/{survey}/edit", written(school, keys=("guardians",)))
    assert said.status == 422
    assert "다섯 명 이상" in said.text
    assert (await sql(school, "SELECT published_at FROM surveys_survey")) == [(None,)]


async def test_what_is_missing_is_named_and_nobody_is_asked(school: School) -> None:
    survey = await draft(school)
    office = await school.client_as("오정숙")
    sent = written(school, title="", keys=(), questions=(), closes=-DAY)
    said = await office.post(f"/surveys/{survey}/edit", sent)
    assert said.status == 422
    for words in ("제목을 입력", "누구에게 물을지", "질문이 하나 이상", "120일 안"):
        assert words in said.text
    assert (await office.post(f"/surveys/{survey}/discard")).status == 303
    assert (await office.get(f"/surveys/{survey}")).status == 404


async def test_a_poll_begins_with_one_question_and_shares_its_result(school: School) -> None:
    office = await school.client_as("오정숙")
    survey = await draft(school, start="poll")
    assert 'value="choice" selected' in (await office.get(f"/surveys/{survey}/edit")).text
    rows = await sql(school, "SELECT is_named, is_shared FROM surveys_survey")
    assert rows == [(0, 1)]


# Answering ----------------------------------------------------------------------------------------


async def test_each_has_one_anonymous_answer(school: School) -> None:
    survey = await ask(school)
    guardian = await school.client_as("김하늘")
    assert (await answer(guardian, survey, likes="좋아요")).status == 303
    again = await answer(guardian, survey, likes="아쉬워요")
    assert again.status == 409
    assert "이미 참여하셨습니다" in again.text
    ((cast,),) = await sql(school, "SELECT cast_count FROM surveys_survey")
    assert cast == 1
    assert await sql(school, "SELECT count(*) FROM surveys_sealed") == [(1,)]


async def test_a_named_answer_can_be_given_anew_and_counts_once(school: School) -> None:
    survey = await ask(school, kind="named")
    guardian = await school.client_as("김하늘")
    await answer(guardian, survey, likes="좋아요")
    await answer(guardian, survey, likes="아쉬워요", wish="국이 따뜻했으면 합니다.")
    page = (await (await school.client_as("오정숙")).get(f"/surveys/{survey}/results")).text
    assert "김하늘 (이지호·이지우 어머니)" in page
    assert "국이 따뜻했으면 합니다." in page
    assert await sql(
        school, "SELECT option, count FROM surveys_sum WHERE field_id = 'form-likes'"
    ) == [
        ("", 1),
        ("아쉬워요", 1),
        ("좋아요", 0),
    ]


async def test_what_does_not_fit_the_questions_is_named_and_nothing_is_kept(school: School) -> None:
    survey = await ask(school, required="1")
    guardian = await school.client_as("김하늘")
    came_from = {"Referer": f"{guardian.base}/surveys/{survey}"}
    sent = {"answer_form-likes": "그저 그래요", "answer_form-wish": "과일이 더 좋아요"}
    said = await guardian.post(f"/surveys/{survey}/answers", sent, headers=came_from)
    assert said.status == 303
    page = (await guardian.get(said.location)).text
    for words in (
        "급식이 마음에 드나요?’의 선택지에서",
        "교실은 깨끗하다’에 답해",
        "과일이 더 좋아요",
    ):
        assert words in page
    assert await sql(school, "SELECT * FROM surveys_part") == []
    assert await sql(school, "SELECT * FROM surveys_sealed") == []


async def test_after_the_closing_no_answer_is_taken(school: School) -> None:
    survey = await ask(school)
    school.clock.advance(3 * DAY)
    said = await answer(await school.client_as("김하늘"), survey, likes="좋아요")
    assert said.status == 409
    assert "마감된 설문" in said.text


async def test_who_has_not_answered_is_reminded_a_day_before_the_closing(school: School) -> None:
    survey = await ask(school)
    await answer(await school.client_as("김하늘"), survey, likes="좋아요")
    await close(school, after=2 * DAY)
    due = await sql(
        school, "SELECT person_id FROM notices_line WHERE kind = 'surveys:due' ORDER BY person_id"
    )
    expected = sorted(school.id(name) for name in VOTERS if name != "김하늘")
    assert [person for (person,) in due] == expected
    other = await school.client_as("이도윤")
    assert "설문이 곧 마감됩니다" in (await other.get("/notifications")).text


# What came of it ----------------------------------------------------------------------------------


async def test_the_author_sees_bars_and_words_after_the_closing_and_nothing_before(
    school: School,
) -> None:
    survey = await ask(school)
    await answers(school, survey, LIKED)
    await answer(
        await school.client_as("김하늘"),
        survey,
        likes="아쉬워요",
        clean="그렇다",
        wish="과일이 더 좋아요",
    )
    office = await school.client_as("오정숙")
    before = (await office.get(f"/surveys/{survey}/results")).text
    assert "마감 뒤에 나옵니다" in before
    assert "과일" not in before
    assert (await office.get(f"/surveys/{survey}/results.xlsx")).status == 409
    await close(school)
    office = await school.client_as("오정숙")
    after = (await office.get(f"/surveys/{survey}/results")).text
    assert "6명이 답했습니다" in after
    assert 'progress value="5" max="6"' in after
    assert "평균 4.0점 (5점 만점)" in after
    assert "과일이 더 좋아요" in after
    assert "설문 결과가 나왔습니다" in (await office.get("/notifications")).text


async def test_of_four_answers_nothing_is_opened_nor_kept(school: School) -> None:
    survey = await ask(school, shared=True)
    await answers(school, survey, dict(list(LIKED.items())[:4]))
    await close(school)
    for name, page in (("오정숙", f"/surveys/{survey}/results"), ("김하늘", f"/surveys/{survey}")):
        shown = (await (await school.client_as(name)).get(page)).text
        assert "5명 미만이어서" in shown
        assert '<progress value="4" max="4"' not in shown
    for table in ("sealed", "part", "sum", "words"):
        assert await sql(school, f"SELECT * FROM surveys_{table}") == [], table


async def test_after_the_closing_neither_key_nor_ballots_nor_marks_are_left(school: School) -> None:
    survey = await ask(school)
    folder = boxes(school)
    key = folder / f"{survey}.box"
    assert key.stat().st_size == FILE_BYTES
    assert key.stat().st_mode & 0o777 == 0o600
    await answers(school, survey, LIKED)
    await close(school)
    assert list(folder.iterdir()) == []
    for table in ("sealed", "part"):
        assert await sql(school, f"SELECT * FROM surveys_{table}") == [], table


async def test_those_who_were_asked_see_the_sums_where_that_was_chosen_and_no_words(
    school: School,
) -> None:
    shared, own = await ask(school, shared=True), await ask(school, title="교직원만 보는 설문")
    for survey in (shared, own):
        await answers(school, survey, LIKED)
        await answer(await school.client_as("김하늘"), survey, wish="과일이 더 좋아요")
    await close(school)
    guardian = await school.client_as("이도윤")
    page = (await guardian.get(f"/surveys/{shared}")).text
    assert 'progress value="5" max="5"' in page
    assert "과일" not in page
    assert "progress value" not in (await guardian.get(f"/surveys/{own}")).text
    assert "설문 결과" in (await guardian.get("/")).text


async def test_the_author_closes_at_once_or_later(school: School) -> None:
    survey = await ask(school)
    await answers(school, survey, LIKED)
    office = await school.client_as("오정숙")
    assert (
        await office.post(f"/surveys/{survey}/closing", {"closes": "2020-01-01T09:00"})
    ).status == 422
    assert (await office.post(f"/surveys/{survey}/close")).status == 303
    assert "5명이 답했습니다" in (await office.get(f"/surveys/{survey}/results")).text
    assert (await office.post(f"/surveys/{survey}/close")).status == 409


async def test_results_leave_as_workbook_and_csv(school: School) -> None:
    anonymous, named = await ask(school), await ask(school, kind="named")
    for survey in (anonymous, named):
        await answers(school, survey, LIKED)
        await answer(await school.client_as("김하늘"), survey, wish="=1+1")
    await close(school)
    office = await school.client_as("오정숙")

    async def cells(survey: str) -> list[tuple[object, ...]]:
        body = (await office.get(f"/surveys/{survey}/results.xlsx")).body
        sheet = openpyxl.load_workbook(io.BytesIO(body)).active
        assert sheet is not None
        return list(sheet.values)

    rows = await cells(anonymous)
    assert ("급식이 마음에 드나요?", "좋아요", 5, 5) in rows
    assert ("바라는 점", "=1+1", None, None) in rows
    assert "김하늘" not in str(rows)
    assert "김하늘 (이지호·이지우 어머니)" in str(await cells(named))
    text = (await office.get(f"/surveys/{anonymous}/results.csv")).body.decode("utf-8-sig")
    assert ["급식이 마음에 드나요?", "좋아요", "5", "5"] in list(csv.reader(io.StringIO(text)))


async def test_a_copy_of_ones_data_has_named_answers_and_open_parts(school: School) -> None:
    anonymous, named = await ask(school), await ask(school, title="체험학습 장소", kind="named")
    guardian = await school.client_as("김하늘")
    await answer(guardian, anonymous, wish="익명으로 쓴 말")
    await answer(guardian, named, wish="숲이 좋아요")
    held = await school.db.read(lambda tx: about(tx, school.id("김하늘")))
    told = {one.name: str(one.rows) for one in held}
    assert "숲이 좋아요" in told["surveys"]
    assert "급식 만족도" in told["survey-parts"]
    assert "익명으로 쓴 말" not in str(told)


# What goes wrong ----------------------------------------------------------------------------------


async def test_a_restored_school_without_the_key_asks_all_anew(school: School) -> None:
    survey = await ask(school)
    await answers(school, survey, LIKED)
    await school.settled()
    (boxes(school) / f"{survey}.box").unlink()  # no backup holds one
    await close(school, after=MINUTE)
    assert await sql(school, "SELECT cast_count FROM surveys_survey") == [(0,)]
    teacher = await school.client_as("박서연")
    assert "설문에 다시 답해 주세요" in (await teacher.get("/notifications")).text
    await answers(school, survey, LIKED)
    await close(school)
    office = await school.client_as("오정숙")
    assert "5명이 답했습니다" in (await office.get(f"/surveys/{survey}/results")).text


async def test_where_the_key_is_gone_at_the_closing_the_page_says_so(school: School) -> None:
    survey = await ask(school)
    await answers(school, survey, LIKED)
    (boxes(school) / f"{survey}.box").unlink()
    await close(school)
    page = (await (await school.client_as("오정숙")).get(f"/surveys/{survey}/results")).text
    assert "열쇠가 없어져" in page


@pytest.mark.parametrize("step", ["opened", "settled"])
async def test_a_closing_that_was_cut_off_goes_on_and_counts_once(
    school: School, step: str
) -> None:
    survey = await ask(school)
    await answers(school, survey, {name: {"likes": "좋아요", "wish": name} for name in VOTERS})
    fails = "BEGIN SELECT RAISE(ABORT, 'the power went'); END"
    trigger = f"CREATE TRIGGER cut BEFORE UPDATE OF {step}_at ON surveys_survey {fails}"
    await school.db.write(lambda tx: tx.execute(trigger))
    school.clock.advance(3 * DAY)
    assert not await school.app[JOBS].run("surveys.closing")
    await school.db.write(lambda tx: tx.execute("DROP TRIGGER cut"))
    await close(school, after=HOUR)
    office = await school.client_as("오정숙")
    page = (await office.get(f"/surveys/{survey}/results")).text
    assert 'progress value="9" max="9"' in page
    assert await sql(school, "SELECT count(*) FROM surveys_words") == [(9,)]
