"""What a page brings to a phone: the kilobytes on the line of a first visit and of the next one."""

import asyncio

from playwright.async_api import Browser

from scripts.pages.visits import addresses_of, visit
from tests.province.conftest import PHONE, Province, Visitor
from tests.province.conftest import visit as signed_in

LIGHT = ("sign-in", "home", "letter", "form")
OTHERS = ("assistant", "teacher home", "messenger", "room", "hub overview")
LIGHT_KB, OTHERS_KB, AGAIN_KB = 150, 200, 15


async def test_a_first_visit_is_light_and_the_next_one_lighter(
    province: Province, browser: Browser
) -> None:
    """Of a browser that has never been there, each page by itself."""
    teacher = await signed_in(browser, province.address("hanbit"), "hb-park", PHONE)
    await _has_a_room(teacher)
    await teacher.close()
    too_heavy = []
    addresses = {one.name: one for one in await addresses_of(browser, province.root)}
    assert addresses.keys() == {*LIGHT, *OTHERS}
    for name, address in addresses.items():
        found = await visit(browser, address, slow=False)
        most = LIGHT_KB if name in LIGHT else OTHERS_KB
        if found.first_kb > most or found.second_kb > AGAIN_KB:
            too_heavy.append(f"{name}: {found.first_kb:.0f} kB, then {found.second_kb:.1f} kB")
    assert too_heavy == []


async def _has_a_room(teacher: Visitor) -> None:
    """The school makes its rooms in the background."""
    async with asyncio.timeout(90):
        while True:
            await teacher.go("/messenger")
            if await teacher.page.locator("main a[href^='/messenger/rooms/']").count():
                return
            await asyncio.sleep(1)
