"""Stories about timetables: a class's week, and the days that are otherwise."""

from typing import Any

from tests.node.conftest import Client, School
from tests.node.test_imports import SCHOOL, brought, neis, taken

MONDAY = "2026-11-23"  # as the clock of these tests stands


async def written(school: School, **lessons: str) -> Client:
    """박서연 writes lessons of her class: `l1_2` is Monday's second."""
    teacher = await school.client_as("박서연")
    sent = {f"lesson-{name[1]}-{name[3:]}": subject for name, subject in lessons.items()}
    answer = await teacher.post(f"/timetable/{school.class_id('3-2')}/write", sent)
    assert answer.status == 303, answer.text
    await school.settled()
    return teacher


async def seen_of_day(client: Client, school: School, day: str = MONDAY) -> str:
    """How a week's page tells one of its days."""
    page = (await client.get(f"/timetable/{school.class_id('3-2')}?day={day}")).text
    return page.split(f'id="day-{day}"')[1].split("</section>")[0]


def lesson(
    day: str, period: int, subject: str, grade: str = "3", room: str = "2"
) -> dict[str, Any]:
    return SCHOOL | {
        "AY": "2026",
        "SEM": "2",
        "ALL_TI_YMD": day,
        "GRADE": grade,
        "CLASS_NM": room,
        "PERIO": str(period),
        "ITRT_CNTNT": subject,
    }


async def test_a_family_sees_the_week_of_the_class_and_today_on_the_front_page(
    school: School,
) -> None:
    await written(school, l1_1="국어", l1_2="수학", l2_1="체육")
    for name in ("김하늘", "이지우"):
        client = await school.client_as(name)
        here = f"/timetable/{school.class_id('3-2')}"
        day = await seen_of_day(client, school)
        assert day.index("국어") < day.index("수학")
        front = (await client.get("/")).text
        assert "시간표</strong> 국어, 수학" in front
        assert here in front
    student = await school.client_as("이지우")
    assert (await student.get("/timetable")).location == here


async def test_another_family_sees_nothing_of_it(school: School) -> None:
    await written(school, l1_1="국어")
    stranger = await school.client_as("이도윤")
    assert (await stranger.get(f"/timetable/{school.class_id('3-2')}")).status == 404
    answer = await stranger.get("/api/v1/search?q=국어")
    assert answer.json()["hits"] == []
    assert "국어" not in (await stranger.get("/")).text


async def test_a_class_without_a_timetable_says_what_comes(school: School) -> None:
    guardian = await school.client_as("김하늘")
    page = (await guardian.get(f"/timetable/{school.class_id('3-2')}")).text
    assert "아직 시간표가 없습니다." in page
    assert "시간표</strong>" not in (await guardian.get("/")).text


async def test_a_single_day_is_changed_with_a_word_and_changed_back(school: School) -> None:
    teacher = await written(school, l1_1="국어", l1_2="수학", l1_3="음악")
    day = f"/timetable/{school.class_id('3-2')}/days/{MONDAY}"
    sent = {
        "lesson-day-1": "국어",
        "lesson-day-2": "과학",
        "lesson-day-3": "",
        "note": "강사 선생님 보강",
    }
    assert (await teacher.post(day, sent)).status == 303
    guardian = await school.client_as("김하늘")
    told = await seen_of_day(guardian, school)
    for said in ("강사 선생님 보강", "과학", "바뀜", "수업 없음"):
        assert said in told
    assert "수학" not in told
    assert "바뀐 수업 있음" in (await guardian.get("/")).text
    assert (
        "수학" in (await guardian.get(f"/timetable/{school.class_id('3-2')}?day=2026-11-30")).text
    )
    assert (await teacher.post(f"{day}/clear")).status == 303
    told = await seen_of_day(guardian, school)
    assert "수학" in told
    assert "보강" not in told


async def test_a_day_has_the_lessons_of_another_weekday(school: School) -> None:
    await written(school, l1_1="국어", l3_1="미술", l3_2="영어")
    vice = await school.client_as("윤태식")
    answer = await vice.post("/timetable/moves", {"day": MONDAY, "weekday": "3"})
    assert answer.status == 303
    guardian = await school.client_as("김하늘")
    told = await seen_of_day(guardian, school)
    assert "수요일 시간표로" in told
    assert "미술" in told
    assert "국어" not in told
    assert "미술, 영어" in (await guardian.get("/")).text
    await vice.post("/timetable/moves/end", {"day": MONDAY, "grade": "0"})
    assert "국어" in await seen_of_day(guardian, school)


SATURDAY = "2026-11-28"


async def test_a_school_day_in_the_calendar_moves_the_timetable(school: School) -> None:
    await written(school, l1_1="국어", l1_2="수학")
    office = await school.client_as("오정숙")
    page = (await office.get(f"/calendar/new?day={SATURDAY}")).text
    assert "어느 요일의 시간표로 수업하나요?" in page
    entry = {"title": "토요 수업", "first_on": SATURDAY, "kind": "school_day", "weekday": "1"}
    answer = await office.post("/calendar/new", entry | {"places": "grade:3"})
    assert answer.status == 303, answer.text
    guardian = await school.client_as("김하늘")
    assert "월요일" in (await guardian.get(answer.location)).text
    day = await seen_of_day(guardian, school, SATURDAY)
    assert "월요일 시간표로" in day
    assert "국어" in day
    week = (await guardian.get(f"/timetable/{school.class_id('3-2')}?day={MONDAY}")).text
    assert f'id="day-{SATURDAY}"' in week
    other = (await guardian.get(f"/timetable/{school.class_id('5-1')}?day={MONDAY}")).text
    assert f'id="day-{SATURDAY}"' not in other
    await office.post(f"{answer.location}/remove")
    week = (await guardian.get(f"/timetable/{school.class_id('3-2')}?day={MONDAY}")).text
    assert f'id="day-{SATURDAY}"' not in week


async def test_lessons_of_another_weekday_go_with_one_school_day_alone(school: School) -> None:
    office = await school.client_as("오정숙")
    entry = {"title": "학예회", "first_on": SATURDAY, "places": "school", "weekday": "1"}
    answer = await office.post("/calendar/new", entry)
    assert answer.status == 422
    assert "구분이 ‘수업일’인 일정에만" in answer.text
    days = {"kind": "school_day", "last_on": "2026-11-29"}
    answer = await office.post("/calendar/new", entry | days)
    assert "하루씩 정해 주세요" in answer.text


async def test_a_day_that_is_that_weekday_already_is_told(school: School) -> None:
    vice = await school.client_as("윤태식")
    answer = await vice.post("/timetable/moves", {"day": MONDAY, "weekday": "1"})
    assert answer.status == 422
    assert "그날은 원래 그 요일입니다." in answer.text


async def test_a_move_of_one_grade_leaves_the_others(school: School) -> None:
    await written(school, l1_1="국어", l3_1="미술")
    vice = await school.client_as("윤태식")
    await vice.post("/timetable/moves", {"day": MONDAY, "weekday": "3", "grade": "6"})
    assert "국어" in await seen_of_day(await school.client_as("김하늘"), school)


async def test_neis_brings_the_week_and_the_days_that_are_otherwise(school: School) -> None:
    office = await school.client_as("오정숙")
    weeks = ("20261123", "20261130", "20261207")
    rows = [lesson(day, 1, "-국어") for day in weeks]
    rows += [lesson(day, 2, "수학" if day != "20261130" else "창의적 체험활동") for day in weeks]
    shown = await brought(office, neis(*rows, service="elsTimetable"), "timetable")
    assert "시간표를 가져오는 학급 1개" in shown.text
    assert "평소와 다른 날 1일" in shown.text
    assert "1 국어 · 2 수학" in shown.text
    assert (await office.post(shown.location)).location == "/timetable"
    guardian = await school.client_as("김하늘")
    assert "수학" in await seen_of_day(guardian, school)
    other = await seen_of_day(guardian, school, "2026-11-30")
    assert "창의적 체험활동" in other
    assert "수학" not in other


async def test_what_a_file_brought_is_replaced_and_what_hands_wrote_stays(school: School) -> None:
    office = await school.client_as("오정숙")

    def week(second: str) -> bytes:
        rows = (lesson("20261123", 1, "국어"), lesson("20261123", 2, second))
        return neis(*rows, service="elsTimetable")

    await taken(office, week("수학"), "timetable")
    await written(school, l1_1="독서", l1_2="수학")
    shown = await brought(office, week("영어"), "timetable")
    assert "직접 수정하여 유지되는 칸 1개" in shown.text
    await office.post(shown.location)
    told = await seen_of_day(office, school)
    assert "독서" in told
    assert "영어" in told
    assert "수학" not in told


async def test_a_table_by_weekday_is_read_and_odd_rows_are_named(school: School) -> None:
    office = await school.client_as("오정숙")
    good = "학년,반,요일,교시,과목\n3,2반,월,1교시,국어\n3,2,화,1,수학\n"
    bad = "9,1,월,1,국어\n3,2,월,0,국어\n3,2,,2,국어\n3,2,월,3,\n3,2,월,1,과학\n"
    shown = await brought(office, (good + bad).encode(), "timetable", "시간표.csv")
    for said in (
        "9학년 1반은 학교에 없는 반입니다.",
        "‘0’: 교시를 읽을 수 없습니다.",
        "날짜나 요일이 있어야 합니다.",
        "과목이 비었거나 너무 깁니다.",
        "같은 반 같은 교시가 앞줄에 다른 과목으로 있습니다. 하나만 남겨 주세요.",
    ):
        assert said in shown.text
    assert (await office.post(shown.location)).location == shown.location
    assert (await taken(office, good.encode(), "timetable")).location == "/timetable"
    assert "국어" in await seen_of_day(office, school)


async def test_a_class_finds_its_own_timetable(school: School) -> None:
    await written(school, l1_1="국어", l2_3="과학")
    for name in ("김하늘", "이지우", "한지민"):
        client = await school.client_as(name)
        answer = await client.get("/api/v1/search?q=3학년 2반 시간표")
        assert f"/timetable/{school.class_id('3-2')}" in [
            hit["href"] for hit in answer.json()["hits"]
        ]


async def test_two_who_write_the_same_timetable_notice_each_other(school: School) -> None:
    teacher = await written(school, l1_1="국어")
    here = f"/timetable/{school.class_id('3-2')}/write"
    seen = (await teacher.get(here)).text.split('name="seen" value="')[1].split('"')[0]
    await written(school, l1_1="독서")
    answer = await teacher.post(here, {"lesson-1-1": "수학", "seen": seen})
    assert answer.status == 409
