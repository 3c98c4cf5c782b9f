"""What a server that runs for months and holds thousands of connections asks of Python itself.

    runtime.run(serve())  # instead of asyncio.run
    runtime.prepare()     # before anything listens
    …
    runtime.settled()     # once all that stays for good is loaded

Python looks through all objects now and then for those that refer to each other in circles; everybody
waits meanwhile: 200 to 400 ms with 4,700 connections. What was loaded at the start is never looked at
again, young objects are looked at in portions of a millisecond or two, and all of them so rarely that
it does not happen in the course of a day; what is in no circle goes at once, as ever. Python looks at
the young ones once there are so many more than before: where each new request takes the place of
an older one, as of schools that wait, that is once a minute, and the portion is of 190,000 objects. So
the loop has them looked at after so many of its rounds and messages, too.

A thread that computes gives way to others as soon as they have waited for a turn. Python lets them
wait 5 ms, each time, and one who saves needs twenty turns: while a list of 1,500 was read beside them,
a draft's INSERT of 0.4 ms of processor took 30, and a save waited 120.

asyncio keeps 256 KiB for each TLS connection, whatever it carries: 1.2 GB of 4,700 schools that wait.

asyncio takes in all that came over the network in one go, then does all that it led to in one go, and
what came meanwhile in the next: when hundreds speak at once, each round is longer than the one before,
up to 1,300 requests in one of 0.8 s of processor. So a few are taken in at a time; the others
wait in the kernel, and what is due at a certain time comes between.
"""

import asyncio
import gc
import math
import select
import selectors
import sys
from asyncio import sslproto
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

YOUNG = 1_000  # new objects until they are looked through: a millisecond
MIDDLE = 5  # such rounds until their survivors are, some milliseconds
OLD = 1_000_000  # of those until all are
STEPS = 12  # rounds of the loop, and messages heard in them, until the young are looked through all the same
TLS_BUFFER = 32 * 1024  # bytes: two records of the largest size
TURN_S = 0.0005  # until a thread that computes gives way
TAKEN_IN = 2  # connections heard in one round of the loop: a request takes about a millisecond


class _Portions:
    """Has young objects looked through by what happened."""

    def __init__(self) -> None:
        self._steps = self._times = 0

    def round(self, messages: int) -> None:
        """A round of the loop begins with so many messages."""
        self._steps += 1 + messages
        if self._steps >= STEPS and gc.isenabled():
            self._steps = 0
            self._times = (self._times + 1) % MIDDLE
            gc.collect(0 if self._times else 1)


class _FewAtATime(selectors.EpollSelector):
    """Tells of some connections only; the kernel names those first that were not told of last.

    What was registered first is the loop's own: it brings signals, and is told of each time."""

    def __init__(self) -> None:
        super().__init__()
        self._own = -1
        self._portions = _Portions()

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        key = super().register(fileobj, events, data)
        self._own = key.fd if self._own < 0 else self._own
        return key

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        wait = -1.0 if timeout is None else max(0.0, math.ceil(timeout * 1e3) * 1e-3)
        try:
            found = dict(self._selector.poll(wait, TAKEN_IN))  # type: ignore[attr-defined]
        except InterruptedError:
            return []
        if len(found) == TAKEN_IN:
            found.setdefault(self._own, select.EPOLLIN)  # reading nothing is no fault there
        ready = []
        held = self.get_map()
        for number, event in found.items():
            if (key := held.get(number)) is not None:
                reads = selectors.EVENT_READ if event & ~select.EPOLLOUT else 0
                writes = selectors.EVENT_WRITE if event & ~select.EPOLLIN else 0
                ready.append((key, (reads | writes) & key.events))
        self._portions.round(len(ready))
        return ready


def run(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` for a server: nobody's crowd keeps the others waiting."""
    with asyncio.Runner(loop_factory=_loop) as runner:
        return runner.run(work)


def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.SelectorEventLoop(_FewAtATime())


def prepare() -> None:
    """Settings of this process; before the first connection."""
    gc.set_threshold(YOUNG, MIDDLE, OLD)
    sys.setswitchinterval(TURN_S)
    sslproto.SSLProtocol.max_size = TLS_BUFFER


def settled() -> None:
    """What is loaded now stays for good."""
    gc.collect()
    gc.freeze()
