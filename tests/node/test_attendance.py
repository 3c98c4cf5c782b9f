"""Stories about attendance: a class is marked in a few presses, families hear once, months come to sums."""

import io
import re
from datetime import date

import openpyxl
import pytest

from kit.clock import DAY, SECOND
from kit.web.keys import JOBS
from node.attendance.about import about
from node.attendance.web import ATTENDANCE
from node.people.model import NewPerson
from tests.node.conftest import Answer, Client, School

TODAY = "2026-11-23"  # a Monday, nine o'clock, as the clock of these tests stands
FRIDAY = "2026-11-20"
JIU, HAJUN = "이지우", "박하준"


def sheet_of(school: School, day: str = TODAY, room: str = "3-2") -> str:
    return f"/attendance/{school.class_id(room)}/{day}"


async def marks(
    school: School,
    client: Client,
    marked: dict[str, str],
    day: str = TODAY,
    **more: str,
) -> Answer:
    """Somebody sends the sheet of 3-2: of each child a mark, and maybe `absent sick 감기`."""
    sent: dict[str, str] = {}
    for name in (JIU, HAJUN):
        mark, _space, rest = marked.get(name, "present").partition(" ")
        cause, _space, reason = rest.partition(" ")
        id = school.id(name)
        sent |= {f"mark-{id}": mark, f"cause-{id}": cause, f"reason-{id}": reason}
    answer = await client.post(sheet_of(school, day), sent | more)
    await school.settled()
    school.clock.advance(SECOND)
    return answer


async def marked(school: School, day: str = TODAY, **of: str) -> Client:
    """박서연 marks her class; `jiu` and `hajun` say what their day was."""
    teacher = await school.client_as("박서연")
    names = {"jiu": JIU, "hajun": HAJUN}
    answer = await marks(school, teacher, {names[one]: mark for one, mark in of.items()}, day)
    assert answer.status == 303, answer.text
    return teacher


async def lines(school: School, name: str = "김하늘") -> list[str]:
    """What somebody finds among their notifications about attendance, the newest first."""
    client = await school.client_as(name)
    text = (await client.get("/notifications")).text
    found = re.findall(r"(?:결석|지각|출석)으로 (?:기록|정정)되었습니다", text)
    return list(found)


async def told(school: School) -> list[str]:
    """Of what guardians of 이지우 were told, in its order."""
    sql = "SELECT kind FROM notices_line WHERE person_id = ? ORDER BY at, id"
    rows = await school.db.read(lambda tx: tx.rows(sql, (school.id("김하늘"),)))
    return [kind for (kind,) in rows]


def card(page: Answer, name: str) -> str:
    """A card of a front page; empty where it has none."""
    found = re.search(rf'<section[^>]*id="card-{name}".*?</section>', page.text, re.DOTALL)
    return found[0] if found else ""


# Marking --------------------------------------------------------------------------------------------


async def test_everybody_is_present_by_one_press(school: School) -> None:
    teacher = await school.client_as("박서연")
    page = (await teacher.get(sheet_of(school))).text
    assert "미입력" in page
    assert "모두 출석" in page
    answer = await marks(school, teacher, {})
    assert (answer.status, answer.location) == (303, sheet_of(school))
    page = (await teacher.get(sheet_of(school))).text
    assert "저장했습니다. 모두 출석입니다." in page
    assert "저장됨" in page


async def test_a_child_is_absent_and_why_is_said_later(school: School) -> None:
    teacher = await marked(school, jiu="absent")
    assert "사유 미확인" in (await teacher.get(f"/attendance/{school.class_id('3-2')}")).text
    await marked(school, jiu="absent sick 감기")
    page = (await teacher.get(f"/attendance/{school.class_id('3-2')}")).text
    assert "질병" in page
    assert "감기" in page
    assert "수정 기록 1건" in page


async def test_a_card_asks_the_teacher_until_the_class_is_marked(school: School) -> None:
    teacher = await school.client_as("박서연")
    assert "오늘 출결을 입력해 주세요" in (await teacher.get("/")).text
    await marks(school, teacher, {})
    assert "오늘 출결을 입력해 주세요" not in (await teacher.get("/")).text


async def test_the_front_page_names_who_is_not_there_to_the_homeroom_teacher(
    school: School,
) -> None:
    teacher = await marked(school, jiu="absent sick 감기", hajun="late")
    front = card(await teacher.get("/"), "attendance-away")
    assert "오늘 결석·지각·조퇴" in front
    assert "2명" in front
    assert JIU in front
    assert "결석" in front
    assert HAJUN in front
    assert "지각" in front
    assert "감기" not in front  # why, the page of the class says
    assert sheet_of(school) in front
    await marked(school)
    assert card(await teacher.get("/"), "attendance-away") == ""


async def test_the_office_sees_numbers_of_each_class_and_families_nothing(school: School) -> None:
    await marked(school, jiu="absent", hajun="late")
    front = card(await (await school.client_as("오정숙")).get("/"), "attendance-away")
    assert "3학년 2반" in front
    assert "결석 1명, 지각 1명" in front
    assert JIU not in front
    office = await school.client_as("오정숙")
    english = card(await office.get("/", headers={"Accept-Language": "en"}), "attendance-away")
    assert "1 absent, 1 late" in english
    assert not re.search("[가-힣]", english)
    for name in ("김하늘", "한지민"):
        page = await (await school.client_as(name)).get("/")
        assert card(page, "attendance-away") == ""


async def test_no_card_asks_on_a_day_off(school: School) -> None:
    school.clock.advance(5 * DAY)  # a Saturday
    teacher = await school.client_as("박서연")
    assert "오늘 출결을 입력해 주세요" not in (await teacher.get("/")).text
    assert "수업일이 아닙니다." in (await teacher.get(sheet_of(school, "2026-11-28"))).text


async def test_the_office_sees_which_classes_are_not_marked(school: School) -> None:
    await marked(school)
    office = await school.client_as("오정숙")
    front = (await office.get("/")).text
    assert "출결 미입력 학급" in front
    page = (await office.get("/attendance")).text
    assert "아직 출결을 입력하지 않은 학급이 3개 있습니다." in page
    assert sheet_of(school, room="5-1") in page
    office.session.cookie_jar.update_cookies({"lang": "en"})
    front = (await office.get("/")).text
    assert "Classes without attendance" in front
    assert "Grade 5, Class 1" in front


@pytest.mark.parametrize("day", ["2026-11-22", "2026-11-24", "2026-10-09"])
async def test_neither_a_day_off_nor_tomorrow_is_marked(school: School, day: str) -> None:
    teacher = await school.client_as("박서연")
    assert (await marks(school, teacher, {}, day)).status == 422


async def test_what_is_no_mark_is_refused_and_nothing_stored(school: School) -> None:
    teacher = await school.client_as("박서연")
    assert (await marks(school, teacher, {JIU: "elsewhere"})).status == 422
    assert (await marks(school, teacher, {JIU: "absent because"})).status == 422
    long = "absent sick " + "가" * 201
    assert (await marks(school, teacher, {JIU: long})).status == 422
    assert "미입력" in (await teacher.get(sheet_of(school))).text


async def test_children_of_other_classes_are_not_marked_here(school: School) -> None:
    teacher = await school.client_as("박서연")
    await teacher.post(sheet_of(school), {f"mark-{school.id('최하린')}": "absent"})
    count = "SELECT count(*) FROM attendance_mark"
    assert await school.db.read(lambda tx: tx.value(count)) == 0


# Two devices ----------------------------------------------------------------------------------------


async def seen(client: Client, school: School) -> str:
    page = (await client.get(sheet_of(school))).text
    found = re.search(r'name="seen" value="(\d+)"', page)
    assert found is not None
    return found[1]


async def test_two_devices_mark_the_same_day_and_both_are_kept(school: School) -> None:
    teacher, head = await school.client_as("박서연"), await school.client_as("윤태식")
    opened = await seen(teacher, school), await seen(head, school)
    await marks(school, teacher, {JIU: "late"}, seen=opened[0])
    await marks(school, head, {HAJUN: "absent"}, seen=opened[1])
    sheet = await school.app[ATTENDANCE].sheet(
        await school.asker("박서연"), school.class_id("3-2"), date(2026, 11, 23)
    )
    assert {one.name: one.mark.presence for one in sheet.lines} == {JIU: "late", HAJUN: "absent"}


async def test_of_one_child_marked_twice_the_first_stands_and_the_second_is_told(
    school: School,
) -> None:
    teacher, head = await school.client_as("박서연"), await school.client_as("윤태식")
    opened = await seen(teacher, school), await seen(head, school)
    await marks(school, teacher, {JIU: "late"}, seen=opened[0])
    await marks(school, head, {JIU: "absent", HAJUN: "absent"}, seen=opened[1])
    page = (await head.get(sheet_of(school))).text
    assert "이지우 학생의 출결은 그사이 다른 기기에서 먼저 입력되어" in page
    await marks(school, head, {JIU: "absent", HAJUN: "absent"}, seen=await seen(head, school))
    page = (await head.get(f"/attendance/{school.class_id('3-2')}")).text
    assert "지각" in page
    assert page.count("수정 기록 2건") == 1


async def test_what_a_bad_connection_sends_twice_counts_once(school: School) -> None:
    teacher = await school.client_as("박서연")
    opened = await seen(teacher, school)
    await marks(school, teacher, {JIU: "absent"}, seen=opened)
    await marks(school, teacher, {JIU: "absent"}, seen=opened)
    assert await seen(teacher, school) == "1"
    assert await told(school) == ["attendance:absent"]


# Families -------------------------------------------------------------------------------------------


async def test_guardians_are_told_once_when_a_child_is_not_there_without_word(
    school: School,
) -> None:
    await marked(school, jiu="absent")
    assert await lines(school) == ["결석으로 기록되었습니다"]
    assert await lines(school, "이준혁") == ["결석으로 기록되었습니다"]
    assert await lines(school, "이도윤") == []
    await marked(school, jiu="absent", hajun="late")
    assert await told(school) == ["attendance:absent"]


async def test_nobody_is_told_what_they_told_the_school_themselves(school: School) -> None:
    await marked(school, jiu="absent sick 어머니 전화, 감기")
    assert await told(school) == []


async def test_a_correction_tells_again_only_for_the_worse_or_if_the_child_was_there(
    school: School,
) -> None:
    await marked(school, jiu="late")
    await lines(school)  # read
    await marked(school, jiu="absent")
    await lines(school)
    await marked(school, jiu="late")
    await marked(school, jiu="absent sick")
    await marked(school)
    assert await told(school) == ["attendance:late", "attendance:absent", "attendance:present"]
    assert await lines(school) == ["출석으로 정정되었습니다"]


async def test_a_slip_of_the_finger_leaves_one_line(school: School) -> None:
    await marked(school, jiu="absent")
    await marked(school)
    assert await told(school) == ["attendance:present"]


async def test_a_family_sees_its_own_child_alone(school: School) -> None:
    await marked(school, jiu="absent sick 감기", hajun="late")
    for name in ("김하늘", "이준혁", "이지우"):
        page = (await (await school.client_as(name)).get("/attendance")).text
        assert "감기" in page
        assert "박하준" not in page
    other = (await (await school.client_as("이도윤")).get("/attendance")).text
    assert "감기" not in other
    assert "이번 학년도에 결석, 지각, 조퇴, 결과가 없습니다." in other


async def test_a_guardian_is_led_to_the_page_by_search(school: School) -> None:
    await marked(school)
    guardian = await school.client_as("김하늘")
    answer = await guardian.get("/api/v1/search?q=우리 아이 결석")
    assert [hit["href"] for hit in answer.json()["hits"]] == ["/attendance"]


# Months ---------------------------------------------------------------------------------------------


async def whole_month(school: School, **of: str) -> Client:
    """October of 3-2, marked whole; on its first day as said."""
    teacher, room = await school.asker("박서연"), school.class_id("3-2")
    month = await school.app[ATTENDANCE].month(teacher, room, "2026-10")
    for day in month.days[1:]:
        await school.app[ATTENDANCE].marking.mark(teacher, room, day, {})
    return await marked(school, month.days[0].isoformat(), **of)


def cells(answer: Answer) -> list[tuple[object, ...]]:
    sheet = openpyxl.load_workbook(io.BytesIO(answer.body)).active
    assert sheet is not None
    return list(sheet.iter_rows(values_only=True))


async def test_a_month_is_a_sheet_for_neis(school: School) -> None:
    teacher = await whole_month(school, jiu="absent sick =1+1", hajun="late")
    address = f"/attendance/{school.class_id('3-2')}"
    heads, jiu, hajun = cells(await teacher.get(address + "/month.xlsx?month=2026-10"))
    of_jiu, of_hajun = dict(zip(heads, jiu, strict=True)), dict(zip(heads, hajun, strict=True))
    assert (of_jiu["이름"], of_jiu["1(목)"], of_jiu["질병결석"]) == (JIU, "질병결석", 1)
    assert (of_jiu["출석"], of_jiu["수업일수"]) == (19, 20)
    assert "9(금)" not in heads  # 한글날
    assert (of_hajun["출석"], of_hajun["사유 미확인"]) == (20, 1)
    assert of_jiu["특기사항"] == "=1+1(10.1.)"
    plain = (await teacher.get(address + "/month.csv?month=2026-10")).body.decode("utf-8-sig")
    assert "'=1+1(10.1.)" in plain


async def test_a_month_with_gaps_is_not_closed(school: School) -> None:
    teacher = await whole_month(school, jiu="absent")
    close = f"/attendance/{school.class_id('3-2')}/close"
    assert (await teacher.post(close, {"month": "2026-10"})).status == 409  # nobody knows why
    assert (await teacher.post(close, {"month": "2026-09"})).status == 409  # nothing is marked
    assert (await teacher.post(close, {"month": "2026-11"})).status == 409  # it is not over


async def test_a_closed_month_is_corrected_for_a_reason_and_leaves_a_trail(school: School) -> None:
    teacher = await whole_month(school, jiu="absent sick 감기")
    month = f"/attendance/{school.class_id('3-2')}"
    assert (await teacher.post(month + "/close", {"month": "2026-10"})).status == 303
    first = "2026-10-01"
    assert "마감한 달입니다." in (await teacher.get(sheet_of(school, first))).text
    corrected = {JIU: "absent approved 독감"}
    assert (await marks(school, teacher, corrected, first)).status == 422
    answer = await marks(school, teacher, corrected, first, why="진단서를 늦게 받음")
    assert answer.status == 303
    page = (await teacher.get(month + "?month=2026-10")).text
    assert "사유: 진단서를 늦게 받음" in page
    assert "출석인정" in page


async def test_a_child_who_came_later_has_fewer_days_and_one_who_left_keeps_theirs(
    school: School,
) -> None:
    roster = school.people.roster
    room = school.class_id("3-2")
    added = await school.db.write(
        lambda tx: roster.add_student(tx, NewPerson(name="새친구"), room, 9, "2026-10-19")
    )
    await whole_month(school, hajun="absent other 이사")
    office = await school.asker("오정숙")
    await school.people.families.transfer_out(office, school.id(HAJUN))
    month = await school.app[ATTENDANCE].month(office, room, "2026-10")
    days = {one.name: (one.tally.school_days, one.tally.attended) for one in month.children}
    assert days == {JIU: (20, 20), HAJUN: (20, 19), "새친구": (10, 10)}
    sheet = await school.app[ATTENDANCE].sheet(office, room, date(2026, 10, 1))
    assert added not in {one.student_id for one in sheet.lines}


async def test_the_year_of_a_class_tells_sums_with_their_causes(school: School) -> None:
    await marked(school, FRIDAY, jiu="absent sick")
    teacher = await marked(school, jiu="absent approved", hajun="left_early other")
    page = (await teacher.get(f"/attendance/{school.class_id('3-2')}/year")).text
    assert "결석 2일 (질병 1일, 출석인정 1일)" in page
    assert "조퇴 1회 (기타 1회)" in page
    of_days = re.findall(r"(\d+)일 / (\d+)일", page)
    assert {int(days) - int(attended) for attended, days in of_days} == {0, 1}


# What is kept ---------------------------------------------------------------------------------------


async def test_attendance_goes_once_the_school_keeps_it_no_longer(school: School) -> None:
    await marked(school, jiu="absent sick 감기")
    count = (
        "SELECT (SELECT count(*) FROM attendance_day), (SELECT count(*) FROM attendance_mark),"
        " (SELECT count(*) FROM attendance_change)"
    )

    async def kept() -> list[tuple[object, ...]]:
        return [tuple(row) for row in await school.db.read(lambda tx: tx.rows(count))]

    school.clock.advance(365 * DAY)
    assert await school.app[JOBS].run("attendance.forget")
    assert await kept() == [(1, 1, 1)]
    school.clock.advance(365 * DAY)
    assert await school.app[JOBS].run("attendance.forget")
    assert await kept() == [(0, 0, 0)]


async def test_whoever_asks_for_a_childs_data_gets_its_days(school: School) -> None:
    await marked(school, jiu="absent sick 감기")
    (held,) = await school.db.read(lambda tx: about(tx, school.id(JIU)))
    assert list(held.rows) == [(TODAY, "결석", "질병", "감기")]
    assert held.kept
