"""Who gets what of rooms and devices: staff see and reserve, whose it is changes it, the administrator and
whoever looks after a thing write of it and take reservations back; families need not know of it."""

from collections.abc import Awaitable, Callable
from datetime import date

from node.bookings.facilities_web import FACILITIES
from node.bookings.model import FacilityWords
from node.bookings.web import BOOKINGS
from tests.node.conftest import School
from tests.node.planting import Planting
from tests.node.routes import COLLEAGUES, NOTHING, NUMBERS, PUBLISHED, Route, only, staff

TUESDAY = date(2026, 11, 24)


async def facility(
    school: School, *, name: str = "과학실", pieces: int = 1, keeper: str = "오정숙"
) -> str:
    """The administrator has entered a room, whose keeper is 오정숙; its id."""
    words = FacilityWords(name, "room", "본관 3층", pieces, "", school.id(keeper))
    return await school.app[FACILITIES].write(await school.asker("정민호"), "", words)


async def reserved(
    school: School, facility_id: str, name: str = "한지민", day: date = TUESDAY, period: int = 2
) -> str:
    """Somebody has reserved it; the reservation's id."""
    asker = await school.asker(name)
    return await school.app[BOOKINGS].book(asker, facility_id, day, period)


async def address(school: School) -> str:
    return f"/bookings/{await facility(school)}"


async def edited(school: School) -> str:
    return f"{await address(school)}/edit"


async def removed(school: School) -> str:
    return f"{await address(school)}/remove"


def mine(what: str = "") -> Callable[[School], Awaitable[str]]:
    """The address of something of 한지민's reservation."""

    async def url(school: School) -> str:
        made = await reserved(school, await facility(school))
        return f"/bookings/reserved/{made}{what}"

    return url


OWN = only(("teacher",), 303)
ROUTES = (
    Route("GET", "/bookings", staff(200), nobody=PUBLISHED),
    Route("GET", "/bookings/new", only(("administrator",), 200), nobody=NUMBERS),
    Route(
        "POST",
        "/bookings/new",
        only(("administrator",), 303),
        data={"name": "음악실", "kind": "room", "pieces": "1"},
        proof=NOTHING,
    ),
    Route(
        "GET",
        "/bookings/{id}/edit",
        only(("office", "administrator"), 200),
        url=edited,
        nobody=COLLEAGUES,
    ),
    Route(
        "POST",
        "/bookings/{id}/edit",
        only(("office", "administrator"), 303),
        url=edited,
        data={"name": "과학실", "kind": "room", "pieces": "1"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/bookings/{id}/remove",
        only(("administrator",), 303),
        url=removed,
        proof=NOTHING,
    ),
    Route("GET", "/bookings/{id}", staff(200), url=address, nobody=COLLEAGUES),
    Route(
        "POST",
        "/bookings/{id}",
        staff(303),
        url=address,
        data={"day": TUESDAY.isoformat(), "period": "3"},
        proof=NOTHING,
    ),
    Route("GET", "/bookings/reserved/{id}", staff(200), url=mine(), nobody=COLLEAGUES),
    Route(
        "POST",
        "/bookings/reserved/{id}",
        OWN,
        url=mine(),
        data={"purpose": "실험", "pieces": "1"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/bookings/reserved/{id}/move",
        OWN,
        url=mine("/move"),
        data={"day": TUESDAY.isoformat(), "period": "5"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/bookings/reserved/{id}/repeat",
        OWN,
        url=mine("/repeat"),
        data={"until": "2026-12-20"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/bookings/reserved/{id}/cancel",
        only(("teacher", "office", "administrator"), 303),
        url=mine("/cancel"),
        data={"word": "배관 공사"},
        proof=NOTHING,
    ),
)

IDS = {
    "/bookings": "SELECT id FROM bookings_facility",
    "/bookings/reserved": "SELECT id FROM bookings_reservation",
}
UNTYPED = {
    "bookings_reservation.day": "a day",
    "bookings_refused.day": "a day",
    "bookings_reservation.series": "an id",
    "bookings_facility.kind": "a choice",
}
STAYS = {
    "bookings_facility": "a school has at most 300",
    "bookings_refused": "it goes after a month",
}
FROM_AN_END = {
    "node.bookings.store.outdated": "what is over, and goes",
}


async def sow(planting: Planting) -> None:
    """A thing with markup in every text, reserved, and a reservation that its keeper took back."""
    school = planting.school
    administrator, teacher = await school.asker("정민호"), await school.asker("한지민")
    bookings = school.app[BOOKINGS]
    words = FacilityWords(
        planting.typed("name", 40), "room", planting.typed("place", 60), 2, planting.typed("note")
    )
    made = await school.app[FACILITIES].write(administrator, "", words)
    for period in (1, 2):
        one = await bookings.book(teacher, made, TUESDAY, period)
        await bookings.write(teacher, one, planting.typed("purpose"), 1)
    await bookings.cancel(administrator, one, planting.typed("word"))
