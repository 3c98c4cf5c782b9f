"""The node is killed while programs save: what was acknowledged is there, whole, and nothing is left over."""

import asyncio
import os
from pathlib import Path

import aiohttp
import msgspec

from kit.clock import ManualClock, SystemClock
from node.app import CONFIG
from node.config import FILE, toml_of
from tests.node.conftest import running_school
from tests.node.dav_client import OWN, at, basic, dav_of
from tests.node.killing import Node, serving

FILES, AT_ONCE = 120, 8


class Save(msgspec.Struct, frozen=True):
    """A file as a program saves it."""

    path: str
    content: bytes


async def prepare(folder: Path) -> str:
    """The header by which a program signs in to a school that waits to be started."""
    signed = ""
    async for school in running_school(folder, ManualClock(SystemClock().now())):
        park = await dav_of(school, "박서연")
        signed = basic(park.login, park.secret)
        (folder / FILE).write_text(toml_of(school.app[CONFIG]), encoding="utf-8")
    return signed


async def save(http: aiohttp.ClientSession, node: Node, one: Save, signed: str) -> None:
    """Send a file until it is acknowledged, as a program's retry would."""
    for _attempt in range(600):
        try:
            async with http.put(
                node.base + at(one.path), data=one.content, headers={"Authorization": signed}
            ) as answer:
                assert answer.status in (201, 204), await answer.text()
                return
        except (aiohttp.ClientError, TimeoutError, ValueError):
            await asyncio.sleep(0.1)
    raise AssertionError("never acknowledged")


async def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    signed = await prepare(tmp_path)
    saves = [Save(f"{OWN}/{number}.bin", os.urandom(40_000)) for number in range(FILES)]
    acknowledged: list[Save] = []
    killed = asyncio.Event()
    turns = asyncio.Semaphore(AT_ONCE)

    async with serving(tmp_path) as node, aiohttp.ClientSession() as http:

        async def program(one: Save) -> None:
            async with turns:
                await save(http, node, one, signed)
            acknowledged.append(one)
            if len(acknowledged) >= FILES // 3 and not killed.is_set():
                killed.set()
                await node.kill()
                await node.start()

        await asyncio.gather(*(program(one) for one in saves))
        assert killed.is_set()
        for one in acknowledged:
            address, headers = node.base + at(one.path), {"Authorization": signed}
            async with http.get(address, headers=headers) as answer:
                assert await answer.read() == one.content, one.path
    assert len(acknowledged) == FILES
