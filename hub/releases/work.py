"""Long work that makes releases: one at a time, off the event loop, its progress in a row.

A work that the hub's end interrupted is marked so at the next start; nothing of it was published.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from hub.officers.access import ACTING, with_role
from hub.officers.model import Officer
from hub.releases import store
from hub.releases.model import INTERRUPTED, ReleaseWorked, Step, Work
from kit.clock import DAY, Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.problem import Problem
from protocol.chunks import ReleaseKind

log = logging.getLogger(__name__)

SHOWN_EVERY_S = 0.5
KEPT = 60 * DAY
UNEXPECTED = _("예상하지 못한 오류로 실패했습니다. 허브의 기록(log)을 확인하고 다시 시도해 주세요.")


class WorkReport:
    """How far a work is; set from any thread."""

    def __init__(self) -> None:
        self.step = Step.WAITING
        self.permille = 0

    def at(self, step: Step, permille: int = 0) -> None:
        self.step, self.permille = step, permille

    def cutting(self, done: int, total: int) -> None:
        """Progress of `Repository.publish`."""
        if done >= total:
            self.at(Step.SIGNING, 1000)
        else:
            self.at(Step.CUTTING, 1000 * done // total)


Job = Callable[[WorkReport], Awaitable[int | None]]
"""Makes a release; its version. None: something else was done."""


class Workshop:
    """Runs the works of this process."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._turn = asyncio.Lock()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """Mark what an earlier process left behind."""
        now = self._clock.now()

        def unit(tx: Tx) -> None:
            store.end_works(tx, INTERRUPTED, now)
            store.forget_works(tx, now - KEPT)

        await self._db.write(unit)

    async def stop(self) -> None:
        """End what runs; it is marked as interrupted."""
        for task in list(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _new(self, officer: Officer, kind: ReleaseKind, title: str) -> Work:
        now = self._clock.now()
        work = Work(new_id(), kind, title[:200], Step.WAITING, 0, "", None, now, now, officer.name)
        await self._db.write(with_role(officer, ACTING, lambda tx, _officer: _save(tx, work)))
        return work

    async def run_now(self, officer: Officer, kind: ReleaseKind, title: str, job: Job) -> None:
        """Do a job within this call, beside what else runs, its progress shown. Raises what it
        raises."""
        work = await self._new(officer, kind, title)
        try:
            await self._watched(work, job)
        except BaseException as error:
            words = str(error)[:500] if isinstance(error, Problem) else INTERRUPTED
            await self._keep(replace(work, step=Step.FAILED, error=words))
            raise
        await self._forget(work)

    async def begin(self, officer: Officer, kind: ReleaseKind, title: str, job: Job) -> str:
        """Have a job done; the id of its row."""
        work = await self._new(officer, kind, title)
        task = asyncio.create_task(self._run(work, job), name=f"release:{work.id}")
        self._tasks[work.id] = task
        task.add_done_callback(lambda _done: self._tasks.pop(work.id, None))
        return work.id

    async def done(self, work_id: str) -> None:
        """Return when that work has ended."""
        task = self._tasks.get(work_id)
        if task is not None:
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self, work: Work, job: Job) -> None:
        try:
            async with self._turn:
                version = await self._watched(work, job)
        except asyncio.CancelledError:
            await self._keep(replace(work, step=Step.FAILED, error=INTERRUPTED))
            raise
        except Problem as problem:
            await self._keep(replace(work, step=Step.FAILED, error=str(problem)[:500]))
        except Exception:
            log.exception("a release could not be made", extra={"work": work.id})
            await self._keep(replace(work, step=Step.FAILED, error=UNEXPECTED))
        else:
            await self._keep(replace(work, step=Step.DONE, permille=1000, version=version))

    async def _watched(self, work: Work, job: Job) -> int | None:
        report = WorkReport()
        showing = asyncio.create_task(self._show(work, report))
        try:
            return await job(report)
        finally:
            showing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await showing

    async def _forget(self, work: Work) -> None:
        def unit(tx: Tx) -> None:
            store.forget_work(tx, work.id)
            tx.signal(ReleaseWorked(work.id))

        await self._db.write(unit)

    async def _show(self, work: Work, report: WorkReport) -> None:
        shown = (Step.WAITING, 0)
        while True:
            now = (report.step, report.permille)
            if now != shown:
                shown = now
                await self._keep(replace(work, step=now[0], permille=now[1]))
            await asyncio.sleep(SHOWN_EVERY_S)

    async def _keep(self, work: Work) -> None:
        kept = replace(work, changed_at=self._clock.now())

        await self._db.write(lambda tx: _save(tx, kept))


def _save(tx: Tx, work: Work) -> None:
    store.save_work(tx, work)
    tx.signal(ReleaseWorked(work.id))
