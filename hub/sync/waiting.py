"""Nodes that wait for news: one request of each school, woken at once, or in turn when many are.

A notice to all schools wakes thousands of requests; released a few at a time they are answered
within seconds without making anybody else wait behind them.
"""

import asyncio
from collections import deque
from collections.abc import Iterable

AT_ONCE = 20
PAUSE_S = 0.1


class Waiting:
    """Who waits, in this process."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[bool]] = {}
        self._queue: deque[str] = deque()
        self._releasing: asyncio.TimerHandle | None = None
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
        """Leave the line."""
        if future is None:
            return
        if self._waiting.get(school_id) is future:
            del self._waiting[school_id]
        if not future.done():
            future.set_result(False)

    def wake(self, schools: Iterable[str]) -> None:
        """There is news for these schools."""
        self._queue.extend(school for school in schools if school in self._waiting)
        if self._releasing is None:
            self._release()

    def wake_all(self) -> None:
        self.wake(list(self._waiting))

    def close(self) -> None:
        """Let everybody go: the server stops."""
        self.closed = True
        if self._releasing is not None:
            self._releasing.cancel()
        for future in self._waiting.values():
            if not future.done():
                future.set_result(False)

    def _release(self) -> None:
        self._releasing = None
        for _turn in range(min(AT_ONCE, len(self._queue))):
            future = self._waiting.get(self._queue.popleft())
            if future is not None and not future.done():
                future.set_result(True)
        if self._queue:
            loop = asyncio.get_running_loop()
            self._releasing = loop.call_later(PAUSE_S, self._release)
