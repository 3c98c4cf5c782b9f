"""Nodes that wait for news: one request of each school, woken at once, or in turn when many are.

A notice to all schools wakes thousands of requests. A few are answered at a time, and each that is
done lets the next one in: the answers go out as fast as this machine makes them, and whoever else
asks something stands behind a few of them only. Every node comes back to say that it has received the
notice, which costs more than the answer; those of a crowd are asked to come one after the other, once
all have theirs.
"""

import asyncio
import random
from collections import OrderedDict
from collections.abc import Iterable

from kit.clock import monotonic

AT_ONCE = 8  # answers in the making: enough to keep the readers of the database busy
CROWD = 200  # woken at once: fewer come back whenever they like
ANSWER_MS = 1  # how long one answer takes, before it is known
GUESSED = 100  # answers after which what was measured counts as much as that
RETURN = 3  # a sync with a receipt takes so many times as long
ROOM = 2  # times as much time as is needed: others ask, too, and the first answers are the fastest
LONGEST_REST_MS = 60_000


class Waiting:
    """Who waits, in this process."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[bool]] = {}
        self._queue: OrderedDict[str, None] = OrderedDict()
        """Schools in the order in which they are woken, each once: it hears all there is in one answer."""
        self._answering: set[asyncio.Future[bool]] = set()
        self._woken = 0  # since the queue was empty, which was at `_begun`
        self._begun = 0.0
        self.closed = False

    def __len__(self) -> int:
        return len(self._waiting)

    def begin(self, school_id: str) -> asyncio.Future[bool]:
        """Stand in line. An older request of the same school is let go: the node gave it up."""
        self.end(school_id, self._waiting.get(school_id))
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if self.closed:
            future.set_result(False)
        self._waiting[school_id] = future
        return future

    def end(self, school_id: str, future: asyncio.Future[bool] | None) -> None:
        """Leave the line, also once what was woken is answered: the next one may come."""
        if future is None:
            return
        if self._waiting.get(school_id) is future:
            del self._waiting[school_id]
        if not future.done():
            future.set_result(False)
        self._answering.discard(future)
        self._admit()

    def wake(self, schools: Iterable[str]) -> None:
        """There is news for these schools."""
        if not self._queue:
            self._woken, self._begun = 0, monotonic()
        before = len(self._queue)
        self._queue.update((school, None) for school in schools if school in self._waiting)
        self._woken += len(self._queue) - before
        self._admit()

    def take(self, school_id: str) -> bool:
        """Whether there is news for a school that was not let in yet: it has waited as long as it
        would, and is told now rather than when it has asked again."""
        if school_id not in self._queue:
            return False
        del self._queue[school_id]
        return True

    def rest_ms(self) -> int:
        """How long who is answered now should wait before it speaks again: at the pace of the answers
        so far, until the others have theirs, and then for a turn of its own."""
        if self._woken < CROWD:
            return 0
        done = self._woken - len(self._queue)
        took_ms = (monotonic() - self._begun) * 1000
        pace_ms = (took_ms + ANSWER_MS * GUESSED) / (done + GUESSED)
        turns = len(self._queue) + random.random() * RETURN * self._woken
        return min(LONGEST_REST_MS, int(ROOM * turns * pace_ms))

    def wake_all(self) -> None:
        self.wake(list(self._waiting))

    def close(self) -> None:
        """Let everybody go: the server stops."""
        self.closed = True
        self._queue.clear()
        for future in self._waiting.values():
            if not future.done():
                future.set_result(False)

    def _admit(self) -> None:
        while self._queue and len(self._answering) < AT_ONCE:
            school, _none = self._queue.popitem(last=False)
            future = self._waiting.get(school)
            if future is not None and not future.done():
                self._answering.add(future)
                future.set_result(True)
