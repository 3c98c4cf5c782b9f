"""Stories about consultations with others than the homeroom teacher: who gives them, to whom, and who knows."""

import icalendar
import pytest

from kit.clock import moment
from kit.db import Tx
from kit.web.keys import JOBS
from node.consultations.about import about
from node.people.model import NewPerson, Role
from tests.node.conftest import NO_PASSWORD, Answer, School
from tests.node.consulting import (
    FRIDAY,
    MONDAY,
    booked,
    booking,
    give,
    open_times,
    open_week,
    slots,
    take,
    three_children,
)
from tests.node.handing_in import both_may_sign

COUNSELLOR, PLACE = "윤서희", "위클래스 상담실"


@pytest.fixture
async def week(school: School) -> str:
    """A week for all, in which 박서연 gives times to her class and 윤서희, the counsellor, to the third grade."""
    roster = school.people.roster

    def come(tx: Tx) -> None:
        school.people_ids[COUNSELLOR] = roster.add_staff(
            tx, NewPerson(name=COUNSELLOR), "전문상담교사", "위클래스",
            roles=(Role.TEACHER,), since_on="2026-03-01",
        )  # fmt: skip
        roster.add_account(tx, school.id(COUNSELLOR), "counsel", NO_PASSWORD)

    await school.db.write(come)
    made = await open_week(school)
    await give(school, made)
    assert (await open_times(school, made, COUNSELLOR, "guardians/grade:3")).status == 303
    given = await give(school, made, COUNSELLOR, begins="15:00", ends="16:30", place=PLACE)
    assert given.status == 303
    return made


async def page(school: School, name: str, address: str) -> str:
    return (await (await school.client_as(name)).get(address)).text


async def told(school: School, name: str) -> str:
    return await page(school, name, "/notifications")


async def with_counsellor(school: School, week: str, by: str = "김하늘", topic: str = "") -> Answer:
    """A guardian takes the counsellor's first time for 이지우."""
    first, *_rest = await slots(school, week, COUNSELLOR)
    return await take(await school.client_as(by), week, school.id("이지우"), first, topic)


# Who gives times, and to whom ----------------------------------------------------------------------


async def test_a_family_speaks_with_the_counsellor_beside_the_homeroom_teacher(
    school: School, week: str
) -> None:
    guardian = await school.client_as("김하늘")
    overview = (await guardian.get(f"/consultations/{week}")).text
    for words in ("다른 선생님과 상담", COUNSELLOR, "전문상담교사", "남은 시간 3개"):
        assert words in overview
    first, *_rest = await slots(school, week)
    assert (await take(guardian, week, school.id("이지우"), first)).status == 303
    assert (await with_counsellor(school, week, topic="잠을 못 잡니다")).status == 303
    assert (
        set(await booked(school, week)) == set(await booked(school, week, COUNSELLOR)) == {"이지우"}
    )
    own = (await guardian.get(f"/consultations/{week}/with/{school.id(COUNSELLOR)}")).text
    for words in (PLACE, "15:00–15:20", "잠을 못 잡니다"):
        assert words in own
    hers = await page(school, COUNSELLOR, f"/consultations/{week}/times")
    for words in ("이지우", "3학년 2반", "김하늘", "잠을 못 잡니다"):
        assert words in hers
    for what in ("times", "sheet"):
        assert "잠을 못 잡니다" not in await page(school, "박서연", f"/consultations/{week}/{what}")


async def test_nobody_is_offered_a_teacher_who_did_not_open_their_times_to_them(
    school: School, week: str
) -> None:
    teacher = school.id(COUNSELLOR)
    assert COUNSELLOR not in await page(school, "이도윤", f"/consultations/{week}")  # 6-1
    doyun = await school.client_as("이도윤")
    assert (await doyun.get(f"/consultations/{week}/with/{teacher}")).status == 404
    first, *_rest = await slots(school, week, COUNSELLOR)
    assert (await take(doyun, week, school.id("최하린"), first)).status == 404
    hangyeol = await school.client_as("김하늘")
    assert (await take(hangyeol, week, school.id("이지호"), first)).status == 404  # 5-1
    await open_times(school, week, COUNSELLOR)
    assert COUNSELLOR not in await page(school, "김하늘", f"/consultations/{week}")
    assert (await with_counsellor(school, week)).status == 404


async def test_times_are_opened_within_the_families_of_the_week(school: School, week: str) -> None:
    of_class = await open_week(school, title="3-2 상담", keys=("guardians/class:3-2",))
    for keys in (("guardians",), ("guardians/grade:3",), ("guardians/class:5-1",), ("staff",)):
        answer = await open_times(school, of_class, COUNSELLOR, *keys)
        assert (answer.status, "대상 안에서 선택해" in answer.text) == (422, True)
    assert (await open_times(school, of_class, COUNSELLOR, "guardians/class:3-2")).status == 303
    # A narrower week narrows what was opened.
    office = await school.client_as("오정숙")
    changed = {
        "title": "상담", "first": MONDAY, "last": FRIDAY, "opens": "2026-11-20T09:00",
        "closes": "2026-12-04T17:00", "audience": "guardians/grade:6", "walk": "5",
    }  # fmt: skip
    assert (await office.post(f"/consultations/{week}/edit", changed)).status == 303
    assert (await with_counsellor(school, week)).status == 404


async def test_who_does_not_teach_gives_times_once_the_author_of_the_week_added_them(
    school: School, week: str
) -> None:
    for name in ("최은영", "김하늘"):
        assert (await open_times(school, week, name, "guardians")).status == 404
    office = await school.client_as("오정숙")
    sent = {"teacher": school.id("최은영"), "audience": "guardians"}
    assert (await office.post(f"/consultations/{week}/teachers", sent)).status == 303
    assert "상담 시간을 등록해 주세요" in await told(school, "최은영")
    assert f'href="/consultations/{week}/times"' in await page(school, "최은영", "/")
    assert (await give(school, week, "최은영", place="교장실")).status == 303
    assert "최은영" in await page(school, "이도윤", f"/consultations/{week}")
    assert (
        await office.post(f"/consultations/{week}/teachers", sent | {"audience": []})
    ).status == 303
    assert "최은영" not in await page(school, "이도윤", f"/consultations/{week}")
    for name in ("박서연", COUNSELLOR):
        other = await school.client_as(name)
        assert (await other.post(f"/consultations/{week}/teachers", sent)).status == 404
    log = await page(school, "정민호", "/admin/audit")
    assert "상담주간에 다른 선생님 추가" in log


async def test_nobody_is_a_guest_of_their_own(school: School, week: str) -> None:
    """The counsellor has a child in the third grade, and speaks with other teachers about it."""
    roster = school.people.roster

    def tie(tx: Tx) -> None:
        roster.add_guardianship(tx, school.id(COUNSELLOR), school.id("박하준"), "모", may_sign=True)
        roster.families_changed(tx, "guardian", [school.id(COUNSELLOR)])

    await school.db.write(tie)
    own = await school.client_as(COUNSELLOR)
    assert (await own.get(f"/consultations/{week}/with/{school.id(COUNSELLOR)}")).status == 404
    first, *_rest = await slots(school, week, COUNSELLOR)
    assert (await take(own, week, school.id("박하준"), first)).status == 404
    # When a family comes to her she is not with her child's teacher: 15:00 and 15:05.
    assert (await with_counsellor(school, week)).status == 303
    _early, clashing, late = await slots(school, week)
    refused = await take(own, week, school.id("박하준"), clashing)
    assert (refused.status, "시간이 겹칩니다" in refused.text) == (409, True)
    assert (await take(own, week, school.id("박하준"), late)).status == 303


# What counts ---------------------------------------------------------------------------------------


async def test_what_is_missing_is_the_homeroom_teacher_alone(school: School, week: str) -> None:
    assert (await with_counsellor(school, week)).status == 303
    assert "상담 시간을 선택해 주세요" in await page(school, "김하늘", "/")
    assert "2명 예약 전" in await page(school, "김하늘", "/consultations")
    assert "아직 예약하지 않은 학생 2명" in await page(
        school, "박서연", f"/consultations/{week}/times"
    )
    entered = {"child": school.id("이지우"), "slot": (await slots(school, week))[0]}
    teacher = await school.client_as("박서연")
    assert (await teacher.post(f"/consultations/{week}/times/enter", entered)).status == 303
    assert "1명 예약 전" in await page(school, "김하늘", "/consultations")


async def test_one_time_with_each_and_none_at_the_same_hour(school: School, week: str) -> None:
    assert (await with_counsellor(school, week)).status == 303
    assert (await with_counsellor(school, week)).status == 303  # the same page, sent again
    guardian, child = await school.client_as("김하늘"), school.id("이지우")
    _first, second, _third = await slots(school, week, COUNSELLOR)
    other = await take(guardian, week, child, second)
    assert (other.status, "이미 상담 시간이 있습니다" in other.text) == (409, True)
    clashing = (await slots(school, week))[1]
    refused = await take(guardian, week, child, clashing)
    assert (refused.status, "시간이 겹칩니다" in refused.text) == (409, True)


# Who knows of it -----------------------------------------------------------------------------------


async def test_the_other_guardian_learns_nothing_of_it_and_has_a_time_of_their_own(
    school: School, week: str
) -> None:
    await both_may_sign(school)
    assert (await with_counsellor(school, week, topic="아버지 모르게")).status == 303
    made = await booking(school, week, "이지우")
    father = await school.client_as("이준혁")
    address = f"/consultations/{week}"
    offered = f"{address}/with/{school.id(COUNSELLOR)}"
    others = (
        "/",
        "/consultations",
        "/consultations/plan.ics",
        "/calendar?month=2026-12",
        "/notifications",
    )
    for what in (address, offered, *others):
        text = (await father.get(what)).text
        for words in (
            "15:20",
            "아버지 모르게",
            "시간 변경",
            *(() if what == offered else (PLACE,)),
        ):
            assert words not in text, (what, words)
    _first, second, _third = await slots(school, week, COUNSELLOR)
    for what, sent in (("move", {"slot": second}), ("cancel", {}), ("topic", {"topic": "x"})):
        assert (await father.post(f"{address}/bookings/{made}/{what}", sent)).status == 404
    # That she has a time is not told by a refusal, either.
    assert (await take(father, week, school.id("이지우"), second)).status == 303
    for name, hours in (("김하늘", "15:00"), ("이준혁", "15:25")):
        assert hours in await page(school, name, f"{address}/with/{school.id(COUNSELLOR)}")


async def test_notices_and_calendars_name_neither_teacher_nor_place(
    school: School, week: str
) -> None:
    assert (await with_counsellor(school, week)).status == 303
    made = await booking(school, week, "이지우")
    school.clock.at = moment(2026, 12, 6, 16, 20)
    assert await school.app[JOBS].run("consultations.remind")
    assert "상담 시간이 다가왔습니다" in await told(school, "김하늘")
    assert "다가왔습니다" not in await told(school, "이준혁")
    counsellor = await school.client_as(COUNSELLOR)
    _first, second, _third = await slots(school, week, COUNSELLOR)
    shifted = f"/consultations/{week}/bookings/{made}/shift"
    assert (await counsellor.post(shifted, {"slot": second})).status == 303
    assert "선생님이 상담 시간을 정했습니다" in await told(school, "김하늘")
    guardian = await school.client_as("김하늘")
    for what in ("/", "/notifications", "/calendar?month=2026-12", "/consultations/plan.ics"):
        text = (await guardian.get(what)).text
        for words in ("위클래스", COUNSELLOR, "전문상담"):
            assert words not in text, (what, words)
    for client in (guardian, counsellor):
        (event,) = icalendar.Calendar.from_ical(
            (await client.get("/consultations/plan.ics")).body
        ).walk("VEVENT")
        assert "location" not in event
    assert "15:25" in (await guardian.get(f"/consultations/{week}")).text


async def test_the_office_sees_numbers_and_the_logs_no_family(school: School, week: str) -> None:
    assert (await with_counsellor(school, week, topic="잠을 못 잡니다")).status == 303
    overview = await page(school, "오정숙", f"/consultations/{week}/overview")
    for words in (COUNSELLOR, "3학년 보호자"):
        assert words in overview
    for words in ("이지우", "김하늘", "잠을 못 잡니다"):
        assert words not in overview
    for name in ("오정숙", "최은영", "한지민", "박서연"):
        assert "잠을 못 잡니다" not in await page(school, name, f"/consultations/{week}")
    assert "이지우" not in await page(school, "정민호", "/admin/audit")
    hits = (await (await school.client_as("이준혁")).get("/api/v1/search?q=위클래스")).json()[
        "hits"
    ]
    assert [hit for hit in hits if hit["href"].startswith("/consultations")] == []
    # What the school holds of the child is asked for by either parent.
    for name, rows in (("이지우", 0), ("김하늘", 1)):
        (held,) = await school.db.read(lambda tx: about(tx, school.id(name)))  # noqa: B023
        assert len(held.rows) == rows


# A guardian who telephones --------------------------------------------------------------------------


async def called(school: School, week: str, slot: str, **other: str) -> Answer:
    """The counsellor books for 김하늘, mother of 이지우, unless others are said."""
    counsellor = await school.client_as(COUNSELLOR)
    sent = {"room": school.class_id("3-2"), "child": "이지우", "guardian": " 김 하늘", "slot": slot}
    return await counsellor.post(f"/consultations/{week}/times/called", sent | other)


async def test_the_counsellor_books_for_a_guardian_who_telephones_and_moves_and_cancels_it(
    school: School, week: str
) -> None:
    await both_may_sign(school)
    first, second, third = await slots(school, week, COUNSELLOR)
    assert "전화로 받은 예약 입력" in await page(school, COUNSELLOR, f"/consultations/{week}/times")
    for _twice in range(2):
        assert (await called(school, week, first)).status == 303
    assert await booked(school, week, COUNSELLOR) == {"이지우": ("2026-12-07 15:00", PLACE)}
    assert "선생님이 상담 시간을 정했습니다" in await told(school, "김하늘")
    own = f"/consultations/{week}/with/{school.id(COUNSELLOR)}"
    assert "15:00–15:20" in await page(school, "김하늘", own)
    # As if the guardian had booked it: nobody else learns of it, and the audit log names no family.
    assert "정했습니다" not in await told(school, "이준혁")
    assert "15:00" not in await page(school, "이준혁", own)
    log = await page(school, "정민호", "/admin/audit")
    assert ("상담 예약 대신 입력" in log, "이지우" in log) == (True, False)
    again = await called(school, week, second)
    assert (again.status, "이미 상담 시간이 있습니다" in again.text) == (409, True)
    made = f"/consultations/{week}/bookings/{await booking(school, week, '이지우')}"
    counsellor = await school.client_as(COUNSELLOR)
    assert (await counsellor.post(f"{made}/shift", {"slot": third})).status == 303
    assert "15:50" in await page(school, "김하늘", own)
    assert (await counsellor.post(f"{made}/strike", {"reason": "가정 요청"})).status == 303
    assert "선생님이 상담을 취소했습니다" in await told(school, "김하늘")


async def test_nobody_is_booked_for_by_whoever_does_not_know_both_names_or_opened_no_times_to_them(
    school: School, week: str
) -> None:
    first, *_rest = await slots(school, week, COUNSELLOR)
    for other in (
        {"guardian": "이도윤"},
        {"child": "박하준"},
        {"child": ""},
        {"guardian": "이준혁"},
    ):
        answer = await called(school, week, first, **other)
        assert (answer.status, "두 이름을 다시 확인해" in answer.text) == (422, True), other
    for room in (school.class_id("5-1"), ""):
        answer = await called(school, week, first, room=room, child="이지호")
        assert (answer.status, "시간을 연 학급에서" in answer.text) == (422, True)
    homeroom, *_others = await slots(school, week)
    assert (await called(school, week, homeroom)).status == 404
    sent = {"room": school.class_id("3-2"), "child": "이지우", "guardian": "김하늘", "slot": first}
    for name in ("최은영", "김하늘"):
        other_one = await school.client_as(name)
        assert (await other_one.post(f"/consultations/{week}/times/called", sent)).status == 404
    assert await booked(school, week, COUNSELLOR) == {}


# Moving, cancelling, the end -----------------------------------------------------------------------


async def test_it_is_moved_and_cancelled_by_the_family_and_by_the_teacher_with_a_reason(
    school: School, week: str
) -> None:
    await both_may_sign(school)
    assert (await with_counsellor(school, week)).status == 303
    address = f"/consultations/{week}/bookings/{await booking(school, week, '이지우')}"
    guardian, child = await school.client_as("김하늘"), school.id("이지우")
    first, second, third = await slots(school, week, COUNSELLOR)
    homerooms = (await slots(school, week))[0]
    assert (await guardian.post(f"{address}/move", {"slot": homerooms})).status == 404
    assert (await guardian.post(f"{address}/move", {"slot": second})).status == 303
    assert "바꾸거나 취소했습니다" in await told(school, COUNSELLOR)
    assert "이지우" not in await told(school, COUNSELLOR)
    assert (await guardian.post(f"{address}/cancel")).status == 303
    assert await booked(school, week, COUNSELLOR) == {}
    assert (await take(guardian, week, child, first)).status == 303
    struck = f"/consultations/{week}/bookings/{await booking(school, week, '이지우')}/strike"
    school.clock.at = moment(2026, 12, 5, 9)
    counsellor = await school.client_as(COUNSELLOR)
    assert (await counsellor.post(struck, {"reason": "외부 연수"})).status == 303
    assert "선생님이 상담을 취소했습니다" in await told(school, "김하늘")
    assert "취소했습니다" not in await told(school, "이준혁")
    guardian = await school.client_as("김하늘")
    mine = f"/consultations/{week}/with/{school.id(COUNSELLOR)}"
    assert "사유: 외부 연수" in (await guardian.get(mine)).text
    homeroom = await take(
        guardian, week, child, homerooms
    )  # the closing binds what was not cancelled
    assert (homeroom.status, "마감되었습니다" in homeroom.text) == (409, True)
    assert (await take(guardian, week, child, third)).status == 303


async def test_what_a_guardian_alone_knew_ends_with_their_right(school: School, week: str) -> None:
    assert (await with_counsellor(school, week)).status == 303
    roster = school.people.roster

    def end(tx: Tx) -> None:
        sql = "UPDATE people_guardianship SET until_on = '2026-11-25' WHERE guardian_id = ? AND student_id = ?"
        tx.execute(sql, (school.id("김하늘"), school.id("이지우")))
        roster.families_changed(tx, "guardianship-ended", [school.id("김하늘")])

    await school.db.write(end)
    await school.settled()
    assert await booked(school, week, COUNSELLOR) == {}
    assert "바꾸거나 취소했습니다" in await told(school, COUNSELLOR)
    mine = f"/consultations/{week}/with/{school.id(COUNSELLOR)}"
    assert (await (await school.client_as("김하늘")).get(mine)).status == 404


async def test_a_teacher_who_leaves_is_offered_no_more_and_their_families_are_told(
    school: School, week: str
) -> None:
    """Whether they leave the school or stay as a guardian."""
    assert (await with_counsellor(school, week)).status == 303
    first, *_rest = await slots(school, week)
    await take(await school.client_as("김하늘"), week, school.id("이지우"), first)
    roster = school.people.roster
    for name in (COUNSELLOR, "박서연"):
        await school.db.write(lambda tx: roster.leave_staff(tx, school.id(name)))  # noqa: B023
    await school.settled()
    assert await booked(school, week, COUNSELLOR) == await booked(school, week) == {}
    assert await slots(school, week, COUNSELLOR) == await slots(school, week) == []
    assert (await told(school, "김하늘")).count("선생님이 상담을 취소했습니다") == 2
    text = await page(school, "김하늘", f"/consultations/{week}")
    assert "상담할 수 있는 선생님" in text  # the one that was cancelled, with why
    mine = await page(school, "김하늘", f"/consultations/{week}/with/{school.id(COUNSELLOR)}")
    assert "학교를 떠나" in mine


async def test_a_week_that_is_called_off_is_told_to_whoever_knew(school: School, week: str) -> None:
    await both_may_sign(school)
    assert (await with_counsellor(school, week)).status == 303
    await (await school.client_as("오정숙")).post(f"/consultations/{week}/withdraw")
    await school.settled()
    assert "상담주간이 취소되었습니다" in await told(school, "김하늘")
    assert "상담주간이 취소되었습니다" not in await told(school, "이준혁")


# One plan ------------------------------------------------------------------------------------------


async def test_one_press_plans_with_whom_a_guardian_chose(school: School, week: str) -> None:
    await three_children(school)
    for name, place in (("한지민", "5-1"), ("정다운", "6-1")):
        assert (
            await give(school, week, name, begins="14:40", ends="17:00", place=place)
        ).status == 303
    guardian = await school.client_as("김하늘")
    one, two = school.id("이지우"), school.id("이지호")
    wishes = [
        ("chosen", "1"),
        ("wish", f"{one}:"),
        ("wish", f"{one}:{school.id(COUNSELLOR)}"),
        ("wish", f"{two}:"),
        ("wish", f"{two}:{school.id(COUNSELLOR)}"),  # not opened to the fifth grade
    ]
    assert (await guardian.post(f"/consultations/{week}/plan", wishes)).status == 303
    times = await booked(school, week) | {
        "상담": (await booked(school, week, COUNSELLOR))["이지우"]
    }
    assert set(times) == {"이지우", "이지호", "상담"}
    begins = sorted(at for at, _place in times.values())
    assert len(set(begins)) == 3
    nothing = await guardian.post(f"/consultations/{week}/plan", [("chosen", "1")])
    assert (nothing.status, "상담할 선생님을 선택해" in nothing.text) == (422, True)
    # Without a choice it is what it was: the homeroom teacher of every child that has no time.
    assert (await guardian.post(f"/consultations/{week}/plan")).status == 303
    assert set(await booked(school, week)) == {"이지우", "이지호", "이지안"}


async def test_more_than_eight_at_once_are_refused_in_words(school: School, week: str) -> None:
    for at in range(9):
        name = f"교과{at}"

        def come(tx: Tx, name: str = name, at: int = at) -> None:
            roster = school.people.roster
            school.people_ids[name] = roster.add_staff(
                tx,
                NewPerson(name=name),
                "교사",
                "교과",
                roles=(Role.TEACHER,),
                since_on="2026-03-01",
            )
            roster.add_account(tx, school.id(name), f"subject{at}", NO_PASSWORD)

        await school.db.write(come)
        assert (await open_times(school, week, name, "guardians")).status == 303
    wishes = [("chosen", "1")]
    wishes += [("wish", f"{school.id('이지우')}:{school.id(f'교과{at}')}") for at in range(9)]
    answer = await (await school.client_as("김하늘")).post(f"/consultations/{week}/plan", wishes)
    assert (answer.status, "8건까지" in answer.text) == (422, True)
