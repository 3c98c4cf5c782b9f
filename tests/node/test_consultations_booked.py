"""Stories about consultations that are booked: moved, cancelled, planned together, reminded of, taken at once."""

import asyncio
from functools import partial
from random import Random

import icalendar

from kit.clock import DAY, HOUR, local, moment
from kit.db import Tx
from kit.schema import migrate, set_meta
from kit.web.assembly import ASSEMBLY
from kit.web.keys import JOBS
from node.consultations.about import about
from node.consultations.web import CONSULTATIONS
from tests.node.conftest import Answer, Client, School
from tests.node.consulting import (
    FRIDAY,
    MONDAY,
    TUESDAY,
    WEDNESDAY,
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
from tests.node.offering import children

BOOKABLE = "상담 시간을 예약할 수 있습니다"


async def found(client: Client, words: str) -> list[str]:
    """Where search leads for these words."""
    answer = await client.get(f"/api/v1/search?q={words}")
    return [hit["href"] for hit in answer.json()["hits"]]


async def told(school: School, name: str) -> str:
    return (await (await school.client_as(name)).get("/notifications")).text


# Moving and cancelling ----------------------------------------------------------------------------


async def test_a_guardian_moves_and_cancels_and_the_teacher_is_told(school: School) -> None:
    week = await open_week(school)
    await give(school, week)
    first, second, _third = await slots(school, week)
    guardian = await school.client_as("김하늘")
    await take(guardian, week, school.id("이지우"), first)
    address = f"/consultations/{week}/bookings/{await booking(school, week, '이지우')}"
    assert (await guardian.post(f"{address}/move", {"slot": second})).status == 303
    assert await booked(school, week) == {"이지우": (f"{MONDAY} 15:05", "3학년 2반 교실")}
    assert "바꾸거나 취소했습니다" in await told(school, "박서연")
    for _time in range(2):
        assert (await guardian.post(f"{address}/cancel")).status == 303
    assert await booked(school, week) == {}
    assert (await take(guardian, week, school.id("이지우"), second)).status == 303


async def test_the_teacher_cancels_with_a_reason_and_the_family_picks_another_time_after_the_closing(
    school: School,
) -> None:
    week = await open_week(school)
    await give(school, week)
    first, second, _third = await slots(school, week)
    await take(await school.client_as("김하늘"), week, school.id("이지우"), first)
    address = f"/consultations/{week}/bookings/{await booking(school, week, '이지우')}/strike"
    school.clock.at = moment(2026, 12, 5, 9)
    teacher = await school.client_as("박서연")
    assert (await teacher.post(address, {"reason": ""})).status == 422
    assert (await teacher.post(address, {"reason": "교직원 출장"})).status == 303
    assert "선생님이 상담을 취소했습니다" in await told(school, "김하늘")
    assert "취소했습니다" not in await told(school, "이준혁")
    guardian = await school.client_as("김하늘")
    page = (await guardian.get(f"/consultations/{week}")).text
    assert "사유: 교직원 출장" in page
    assert first not in page
    assert second in page
    assert (await take(guardian, week, school.id("이지우"), first)).status == 409
    assert (await take(guardian, week, school.id("이지우"), second)).status == 303


async def test_the_teacher_moves_a_family_and_books_for_one_that_called(school: School) -> None:
    week = await open_week(school)
    await give(school, week)
    first, second, third = await slots(school, week)
    await take(await school.client_as("김하늘"), week, school.id("이지우"), first)
    teacher = await school.client_as("박서연")
    address = f"/consultations/{week}/bookings/{await booking(school, week, '이지우')}/shift"
    assert (await teacher.post(address, {"slot": second})).status == 303
    assert "선생님이 상담 시간을 정했습니다" in await told(school, "김하늘")
    page = (await teacher.get(f"/consultations/{week}/times")).text
    assert "아직 예약하지 않은 학생 1명" in page
    sent = {"child": school.id("박하준"), "slot": third}
    assert (await teacher.post(f"/consultations/{week}/times/enter", sent)).status == 303
    assert set(await booked(school, week)) == {"이지우", "박하준"}
    log = (await (await school.client_as("정민호")).get("/admin/audit")).text
    for words in ("상담 시간 변경", "상담 예약 대신 입력"):
        assert words in log


async def test_no_teacher_touches_what_another_one_gave(school: School) -> None:
    await three_children(school)
    week = await open_week(school)
    await give(school, week)
    first, second, _third = await slots(school, week)
    await take(await school.client_as("김하늘"), week, school.id("이지우"), first)
    made = await booking(school, week, "이지우")
    for name in ("한지민", "최은영", "오정숙"):
        other = await school.client_as(name)
        address = f"/consultations/{week}"
        assert (
            await other.post(f"{address}/bookings/{made}/strike", {"reason": "x"})
        ).status == 404
        assert (
            await other.post(f"{address}/bookings/{made}/shift", {"slot": second})
        ).status == 404
        assert (await other.post(f"{address}/times/{second}/close")).status == 404
        sent = {"child": school.id("박하준"), "slot": second}
        assert (await other.post(f"{address}/times/enter", sent)).status == 404


async def test_a_week_that_is_called_off_tells_its_families(school: School) -> None:
    week = await open_week(school)
    await give(school, week)
    first, *_rest = await slots(school, week)
    guardian = await school.client_as("김하늘")
    await take(guardian, week, school.id("이지우"), first)
    await (await school.client_as("오정숙")).post(f"/consultations/{week}/withdraw")
    await school.settled()
    assert "상담주간이 취소되었습니다" in await told(school, "김하늘")
    assert "예약된 상담" not in (await guardian.get("/")).text
    assert (await take(guardian, week, school.id("이지우"), first)).status == 409
    assert (await give(school, week)).status == 409


# A plan for several children ----------------------------------------------------------------------


async def given_by_three(school: School, week: str) -> None:
    for name, place in (("박서연", "3-2"), ("한지민", "5-1"), ("정다운", "6-1")):
        assert (await give(school, week, name, place=place)).status == 303


async def test_three_children_have_one_plan_in_one_press(school: School) -> None:
    await three_children(school)
    week = await open_week(school)
    await given_by_three(school, week)
    guardian = await school.client_as("김하늘")
    assert "자녀 3명 한 번에 예약" in (await guardian.get(f"/consultations/{week}")).text
    assert (await guardian.post(f"/consultations/{week}/plan")).status == 303
    times = await booked(school, week)
    assert set(times) == {"이지우", "이지호", "이지안"}
    assert sorted(at for at, _place in times.values()) == [
        f"{MONDAY} 14:40", f"{MONDAY} 15:05", f"{MONDAY} 15:30",
    ]  # fmt: skip
    again = await guardian.post(f"/consultations/{week}/plan")
    assert again.status == 303
    assert await booked(school, week) == times


async def test_a_plan_goes_around_what_is_booked_and_when_the_guardian_can_come(
    school: School,
) -> None:
    await three_children(school)
    week = await open_week(school)
    for day in (MONDAY, TUESDAY):
        for name, place in (("박서연", "3-2"), ("한지민", "5-1"), ("정다운", "6-1")):
            await give(school, week, name, days=(day,), place=place)
    guardian = await school.client_as("김하늘")
    tuesday = (await slots(school, week))[4]
    await take(guardian, week, school.id("이지우"), tuesday)
    wishes = {"day": TUESDAY, "since": "14:30", "until": "16:00"}
    assert (await guardian.post(f"/consultations/{week}/plan", wishes)).status == 303
    times = await booked(school, week)
    assert times["이지우"][0] == f"{TUESDAY} 15:05"
    assert {times["이지호"][0], times["이지안"][0]} == {f"{TUESDAY} 14:40", f"{TUESDAY} 15:30"}


async def test_where_there_is_no_plan_nothing_is_taken_and_the_guardian_hears_what_to_do(
    school: School,
) -> None:
    await three_children(school)
    week = await open_week(school, walk=6)
    await given_by_three(school, week)
    answer = await (await school.client_as("김하늘")).post(f"/consultations/{week}/plan")
    assert (answer.status, "겹치지 않게 모두" in answer.text) == (409, True)
    assert await booked(school, week) == {}


# Around it ----------------------------------------------------------------------------------------


async def test_the_calendar_file_has_the_readers_own_times_and_a_teachers_names_no_child(
    school: School,
) -> None:
    week = await open_week(school)
    await give(school, week)
    first, *_rest = await slots(school, week)
    guardian = await school.client_as("김하늘")
    await take(guardian, week, school.id("이지우"), first, "친구 관계")
    body = (await guardian.get("/consultations/plan.ics")).body
    (event,) = icalendar.Calendar.from_ical(body).walk("VEVENT")
    assert str(event["summary"]) == "학부모 상담 (이지우, 방문)"
    assert str(event["location"]) == "한빛초등학교 3학년 2반 교실"
    assert event.decoded("dtstart") == local(moment(2026, 12, 7, 14, 40))
    teachers = (await (await school.client_as("박서연")).get("/consultations/plan.ics")).body
    assert len(icalendar.Calendar.from_ical(teachers).walk("VEVENT")) == 1
    for words in ("이지우", "친구 관계"):
        assert words not in teachers.decode()
    other = (await (await school.client_as("이준혁")).get("/consultations/plan.ics")).body
    assert icalendar.Calendar.from_ical(other).walk("VEVENT") == []


async def test_it_stands_in_the_calendar_of_family_and_teacher(school: School) -> None:
    week = await open_week(school)
    await give(school, week)
    first, *_rest = await slots(school, week)
    await take(await school.client_as("김하늘"), week, school.id("이지우"), first)
    for name, words in (("김하늘", "학부모 상담 · 3학년 2반 교실"), ("박서연", "학부모 상담 1건")):
        page = (await (await school.client_as(name)).get("/calendar?month=2026-12")).text
        assert words in page
    assert "학부모 상담" not in _without_menu(
        (await (await school.client_as("이준혁")).get("/calendar?month=2026-12")).text
    )


def _without_menu(page: str) -> str:
    return page[page.index("<main") :]


async def test_families_are_told_once_when_times_can_be_taken(school: School) -> None:
    school.clock.at = moment(2026, 11, 25, 8)
    await open_week(school, opens=HOUR)
    announce = "consultations.announce"
    assert await school.app[JOBS].run(announce)
    await school.settled()
    assert BOOKABLE not in await told(school, "김하늘")
    school.clock.advance(HOUR)
    for _run in range(2):
        assert await school.app[JOBS].run(announce)
        await school.settled()
    page = await told(school, "김하늘")
    assert page.count(BOOKABLE) == 1
    assert "2학기 학부모 상담주간" in page
    assert BOOKABLE not in await told(school, "이준혁")  # he may not sign for the child
    assert BOOKABLE not in await told(school, "박서연")


async def test_of_a_week_that_was_called_off_nobody_is_told_that_it_can_be_booked(
    school: School,
) -> None:
    week = await open_week(school)
    assert await school.app[JOBS].run("consultations.announce")
    await school.settled()
    assert BOOKABLE in await told(school, "김하늘")
    office = await school.client_as("오정숙")
    assert (await office.post(f"/consultations/{week}/withdraw")).status == 303
    await school.settled()
    assert BOOKABLE not in await told(school, "김하늘")
    another = await open_week(school, title="보충 상담주간")
    assert (await office.post(f"/consultations/{another}/withdraw")).status == 303
    assert await school.app[JOBS].run("consultations.announce")
    await school.settled()
    assert "보충 상담주간" not in await told(school, "김하늘")


async def test_families_and_teachers_are_reminded_the_day_before_and_once(school: School) -> None:
    week = await open_week(school)
    await give(school, week)
    first, *_rest = await slots(school, week)
    await take(await school.client_as("김하늘"), week, school.id("이지우"), first)
    school.clock.at = moment(2026, 12, 5, 16, 20)
    assert await school.app[JOBS].run("consultations.remind")
    assert "상담 시간이 다가왔습니다" not in await told(school, "김하늘")
    school.clock.at = moment(2026, 12, 6, 16, 20)
    for _run in range(2):
        assert await school.app[JOBS].run("consultations.remind")
    assert (await told(school, "김하늘")).count("상담 시간이 다가왔습니다") == 1
    assert "12월 7일 14:40" in await told(school, "김하늘")
    assert "곧 학부모 상담이 있습니다" in await told(school, "박서연")
    assert "다가왔습니다" not in await told(school, "이준혁")


async def test_what_families_wrote_is_forgotten_a_month_later(school: School) -> None:
    week = await open_week(school)
    await give(school, week)
    first, *_rest = await slots(school, week)
    await take(await school.client_as("김하늘"), week, school.id("이지우"), first, "친구 관계")
    for days, kept in ((29, "친구 관계"), (3, "")):
        school.clock.at = max(school.clock.at, moment(2026, 12, 7)) + days * DAY
        assert await school.app[JOBS].run("consultations.topics")
        topic = "SELECT topic FROM consultations_booking"
        assert await school.db.read(lambda tx: tx.value(topic)) == kept  # noqa: B023


async def test_the_office_sees_numbers_class_by_class_and_no_names(school: School) -> None:
    week = await open_week(school)
    await give(school, week)
    first, *_rest = await slots(school, week)
    await take(await school.client_as("김하늘"), week, school.id("이지우"), first)
    page = (await (await school.client_as("오정숙")).get(f"/consultations/{week}/overview")).text
    assert "박서연" in page
    assert "이지우" not in page
    for name in ("박서연", "김하늘"):
        other = await school.client_as(name)
        assert (await other.get(f"/consultations/{week}/overview")).status == 404


async def test_whoever_asks_for_their_data_gets_their_times_and_the_child_no_words_of_the_parents(
    school: School,
) -> None:
    week = await open_week(school)
    await give(school, week)
    first, *_rest = await slots(school, week)
    await take(await school.client_as("김하늘"), week, school.id("이지우"), first, "친구 관계")
    for name, topic in (("김하늘", "친구 관계"), ("이지우", "")):
        (held,) = await school.db.read(partial(about, person_id=school.id(name)))
        assert [(row[1], row[5]) for row in held.rows] == [("이지우", topic)]


async def test_another_guardian_who_may_sign_sees_the_time_and_not_what_it_is_about(
    school: School,
) -> None:
    await both_may_sign(school)
    week = await open_week(school)
    await give(school, week)
    first, *_rest = await slots(school, week)
    await take(await school.client_as("김하늘"), week, school.id("이지우"), first, "친구 관계")
    service = school.app[CONSULTATIONS]
    for name, topic in (("김하늘", "친구 관계"), ("이준혁", "")):
        view = await service.view(await school.asker(name), week)
        [taken] = [one.taken for one in view.children if one.taken is not None]
        assert (taken.slot.id, taken.booking.topic) == (first, topic)


async def test_the_times_of_a_teacher_who_leaves_are_given_no_more(school: School) -> None:
    week = await open_week(school)
    await give(school, week)
    first, *_rest = await slots(school, week)
    await take(await school.client_as("김하늘"), week, school.id("이지우"), first)
    roster = school.people.roster
    await school.db.write(lambda tx: roster.close(tx, school.id("박서연")))
    await school.settled()
    assert await slots(school, week) == []
    assert await booked(school, week) == {}
    assert "선생님이 상담을 취소했습니다" in await told(school, "김하늘")


# At once ------------------------------------------------------------------------------------------


async def test_of_two_hundred_at_once_no_two_families_have_one_time_and_none_is_lost(
    school: School,
) -> None:
    await three_children(school)
    sql = "UPDATE people_class SET homeroom_id = ? WHERE id = ?"
    params = (school.id("박서연"), school.class_id("3-1"))
    await school.db.write(lambda tx: tx.execute(sql, params))
    week = await open_week(school, keys=("guardians/grade:3",))
    days = (MONDAY, TUESDAY, WEDNESDAY, FRIDAY)
    await give(school, week, days=days, begins="09:00", ends="17:00", length=10, pause=0)
    times = await slots(school, week)
    families = await children(school, 200)
    assert len(times) == 192

    gone: set[str] = set()
    order = Random(16)

    async def family(guardian: Client, child: str) -> Answer:
        # Everybody wants the earliest time, and then any that they do not know to be gone.
        for slot in (times[0], *order.sample(times, len(times))):
            if slot in gone:
                continue
            answer = await take(guardian, week, child, slot)
            if answer.status == 303:
                return answer
            assert answer.status == 409, answer.text
            gone.add(slot)
        return answer

    answers = await asyncio.gather(*(family(*one) for one in families))
    acknowledged = sum(one.status == 303 for one in answers)
    assert acknowledged == len(times)

    def kept(tx: Tx) -> tuple[int, int, int]:
        where = "FROM consultations_booking WHERE state = 'booked'"
        return (
            tx.value(f"SELECT count(*) {where}"),
            tx.value(f"SELECT count(DISTINCT slot_id) {where}"),
            tx.value(f"SELECT count(DISTINCT student_id) {where}"),
        )

    assert await school.db.read(kept) == (192, 192, 192)


# A database of an earlier release ------------------------------------------------------------------


def _as_before(tx: Tx) -> None:
    """Consultations as the first release with them left them: one teacher a child, nobody told of the opening."""
    for statement in (
        "DROP INDEX consultations_week_unannounced",
        "ALTER TABLE consultations_week DROP COLUMN announced_at",
        "DROP TABLE consultations_teacher",
        *(f"DROP INDEX consultations_booking_{name}" for name in ("child", "with", "private")),
        "ALTER TABLE consultations_booking DROP COLUMN with_id",
        (
            "CREATE UNIQUE INDEX consultations_booking_child"
            " ON consultations_booking (student_id, week_id) WHERE state = 'booked'"
        ),
        "DELETE FROM kit_migration WHERE slice = 'node.consultations' AND number > 1",
    ):
        tx.execute(statement)
    before = int(tx.value("SELECT count(*) FROM kit_migration"))
    set_meta(tx, "schema.version", str(before))
    set_meta(tx, "schema.compat", "84")


async def test_what_was_booked_before_others_gave_times_stands_after_the_update(
    school: School,
) -> None:
    week = await open_week(school)
    later = await open_week(school, title="다음 상담주간", opens=9 * DAY, closes="2026-12-05T17:00")
    await give(school, week)
    first, second, third = await slots(school, week)
    guardian = await school.client_as("김하늘")
    await take(guardian, week, school.id("이지우"), first, "친구 관계")
    teacher = await school.client_as("박서연")
    sent = {"child": school.id("박하준"), "slot": second}
    assert (await teacher.post(f"/consultations/{week}/times/enter", sent)).status == 303
    # By the clock of the machine, which the migration asks, one has begun and the other has not.
    for moment_of, one in ((1, week), (2**52, later)):
        query = "UPDATE consultations_week SET opens_at = ? WHERE id = ?"
        params = (moment_of, one)
        await school.db.write(lambda tx: tx.execute(query, params))  # noqa: B023
    pages = ((guardian, f"/consultations/{week}"), (teacher, f"/consultations/{week}/sheet"))
    stood = await booked(school, week)

    await school.db.write(_as_before)
    assert await migrate(school.db, school.app[ASSEMBLY].packages, school.clock) == 2

    assert await booked(school, week) == stood
    for client, path in pages:
        shown = (await client.get(path)).text
        assert ("친구 관계" in shown, "14:40–15:00" in shown) == (True, True), path
    told_at = await school.db.read(
        lambda tx: tx.rows("SELECT id, announced_at FROM consultations_week")
    )
    assert dict(told_at) == {week: 1, later: None}
    again = await take(guardian, week, school.id("이지우"), third)
    assert (again.status, "이미 상담 시간이 있습니다" in again.text) == (409, True)
    # And from now on others give times beside the homeroom teacher.
    assert (await open_times(school, week, "한지민", "guardians")).status == 303
    await give(school, week, "한지민", begins="16:00", ends="16:30", place="5학년 연구실")
    (other,) = await slots(school, week, "한지민")
    assert (await take(guardian, week, school.id("이지우"), other)).status == 303
    assert set(await booked(school, week, "한지민")) == {"이지우"}
