"""Nodes of one network share a release: one copy comes in, whatever neighbours do."""

import asyncio
import contextlib
import socket
import tracemalloc
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from kit.clock import ManualClock, monotonic
from kit.lan import NODE_SERVICE, announced, find
from node.releases.fetching.chunks import NeighbourPatience
from node.releases.fetching.lan import Found, Peer, by_zeroconf, score
from node.releases.model import ReleaseSource
from protocol.chunks import Manifest
from tests.node.releasing import HASTY, START, Node, all_of, lump, node_at
from tests.node.tuf_simulator import (
    PIECE,
    Answer,
    Served,
    TufSimulator,
    failing,
    lying,
    never,
    serving,
)
from tests.waiting import PATIENCE_S

FILES = {"segment": lump("shared", 60 * PIECE)}


@pytest.fixture
def simulator() -> TufSimulator:
    return TufSimulator(ManualClock(START))


@pytest.fixture
async def hub(simulator: TufSimulator) -> AsyncIterator[Served]:
    async with serving(simulator) as served:
        yield served


@contextlib.asynccontextmanager
async def site(
    folder: Path, hub: Served, simulator: TufSimulator, count: int
) -> AsyncIterator[list[Node]]:
    """So many nodes that see each other, as patient as at schools: none of them is broken."""
    patience = NeighbourPatience()
    province = ReleaseSource(hub.url, (), simulator.first_root)
    peers: list[Peer] = []
    async with contextlib.AsyncExitStack() as stack:
        nodes = []
        for number in range(count):
            own = f"node {number}"
            node = await stack.enter_async_context(
                node_at(
                    folder / str(number),
                    province,
                    own_id=own,
                    finder=all_of(peers),
                    patience=patience,
                )
            )
            peers.append(Peer(own, node.url))
            nodes.append(node)
        yield nodes


@contextlib.asynccontextmanager
async def stranger(manifest: Manifest, answer: Answer, *, has: int = 0) -> AsyncIterator[Peer]:
    """A neighbour that says to take part, and answers every chunk like this."""

    async def held(request: web.Request) -> web.StreamResponse:
        return web.Response(body=bytes([has]) * len(manifest.chunks))

    app = web.Application()
    app.router.add_get("/v1/releases/{kind}/{version}/held", held)
    app.router.add_get("/v1/chunks/{sha256}", answer)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    try:
        yield Peer("stranger", str(server.make_url("")).rstrip("/"))
    finally:
        await server.close()


def owner_of(chunk: str, names: Iterable[str]) -> str:
    """Whom a node asks first for a chunk."""
    return max(names, key=lambda name: (score(name, chunk), name))


def test_all_who_see_the_same_nodes_name_the_same_owner() -> None:
    names = [f"node {number}" for number in range(5)]
    chunks = [f"{number:064x}" for number in range(1000)]
    owners = [owner_of(chunk, names) for chunk in chunks]
    assert owners == [owner_of(chunk, reversed(names)) for chunk in chunks]
    assert all(150 < owners.count(name) < 250 for name in names)
    without = [owner_of(chunk, names[1:]) for chunk in chunks]
    assert all(a == b for a, b in zip(owners, without, strict=True) if a != names[0])


async def test_one_copy_comes_into_a_site_of_five(
    tmp_path: Path, simulator: TufSimulator, hub: Served
) -> None:
    manifest = simulator.publish("knowledge", 1, FILES)
    async with site(tmp_path, hub, simulator, 5) as nodes:
        for node in nodes:
            await node.offer(("knowledge", 1))
        await asyncio.gather(*(node.arrivals.turn() for node in nodes))
        for node in nodes:
            assert node.files("knowledge", 1)["segment"] == FILES["segment"]
        moved = [await node.release("knowledge", 1) for node in nodes]
    assert len(hub.chunks_asked) <= 1.1 * len(manifest.chunks)
    assert sum(1 for one in moved if one is not None and one.from_peers) >= 4


async def test_who_comes_later_takes_everything_from_neighbours(
    tmp_path: Path, simulator: TufSimulator, hub: Served
) -> None:
    simulator.publish("knowledge", 1, FILES)
    async with site(tmp_path, hub, simulator, 3) as nodes:
        await nodes[0].take(("knowledge", 1))
        hub.asked.clear()
        await nodes[1].take(("knowledge", 1))
        assert hub.chunks_asked == []
        assert nodes[1].files("knowledge", 1) == nodes[0].files("knowledge", 1)


async def test_neighbours_find_each_other_by_their_announcements(
    tmp_path: Path, simulator: TufSimulator, hub: Served
) -> None:
    simulator.publish("knowledge", 1, FILES)
    province = ReleaseSource(hub.url, (), simulator.first_root)
    host = "127.0.0.1"
    async with (
        node_at(tmp_path / "a", province, own_id="a") as first,
        node_at(tmp_path / "b", province, own_id="b", finder=by_zeroconf("b", host)) as second,
    ):
        await first.take(("knowledge", 1))
        hub.asked.clear()
        port = int(first.url.rsplit(":", 1)[1])
        async with announced(NODE_SERVICE, "한빛초 releases", port, {"id": "a"}, host):
            while not any(
                one.facts.get("id") == "a" for one in await find(NODE_SERVICE, 0.5, host)
            ):
                pass  # announcing takes a second
            await second.take(("knowledge", 1))
        assert hub.chunks_asked == []
        assert second.files("knowledge", 1) == first.files("knowledge", 1)


@pytest.mark.parametrize("kind", ["garbage", "error", "silent", "empty"])
@pytest.mark.parametrize("has", [0, 1])
async def test_a_neighbour_that_gives_nothing_right_costs_time_only(
    tmp_path: Path, simulator: TufSimulator, hub: Served, kind: str, has: int
) -> None:
    answers = {"garbage": lying(b"x" * PIECE), "error": failing(), "silent": never}
    manifest = simulator.publish("knowledge", 1, FILES)
    province = ReleaseSource(hub.url, (), simulator.first_root)
    async with (
        stranger(manifest, answers.get(kind, lying(b"")), has=has) as peer,
        node_at(tmp_path, province, finder=all_of([peer])) as node,
    ):
        await node.offer(("knowledge", 1))
        await node.arrivals.turn()
        assert await node.step("knowledge", 1) == ("ready", "")
        assert node.files("knowledge", 1)["segment"] == FILES["segment"]
        found = await node.release("knowledge", 1)
        assert found is not None
        assert found.from_peers == 0
    assert len(hub.chunks_asked) == len(manifest.chunks)


async def test_a_neighbour_that_is_always_about_to_have_it_is_left_in_the_end(
    tmp_path: Path, simulator: TufSimulator, hub: Served
) -> None:
    asked = 0

    async def soon(request: web.Request) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.1)
        return web.Response(status=202)

    manifest = simulator.publish("knowledge", 1, FILES)
    province = ReleaseSource(hub.url, (), simulator.first_root)
    async with (
        stranger(manifest, soon) as peer,
        node_at(tmp_path, province, finder=all_of([peer])) as node,
    ):
        await node.offer(("knowledge", 1))
        await node.arrivals.turn()
        assert await node.step("knowledge", 1) == ("ready", "")
    assert asked > 4 * HASTY.nothing  # it was asked again and again, before anybody went around it
    assert len(hub.chunks_asked) == len(manifest.chunks)


async def test_a_neighbour_under_ever_new_names_starves_nobody(
    tmp_path: Path, simulator: TufSimulator, hub: Served
) -> None:
    async def soon(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.05)
        return web.Response(status=202)

    manifest = simulator.publish("knowledge", 1, FILES)
    province = ReleaseSource(hub.url, (), simulator.first_root)
    async with stranger(manifest, soon, has=1) as peer:

        @contextlib.asynccontextmanager
        async def finder() -> AsyncIterator[Found]:
            # Each name is gone before it was waited for too long.
            yield lambda: [Peer(f"stranger {int(monotonic() / HASTY.nothing * 1.3)}", peer.url)]

        async with node_at(tmp_path, province, finder=finder) as node:
            await node.offer(("knowledge", 1))
            await asyncio.wait_for(node.arrivals.turn(), PATIENCE_S)
            assert await node.step("knowledge", 1) == ("ready", "")
    assert len(hub.chunks_asked) == len(manifest.chunks)


async def test_an_owner_that_dies_in_the_middle_is_followed_by_the_next(
    tmp_path: Path, simulator: TufSimulator, hub: Served
) -> None:
    manifest = simulator.publish("knowledge", 1, FILES)
    async with site(tmp_path, hub, simulator, 3) as nodes:
        serves = asyncio.Event()

        async def later(request: web.Request) -> web.StreamResponse:
            await serves.wait()
            return web.Response(body=hub.files[request.path])

        hub.every_chunk = later
        for node in nodes:
            await node.offer(("knowledge", 1))
        turns = [asyncio.create_task(node.arrivals.turn()) for node in nodes]
        await hub.until_asked({chunk.path for chunk in manifest.chunks.values()})
        turns[0].cancel()
        await asyncio.gather(turns[0], return_exceptions=True)
        serves.set()
        await asyncio.gather(*turns[1:])
        for node in nodes[1:]:
            assert await node.step("knowledge", 1) == ("ready", "")
            assert node.files("knowledge", 1)["segment"] == FILES["segment"]


async def test_neighbours_get_chunks_of_releases_and_nothing_else(
    tmp_path: Path, simulator: TufSimulator, hub: Served
) -> None:
    manifest = simulator.publish("knowledge", 1, FILES)
    async with site(tmp_path, hub, simulator, 1) as nodes, aiohttp.ClientSession() as browser:
        await nodes[0].take(("knowledge", 1))
        url = nodes[0].url
        for chunk in manifest.chunks.values():
            async with browser.get(f"{url}/v1/chunks/{chunk.sha256}") as answer:
                assert (answer.status, len(await answer.read())) == (200, chunk.size)
        for path in (
            "/v1/chunks/" + "0" * 64,
            "/v1/releases/knowledge/2/held",
            "/v1/releases/model/1/held",
        ):
            async with browser.get(url + path) as answer:
                assert answer.status == 404
        async with browser.get(f"{url}/v1/releases/knowledge/1/held") as answer:
            assert await answer.read() == b"\1" * len(manifest.chunks)


async def test_a_neighbour_that_takes_nothing_of_what_it_asks_for_holds_no_memory_and_not_for_long(
    tmp_path: Path, simulator: TufSimulator, hub: Served
) -> None:
    large = 4 * 1024 * 1024
    manifest = simulator.publish("knowledge", 1, {"a": lump("a", large)}, piece=large)
    sha256 = manifest.files[1].chunks[0].sha256
    async with site(tmp_path, hub, simulator, 1) as nodes, contextlib.AsyncExitStack() as stack:
        await nodes[0].take(("knowledge", 1))
        sharing = nodes[0].stock.giving
        sharing.sent_within_s = 2.0
        address = URL(nodes[0].url)
        tracemalloc.start()
        stack.callback(tracemalloc.stop)
        for _each in range(60):
            idle = stack.enter_context(socket.socket())
            idle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            idle.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(idle, (address.host, address.port))
            question = f"GET /v1/chunks/{sha256} HTTP/1.1\r\nHost: x\r\n\r\n"
            await loop.sock_sendall(idle, question.encode())
        async with aiohttp.ClientSession() as browser:
            async with browser.get(f"{nodes[0].url}/v1/chunks/{sha256}") as answer:
                assert answer.status == 429
            assert tracemalloc.get_traced_memory()[1] < 30_000_000
            await asyncio.sleep(sharing.sent_within_s)
            async with browser.get(f"{nodes[0].url}/v1/chunks/{sha256}") as answer:
                assert (answer.status, len(await answer.read())) == (200, large)


@pytest.mark.parametrize("wait", ["nan", "inf", "-1", "31", "soon"])
async def test_nobody_waits_longer_than_anybody_may(
    tmp_path: Path, simulator: TufSimulator, hub: Served, wait: str
) -> None:
    async with site(tmp_path, hub, simulator, 1) as nodes, aiohttp.ClientSession() as browser:
        url = f"{nodes[0].url}/v1/chunks/{'0' * 64}"
        async with browser.get(url, params={"wait": wait}) as answer:
            assert answer.status == 422
