"""Stories about consultation weeks: the office opens one, teachers give times, families take them."""

from kit.clock import HOUR, moment
from tests.node.conftest import Client, School
from tests.node.consulting import (
    FRIDAY,
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    booked,
    booking,
    give,
    open_week,
    send_week,
    slots,
    take,
    three_children,
)


async def found(client: Client, words: str) -> list[str]:
    """The weeks to which search leads for these words."""
    answer = await client.get(f"/api/v1/search?q={words}")
    hrefs = [hit["href"] for hit in answer.json()["hits"]]
    return [href for href in hrefs if href.startswith("/consultations/")]


async def told(school: School, name: str) -> str:
    return (await (await school.client_as(name)).get("/notifications")).text


# Opening a week -----------------------------------------------------------------------------------


async def test_the_office_opens_a_week_and_the_teachers_are_asked_for_their_times(
    school: School,
) -> None:
    week = await open_week(school)
    assert "상담 시간을 등록해 주세요" in await told(school, "박서연")
    assert "상담 시간을 등록해 주세요" not in await told(school, "한지민")
    front = (await (await school.client_as("박서연")).get("/")).text
    assert f'href="/consultations/{week}/times"' in front


async def test_a_homeroom_teacher_opens_one_for_their_class_and_grade_and_for_no_other(
    school: School,
) -> None:
    assert await open_week(school, by="박서연", keys=("guardians/class:3-2",))
    assert await open_week(school, by="박서연", keys=("guardians/grade:3",))
    for keys in (("guardians",), ("guardians/class:5-1",), ("guardians/grade:5",)):
        answer = await send_week(
            school, by="박서연", keys=keys, title="상담", first=MONDAY, last=FRIDAY,
            closes="2026-12-04T17:00",
        )  # fmt: skip
        assert (answer.status, "담임교사는 자기 학년과" in answer.text) == (403, True)


async def test_who_has_no_class_and_families_open_none(school: School) -> None:
    for name in ("한지민", "김하늘"):
        answer = await send_week(
            school, by=name, keys=("guardians",), title="상담", first=MONDAY, last=FRIDAY,
            closes="2026-12-04T17:00",
        )  # fmt: skip
        assert answer.status == 404


async def test_days_without_school_are_named_and_a_week_of_holidays_is_refused(
    school: School,
) -> None:
    week = await open_week(school, first="2026-12-24", last="2026-12-28", closes="2026-12-23T17:00")
    page = (await (await school.client_as("박서연")).get(f"/consultations/{week}/times")).text
    assert page.count("수업이 없는 날") >= 3  # Christmas and a weekend
    answer = await send_week(
        school, by="오정숙", keys=("guardians",), title="상담", first="2026-12-25",
        last="2026-12-27", closes="2026-12-24T17:00",
    )  # fmt: skip
    assert (answer.status, "수업일이 없습니다" in answer.text) == (422, True)


async def test_what_is_missing_is_named(school: School) -> None:
    answer = await send_week(
        school, by="오정숙", title="", first=FRIDAY, last=MONDAY, closes="2026-12-04T17:00"
    )
    assert answer.status == 422
    for words in ("제목을 입력해", "상담 대상을 선택해", "31일 안에서"):
        assert words in answer.text


async def test_a_week_is_found_by_those_for_whom_it_is_until_it_is_called_off(
    school: School,
) -> None:
    week = await open_week(school, keys=("guardians/class:3-2",))
    await school.settled()
    for name, hrefs in (("김하늘", [f"/consultations/{week}"]), ("이도윤", []), ("이지우", [])):
        assert await found(await school.client_as(name), "학부모 상담주간") == hrefs
    office = await school.client_as("오정숙")
    await office.post(f"/consultations/{week}/withdraw")
    await school.settled()
    assert await found(await school.client_as("김하늘"), "학부모 상담주간") == []


async def test_a_week_that_has_times_is_not_moved_away_from_them(school: School) -> None:
    week = await open_week(school)
    await give(school, week, days=(FRIDAY,))
    office = await school.client_as("오정숙")
    changed = {
        "title": "상담", "first": MONDAY, "last": WEDNESDAY, "opens": "2026-11-20T09:00",
        "closes": "2026-12-04T17:00", "audience": "guardians", "walk": "10",
    }  # fmt: skip
    refused = await office.post(f"/consultations/{week}/edit", changed)
    assert (refused.status, "기간을 벗어납니다" in refused.text) == (422, True)
    answer = await office.post(f"/consultations/{week}/edit", changed | {"last": FRIDAY})
    assert answer.status == 303
    assert "10" in (await office.get(f"/consultations/{week}/edit")).text


# Giving times -------------------------------------------------------------------------------------


async def test_one_press_gives_the_times_of_several_days_and_a_second_one_no_more(
    school: School,
) -> None:
    week = await open_week(school)
    for _press in range(2):
        assert (await give(school, week, days=(MONDAY, TUESDAY))).status == 303
    assert len(await slots(school, week)) == 6
    page = (await (await school.client_as("박서연")).get(f"/consultations/{week}/times")).text
    for hours in ("14:40–15:00", "15:05–15:25", "15:30–15:50"):
        assert page.count(f'consultations-hours">{hours}') == 2


async def test_a_day_has_the_times_of_the_one_before(school: School) -> None:
    week = await open_week(school)
    await give(school, week, days=(MONDAY,))
    teacher = await school.client_as("박서연")
    copied = await teacher.post(f"/consultations/{week}/times/copy", {"day": WEDNESDAY})
    assert copied.status == 303
    page = (await teacher.get(f"/consultations/{week}/times")).text
    assert page.count('consultations-hours">15:05–15:25') == 2
    assert len(await slots(school, week)) == 6


async def test_two_teachers_do_not_take_one_room_at_one_time(school: School) -> None:
    await three_children(school)
    week = await open_week(school)
    await give(school, week, place="상담실")
    answer = await give(school, week, "한지민", begins="15:00", place="상담실")
    assert (answer.status, "박서연 선생님이 12월 7일" in answer.text) == (409, True)
    assert (
        await give(school, week, "한지민", begins="15:50", ends="17:00", place="상담실")
    ).status == 303
    assert (await give(school, week, "정다운", meeting="phone", place="")).status == 303


async def test_only_teachers_of_its_classes_give_times(school: School) -> None:
    week = await open_week(school)
    for name in ("한지민", "오정숙", "김하늘"):
        assert (await give(school, week, name)).status == 404


async def test_a_free_time_is_taken_back_and_one_that_is_taken_is_not(school: School) -> None:
    week = await open_week(school)
    await give(school, week)
    first, second, _third = await slots(school, week)
    await take(await school.client_as("김하늘"), week, school.id("이지우"), first)
    teacher = await school.client_as("박서연")
    address = f"/consultations/{week}/times"
    assert (await teacher.post(f"{address}/{second}/close")).status == 303
    assert (await teacher.post(f"{address}/{first}/close")).status == 409
    assert second not in await slots(school, week)


# Taking a time ------------------------------------------------------------------------------------


async def test_a_guardian_takes_a_time_and_the_teacher_alone_reads_what_they_wrote(
    school: School,
) -> None:
    week = await open_week(school)
    await give(school, week)
    guardian = await school.client_as("김하늘")
    assert "상담 시간을 선택해 주세요" in (await guardian.get("/")).text
    first, *_rest = await slots(school, week)
    assert (await take(guardian, week, school.id("이지우"), first, "친구 관계")).status == 303
    assert await booked(school, week) == {"이지우": (f"{MONDAY} 14:40", "3학년 2반 교실")}
    assert "친구 관계" in (await guardian.get(f"/consultations/{week}")).text
    assert "예약된 상담" in (await guardian.get("/")).text
    teacher = await school.client_as("박서연")
    for what in ("times", "sheet"):
        page = (await teacher.get(f"/consultations/{week}/{what}")).text
        for words in ("친구 관계", "이지우", "김하늘", "14:40–15:00"):
            assert words in page
    for name in ("오정숙", "최은영", "정민호"):
        other = await school.client_as(name)
        for what in ("", "/overview", "/times", "/sheet"):
            assert "친구 관계" not in (await other.get(f"/consultations/{week}{what}")).text


async def test_a_parent_who_may_not_sign_learns_that_there_is_a_time_and_not_when(
    school: School,
) -> None:
    week = await open_week(school)
    await give(school, week)
    first, second, _third = await slots(school, week)
    await take(await school.client_as("김하늘"), week, school.id("이지우"), first)
    father = await school.client_as("이준혁")
    page = (await father.get(f"/consultations/{week}")).text
    assert "다른 보호자가 예약했습니다" in page
    assert "14:40" not in page
    assert "14:40" not in (await father.get("/")).text
    assert (await take(father, week, school.id("이지우"), second)).status == 403
    address = f"/consultations/{week}/bookings/{await booking(school, week, '이지우')}"
    for what in ("cancel", "topic"):
        assert (await father.post(f"{address}/{what}")).status == 404
    assert (await father.post(f"{address}/move", {"slot": second})).status == 404


async def test_nobody_takes_a_time_of_another_teacher_or_for_others_children(
    school: School,
) -> None:
    await three_children(school)
    week = await open_week(school)
    await give(school, week)
    first, *_rest = await slots(school, week)
    guardian = await school.client_as("김하늘")
    assert (await take(guardian, week, school.id("이지호"), first)).status == 404
    assert (await take(guardian, week, school.id("최하린"), first)).status == 403
    doyun = await school.client_as("이도윤")
    assert (await take(doyun, week, school.id("이지우"), first)).status == 403


async def test_families_of_other_classes_see_nothing_of_a_classs_week(school: School) -> None:
    week = await open_week(school, keys=("guardians/class:3-2",))
    for name in ("이도윤", "이지우"):
        other = await school.client_as(name)
        assert (await other.get(f"/consultations/{week}")).status == 404
        assert "상담주간" not in (await other.get("/")).text


async def test_a_time_that_another_family_has_is_refused_with_what_to_do(school: School) -> None:
    week = await open_week(school, keys=("guardians",))
    await give(school, week)
    first, *_rest = await slots(school, week)
    await move_class(school, "최하린", "3-2")
    await take(await school.client_as("김하늘"), week, school.id("이지우"), first)
    answer = await take(await school.client_as("이도윤"), week, school.id("최하린"), first)
    assert (answer.status, "다른 가정이 예약한 시간입니다" in answer.text) == (409, True)
    page = (await (await school.client_as("이도윤")).get(f"/consultations/{week}")).text
    assert first not in page


async def move_class(school: School, child: str, room: str) -> None:
    """A child changes class within the year."""
    sql = "UPDATE people_enrolment SET class_id = ? WHERE student_id = ?"
    params = (school.class_id(room), school.id(child))
    await school.db.write(lambda tx: tx.execute(sql, params))


async def test_the_same_page_sent_twice_is_one_time_and_a_second_time_is_refused(
    school: School,
) -> None:
    week = await open_week(school)
    await give(school, week)
    first, second, _third = await slots(school, week)
    guardian = await school.client_as("김하늘")
    for _time in range(2):
        assert (await take(guardian, week, school.id("이지우"), first)).status == 303
    other = await take(guardian, week, school.id("이지우"), second)
    assert (other.status, "이미 상담 시간이 있습니다" in other.text) == (409, True)


async def test_nobody_books_before_the_opening_or_after_the_closing(school: School) -> None:
    week = await open_week(school, opens=HOUR)
    await give(school, week)
    first, *_rest = await slots(school, week)
    guardian = await school.client_as("김하늘")
    early = await take(guardian, week, school.id("이지우"), first)
    assert (early.status, "아직 예약 기간이 아닙니다" in early.text) == (409, True)
    school.clock.at = moment(2026, 12, 4, 17)
    late = await take(await school.client_as("김하늘"), week, school.id("이지우"), first)
    assert (late.status, "마감되었습니다" in late.text) == (409, True)


async def test_two_children_are_not_booked_at_one_time_and_a_short_way_is_said(
    school: School,
) -> None:
    await three_children(school)
    week = await open_week(school)
    await give(school, week)
    await give(school, week, "한지민", begins="14:50", ends="16:00", place="5학년 1반 교실")
    guardian = await school.client_as("김하늘")
    _first, second, _third = await slots(school, week)
    clashing, *_rest = await slots(school, week, "한지민")
    await take(guardian, week, school.id("이지우"), second)
    page = (await guardian.get(f"/consultations/{week}")).text
    assert "다른 상담과 겹칩니다" in page
    refused = await take(guardian, week, school.id("이지호"), clashing)
    assert (refused.status, "시간이 겹칩니다" in refused.text) == (409, True)
