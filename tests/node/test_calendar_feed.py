"""Stories about the calendar in one's own calendar program: an address that is a secret."""

import re
from datetime import date, datetime, timedelta

import icalendar

from kit.clock import DAY, SEOUL
from tests.node.conftest import Answer, Client, School
from tests.node.consulting import booking, give, open_week, slots, take
from tests.node.offering import offer

LONG = "우리 학교 도서관에서 열리는 아주 긴 이름의 가을 독서 한마당과 작가와의 만남, 그리고 책 나눔 장터"


async def put_in(school: School, **fields: object) -> None:
    keeper = await school.client_as("오정숙")
    given = {"title": "학부모 공개수업", "first_on": "2026-11-25", "places": "school"} | fields
    assert (await keeper.post("/calendar/new", given)).status == 303


async def address_of(client: Client) -> str:
    """Somebody makes an address; its path."""
    page = await client.post("/calendar/subscription")
    assert page.status == 200
    found = re.search(r"(/calendar/feed\.ics\?key=[\w-]{43})", page.text)
    assert found is not None
    return found[1]


async def fetch(school: School, address: str, **headers: str) -> Answer:
    """As a calendar program does: nobody is signed in."""
    return await (await school.anonymous()).get(address, headers=headers)


def events(answer: Answer) -> dict[str, icalendar.Event]:
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = icalendar.Calendar.from_ical(answer.body)
    return {str(one["summary"]): one for one in calendar.events}


async def test_a_program_reads_what_its_person_may_read(school: School) -> None:
    await put_in(school)
    await put_in(school, title="6학년 졸업사진", places="grade:6")
    await put_in(school, title="교직원 연수", places="staff")
    of_guardian = await address_of(await school.client_as("김하늘"))
    of_sixth = await address_of(await school.client_as("이도윤"))
    of_teacher = await address_of(await school.client_as("한지민"))
    assert set(events(await fetch(school, of_guardian))) == {"학부모 공개수업"}
    assert set(events(await fetch(school, of_sixth))) == {
        "학부모 공개수업",
        "6학년 졸업사진 (6학년)",
    }
    assert len(events(await fetch(school, of_teacher))) == 3


async def test_days_and_hours_are_those_of_the_school(school: School) -> None:
    await put_in(school, title="독서 주간", first_on="2026-11-25", last_on="2026-11-27")
    await put_in(school, starts="10:40", ends="11:20", place="시청각실", text="실내화\n지참")
    address = await address_of(await school.client_as("김하늘"))
    answer = await fetch(school, address)
    found = events(answer)
    week, lesson = found["독서 주간"], found["학부모 공개수업"]
    assert (week.decoded("dtstart"), week.decoded("dtend")) == (
        date(2026, 11, 25),
        date(2026, 11, 28),
    )
    assert lesson.decoded("dtstart") == datetime(2026, 11, 25, 10, 40, tzinfo=SEOUL)
    assert str(lesson["location"]) == "시청각실"
    assert str(lesson["description"]) == "실내화\n지참"
    (zone,) = icalendar.Calendar.from_ical(answer.body).walk("VTIMEZONE")
    assert len(zone.subcomponents) == 1
    assert zone.subcomponents[0].decoded("tzoffsetto") == timedelta(hours=9)


async def test_long_korean_is_folded_and_read_back_whole(school: School) -> None:
    await put_in(school, title=LONG)
    answer = await fetch(school, await address_of(await school.client_as("김하늘")))
    assert all(len(line) <= 75 for line in answer.body.split(b"\r\n"))
    assert LONG in events(answer)


async def test_a_new_address_ends_the_one_before(school: School) -> None:
    guardian = await school.client_as("김하늘")
    first = await address_of(guardian)
    second = await address_of(guardian)
    assert (await fetch(school, first)).status == 404
    assert (await fetch(school, second)).status == 200
    assert second not in (await guardian.get("/calendar/subscription")).text  # shown once


async def test_a_revoked_address_answers_nothing(school: School) -> None:
    guardian = await school.client_as("김하늘")
    address = await address_of(guardian)
    assert (await guardian.post("/calendar/subscription/end")).status == 303
    assert (await fetch(school, address)).status == 404


async def test_a_guess_is_answered_as_an_old_address_is(school: School) -> None:
    assert (await fetch(school, f"/calendar/feed.ics?key={'a' * 43}")).status == 404
    assert (await fetch(school, "/calendar/feed.ics")).status == 404


async def test_who_leaves_the_school_reads_nothing_more(school: School) -> None:
    await put_in(school)
    address = await address_of(await school.client_as("한지민"))
    await school.db.write(lambda tx: school.people.roster.close(tx, school.id("한지민")))
    assert (await fetch(school, address)).status == 404
    await school.settled()
    kept = "SELECT count(*) FROM calendar_subscription"
    assert await school.db.read(lambda tx: tx.value(kept)) == 0


async def test_the_secret_lies_nowhere_in_the_database(school: School) -> None:
    address = await address_of(await school.client_as("김하늘"))
    secret = address.removeprefix("/calendar/feed.ics?key=")
    (kept,) = await school.db.read(
        lambda tx: tx.rows("SELECT secret_hash FROM calendar_subscription")
    )
    assert secret not in kept
    said = await school.db.read(lambda tx: tx.rows("SELECT * FROM kit_audit"))
    assert secret not in str(said)


async def test_a_program_that_has_it_already_gets_nothing_again(school: School) -> None:
    await put_in(school)
    address = await address_of(await school.client_as("김하늘"))
    tag = (await fetch(school, address)).headers["ETag"]
    assert (await fetch(school, address, **{"If-None-Match": tag})).status == 304
    await put_in(school, title="학예회")
    again = await fetch(school, address, **{"If-None-Match": tag})
    assert "학예회" in events(again)


async def test_a_homeroom_teacher_has_their_own_class_and_not_all(school: School) -> None:
    await put_in(school, title="텃밭 수확", places=f"class:{school.class_id('3-2')}")
    await put_in(school, title="발표회", places=f"class:{school.class_id('5-1')}")
    address = await address_of(await school.client_as("박서연"))
    assert set(events(await fetch(school, address))) == {"텃밭 수확 (3학년 2반)"}


async def test_a_booked_consultation_is_in_it_moves_and_vanishes(school: School) -> None:
    week = await open_week(school)
    await give(school, week)
    first, second = (await slots(school, week))[:2]
    guardian = await school.client_as("김하늘")
    address = await address_of(guardian)
    await take(guardian, week, school.id("이지우"), first)
    one = (await fetch(school, address)).body
    assert "학부모 상담".encode() in one
    assert "이지우".encode() not in one
    calendar = icalendar.Calendar.from_ical(one)
    (before,) = calendar.events
    booked = f"/consultations/{week}/bookings/{await booking(school, week, '이지우')}"
    assert (await guardian.post(f"{booked}/move", {"slot": second})).status == 303
    (after,) = icalendar.Calendar.from_ical((await fetch(school, address)).body).events
    was, begins, ends = (
        one.decoded(name)
        for one, name in ((before, "dtstart"), (after, "dtstart"), (after, "dtend"))
    )
    assert was < begins < ends
    booked = f"/consultations/{week}/bookings/{await booking(school, week, '이지우')}"
    assert (await guardian.post(f"{booked}/cancel")).status == 303
    assert events(await fetch(school, address)) == {}


async def test_what_is_due_is_in_it_only_by_choice(school: School) -> None:
    await offer(school, title="방과후 코딩", closes=DAY)
    guardian = await school.client_as("김하늘")
    address = await address_of(guardian)
    assert events(await fetch(school, address)) == {}
    page = (await guardian.get("/calendar/subscription")).text
    assert "제출·신청 마감도 포함" in page
    assert (
        await guardian.post("/calendar/subscription/contents", {"deadlines": "1"})
    ).status == 303
    assert "신청 마감: 방과후 코딩" in events(await fetch(school, address))
    await guardian.post("/calendar/subscription/contents", {})
    assert events(await fetch(school, address)) == {}
