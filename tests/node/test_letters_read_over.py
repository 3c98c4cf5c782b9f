"""A letter is read over before it goes out: what was found is shown, mended or kept, and holds nobody up."""

from node.newsletters.model import Content, Sort, State
from node.newsletters.web import NEWSLETTERS
from tests.node.conftest import Client, School
from tests.node.test_unsent import value

AUTHOR, PRINCIPAL = "박서연", "최은영"
# The clock of the school stands on Monday, 23 November 2026.
WRONG = "12월 4일(목)에 만납니다."


def keys(school: School) -> list[str]:
    return [f"guardians/class:{school.class_id('3-2')}"]


async def begun(school: School) -> tuple[Client, str]:
    """The homeroom teacher with a blank letter."""
    teacher = await school.client_as(AUTHOR)
    made = await teacher.post("/newsletters/new", {"kind": "newsletter"})
    return teacher, made.location.removesuffix("/edit")


async def written(school: School, body: str, act: str = "send") -> tuple[Client, str, str]:
    """A letter of the teacher's, and where pressing a button led."""
    teacher, here = await begun(school)
    what = {"title": "만남의 날", "body": body, "audience": keys(school), "act": act}
    answer = await teacher.post(f"{here}/edit", what)
    assert answer.status == 303, answer.text
    return teacher, here, answer.location


async def state(school: School, here: str) -> str:
    letter = here.split("/")[2]
    return (await school.app[NEWSLETTERS].read(await school.asker(AUTHOR), letter)).letter.state


async def test_a_wrong_weekday_is_shown_before_sending_and_mended_in_one_press(
    school: School,
) -> None:
    teacher, here, led = await written(school, WRONG)
    assert led == f"{here}/check"
    shown = (await teacher.get(led)).text
    assert "<mark>12월 4일(목)</mark>에 만납니다." in shown
    assert "이날은 금요일입니다." in shown
    assert "이렇게 수정: 12월 4일(금)" in shown
    mended = await teacher.post(f"{here}/check/mend", {"doubt": value(shown, "doubt")})
    assert mended.location == f"{here}/check"
    after = (await teacher.get(mended.location)).text
    assert "더 확인할 곳이 없습니다" in after
    assert "12월 4일(금)에 만납니다." in after
    assert (await teacher.post(f"{here}/send")).location == here
    assert await state(school, here) == State.PUBLISHED


async def test_what_is_kept_is_remembered_for_this_letter(school: School) -> None:
    teacher, here, led = await written(school, WRONG)
    doubt = value((await teacher.get(led)).text, "doubt")
    await teacher.post(f"{here}/check/keep", {"doubt": doubt})
    shown = (await teacher.get(led)).text
    assert "그대로 두기로 한 곳 1곳" in shown
    assert "한 번 더 확인할 곳" not in shown
    more = {"title": "만남의 날", "body": f"{WRONG}\n\n반갑습니다.", "audience": keys(school)}
    sent = await teacher.post(f"{here}/edit", {**more, "act": "send"})
    assert sent.location == here
    assert await state(school, here) == State.PUBLISHED

    _teacher, _here, other = await written(school, WRONG)
    assert other.endswith("/check")


async def test_what_was_kept_can_be_asked_again(school: School) -> None:
    teacher, here, led = await written(school, WRONG)
    doubt = {"doubt": value((await teacher.get(led)).text, "doubt")}
    await teacher.post(f"{here}/check/keep", doubt)
    await teacher.post(f"{here}/check/again", doubt)
    assert "한 번 더 확인할 곳 1곳" in (await teacher.get(led)).text


async def test_nothing_that_is_found_holds_a_letter_back(school: School) -> None:
    teacher, here, _led = await written(school, WRONG)
    assert (await teacher.post(f"{here}/send")).location == here
    assert await state(school, here) == State.PUBLISHED
    guardian = await school.client_as("김하늘")
    shown = (await guardian.get(here)).text
    assert WRONG in shown
    assert "이날은 금요일입니다." not in shown


async def test_a_program_sends_without_being_asked(school: School) -> None:
    author = await school.asker(AUTHOR)
    desk = school.app[NEWSLETTERS].desk
    draft = await desk.create(author, Sort.NEWSLETTER, Content("글", WRONG, tuple(keys(school))))
    teacher = await school.client_as(AUTHOR)
    answer = await teacher.post(f"/api/v1/newsletters/{draft}/publish", json={})
    assert answer.status == 200


async def test_a_letter_without_faults_goes_out_by_one_press(school: School) -> None:
    _teacher, here, led = await written(school, "12월 4일(금)에 만납니다.")
    assert led == here


async def test_a_writer_reads_it_over_whenever_they_like(school: School) -> None:
    teacher, here, _led = await written(school, "반갑습니다.", act="save")
    assert f'href="{here}/check"' in (await teacher.get(f"{here}/edit")).text
    assert "더 확인할 곳이 없습니다" in (await teacher.get(f"{here}/check")).text
    assert await state(school, here) == State.DRAFT


async def test_a_press_on_what_is_no_more_changes_nothing(school: School) -> None:
    teacher, here, led = await written(school, WRONG)
    doubt = {"doubt": value((await teacher.get(led)).text, "doubt")}
    await teacher.post(f"{here}/check/mend", doubt)
    again = await teacher.post(f"{here}/check/mend", doubt)
    assert "이미 변경된 부분입니다." in (await teacher.get(again.location)).text


async def test_whoever_decides_sees_what_the_author_left_open(school: School) -> None:
    teacher, here = await begun(school)
    what = {"title": "만남의 날", "body": WRONG, "audience": "guardians", "act": "send"}
    await teacher.post(f"{here}/edit", what)
    await teacher.post(f"{here}/send")
    assert await state(school, here) == State.SUBMITTED
    principal = await school.client_as(PRINCIPAL)
    assert "이날은 금요일입니다." in (await principal.get(here)).text


async def test_a_day_off_of_the_schools_calendar_is_known(school: School) -> None:
    office = await school.client_as("오정숙")
    entry = {
        "title": "개교기념일",
        "kind": "day_off",
        "first_on": "2026-12-10",
        "places": "school",
    }
    assert (await office.post("/calendar/new", entry)).status == 303
    teacher, here, led = await written(school, "12월 10일(목)에 받아쓰기를 합니다.")
    assert led == f"{here}/check"
    assert "이날은 수업이 없습니다(개교기념일)." in (await teacher.get(led)).text


async def test_a_colleague_does_not_see_what_is_asked_of_a_draft(school: School) -> None:
    _teacher, here, _led = await written(school, WRONG)
    for name in ("한지민", PRINCIPAL, "김하늘"):
        assert (await (await school.client_as(name)).get(f"{here}/check")).status == 404
