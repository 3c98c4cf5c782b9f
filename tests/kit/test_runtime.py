"""A server that holds many connections: what lives long is not looked through again and again."""

import asyncio
import gc
import itertools
import os
import signal
import socket
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.schools.authority import make_authority
from kit import runtime
from kit.clock import ManualClock


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    before, size = gc.get_threshold(), asyncio.sslproto.SSLProtocol.max_size
    turn = sys.getswitchinterval()
    yield
    sys.setswitchinterval(turn)
    gc.unfreeze()
    gc.set_threshold(*before)
    asyncio.sslproto.SSLProtocol.max_size = size


class Round:
    """Objects that refer to each other in a circle."""

    def __init__(self) -> None:
        self.itself = self


def test_what_stays_for_good_is_never_looked_through_again() -> None:
    kept = [Round() for _ in range(10_000)]
    runtime.prepare()
    runtime.settled()
    assert gc.get_freeze_count() >= len(kept)
    seen = {id(one) for one in gc.get_objects()}
    assert not seen.intersection(map(id, kept))


def test_thousands_of_new_connections_do_not_make_everything_be_looked_through() -> None:
    runtime.prepare()
    runtime.settled()
    before = gc.get_stats()[2]["collections"]
    kept = [Round() for _ in range(1_000_000)]
    assert gc.get_stats()[2]["collections"] == before
    assert kept


def test_circles_of_young_objects_go_all_the_same() -> None:
    runtime.prepare()
    runtime.settled()
    for _ in range(200_000):
        Round()
    assert sum(isinstance(one, Round) for one in gc.get_objects()) < 100_000


def test_what_takes_the_place_of_older_objects_is_looked_through_in_portions() -> None:
    """As the requests of schools that wait: as many objects go as come, and Python counts none."""
    here, there = socket.socketpair()
    kept: list[list[list[int]]] = [[[number] for number in range(40)] for _request in range(1000)]
    young: list[int] = []

    async def serve() -> None:
        heard = asyncio.Event()

        def hear() -> None:
            here.recv(1)
            kept[len(young) % len(kept)] = [[number] for number in range(40)]
            young.append(len(gc.get_objects(0)) + len(gc.get_objects(1)))
            if len(young) == 2 * len(kept):
                heard.set()
            else:
                there.send(b"\x01")

        asyncio.get_running_loop().add_reader(here, hear)
        there.send(b"\x01")
        await heard.wait()

    runtime.prepare()
    runtime.settled()
    runtime.run(serve())
    assert max(young) < 20_000
    here.close()
    there.close()


def test_a_thread_that_computes_gives_way_ten_times_as_often_as_python_would_have_it() -> None:
    as_python_has_it = sys.getswitchinterval()
    runtime.prepare()
    assert sys.getswitchinterval() * 10 == pytest.approx(as_python_has_it)


def test_of_a_crowd_that_speaks_at_once_a_few_are_heard_in_one_round_of_the_loop() -> None:
    crowd = [socket.socketpair() for _ in range(100)]
    heard: list[int] = []

    def hear(number: int, here: socket.socket) -> None:
        heard.append(number * here.recv(1)[0])

    async def listen() -> list[int]:
        loop = asyncio.get_running_loop()
        for number, (here, there) in enumerate(crowd):
            loop.add_reader(here, hear, number, here)
            there.send(b"\x01")
        rounds = [0]
        while len(heard) < len(crowd):
            await asyncio.sleep(0)
            rounds.append(len(heard))
        return [after - before for before, after in itertools.pairwise(rounds)]

    assert max(runtime.run(listen())) <= runtime.TAKEN_IN
    assert sorted(heard) == list(range(len(crowd)))
    for pair in crowd:
        for end in pair:
            end.close()


def test_a_signal_is_heard_in_a_crowd_that_never_falls_silent() -> None:
    crowd = [socket.socketpair() for _ in range(4 * runtime.TAKEN_IN)]

    async def stand() -> None:
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        loop.add_signal_handler(signal.SIGUSR2, stop.set)
        for here, there in crowd:
            loop.add_reader(here, lambda: None)
            there.send(b"\x01")
        for _news in range(1000):
            loop.call_soon_threadsafe(lambda: None)
            await asyncio.sleep(0)
        os.kill(os.getpid(), signal.SIGUSR2)
        async with asyncio.timeout(60):
            await stop.wait()

    runtime.run(stand())
    for pair in crowd:
        for end in pair:
            end.close()


async def test_a_tls_connection_takes_little_and_carries_much(
    clock: ManualClock, tmp_path: Path
) -> None:
    runtime.prepare()
    authority = make_authority(tmp_path, "시험 도교육청", ("127.0.0.1",), clock)
    heard = asyncio.Queue[bytes]()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard.put(await reader.read())
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0, ssl=authority.tls_context())
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.load_verify_locations(cadata="\n".join(authority.chain_pem))
    port = server.sockets[0].getsockname()[1]
    _reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
    body = bytes(range(256)) * 20_000
    writer.write(body)
    writer.close()
    assert await heard.get() == body
    writer.close()
    server.close()
