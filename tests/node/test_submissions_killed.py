"""A school's node is killed while 300 families hand in the same paper: what the school acknowledged is kept
with its number, and nothing is doubled."""

import asyncio
import re
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
from tests.node.handing_in import TRANSFER
from tests.node.killing import Node, serving
from tests.node.offering import children

FAMILIES = 300
SENT = {"act": "send", **TRANSFER}


class Begun(msgspec.Struct, frozen=True):
    """A family that has written its paper and is about to press 학교에 제출."""

    token: str
    address: str


async def prepare(folder: Path) -> list[Begun]:
    """300 families with a paper each, made through the node's own pages; then that node ends."""
    found = []
    async for school in running_school(folder, ManualClock(SystemClock().now())):
        for client, child in await children(school, FAMILIES):
            answer = await client.post("/submissions", {"type": "transfer", "student": child})
            token = client.session.cookie_jar.filter_cookies(URL(client.base))["session"].value
            found.append(Begun(token, answer.location.removesuffix("/edit")))
        (folder / FILE).write_text(toml_of(school.app[CONFIG]), encoding="utf-8")
    return found


async def until_answered(
    http: aiohttp.ClientSession, node: Node, method: str, path: str, one: Begun
) -> tuple[int, str]:
    """Ask again until there is an answer, as a telephone's retry would; its status and text."""
    headers = {"Cookie": f"session={one.token}", "Sec-Fetch-Site": "same-origin"}
    for _attempt in range(900):
        try:
            async with http.request(
                method,
                node.base + path,
                data=SENT if method == "POST" else None,
                headers=headers,
                allow_redirects=False,
            ) as answer:
                return answer.status, await answer.text()
        except (aiohttp.ClientError, TimeoutError, ValueError):
            await asyncio.sleep(0.1)
    raise AssertionError("never answered")


async def test_a_kill_loses_and_doubles_no_paper(tmp_path: Path) -> None:
    papers = await prepare(tmp_path)
    numbers: dict[str, int] = {}
    killed = asyncio.Event()

    async with (
        serving(tmp_path) as node,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=FAMILIES)) as http,
    ):

        async def family(one: Begun) -> None:
            status, text = await until_answered(http, node, "POST", f"{one.address}/edit", one)
            assert status == 303, text
            _status, page = await until_answered(http, node, "GET", one.address, one)
            assert "접수됨" in page
            (number,) = set(re.findall(r"접수번호 \d{4}-(\d+)", page))
            numbers[one.address] = int(number)
            if len(numbers) >= FAMILIES // 3 and not killed.is_set():
                killed.set()
                await node.kill()
                await node.start()

        await asyncio.gather(*(family(one) for one in papers))

    assert killed.is_set()
    with closing(sqlite3.connect(tmp_path / "madang.sqlite3")) as db:
        kept = dict(db.execute("SELECT '/submissions/' || id, number FROM submissions_paper"))
        counts = {
            what: db.execute(f"SELECT count(*) FROM {what}").fetchone()[0]
            for what in ("submissions_trail", "submissions_document", "approval_underway")
        }
    assert kept == numbers
    assert sorted(kept.values()) == list(range(1, FAMILIES + 1))
    assert counts == {
        "submissions_trail": FAMILIES,
        "submissions_document": FAMILIES,
        "approval_underway": FAMILIES,
    }
