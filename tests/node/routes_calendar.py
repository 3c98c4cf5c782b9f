"""Who gets what of the calendar: all read what is for them, those who keep it write, and a homeroom teacher
for their own class."""

from datetime import date

from aiohttp import FormData

from node.calendar.importing_web import IMPORTS
from node.calendar.model import CalendarEntry, EntryKind, keys_of
from node.calendar.office_web import OFFICE
from node.calendar.subscribing_web import SUBSCRIPTIONS
from tests.node.conftest import School
from tests.node.routes import (
    NOTHING,
    NUMBERS,
    OWN,
    PUBLISHED,
    RIGHTS,
    Route,
    everyone,
    only,
    public,
    staff,
)

KEEPERS = ("principal", "office", "administrator")
WRITERS = (*KEEPERS, "homeroom")


async def entry(school: School, what: str = "", place: str = "school") -> str:
    """A fresh entry of the office's."""
    written = CalendarEntry(
        id="",
        first_on=date(2026, 11, 25),
        last_on=date(2026, 11, 25),
        kind=EntryKind.EVENT,
        title="학부모 공개수업",
        keys=keys_of([place.replace("3-2", school.class_id("3-2"))]),
    )
    made = await school.app[OFFICE].add(await school.asker("오정숙"), written)
    return f"/calendar/{made}{what}"


async def of_class(school: School, what: str) -> str:
    return await entry(school, what, "class:3-2")


async def change(school: School) -> str:
    """A change of the office's, to be taken back."""
    await entry(school)
    latest = await school.app[OFFICE].latest(await school.asker("오정숙"))
    return f"/calendar/changes/{latest[0].id}/undo"


async def secret(school: School) -> str:
    made = await school.app[SUBSCRIPTIONS].renew(await school.asker("김하늘"))
    return f"/calendar/feed.ics?key={made}"


async def preview(school: School) -> str:
    shown = await school.app[IMPORTS].preview(await school.asker("오정숙"), [FILE])
    return f"/calendar/import/{shown.id}"


def written(school: School) -> dict[str, str]:
    return {
        "title": "현장체험학습",
        "first_on": "2026-11-26",
        "places": f"class:{school.class_id('3-2')}",
    }


FILE = (
    b'{"SchoolSchedule":[{"head":[{"list_total_count":1},{"RESULT":{"CODE":"INFO-000"}}]},'
    b'{"row":[{"AA_YMD":"20261203","EVENT_NM":"\xed\x95\x99\xec\x98\x88\xed\x9a\x8c"}]}]}'
)


def _file(_school: School) -> FormData:
    form = FormData(quote_fields=False)
    form.add_field("files", FILE, filename="schedule.json")
    return form


ROUTES = (
    Route("GET", "/calendar", everyone(200), nobody=PUBLISHED),
    Route("GET", "/calendar/{id}", everyone(200), url=entry, nobody=PUBLISHED),
    Route("GET", "/calendar/new", only(WRITERS, 200), nobody=NUMBERS),
    Route("POST", "/calendar/new", only(WRITERS, 303), data=written, proof=NOTHING),
    Route(
        "GET",
        "/calendar/{id}/edit",
        only(WRITERS, 200),
        url=lambda school: of_class(school, "/edit"),
        nobody=PUBLISHED,
    ),
    Route(
        "POST",
        "/calendar/{id}/edit",
        only(WRITERS, 303),
        url=lambda school: of_class(school, "/edit"),
        data=written,
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/calendar/{id}/remove",
        only(WRITERS, 303),
        url=lambda school: of_class(school, "/remove"),
        proof=NOTHING,
    ),
    Route("GET", "/calendar/changes", only(KEEPERS, 200), nobody=PUBLISHED),
    Route(
        "POST",
        "/calendar/changes/{id}/undo",
        only(KEEPERS, 303),
        url=change,
        proof=NOTHING,
    ),
    Route("GET", "/calendar/year", staff(200), nobody=PUBLISHED),
    Route(
        "POST",
        "/calendar/holidays",
        only(KEEPERS, 303),
        data={"day": "2026-12-25"},
        proof=NOTHING,
    ),
    Route("GET", "/calendar/import", only(KEEPERS, 200), nobody=NUMBERS),
    Route("POST", "/calendar/import", only(KEEPERS, 200), data=_file, proof=NOTHING),
    Route(
        "POST",
        "/calendar/import/{id}",
        everyone(404) | {"office": 303},
        url=preview,
        proof=NOTHING,
    ),
    Route("GET", "/calendar/subscription", everyone(200), nobody=OWN),
    Route("POST", "/calendar/subscription", everyone(200), proof=RIGHTS),
    Route(
        "POST",
        "/calendar/subscription/contents",
        everyone(303),
        proof=NOTHING,
    ),
    Route("POST", "/calendar/subscription/end", everyone(303), proof=NOTHING),
    Route(
        "GET",
        "/calendar/feed.ics",
        public(200),
        url=secret,
        nobody=PUBLISHED,
        piece="a calendar, for a program",
        unmet="no page links to the secret address",
    ),
)

IDS = {"/calendar": "SELECT id FROM calendar_entry"}

STAYS = {"calendar_subscription": "one for each person"}

UNTYPED = {
    "calendar_entry.origin": "made of a file's line, whose title stands in the entry",
    "calendar_entry.source": "a word of ours",
    "calendar_entry.starts": "a time of day",
    "calendar_entry.ends": "a time of day",
    "calendar_struck.day": "a day",
    "calendar_change.what": "a word of ours",
}

FROM_AN_END = {
    "node.calendar.store.rules": "the entries of a school year",
    "node.calendar.store.between": "the entries of a school year",
    "node.calendar.store.brought": "the entries of a school year",
    "node.calendar.store.struck": "the holidays of the days that are asked about",
    "node.calendar.changes.latest": "what was changed last",
    "node.calendar.changes.outdated": "changes of long ago, that go",
    "node.forms.store.due_between": "the forms that close within a month",
}
