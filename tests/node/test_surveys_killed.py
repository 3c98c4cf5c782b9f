"""A school's node is killed while sixty guardians answer an anonymous survey at once: each answer that was
acknowledged is in its ballot box, each once."""

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
from node.surveys.box import FOLDER, Boxes, unseal
from tests.node.asking import WISH, ask
from tests.node.conftest import running_school
from tests.node.killing import Node, serving
from tests.node.offering import children

GUARDIANS = 60


class Voter(msgspec.Struct, frozen=True):
    """A guardian about to answer: the session, and what nobody else writes."""

    token: str
    words: str


async def prepare(folder: Path) -> tuple[str, list[Voter]]:
    """A survey and its guardians, made through the node's own pages; then that node ends."""
    survey, voters = "", []
    async for school in running_school(folder, ManualClock(SystemClock().now())):
        for number, (client, _child) in enumerate(await children(school, GUARDIANS)):
            cookies = client.session.cookie_jar.filter_cookies(URL(client.base))
            voters.append(Voter(cookies["session"].value, f"바라는 점 {number}"))
        survey = await ask(school, keys=("guardians",), questions=(WISH,))
        (folder / FILE).write_text(toml_of(school.app[CONFIG]), encoding="utf-8")
    return survey, voters


async def send(http: aiohttp.ClientSession, node: Node, survey: str, one: Voter) -> None:
    """Send the answer again until the node says that it has it: now, or since before it was killed."""
    sent = {"answer_form-wish": one.words}
    headers = {"Cookie": f"session={one.token}", "Sec-Fetch-Site": "same-origin"}
    for _attempt in range(600):
        try:
            address = f"{node.base}/surveys/{survey}/answers"
            async with http.post(
                address, data=sent, headers=headers, allow_redirects=False
            ) as answer:
                assert answer.status in (303, 409), await answer.text()
                return
        except (aiohttp.ClientError, TimeoutError, ValueError):
            await asyncio.sleep(0.1)
    raise AssertionError("never acknowledged")


async def test_a_kill_loses_and_doubles_no_ballot(tmp_path: Path) -> None:
    survey, voters = await prepare(tmp_path)
    acknowledged: list[str] = []
    killed = asyncio.Event()

    async with serving(tmp_path) as node, aiohttp.ClientSession() as http:

        async def vote(one: Voter) -> None:
            await send(http, node, survey, one)
            acknowledged.append(one.words)
            if len(acknowledged) >= GUARDIANS // 3 and not killed.is_set():
                killed.set()
                await node.kill()
                await node.start()

        await asyncio.gather(*(vote(one) for one in voters))

    assert killed.is_set()
    with closing(sqlite3.connect(tmp_path / "madang.sqlite3")) as db:
        box, cast = db.execute("SELECT box, cast_count FROM surveys_survey").fetchone()
        ballots = [sealed for (sealed,) in db.execute("SELECT ballot FROM surveys_sealed")]
        (parts,) = db.execute("SELECT count(*) FROM surveys_part").fetchone()
    opener = Boxes(tmp_path / FOLDER).opener(survey, box)
    found = sorted(unseal(opener, sealed)["form-wish"] for sealed in ballots)
    assert found == sorted(acknowledged) == sorted(one.words for one in voters)
    assert cast == parts == GUARDIANS
