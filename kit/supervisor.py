"""Child processes: started, watched until ready, restarted with back-off, stopped in order.

    supervisor = Supervisor()
    supervisor.add(Child("hub", ["madang-hub", "serve", …], ready=answers("http://…/healthz")))
    await supervisor.start()        # in the order added; returns when all are ready
    await supervisor.stop()         # in reverse order: SIGTERM, then SIGKILL after a grace

A child dies with its parent, even when the parent is killed (Linux: PR_SET_PDEATHSIG).
"""

import asyncio
import contextlib
import ctypes
import logging
import os
import random
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from kit.clock import monotonic

log = logging.getLogger(__name__)

_PR_SET_PDEATHSIG = 1
LONGEST_PAUSE_S = 30.0
UNHEALTHY_AFTER = 3  # failures in a row
HEALTHY_AFTER_S = 60.0  # a child that ran so long starts its back-off anew


class NotReady(Exception):
    """A child did not become ready in its time; the message names it and its log."""


class Child(msgspec.Struct, frozen=True):
    """What to run. `ready` says whether it serves already; `log_file` takes its output."""

    name: str
    command: Sequence[str]
    ready: Callable[[], Awaitable[bool]]
    log_file: Path
    environment: Mapping[str, str] = {}
    ready_within_s: float = 60.0
    grace_s: float = 15.0
    healthy_every_s: float = 0.0
    """How often `ready` is asked while it runs; one that fails three times in a row is killed and
    starts again, unless it was just launched: then it has `ready_within_s`. 0: never asked."""


def _die_with_parent() -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class RunningChild:
    """A child and its life."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.process: asyncio.subprocess.Process | None = None
        self.watcher: asyncio.Task[None] | None = None
        self.asker: asyncio.Task[None] | None = None
        self.stopping = False
        self.restarts = 0
        self.launched_at = 0.0
        self.was_ready = False  # since it was launched

    async def launch(self) -> None:
        child = self.child
        self.launched_at, self.was_ready = monotonic(), False
        child.log_file.parent.mkdir(parents=True, exist_ok=True)
        with child.log_file.open("ab") as out:
            self.process = await asyncio.create_subprocess_exec(
                *child.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={**os.environ, **child.environment},
                start_new_session=True,  # Ctrl-C reaches the parent, which stops them in order
                preexec_fn=_die_with_parent,
            )

    async def become_ready(self) -> None:
        until = monotonic() + self.child.ready_within_s
        while monotonic() < until:
            assert self.process is not None
            if self.process.returncode is not None:
                raise NotReady(
                    f"{self.child.name} ended with {self.process.returncode}:"
                    f" see {self.child.log_file}"
                )
            if await self.child.ready():
                self.was_ready = True
                return
            await asyncio.sleep(0.1)
        raise NotReady(f"{self.child.name} is not ready: see {self.child.log_file}")

    async def watch(self) -> None:
        pause = 1.0
        while True:
            assert self.process is not None
            begun = monotonic()
            code = await self.process.wait()
            if self.stopping:
                return
            if monotonic() - begun > HEALTHY_AFTER_S:
                pause = 1.0
            log.warning("child ended", extra={"child": self.child.name, "code": code})
            await asyncio.sleep(random.uniform(pause / 2, pause))
            pause = min(pause * 2, LONGEST_PAUSE_S)
            self.restarts += 1
            await self._launch_again()

    async def _launch_again(self) -> None:
        """Launch until it works: a full disk or a lack of memory passes, a child left behind
        would be noticed by nobody."""
        while True:
            try:
                return await self.launch()
            except OSError as error:
                log.error("child cannot start", extra={"child": self.child.name, "why": str(error)})
                await asyncio.sleep(LONGEST_PAUSE_S)

    async def start(self) -> None:
        """Launch, watch, return when it is ready. Raises NotReady."""
        self.stopping = False
        await self.launch()
        self.watcher = asyncio.create_task(self.watch(), name=f"child:{self.child.name}")
        await self.become_ready()
        if self.child.healthy_every_s:
            self.asker = asyncio.create_task(self.ask_health(), name=f"health:{self.child.name}")

    async def ask_health(self) -> None:
        """A child that lives and does not answer is as good as dead; one that starts has its time."""
        failures = 0
        while True:
            await asyncio.sleep(self.child.healthy_every_s)
            answers = await self.child.ready()
            self.was_ready = self.was_ready or answers
            may_start = monotonic() - self.launched_at < self.child.ready_within_s
            starts = not self.was_ready and may_start
            failures = 0 if answers or starts else failures + 1
            process = self.process
            if failures >= UNHEALTHY_AFTER and process is not None and process.returncode is None:
                log.warning("child does not answer", extra={"child": self.child.name})
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                failures = 0

    async def stop(self) -> None:
        """End it and leave it ended, until `start()`."""
        self.stopping = True
        if self.asker is not None:
            self.asker.cancel()
            await asyncio.gather(self.asker, return_exceptions=True)
        process = self.process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                async with asyncio.timeout(self.child.grace_s):
                    await process.wait()
            except TimeoutError:
                log.warning("child killed", extra={"child": self.child.name})
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        if self.watcher is not None:
            self.watcher.cancel()
            await asyncio.gather(self.watcher, return_exceptions=True)


class Supervisor:
    """The children of one server or demo."""

    def __init__(self) -> None:
        self.running: list[RunningChild] = []

    def add(self, child: Child) -> None:
        self.running.append(RunningChild(child))

    async def start(self) -> None:
        """Start what is not running yet, in order. Raises NotReady; what runs, runs on."""
        for running in self.running:
            if running.process is None:
                await running.start()

    async def stop(self) -> None:
        for running in reversed(self.running):
            await running.stop()

    def child(self, name: str) -> RunningChild:
        """One child, for those who stop, start, measure or kill it."""
        return next(running for running in self.running if running.child.name == name)
