"""Puts what there is every day into a school: meals and timetables by files of 나이스, as a school would,
a substitute lesson and a day that has another weekday's lessons by hand, a child's allergies. Menus that the
province sends later are taken by themselves."""

from collections.abc import Awaitable, Callable
from datetime import date

from aiohttp import web

from kit.clock import DAY, ManualClock
from node.contacts.model import WrittenContact
from node.contacts.web import CONTACTS
from node.imports.web import FILE_IMPORTS
from node.meals.web import ALLERGIES
from node.people.model import Asker
from node.supplies.web import SUPPLIES
from node.timetable.web import TIMETABLE
from protocol.supplies import SupplyKind
from scripts.demo_content.answers import NOW
from scripts.demo_content.everyday import ALLERGIC, meals, timetables
from scripts.demo_content.everyday import CONTACTS as EVERYDAY_CONTACTS
from scripts.demo_content.model import SchoolContent


async def load_days(
    app: web.Application,
    clock: ManualClock,
    content: SchoolContent,
    asker_of: Callable[[str], Awaitable[Asker]],
) -> None:
    """All of it, a week before the demo's day. `asker_of`: by import key."""
    clock.at = NOW - 7 * DAY
    holder = {row.post: row.key for row in content.staff}
    nutrition = await asker_of(holder["nutrition"])
    planner = await asker_of(holder["vice-principal"])
    for asker, about, name, file in (
        (nutrition, "meals", "급식식단정보.json", meals(content)),
        (planner, "timetable", "시간표.json", timetables(content)),
    ):
        imports = app[FILE_IMPORTS]
        await imports.take(asker, about, await imports.bring(asker, about, name, file))
    administrator = await asker_of(holder["it"])
    for place, matter, digits, hours, guardians, students in EVERYDAY_CONTACTS:
        number = f"031-000-{digits}"
        one = WrittenContact(place, matter, number, hours, guardians, students)
        await app[CONTACTS].write(administrator, None, one)
    await app[SUPPLIES].come(administrator, SupplyKind.MEALS, by_itself=True)
    await app[TIMETABLE].move(planner, date(2026, 12, 24), 0, 5)
    login, name, allergens = ALLERGIC
    for guardian in (row for row in content.guardians if row.login == login):
        asker = await asker_of(guardian.key)
        for child in (one for one in asker.children if one.name == name):
            await app[ALLERGIES].say(asker, child.student_id, allergens, agrees=True)
            await app[TIMETABLE].write_day(
                await asker_of(holder["homeroom-3-2"]),
                child.class_id,
                date(2026, 11, 23),
                {3: "과학"},
                "3교시는 과학실에서 합니다. 실험복을 가져오세요.",
            )
