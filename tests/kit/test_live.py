"""Live pages: who may hear hears that something happened, never what, and only once it is durable."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from kit.clock import ManualClock
from kit.db import Tx
from kit.outbox import publish
from kit.web.live import LIVE, PER_ACCOUNT
from tests.kit.serving import Kit, Rang, running_kit
from tests.waiting import PATIENCE_S, until


@pytest.fixture
async def kit(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Kit]:
    async for one in running_kit(tmp_path, clock):
        yield one


async def listening(kit: Kit, account: str, tags: str | None = None) -> aiohttp.ClientResponse:
    """An open stream, past its greeting."""
    asked = {"account": account} if tags is None else {"account": account, "tags": tags}
    stream = await kit.browser.get("/live", params=asked)
    assert stream.status == 200
    assert stream.headers["Content-Type"] == "text/event-stream"
    assert await stream.content.readuntil(b"\n\n") == b"retry: 3000\n\n"
    return stream


async def next_event(stream: aiohttp.ClientResponse) -> bytes:
    async with asyncio.timeout(PATIENCE_S):
        return await stream.content.readuntil(b"\n\n")


async def test_who_may_hear_is_told_the_tag_and_nothing_else(kit: Kit) -> None:
    mine, theirs = await listening(kit, "haneul"), await listening(kit, "doyun")
    await kit.ring("haneul")
    await kit.ring("doyun")
    assert await next_event(mine) == b"event: test.rang\ndata: test.rang\n\n"
    assert await next_event(theirs) == b"event: test.rang\ndata: test.rang\n\n"
    await kit.ring("haneul")
    await next_event(mine)
    assert [line.waiting.qsize() for line in kit.app[LIVE]._lines if line.account == "doyun"] == [0]
    mine.close()
    theirs.close()


async def test_a_page_is_told_only_of_what_it_asked_for(kit: Kit) -> None:
    mine = await listening(kit, "haneul", "test.other test.rang/haneul")
    theirs = await listening(kit, "doyun", "test.other test.rang/haneul test.rang/doyun")
    await kit.ring("doyun")
    await kit.ring("haneul")
    assert await next_event(mine) == b"event: test.rang/haneul\ndata: test.rang/haneul\n\n"
    assert await next_event(theirs) == b"event: test.rang/doyun\ndata: test.rang/doyun\n\n"
    assert all(line.waiting.empty() for line in kit.app[LIVE]._lines)
    mine.close()
    theirs.close()


async def test_a_page_that_asks_for_everything_under_the_sun_is_refused(kit: Kit) -> None:
    many = " ".join(f"test.rang/{number}" for number in range(200))
    refused = await kit.browser.get("/live", params={"account": "haneul", "tags": many})
    assert refused.status == 422


async def test_what_was_undone_is_not_told(kit: Kit) -> None:
    stream = await listening(kit, "haneul")

    def undone(tx: Tx) -> None:
        publish(tx, Rang("haneul"), 1)
        publish(tx, Rang("haneul"), 1)
        raise ValueError("changed my mind")

    with pytest.raises(ValueError, match="changed my mind"):
        await kit.db.write(undone)
    (line,) = kit.app[LIVE]._lines
    assert line.waiting.empty()
    await kit.ring("haneul")
    assert await next_event(stream) == b"event: test.rang\ndata: test.rang\n\n"
    assert line.waiting.empty()
    stream.close()


async def test_many_of_a_kind_in_one_commit_are_told_once(kit: Kit) -> None:
    stream = await listening(kit, "haneul")

    def unit(tx: Tx) -> None:
        for _time in range(10):
            publish(tx, Rang("haneul"), 1)

    await kit.db.write(unit)
    await next_event(stream)
    (line,) = kit.app[LIVE]._lines
    assert line.waiting.empty()
    stream.close()


async def test_one_line_too_many_ends_the_oldest_which_comes_back_later(kit: Kit) -> None:
    streams = [await listening(kit, "haneul") for _number in range(PER_ACCOUNT)]
    other = await listening(kit, "doyun")
    newest = await listening(kit, "haneul")
    async with asyncio.timeout(PATIENCE_S):
        assert await streams[0].content.read() == b"retry: 60000\n\n"
    await kit.ring("haneul")
    for stream in (*streams[1:], newest):
        assert await next_event(stream) == b"event: test.rang\ndata: test.rang\n\n"
    for stream in (*streams, other, newest):
        stream.close()


async def test_lines_whose_reader_left_make_room_first(kit: Kit) -> None:
    """Leafing through pages leaves lines behind that only the next heartbeat would find."""
    front = await listening(kit, "haneul")
    for _page in range(3 * PER_ACCOUNT):
        stream = await listening(kit, "haneul")
        line = kit.app[LIVE]._lines[-1]
        stream.close()
        await until(line.is_gone)
    await kit.ring("haneul")
    assert await next_event(front) == b"event: test.rang\ndata: test.rang\n\n"
    front.close()


async def test_a_reader_who_does_not_read_holds_nobody_up(kit: Kit) -> None:
    lazy, keen = await listening(kit, "haneul"), await listening(kit, "doyun")
    for _time in range(300):  # more than a queue holds
        await kit.ring("haneul")
    await kit.ring("doyun")
    assert await next_event(keen) == b"event: test.rang\ndata: test.rang\n\n"
    lazy.close()
    keen.close()


async def test_who_may_hear_is_asked_again_before_each_word(kit: Kit) -> None:
    stream = await listening(kit, "haneul")
    await kit.ring("haneul")
    assert await next_event(stream) == b"event: test.rang\ndata: test.rang\n\n"
    kit.gone.add("haneul")
    await kit.ring("haneul")
    async with asyncio.timeout(PATIENCE_S):
        assert await stream.content.read() == b""  # the line ends and says nothing
    assert kit.app[LIVE]._lines == []
