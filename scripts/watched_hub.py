"""A hub that tells how long its event loop stood still and how long its writer was held.

    PYTHONPATH=BUILD python scripts/watched_hub.py FOLDER [settle]

Serves the hub of a folder until SIGTERM. On SIGUSR1 it writes a line of JSON: the longest stop of the
loop, the longest hold of the writer (one commit with all its units) and the slowest unit, each in ms
since the line before. Of the stop also what the loop's thread itself used of a processor (`loop_busy_ms`,
the longest of all) and, in the longest stop, how long it stood ready without one (`loop_queued_ms`): on a
machine with more to do that is no fault of the hub. `loop_step`: the longest single step.
`commit_ms`: what of the longest hold its COMMIT took, which is the disk's. `collection_ms`: the longest
collection of Python's garbage, and its generation. "settle" serves nothing: it brings what earlier releases kept into the present
shape and forgets old events, as weeks beside a server would. It asks nothing of a build but `hub.app` and `kit.db`, for it also runs earlier
ones.
"""

import asyncio
import contextlib
import gc
import importlib
import json
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from hub.app import Hub, build, open_database, serve
from hub.config import read_config
from kit.db import Connection, Value

TICK_S = 0.005


class Watch:
    """The longest times since they were told last."""

    def __init__(self, hub: Hub) -> None:
        self._stop = self._begun = self._busy = self._queued = 0.0
        self._hold = (0.0, 0.0)
        self._step = (0.0, "")
        self._collection = (0.0, 0)
        self._db = hub.db
        connect, begin = hub.db.driver.connect, hub.db.driver.begin

        def noted_begin(connection: Connection, *, writer: bool) -> None:
            begin(connection, writer=writer)
            if writer:
                self._begun = time.monotonic()

        def noted_connect(*, writer: bool) -> Connection:
            connection = connect(writer=writer)
            execute = connection.execute

            def noted(sql: str, params: Sequence[Value] = ()) -> Any:
                before = time.monotonic()
                found = execute(sql, params)
                if sql == "COMMIT":
                    now = time.monotonic()
                    self._hold = max(self._hold, (now - self._begun, now - before))
                return found

            if writer:
                connection.execute = noted  # type: ignore[method-assign]
            return connection

        hub.db.driver.begin = noted_begin  # type: ignore[method-assign]
        hub.db.driver.connect = noted_connect  # type: ignore[method-assign]

    async def ticks(self) -> None:
        """A timer that notices when it comes late."""
        self._watch_steps()
        self._watch_collections()
        place = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
        with place.open() as waits:  # noqa: ASYNC230 - no disk stands behind it
            while True:
                before, busy, queued = time.monotonic(), time.thread_time(), _queued(waits)
                await asyncio.sleep(TICK_S)
                stop = time.monotonic() - before - TICK_S
                self._busy = max(self._busy, time.thread_time() - busy)
                if stop > self._stop:
                    self._stop, self._queued = stop, _queued(waits) - queued

    def _watch_steps(self) -> None:
        """Note which step of the loop uses most of the processor."""
        handles: Any = asyncio.Handle
        run = handles._run  # noqa: SLF001 - asyncio offers no other place

        def noted(handle: Any) -> None:
            before = time.thread_time()
            run(handle)
            took = time.thread_time() - before
            if took > self._step[0]:
                self._step = (took, _name_of(handle._callback))  # noqa: SLF001

        handles._run = noted  # noqa: SLF001

    def _watch_collections(self) -> None:
        """Note the longest collection, in whatever thread."""
        begun = 0.0

        def noted(phase: str, about: dict[str, int]) -> None:
            nonlocal begun
            if phase == "start":
                begun = time.perf_counter()
            else:
                took = time.perf_counter() - begun
                self._collection = max(self._collection, (took, about["generation"]))

        gc.callbacks.append(noted)

    def tell(self) -> None:
        slowest = max(self._db.slowest.items(), key=lambda one: one[1], default=("", 0.0))
        told = {
            "loop_stop_ms": round(self._stop * 1000, 1),
            "loop_busy_ms": round(self._busy * 1000, 1),
            "loop_queued_ms": round(self._queued * 1000, 1),
            "loop_step_ms": round(self._step[0] * 1000, 1),
            "loop_step": self._step[1],
            "collection_ms": round(self._collection[0] * 1000, 1),
            "collection_of": self._collection[1],
            "writer_hold_ms": round(self._hold[0] * 1000, 1),
            "commit_ms": round(self._hold[1] * 1000, 1),
            "slowest_unit": slowest[0],
            "slowest_unit_ms": round(slowest[1] * 1000, 1),
        }
        print(json.dumps(told), flush=True)
        self._db.slowest.clear()
        self._stop = self._busy = self._queued = 0.0
        self._hold = (0.0, 0.0)
        self._step = (0.0, "")
        self._collection = (0.0, 0)


def _queued(waits: IO[str]) -> float:
    """For how long (s) a thread stood ready without a processor."""
    waits.seek(0)
    return int(waits.read().split()[1]) / 1e9


def _name_of(callback: object) -> str:
    task = getattr(callback, "__self__", None)
    if isinstance(task, asyncio.Task):
        return str(getattr(task.get_coro(), "__qualname__", ""))
    return str(getattr(callback, "__qualname__", callback))


async def run(folder: Path) -> None:
    """Serve until SIGTERM."""
    hub = build(read_config(folder))
    watch = Watch(hub)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, watch.tell)
    ticks = asyncio.create_task(watch.ticks())
    await serve(hub, stop, lambda: print("serves", flush=True))
    ticks.cancel()


async def settle(folder: Path) -> None:
    """Data of earlier releases in its present shape, without old events."""
    hub = build(read_config(folder))
    async with open_database(hub):
        await hub.ground.moves.drained()
        await hub.knowledge.finder.catch_up()
        await hub.ground.outbox.forget()


if __name__ == "__main__":
    go: Any = asyncio.run
    with contextlib.suppress(ImportError, AttributeError):  # earlier builds have none
        go = importlib.import_module("kit.runtime").run
    go((settle if sys.argv[2:] else run)(Path(sys.argv[1])))
