"""Stories about rooms and devices: a teacher sees what is free and has it by one press, nobody has it twice."""

import asyncio
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from kit.clock import DAY
from kit.db import Tx
from kit.web.keys import JOBS
from node.bookings import store
from node.bookings.about import about
from node.bookings.facilities_web import FACILITIES
from node.bookings.model import BATCH, FacilityWords, Reservation
from node.bookings.web import BOOKINGS
from node.calendar.model import CalendarEntry, EntryKind
from node.calendar.service import Calendar
from tests.node.conftest import Client, School
from tests.node.routes_bookings import TUESDAY, facility, reserved

PRESS = {"day": TUESDAY.isoformat(), "period": "2"}
JSON = {"Accept": "application/json"}


async def found(client: Client, words: str) -> list[str]:
    """Where search leads for these words."""
    answer = await client.get(f"/api/v1/search?q={words}")
    return [hit["href"] for hit in answer.json()["hits"]]


async def days(school: School) -> list[tuple[str, int]]:
    sql = "SELECT day, period FROM bookings_reservation ORDER BY day, period"
    return [(day, period) for day, period in await school.db.read(lambda tx: tx.rows(sql))]


async def holiday(school: School, day: date, kind: EntryKind = EntryKind.DAY_OFF) -> None:
    entry = CalendarEntry(
        id=f"{day:%Y%m%d}000000000000",
        first_on=day,
        last_on=day,
        kind=kind,
        title="개교기념일",
        keys=("guardians", "students"),
    )
    await school.db.write(lambda tx: Calendar().put(tx, entry))


async def test_one_press_reserves_and_colleagues_see_who_has_it(school: School) -> None:
    room = await facility(school)
    teacher = await school.client_as("한지민")
    answer = await teacher.post(f"/bookings/{room}", PRESS)
    assert (answer.status, answer.location) == (303, f"/bookings/{room}?day=2026-11-24")
    colleague = await school.client_as("박서연")
    assert "한지민" in (await colleague.get(f"/bookings/{room}?day=2026-11-24")).text
    assert (await colleague.post(f"/bookings/{room}", PRESS, headers=JSON)).status == 409


async def test_a_press_twice_is_one_reservation(school: School) -> None:
    room = await facility(school, pieces=3)
    teacher = await school.client_as("한지민")
    for _each in range(2):
        assert (await teacher.post(f"/bookings/{room}", PRESS)).status == 303
    assert await days(school) == [("2026-11-24", 2)]


async def test_of_many_who_press_at_once_as_many_have_it_as_there_are_pieces(
    school: School,
) -> None:
    carts = await facility(school, name="태블릿", pieces=2)
    staff = [
        await school.client_as(name) for name in ("한지민", "박서연", "최은영", "오정숙", "정민호")
    ]
    answers = await asyncio.gather(
        *(one.post(f"/bookings/{carts}", PRESS, headers=JSON) for one in staff)
    )
    assert sorted(one.status for one in answers) == [303, 303, 409, 409, 409]
    assert len(await days(school)) == 2


async def test_it_is_repeated_weekly_but_for_days_off_and_days_that_others_have(
    school: School,
) -> None:
    room = await facility(school)
    made = await reserved(school, room)
    await holiday(school, TUESDAY + timedelta(weeks=1))
    await reserved(school, room, "박서연", TUESDAY + timedelta(weeks=2))
    teacher = await school.client_as("한지민")
    answer = await teacher.post(f"/bookings/reserved/{made}/repeat", {"until": "2026-12-22"})
    assert answer.status == 303
    assert "12/8" in (await teacher.get(f"/bookings/reserved/{made}")).text
    own = await school.app[BOOKINGS].reservation(await school.asker("한지민"), made)
    assert own.more == 2  # of 12-01 (off), 12-08 (taken), 12-15 and 12-22
    await teacher.post(f"/bookings/reserved/{made}/cancel", {"rest": "1"})
    assert await days(school) == [("2026-12-08", 2)]


async def test_whose_it_is_moves_it_where_it_is_free(school: School) -> None:
    room = await facility(school)
    made = await reserved(school, room)
    await reserved(school, room, "박서연", period=3)
    teacher = await school.client_as("한지민")
    taken = PRESS | {"period": "3"}
    assert (
        await teacher.post(f"/bookings/reserved/{made}/move", taken, headers=JSON)
    ).status == 409
    assert (
        await teacher.post(f"/bookings/reserved/{made}/move", PRESS | {"period": "4"})
    ).status == 303
    assert await days(school) == [("2026-11-24", 3), ("2026-11-24", 4)]


async def test_a_keeper_takes_it_back_with_a_word_and_whose_it_was_is_told(school: School) -> None:
    room = await facility(school)
    made = await reserved(school, room)
    keeper = await school.client_as("오정숙")
    without = await keeper.post(f"/bookings/reserved/{made}/cancel", {}, headers=JSON)
    assert without.status == 422
    assert (
        await keeper.post(f"/bookings/reserved/{made}/cancel", {"word": "배관 공사입니다"})
    ).status == 303
    await school.settled()
    teacher = await school.client_as("한지민")
    assert "과학실, 11월 24일 2교시: 배관 공사입니다" in (await teacher.get("/notifications")).text
    assert await days(school) == []


async def test_a_day_off_is_marked_and_not_reserved_but_a_vacation_is(school: School) -> None:
    room = await facility(school)
    await holiday(school, TUESDAY)
    teacher = await school.client_as("한지민")
    assert "개교기념일" in (await teacher.get(f"/bookings/{room}?day=2026-11-24")).text
    assert (await teacher.post(f"/bookings/{room}", PRESS, headers=JSON)).status == 422
    await holiday(school, TUESDAY + timedelta(1), EntryKind.VACATION)
    on_vacation = {"day": "2026-11-25", "period": "2"}
    assert (await teacher.post(f"/bookings/{room}", on_vacation)).status == 303


@pytest.mark.parametrize(
    "press",
    [
        {"day": "2026-11-20", "period": "2"},
        {"day": "2028-11-24", "period": "2"},
        {"day": "9999-12-31", "period": "2"},
        {"day": "2026-11-24", "period": "99"},
        {"day": "gestern", "period": "2"},
    ],
)
async def test_a_time_that_cannot_be_is_refused(school: School, press: dict[str, str]) -> None:
    room = await facility(school)
    teacher = await school.client_as("한지민")
    assert (await teacher.post(f"/bookings/{room}", press, headers=JSON)).status == 422
    assert (await teacher.get(f"/bookings/{room}?day=0001-01-01")).status == 404


async def test_what_is_closed_takes_nothing(school: School) -> None:
    room = await facility(school)
    words = FacilityWords("과학실", "room", closed=True)
    await school.app[FACILITIES].write(await school.asker("정민호"), room, words)
    teacher = await school.client_as("한지민")
    assert (await teacher.post(f"/bookings/{room}", PRESS, headers=JSON)).status == 409


async def test_staff_find_it_and_have_it_on_the_front_page_families_do_not(school: School) -> None:
    room = await facility(school)
    await reserved(school, room, day=date(2026, 11, 23), period=6)
    await school.settled()
    teacher, guardian = await school.client_as("한지민"), await school.client_as("김하늘")
    assert await found(teacher, "과학실") == [f"/bookings/{room}"]
    assert "6교시 과학실" in (await teacher.get("/")).text
    assert await found(guardian, "과학실") == []
    assert 'href="/bookings"' not in (await guardian.get("/")).text


async def test_pieces_are_counted(school: School) -> None:
    carts = await facility(school, name="태블릿", pieces=3)
    made = await reserved(school, carts)
    await reserved(school, carts, "박서연")
    teacher = await school.client_as("한지민")
    all_three = {"purpose": "수학", "pieces": "3"}
    here = f"/bookings/reserved/{made}"
    assert (await teacher.post(here, all_three, headers=JSON)).status == 409
    assert (await teacher.post(here, all_three | {"pieces": "0"}, headers=JSON)).status == 422
    assert (await teacher.post(here, all_three | {"pieces": "2"})).status == 303
    office = await school.client_as("오정숙")
    assert (await office.post(f"/bookings/{carts}", PRESS, headers=JSON)).status == 409


async def test_a_thing_without_a_name_comes_back(school: School) -> None:
    administrator = await school.client_as("정민호")
    wrong = {"name": " ", "kind": "boat", "pieces": "0", "keeper_id": school.id("김하늘")}
    answer = await administrator.post("/bookings/new", wrong, headers=JSON)
    assert answer.status == 422
    assert "과학실" in answer.text
    right = wrong | {"name": "과학실", "kind": "room", "pieces": "1"}
    refused = await administrator.post("/bookings/new", right, headers=JSON)
    assert "교직원 중에서" in refused.text


async def test_what_a_leaver_had_from_today_on_is_free_again(school: School) -> None:
    room = await facility(school)
    await reserved(school, room)
    await reserved(school, room, "박서연", period=3)
    roster = school.people.roster
    await school.db.write(lambda tx: roster.leave_staff(tx, school.id("한지민")))
    await school.settled()
    assert await days(school) == [("2026-11-24", 3)]


async def test_what_a_leaver_looked_after_has_no_keeper(school: School) -> None:
    room = await facility(school)
    colleague = await school.client_as("한지민")
    assert "담당: 오정숙" in (await colleague.get(f"/bookings/{room}")).text
    roster = school.people.roster
    await school.db.write(lambda tx: roster.leave_staff(tx, school.id("오정숙")))
    await school.settled()
    assert "담당:" not in (await colleague.get(f"/bookings/{room}")).text


async def test_a_thing_is_taken_off_the_list_once_nobody_has_it(school: School) -> None:
    room = await facility(school)
    await reserved(school, room)
    administrator = await school.client_as("정민호")
    refused = await administrator.post(f"/bookings/{room}/remove", {}, headers=JSON)
    assert refused.status == 409
    assert refused.json()["type"].endswith("facility-reserved")
    school.clock.advance(3 * DAY)
    assert (await administrator.post(f"/bookings/{room}/remove", {})).status == 303
    await school.settled()
    assert "과학실" not in (await administrator.get("/bookings")).text
    assert await found(administrator, "과학실") == []
    assert await days(school) == []


async def test_a_long_past_goes_with_its_thing(school: School) -> None:
    room = await facility(school)
    one = Reservation(
        "", room, "", 1, school.id("한지민"), pieces=1, purpose="", series="", name=""
    )
    past = [TUESDAY - timedelta(days=at) for at in range(2, 2 * BATCH + 3)]
    rows = [replace(one, id=f"{at:020x}", day=day.isoformat()) for at, day in enumerate(past)]

    def add(tx: Tx) -> None:
        for row in rows:
            store.add(tx, row, 0)

    await school.db.write(add)
    administrator = await school.client_as("정민호")
    assert (await administrator.post(f"/bookings/{room}/remove", {})).status == 303
    assert await days(school) == []
    assert (await administrator.get(f"/bookings/{room}")).status == 404


async def test_it_goes_after_a_year(school: School) -> None:
    await reserved(school, await facility(school))
    school.clock.advance(370 * DAY)
    assert await school.app[JOBS].run("bookings.forget")
    assert await days(school) == []


async def test_whoever_asks_for_their_data_gets_what_they_reserved(school: School) -> None:
    await reserved(school, await facility(school))
    held, _refused = await school.db.read(lambda tx: about(tx, school.id("한지민")))
    assert [name for name, *_rest in held.rows] == ["과학실"]
