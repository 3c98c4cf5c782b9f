"""A school's node is killed while 200 families press at once: what was acknowledged is kept, nothing is
doubled, and no more places are given than there are."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import aiohttp
import msgspec
from yarl import URL

from kit.clock import ManualClock, SystemClock
from node.app import CONFIG
from node.config import FILE, toml_of
from tests.node.conftest import running_school
from tests.node.killing import Node, serving
from tests.node.offering import children, offer

FAMILIES, PLACES = 200, 37


class Press(msgspec.Struct, frozen=True):
    """A family about to sign up: its session, its child, and the key of its page."""

    token: str
    child: str
    page: str


async def prepare(folder: Path) -> tuple[str, list[Press]]:
    """A sign-up and 200 families, made through the node's own pages; then that node ends."""
    signup, presses = "", []
    async for school in running_school(folder, ManualClock(SystemClock().now())):
        signup = await offer(school, places=PLACES)
        families = await children(school, FAMILIES)
        for number, (client, child) in enumerate(families):
            cookies = client.session.cookie_jar.filter_cookies(URL(client.base))
            presses.append(Press(cookies["session"].value, child, f"page {number}"))
        (folder / FILE).write_text(toml_of(school.app[CONFIG]), encoding="utf-8")
    return signup, presses


async def press(http: aiohttp.ClientSession, node: Node, signup: str, one: Press) -> None:
    """Send the page again until it is acknowledged, as a telephone's retry would."""
    sent = {"course": f"{signup}-0", "child": one.child, "submission": one.page}
    headers = {"Cookie": f"session={one.token}", "Sec-Fetch-Site": "same-origin"}
    for _attempt in range(600):
        try:
            address = f"{node.base}/signups/{signup}/entries"
            async with http.post(
                address, data=sent, headers=headers, allow_redirects=False
            ) as answer:
                assert answer.status == 303, await answer.text()
                return
        except (aiohttp.ClientError, TimeoutError, ValueError):
            await asyncio.sleep(0.1)
    raise AssertionError("never acknowledged")


async def test_a_kill_loses_doubles_and_oversells_nothing(tmp_path: Path) -> None:
    signup, presses = await prepare(tmp_path)
    acknowledged: list[str] = []
    killed = asyncio.Event()

    async with (
        serving(tmp_path) as node,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=FAMILIES)) as http,
    ):

        async def family(one: Press) -> None:
            await press(http, node, signup, one)
            acknowledged.append(one.child)
            if len(acknowledged) >= FAMILIES // 3 and not killed.is_set():
                killed.set()
                await node.kill()
                await node.start()

        await asyncio.gather(*(family(one) for one in presses))

    assert killed.is_set()
    with closing(sqlite3.connect(tmp_path / "madang.sqlite3")) as db:
        kept = [child for (child,) in db.execute("SELECT student_id FROM signups_child")]
        states = dict(db.execute("SELECT state, count(*) FROM signups_entry GROUP BY state"))
        sums = db.execute("SELECT taken, waiting FROM signups_course").fetchone()
    assert sorted(kept) == sorted(acknowledged) == sorted(one.child for one in presses)
    assert states == {"placed": PLACES, "waiting": FAMILIES - PLACES}
    assert sums == (PLACES, FAMILIES - PLACES)
