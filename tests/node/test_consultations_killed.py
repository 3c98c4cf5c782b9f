"""A school's node is killed while 200 families press for the same times: what was acknowledged is kept, and no
time is two families'."""

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import aiohttp
import msgspec
from yarl import URL

from kit.clock import DAY, ManualClock, SystemClock, local
from node.app import CONFIG
from node.config import FILE, toml_of
from tests.node.conftest import School, running_school
from tests.node.consulting import give, open_week, slots, typed
from tests.node.killing import Node, serving
from tests.node.offering import children

FAMILIES = 200


class Wish(msgspec.Struct, frozen=True):
    """A family about to take a time: its session, its child, the time that it wants."""

    token: str
    child: str
    slot: str


async def prepare(folder: Path) -> tuple[str, list[Wish]]:
    """A week with a time for every second family, and 200 families of one class; then that node ends."""
    week, wishes = "", []
    async for school in running_school(folder, ManualClock(SystemClock().now())):
        await _one_class(school)
        families = await children(school, FAMILIES)
        today = school.clock.now()
        days = tuple(f"{local(today + at * DAY):%Y-%m-%d}" for at in range(10, 15))
        closes = typed(today + 10 * DAY)
        week = await open_week(school, first=days[0], last=days[-1], closes=closes)
        given = await give(
            school, week, days=days, begins="09:00", ends="16:00", length=10, pause=0
        )
        assert given.status == 303, given.text
        times = (await slots(school, week))[: FAMILIES // 2]
        assert len(times) == FAMILIES // 2
        for number, (client, child) in enumerate(families):
            cookies = client.session.cookie_jar.filter_cookies(URL(client.base))
            wishes.append(Wish(cookies["session"].value, child, times[number % len(times)]))
        (folder / FILE).write_text(toml_of(school.app[CONFIG]), encoding="utf-8")
    return week, wishes


async def _one_class(school: School) -> None:
    sql = "UPDATE people_class SET homeroom_id = ? WHERE id = ?"
    params = (school.id("박서연"), school.class_id("3-1"))
    await school.db.write(lambda tx: tx.execute(sql, params))


async def press(http: aiohttp.ClientSession, node: Node, week: str, one: Wish) -> int:
    """Send the page again until it is answered, as a telephone's retry would; what it answers."""
    sent = {"child": one.child, "slot": one.slot, "topic": ""}
    headers = {"Cookie": f"session={one.token}", "Sec-Fetch-Site": "same-origin"}
    for _attempt in range(600):
        try:
            address = f"{node.base}/consultations/{week}/bookings"
            async with http.post(
                address, data=sent, headers=headers, allow_redirects=False
            ) as answer:
                assert answer.status in (303, 409), await answer.text()
                return answer.status
        except (aiohttp.ClientError, TimeoutError, ValueError):
            await asyncio.sleep(0.1)
    raise AssertionError("never answered")


async def test_a_kill_loses_no_time_and_gives_none_to_two_families(tmp_path: Path) -> None:
    week, wishes = await prepare(tmp_path)
    answered: dict[str, int] = {}
    killed = asyncio.Event()

    async with (
        serving(tmp_path) as node,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=FAMILIES)) as http,
    ):

        async def family(one: Wish) -> None:
            answered[one.child] = await press(http, node, week, one)
            if len(answered) >= FAMILIES // 3 and not killed.is_set():
                killed.set()
                await node.kill()
                await node.start()

        await asyncio.gather(*(family(one) for one in wishes))

    assert killed.is_set()
    with closing(sqlite3.connect(tmp_path / "madang.sqlite3")) as db:
        kept = dict(db.execute("SELECT student_id, slot_id FROM consultations_booking"))
    assert Counter(answered.values()) == {303: FAMILIES // 2, 409: FAMILIES // 2}
    assert kept == {one.child: one.slot for one in wishes if answered[one.child] == 303}
    assert len(set(kept.values())) == FAMILIES // 2
