"""A school's node is killed while 200 families press at once: what was acknowledged is kept, nothing is
doubled, and no more places are given than there are."""

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import aiohttp
import msgspec
from yarl import URL

from kit.clock import ManualClock, SystemClock
from node.app import CONFIG
from node.config import FILE, toml_of
from tests.node.conftest import running_school
from tests.node.offering import children, offer

ROOT = Path(__file__).parent.parent.parent
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


class Node:
    """The node as a process of its own. `base`: where it answers now, "" while it does not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.base = ""
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "node.cli", "serve", str(self._folder)),
            cwd=ROOT,
            env=os.environ | {"MADANG_LANG": "en", "PYTHONUNBUFFERED": "1"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            found = [word for word in line.decode().split() if word.startswith("http://")]
            if found:
                self.base = found[0].rstrip(",.")
                return
        raise AssertionError("it ended before it served")

    async def kill(self) -> None:
        """As when the power fails."""
        self.base = ""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Node]:
    node = Node(folder)
    await node.start()
    try:
        yield node
    finally:
        await node.kill()


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
