"""Stories about the calendar: who writes what, who reads it, and how it is taken back. Now is Monday,
23 November 2026."""

import re

from kit.clock import DAY
from kit.web.keys import JOBS
from node.calendar.about import about
from node.calendar.model import CHANGES_KEPT
from tests.node.conftest import Answer, Client, School
from tests.node.test_forms import answer as hand_in
from tests.node.test_forms import page as form_page
from tests.node.test_forms import sent

OPEN_LESSON = {
    "title": "학부모 공개수업",
    "first_on": "2026-11-25",
    "starts": "10:40",
    "ends": "11:20",
    "place": "각 교실",
    "places": "school",
}


async def office(school: School) -> Client:
    return await school.client_as("오정숙")


async def put_in(client: Client, **fields: object) -> str:
    """Somebody puts an entry in by its form; its address."""
    answer = await client.post("/calendar/new", OPEN_LESSON | fields)
    assert answer.status == 303, answer.text
    return answer.location


async def seen_in(client: Client, address: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', (await client.get(address + "/edit")).text)
    assert found is not None
    return found[1]


def shown(answer: Answer) -> str:
    assert answer.status == 200
    return answer.text


async def test_what_the_office_puts_in_families_see_by_day_and_on_the_front_page(
    school: School,
) -> None:
    address = await put_in(await office(school), first_on="2026-11-24")
    guardian = await school.client_as("김하늘")
    month = shown(await guardian.get("/calendar"))
    assert "2026년 11월" in month
    assert "학부모 공개수업" in month
    assert "10:40–11:20 · 각 교실" in month
    assert "학부모 공개수업" in shown(await guardian.get("/"))
    assert "학교 전체" in shown(await guardian.get(address))


async def test_what_is_for_a_grade_its_families_see_and_no_others(school: School) -> None:
    address = await put_in(await office(school), title="6학년 졸업앨범 촬영", places="grade:6")
    of_sixth, of_others = await school.client_as("이도윤"), await school.client_as("김하늘")
    assert "6학년 졸업앨범 촬영" in shown(await of_sixth.get("/calendar"))
    assert "6학년 졸업앨범 촬영" not in shown(await of_others.get("/calendar"))
    assert (await of_others.get(address)).status == 404
    assert "6학년 졸업앨범 촬영" in shown(await (await school.client_as("한지민")).get("/calendar"))


async def test_what_is_for_the_staff_no_family_sees(school: School) -> None:
    address = await put_in(await office(school), title="교직원 연수", places="staff")
    assert "교직원 연수" in shown(await (await school.client_as("한지민")).get("/calendar"))
    for name in ("김하늘", "이지우"):
        client = await school.client_as(name)
        assert "교직원 연수" not in shown(await client.get("/calendar"))
        assert (await client.get(address)).status == 404


async def test_a_guardian_of_two_sees_the_month_of_one_child(school: School) -> None:
    await put_in(await office(school), title="5학년 과학관 견학", places="grade:5")
    guardian = await school.client_as("김하늘")
    assert "5학년 과학관 견학" in shown(await guardian.get("/calendar"))
    of_third = await guardian.get(f"/calendar?child={school.id('이지우')}")
    assert "5학년 과학관 견학" not in shown(of_third)


async def test_a_homeroom_teacher_writes_for_their_own_class_alone(school: School) -> None:
    teacher = await school.client_as("박서연")
    own = f"class:{school.class_id('3-2')}"
    await put_in(teacher, title="3학년 2반 텃밭 수확", places=own)
    month = shown(await (await school.client_as("김하늘")).get("/calendar"))
    assert "3학년 2반 텃밭 수확" in month
    for wrong in (
        {"places": "school"},
        {"places": f"class:{school.class_id('5-1')}"},
        {"places": own, "blocks": "1"},
        {"places": own, "kind": "vacation"},
    ):
        assert (await teacher.post("/calendar/new", OPEN_LESSON | wrong)).status in (403, 422)
    of_office = await put_in(await office(school))
    assert (await teacher.post(of_office + "/remove")).status == 403


async def test_staff_mind_their_own_classes_and_find_the_others(school: School) -> None:
    room = f"class:{school.class_id('5-1')}"
    await put_in(await office(school), title="5학년 1반 발표회", places=room)
    teacher = await school.client_as("박서연")
    assert "5학년 1반 발표회" not in shown(await teacher.get("/calendar"))
    assert "5학년 1반 발표회" in shown(await teacher.get("/calendar?classes=1"))


async def test_what_was_deleted_comes_back_with_one_press(school: School) -> None:
    keeper = await office(school)
    address = await put_in(keeper)
    answer = await keeper.post(address + "/remove")
    month = shown(await keeper.get(answer.location))
    assert "학부모 공개수업" not in month
    undo = re.search(r'action="(/calendar/changes/\w+/undo)"', month)
    assert undo is not None
    assert (await keeper.post(undo[1])).status == 303
    assert "학부모 공개수업" in shown(await keeper.get(address))
    assert (await keeper.post(undo[1])).status == 404  # it has been taken back


async def test_a_change_is_taken_back_but_not_over_a_later_one(school: School) -> None:
    keeper = await office(school)
    address = await put_in(keeper)
    for title in ("공개수업의 날", "수업 공개 주간"):
        seen = await seen_in(keeper, address)
        data = OPEN_LESSON | {"title": title, "seen": seen}
        assert (await keeper.post(address + "/edit", data)).status == 303
    changes = shown(await keeper.get("/calendar/changes"))
    assert "오정숙" in changes
    newest, older, *_rest = re.findall(r'action="(/calendar/changes/\w+/undo)"', changes)
    refused = await keeper.post(older)
    assert refused.status == 409
    assert (await keeper.post(newest)).status == 303
    assert "공개수업의 날" in shown(await keeper.get(address))


async def test_two_who_write_at_once_do_not_overwrite_each_other(school: School) -> None:
    first, second = await office(school), await school.client_as("윤태식")
    address = await put_in(first)
    seen = await seen_in(second, address)
    await first.post(address + "/edit", OPEN_LESSON | {"title": "먼저", "seen": seen})
    answer = await second.post(address + "/edit", OPEN_LESSON | {"title": "나중", "seen": seen})
    assert answer.status == 409
    assert "먼저" in shown(await first.get(address))


async def test_what_makes_no_sense_comes_back_in_words(school: School) -> None:
    keeper = await office(school)
    for wrong, said in (
        ({"title": " "}, "title"),
        ({"last_on": "2026-11-24"}, "종료일이 시작일보다 빠릅니다."),
        ({"first_on": "2027-02-25", "last_on": "2027-03-02", "starts": "", "ends": ""}, "학년도"),
        ({"first_on": "1900-01-01"}, "2015년"),
        ({"starts": "25:00"}, "09:30"),
        ({"starts": ""}, "시작 시각도"),
        ({"ends": "10:00"}, "종료 시각이"),
        ({"last_on": "2026-11-26"}, "하루 일정에만"),
        ({"places": "grade:9"}, "없는 학년"),
        ({"places": "staff", "kind": "day_off"}, "학교 전체나 학년"),
    ):
        answer = await keeper.post("/calendar/new", OPEN_LESSON | wrong)
        assert answer.status == 422, wrong
        assert said in answer.text
    no_one = {key: value for key, value in OPEN_LESSON.items() if key != "places"}
    assert "일정 대상" in (await keeper.post("/calendar/new", no_one)).text


async def test_the_days_of_school_follow_what_is_written(school: School) -> None:
    keeper = await office(school)
    month = shown(await keeper.get("/calendar?month=2026-12"))
    assert "수업일 22일" in month  # 23 weekdays less Christmas
    await put_in(
        keeper, title="개교기념일", first_on="2026-12-04", starts="", ends="", kind="day_off"
    )
    await put_in(keeper, title="겨울방학", first_on="2026-12-28", last_on="2027-02-28", starts="",
                 ends="", kind="vacation")  # fmt: skip
    assert "수업일 17일" in shown(await keeper.get("/calendar?month=2026-12"))


async def test_the_school_keeps_a_holiday_or_does_not(school: School) -> None:
    keeper, guardian = await office(school), await school.client_as("김하늘")
    assert "성탄절" in shown(await guardian.get("/calendar?month=2026-12"))
    await keeper.post("/calendar/holidays", {"day": "2026-12-25"})
    month = shown(await guardian.get("/calendar?month=2026-12"))
    assert "성탄절" not in month
    assert "수업일 23일" in month
    assert "제외됨" in shown(await keeper.get("/calendar/year"))
    await keeper.post("/calendar/holidays", {"day": "2026-12-25", "kept": "1"})
    assert "성탄절" in shown(await guardian.get("/calendar?month=2026-12"))
    assert (await keeper.post("/calendar/holidays", {"day": "2026-12-24"})).status == 404


async def test_the_second_semester_begins_after_the_summer_vacation(school: School) -> None:
    keeper = await office(school)
    await put_in(keeper, title="여름방학", first_on="2026-07-22", last_on="2026-08-23", starts="",
                 ends="", kind="vacation")  # fmt: skip
    assert "2026학년도 1학기" in shown(await keeper.get("/calendar?month=2026-07"))
    assert "2026학년도 2학기" in shown(await keeper.get("/calendar?month=2026-09"))
    assert "2026학년도 2학기" in shown(await keeper.get("/calendar?month=2027-01"))


async def test_any_month_may_be_asked_for(school: School) -> None:
    guardian = await school.client_as("김하늘")
    for month in ("", "2026-13", "nonsense", "0001-01", "9999-12", "2100-02", "2015-03"):
        assert (await guardian.get(f"/calendar?month={month}")).status == 200


async def test_what_lasts_over_the_end_of_a_month_stands_in_both(school: School) -> None:
    await put_in(await office(school), title="독서 주간", first_on="2026-11-27",
                 last_on="2026-12-03", starts="", ends="")  # fmt: skip
    guardian = await school.client_as("김하늘")
    for month in ("2026-11", "2026-12"):
        page = shown(await guardian.get(f"/calendar?month={month}"))
        assert "2026. 11. 27.(금) – 2026. 12. 3.(목)" in page


async def test_what_is_to_be_handed_in_stands_at_its_day_for_who_may_read_it(
    school: School,
) -> None:
    form = await sent(school)  # to the families of 3-2, within two days
    of_class, of_others = await school.client_as("김하늘"), await school.client_as("이도윤")
    month = shown(await of_class.get("/calendar"))
    assert form_page(school, form) in month
    assert "제출 전" in month
    assert "체험학습" not in shown(await of_others.get("/calendar"))
    assert "체험학습" not in shown(await (await school.client_as("이지우")).get("/calendar"))
    other_child = f"/calendar?child={school.id('이지호')}"
    assert "체험학습" not in shown(await of_class.get(other_child))
    await hand_in(school, of_class, form)
    month = shown(await of_class.get("/calendar"))
    assert form_page(school, form) not in month
    assert "제출 마감" in month
    assert "제출 마감" in shown(await (await school.client_as("박서연")).get("/calendar"))


async def test_entries_are_found_by_those_whom_they_are_for(school: School) -> None:
    address = await put_in(await office(school), title="6학년 수학여행 설명회", places="grade:6")
    await school.settled()
    for name, expected in (("이도윤", [address]), ("김하늘", []), ("한지민", [address])):
        client = await school.client_as(name)
        answer = await client.get("/api/v1/search?q=수학여행 설명회")
        assert [hit["href"] for hit in answer.json()["hits"]] == expected


async def test_how_things_were_is_forgotten_after_its_time(school: School) -> None:
    address = await put_in(await office(school))
    school.clock.advance(CHANGES_KEPT + DAY)
    assert await school.app[JOBS].run("calendar.forget")
    keeper = await office(school)
    assert "/undo" not in shown(await keeper.get("/calendar/changes"))
    assert "학부모 공개수업" in shown(await keeper.get(address))


async def test_whoever_asks_for_their_data_gets_what_they_changed(school: School) -> None:
    await put_in(await office(school))
    changed, address = await school.db.read(lambda tx: about(tx, school.id("오정숙")))
    assert [title for _what, title, _at in changed.rows] == ["학부모 공개수업"]
    assert list(address.rows) == []
