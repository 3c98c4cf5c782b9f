"""Periodic work: APScheduler behind `every()` and `daily()`.

Each run leaves a row (last run, duration, last error) in `kit_job`, shown on the administrator's
page. A job never runs twice at the same time, and one that was missed runs once.
"""

import logging
from collections.abc import Awaitable, Callable

import msgspec
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from msgspec.structs import replace

from kit.clock import SEOUL, Clock, from_datetime, monotonic
from kit.db import Database, Tx

log = logging.getLogger(__name__)

Work = Callable[[], Awaitable[object]]


class JobState(msgspec.Struct, frozen=True):
    """A job as the administrator sees it. Times in ms; None = not yet."""

    name: str
    title: str
    last_run_at: int | None
    last_ok_at: int | None
    last_duration_ms: int | None
    last_error: str | None
    runs: int
    next_run_at: int | None = None


class Jobs:
    """The server's schedule. Register first, then start()."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._scheduler = AsyncIOScheduler(
            timezone=SEOUL, job_defaults={"coalesce": True, "max_instances": 1}
        )
        self._work: dict[str, tuple[str, Work]] = {}

    def every(self, name: str, title: str, seconds: float, work: Work) -> None:
        """Run `work` each `seconds`, a tenth of it jittered. `title` is a Korean msgid."""
        trigger = IntervalTrigger(seconds=seconds, jitter=seconds / 10, timezone=SEOUL)
        self._add(name, title, work, trigger)

    def daily(self, name: str, title: str, hour: int, minute: int, work: Work) -> None:
        """Run `work` once a day at a wall-clock time of the school."""
        trigger = CronTrigger(hour=hour, minute=minute, timezone=SEOUL)
        self._add(name, title, work, trigger)

    def _add(
        self, name: str, title: str, work: Work, trigger: IntervalTrigger | CronTrigger
    ) -> None:
        if name in self._work:
            raise ValueError(f"two jobs named {name}")
        self._work[name] = (title, work)
        self._scheduler.add_job(self.run, trigger, args=[name], id=name, misfire_grace_time=3600)

    async def start(self) -> None:
        await self._db.write(self._register)
        self._scheduler.start()

    async def stop(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def _register(self, tx: Tx) -> None:
        for name, (title, _work) in self._work.items():
            tx.execute(
                "INSERT INTO kit_job (name, title) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET title = excluded.title",
                (name, title),
            )

    async def run(self, name: str) -> bool:
        """Run a job now; whether it went well. Its error is kept, not raised."""
        _title, work = self._work[name]
        started = self._clock.now()
        begun = monotonic()
        error: str | None = None
        try:
            await work()
        except Exception as failure:
            log.exception("job failed", extra={"job": name})
            error = f"{type(failure).__name__}: {failure}"[:500]
        took = int((monotonic() - begun) * 1000)
        await self._db.write(
            lambda tx: tx.execute(
                "UPDATE kit_job SET last_run_at = ?, last_duration_ms = ?, last_error = ?,"
                " last_ok_at = coalesce(?, last_ok_at), runs = runs + 1 WHERE name = ?",
                (started, took, error, started if error is None else None, name),
            )
        )
        return error is None

    async def states(self) -> list[JobState]:
        """Every job with its last and next run."""
        rows = await self._db.read(
            lambda tx: tx.rows(
                "SELECT name, title, last_run_at, last_ok_at, last_duration_ms, last_error, runs"
                " FROM kit_job ORDER BY name"
            )
        )
        return [replace(JobState(*row), next_run_at=self._next(row[0])) for row in rows]

    def _next(self, name: str) -> int | None:
        job = self._scheduler.get_job(name)
        when = getattr(job, "next_run_time", None) if job is not None else None
        return None if when is None else from_datetime(when)
