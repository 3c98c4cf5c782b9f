"""A real multicast exchange on the loopback interface: who announces is found, who leaves is gone.
What the network or a name has against it stops no server."""

import asyncio
import os
import subprocess
import sys
import unicodedata

import pytest

from kit.clock import monotonic
from kit.lan import (
    LONGEST_NAME,
    NODE_SERVICE,
    Neighbours,
    announced,
    browsing,
    find,
    instance_name,
    reachable_on,
    trouble,
)
from tests.conftest import apart_from_all_networks
from tests.waiting import PATIENCE_S, until

LOOPBACK = "127.0.0.1"


async def _until_seen(neighbours: Neighbours, name: str, *, seen: bool) -> bool:
    """Whether a server of that name comes (or goes) within a while."""
    until = monotonic() + PATIENCE_S
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


LONG = "대한미래국제문화예술체육과학융합초중고통합학교부설방송통신"  # 87 bytes


@pytest.mark.parametrize(
    ("name", "announced_as"),
    [
        ("한빛초등학교", "한빛초등학교"),
        ("St. Mary 초등학교", "st  mary 초등학교"),
        (LONG, "대한미래국제문화예술체육과학융합초중"),
        (unicodedata.normalize("NFD", "한빛초등학교"), "한빛초등학교"),
        ("한빛\x00초\n", "한빛 초"),
        ("...", "madang"),
        ("\udc80", "madang"),
    ],
)
def test_every_name_becomes_one_that_can_be_announced(name: str, announced_as: str) -> None:
    assert instance_name(name) == announced_as
    assert len(instance_name(name * 20).encode()) <= LONGEST_NAME


# Other tests on this machine announce on its loopback too.
APART = f"_madang-{os.getpid() % 100_000}._tcp.local."


async def test_schools_of_one_long_name_are_all_found() -> None:
    short = instance_name(LONG)
    async with (
        browsing(APART, LOOPBACK) as neighbours,
        announced(APART, LONG, 8711, {}, LOOPBACK),
    ):
        assert await _until_seen(neighbours, short, seen=True)
        async with announced(APART, LONG, 8712, {}, LOOPBACK):
            assert await _until_seen(neighbours, f"{short}-2", seen=True)
            assert {one.port for one in neighbours.found()} == {8711, 8712}


async def test_names_that_differ_in_case_are_told_apart() -> None:
    async with (
        browsing(APART, LOOPBACK) as neighbours,
        announced(APART, "Hanbit", 8711, {}, LOOPBACK),
    ):
        assert await _until_seen(neighbours, "hanbit", seen=True)
        async with announced(APART, "HANBIT", 8712, {}, LOOPBACK):
            assert await _until_seen(neighbours, "hanbit-2", seen=True)


async def test_an_address_this_machine_does_not_have_is_told_and_stops_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert await trouble(LOOPBACK) is None
    assert await trouble("192.0.2.7") == "Cannot assign requested address"
    async with announced(NODE_SERVICE, "한빛초등학교", 8711, {}, "192.0.2.7"):
        await until(lambda: bool(caplog.records))
    assert "Cannot assign requested address" in caplog.text


async def test_facts_that_no_announcement_can_carry_stop_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with announced(NODE_SERVICE, "한빛초등학교", 8711, {"url": "x" * 300}, LOOPBACK):
        await until(lambda: bool(caplog.records))
    assert "cannot announce" in caplog.text


NETWORK_COMES_LATER = """
import asyncio, fcntl, logging, socket, struct
from kit import lan

def bring_loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sH14x", b"lo", 0x41)  # IFF_UP | IFF_RUNNING
        fcntl.ioctl(control, 0x8914, request)  # SIOCSIFFLAGS

async def main():
    logging.basicConfig(level=logging.WARNING)
    lan.FIRST_PAUSE_S = 0.2
    print("trouble", await lan.trouble() is not None)
    print("hubs", await lan.find(lan.HUB_SERVICE, 0.2))
    async with lan.announced(lan.NODE_SERVICE, "한빛초등학교", 8711, {"url": "http://a"}):
        await asyncio.sleep(1)
        bring_loopback_up()
        for _look in range(20):
            found = await lan.find(lan.NODE_SERVICE, 1)
            if found:
                break
        print("found", [one.name for one in found])

asyncio.run(main())
"""


def test_a_server_without_a_network_serves_on_and_is_found_once_there_is_one() -> None:
    apart = apart_from_all_networks()
    done = subprocess.run(
        [*apart, sys.executable, "-c", NETWORK_COMES_LATER],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["trouble True", "hubs []", "found ['한빛초등학교']"]
    assert done.stderr.count("cannot announce on the network") == 1
    assert "Traceback" not in done.stderr
