"""Periodic work: APScheduler behind `Every` and `Daily`.

Each run leaves a row (last run, duration, last error) in `kit_job`, shown on the administrator's
page. A job never runs twice at the same time: who asks for it while it runs waits for that run.

A run is missed while the server is off, while the machine sleeps or when its clock is put forward.
The rows tell: a job is overdue when it was due since its last run. Overdue jobs run once, one after
the other, after the start; `caught_up_at` says so.
"""

import asyncio
import contextlib
import functools
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec
from apscheduler.events import EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from msgspec.structs import replace

from kit.clock import MINUTE, SECOND, SEOUL, Clock, from_datetime, local, monotonic
from kit.db import Database, Tx

log = logging.getLogger(__name__)

Work = Callable[[], Awaitable[object]]

GRACE = 5 * MINUTE  # a run no later than this is on time; who is due again within it just waits
CALM_S = 2.0  # before each run that is made up for: pages come first
PATIENCE_S = 120.0  # a run that takes longer does not hold up those behind it
LOOK_EVERY_S = 60.0
CLOCK_MOVED = MINUTE  # a difference to the steady clock above this: a sleep, or a new time


class JobState(msgspec.Struct, frozen=True):
    """A job as the administrator sees it. Times in ms; None = not yet."""

    name: str
    title: str
    last_run_at: int | None
    last_ok_at: int | None
    last_duration_ms: int | None
    last_error: str | None
    runs: int
    caught_up_at: int | None = None
    next_run_at: int | None = None


class Every(msgspec.Struct, frozen=True):
    """Work that runs each so many seconds, a tenth of them jittered. `title` is a Korean msgid."""

    name: str
    title: str
    seconds: float
    work: Work

    def trigger(self) -> IntervalTrigger:
        """A fresh one: an interval counts from when its trigger was made."""
        return IntervalTrigger(seconds=self.seconds, jitter=self.seconds / 10, timezone=SEOUL)

    def due_after(self, at: int) -> int:
        """When the job is due first after a moment."""
        return at + int(self.seconds * SECOND)


class Daily(msgspec.Struct, frozen=True):
    """Work that runs once a day at a wall-clock time of the school. `title` is a Korean msgid."""

    name: str
    title: str
    hour: int
    minute: int
    work: Work

    def trigger(self) -> CronTrigger:
        return _daily(self.hour, self.minute)

    def due_after(self, at: int) -> int:
        """When the job is due first after a moment."""
        due = local(at).replace(hour=self.hour, minute=self.minute, second=0, microsecond=0)
        if from_datetime(due) <= at:
            due += timedelta(days=1)
        return from_datetime(due)


@functools.cache
def _daily(hour: int, minute: int) -> CronTrigger:
    """One for all that asks at that time: it holds no state, and takes time to make."""
    return CronTrigger(hour=hour, minute=minute, timezone=SEOUL)


class Jobs:
    """The server's schedule. Register first, then start()."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        *,
        calm_s: float = CALM_S,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._db = db
        self._clock = clock
        self._calm_s = calm_s
        self._look_every_s = look_every_s
        self._scheduler = AsyncIOScheduler(
            timezone=SEOUL,
            job_defaults={
                "coalesce": True,
                "max_instances": 1,
                "misfire_grace_time": GRACE // SECOND,
            },
        )
        self._scheduler.add_listener(self._was_missed, EVENT_JOB_MISSED)
        self._jobs: dict[str, Every | Daily] = {}
        self._runs: dict[str, asyncio.Task[bool]] = {}  # the last of each job, done or under way
        self._overdue: asyncio.Queue[str] = asyncio.Queue()
        self._keepers: list[asyncio.Task[None]] = []

    def add(self, job: Every | Daily) -> None:
        """Register a job before start(); its name keys its row for ever."""
        if job.name in self._jobs:
            raise ValueError(f"two jobs named {job.name}")
        self._jobs[job.name] = job
        self._scheduler.add_job(self._run_due, job.trigger(), args=[job.name], id=job.name)

    async def start(self) -> None:
        """Begin the schedule; what was missed is made up for soon after."""
        await self._db.write(self._register)
        self._scheduler.start()
        await self._look()
        self._keepers = [
            asyncio.create_task(self._catch_up(), name="jobs:catch up"),
            asyncio.create_task(
                self._watch_clock(self._clock.now(), monotonic()), name="jobs:watch clock"
            ),
        ]

    async def stop(self) -> None:
        """End the schedule and what runs; a run that was cut off counts as missed."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        ending = [*self._keepers, *self._runs.values()]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    def _register(self, tx: Tx) -> None:
        now = self._clock.now()
        for name, job in self._jobs.items():
            tx.execute(
                "INSERT INTO kit_job (name, title, known_at) VALUES (?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET title = excluded.title,"
                " known_at = coalesce(kit_job.known_at, excluded.known_at)",
                (name, job.title, now),
            )

    # Running ----------------------------------------------------------------------------------

    async def run(self, name: str) -> bool:
        """Run a job now, or wait for the run that is under way; whether it went well. Its error
        is kept, not raised. Raises StorageFailed where that cannot be written down."""
        return await asyncio.shield(self._begin(name))

    async def _run_due(self, name: str) -> None:
        """What the schedule calls: a run that the program's end cuts off has not failed."""
        with contextlib.suppress(asyncio.CancelledError):
            await self.run(name)

    def _begin(self, name: str, *, missed: bool = False) -> asyncio.Task[bool]:
        under_way = self._runs.get(name)
        if under_way is not None and not under_way.done():
            return under_way
        work = self._jobs[name].work
        self._runs[name] = asyncio.create_task(
            self._perform(name, work, missed=missed), name=f"job:{name}"
        )
        return self._runs[name]

    async def _perform(self, name: str, work: Work, *, missed: bool) -> bool:
        started = self._clock.now()
        begun = monotonic()
        error: str | None = None
        try:
            await work()
        except Exception as failure:
            log.exception("job failed", extra={"job": name})
            error = f"{type(failure).__name__}: {failure}"[:500]
        took = int((monotonic() - begun) * 1000)
        well_at = started if error is None else None
        caught_up_at = started if missed else None
        await self._db.write(
            lambda tx: tx.execute(
                "UPDATE kit_job SET last_run_at = ?, last_duration_ms = ?, last_error = ?,"
                " last_ok_at = coalesce(?, last_ok_at), runs = runs + 1,"
                " caught_up_at = coalesce(?, caught_up_at) WHERE name = ?",
                (started, took, error, well_at, caught_up_at, name),
            )
        )
        return error is None

    # What was missed --------------------------------------------------------------------------

    async def _look(self) -> None:
        """Put every job that is overdue into the line."""
        for name in await self._db.read(self._find_overdue):
            self._overdue.put_nowait(name)

    def _find_overdue(self, tx: Tx) -> list[str]:
        now = self._clock.now()
        since: dict[str, int] = dict(
            tx.rows("SELECT name, coalesce(last_run_at, known_at) FROM kit_job")
        )
        return [name for name in self._jobs if self._is_overdue(name, since[name], now)]

    def _is_overdue(self, name: str, since: int, now: int) -> bool:
        """Whether the job was due since its last run, and is not due again in a moment.

        A last run that lies in the future was noted by a clock that was wrong: it says nothing.
        """
        job = self._jobs[name]
        if job.due_after(now) - now <= GRACE:
            return False
        return since > now or job.due_after(since) <= now

    def _was_missed(self, event: JobExecutionEvent) -> None:
        """The scheduler came too late to a run: this process, or its machine, was held up."""
        self._overdue.put_nowait(event.job_id)

    async def _catch_up(self) -> None:
        """Make up for what was missed, one job after the other."""
        while True:
            name = await self._overdue.get()
            await asyncio.sleep(self._calm_s)
            try:
                if name in await self._db.read(self._find_overdue):  # nobody ran it meanwhile
                    log.info("missed job runs now", extra={"job": name})
                    await asyncio.wait({self._begin(name, missed=True)}, timeout=PATIENCE_S)
            except Exception:
                log.exception("cannot make up for a missed job", extra={"job": name})

    async def _watch_clock(self, at: int, steady: float) -> None:
        """Plan anew after the machine slept or its clock was set: timers count steady seconds.

        `at` and `steady`: what the clocks said at the start.
        """
        while True:
            await asyncio.sleep(self._look_every_s)
            passed = int((monotonic() - steady) * SECOND)
            moved = self._clock.now() - at - passed
            at, steady = self._clock.now(), monotonic()
            if abs(moved) <= CLOCK_MOVED:
                continue
            log.info("the clock moved", extra={"seconds": moved // SECOND})
            try:
                for name, job in self._jobs.items():
                    self._scheduler.reschedule_job(name, trigger=job.trigger())
                await self._look()
            except Exception:
                log.exception("cannot plan the jobs anew")

    # Looking ----------------------------------------------------------------------------------

    async def states(self) -> list[JobState]:
        """Every job with its last and next run."""
        rows = await self._db.read(
            lambda tx: tx.rows(
                "SELECT name, title, last_run_at, last_ok_at, last_duration_ms, last_error, runs,"
                " caught_up_at FROM kit_job ORDER BY name"
            )
        )
        return [replace(JobState(*row), next_run_at=self._next(row[0])) for row in rows]

    def _next(self, name: str) -> int | None:
        job = self._scheduler.get_job(name)
        when = getattr(job, "next_run_time", None) if job is not None else None
        return None if when is None else from_datetime(when)
