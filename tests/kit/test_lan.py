"""A real multicast exchange on the loopback interface: who announces is found, who leaves is gone."""

import asyncio

from kit.clock import monotonic
from kit.lan import NODE_SERVICE, Neighbours, announced, browsing, find, reachable_on

LOOPBACK = "127.0.0.1"


async def _until_seen(neighbours: Neighbours, name: str, *, seen: bool) -> bool:
    """Whether a server of that name comes (or goes) within a while."""
    until = monotonic() + 20
    while monotonic() < until:
        if (name in {one.name for one in neighbours.found()}) is seen:
            return True
        await asyncio.sleep(0.05)
    return False


async def test_a_school_that_serves_is_found_with_its_address_and_gone_when_it_stops() -> None:
    async with browsing(NODE_SERVICE, LOOPBACK) as neighbours:
        # A dot in the name would make the announcement invisible.
        async with announced(NODE_SERVICE, "한빛초. 본관", 8711, {"url": "http://a"}, LOOPBACK):
            assert await _until_seen(neighbours, "한빛초  본관", seen=True)
            (found,) = [one for one in neighbours.found() if one.name == "한빛초  본관"]
            assert (found.host, found.port, found.facts) == (LOOPBACK, 8711, {"url": "http://a"})
        assert await _until_seen(neighbours, "한빛초  본관", seen=False)


async def test_nobody_is_found_where_nobody_announces() -> None:
    assert await find("_madang-nobody._tcp.local.", 0.3, LOOPBACK) == []


def test_a_server_is_announced_where_it_can_be_reached() -> None:
    assert reachable_on("127.0.0.1") == "127.0.0.1"
    assert reachable_on("localhost") == "127.0.0.1"
    assert reachable_on("0.0.0.0") is None
    assert reachable_on("node.school.example") is None
