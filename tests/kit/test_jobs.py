"""Periodic work leaves a row of how it went; an error is kept, not raised."""

from collections.abc import AsyncIterator

import pytest

from kit.clock import HOUR, ManualClock, local
from kit.db import Database
from kit.jobs import Jobs, JobState
from kit.schema import migrate
from tests.conftest import Databases


class Work:
    """Something to do that may fail."""

    def __init__(self) -> None:
        self.done = 0
        self.fails = False

    async def __call__(self) -> None:
        if self.fails:
            raise RuntimeError("the disk is gone")
        self.done += 1


@pytest.fixture
async def db(databases: Databases, clock: ManualClock) -> Database:
    made = await databases.sqlite()
    await migrate(made, ["kit"], clock, 1, 1)
    return made


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
async def jobs(db: Database, clock: ManualClock, work: Work) -> AsyncIterator[Jobs]:
    made = Jobs(db, clock)
    made.every("test.often", "자주", 3600, work)
    made.daily("test.daily", "하루에 한 번", 3, 30, work)
    await made.start()
    yield made
    await made.stop()


async def state(jobs: Jobs, name: str = "test.often") -> JobState:
    return next(job for job in await jobs.states() if job.name == name)


async def test_a_job_that_has_not_run_says_when_it_will(jobs: Jobs) -> None:
    often, daily = await state(jobs), await state(jobs, "test.daily")
    assert (often.title, often.runs, often.last_run_at, often.last_error) == ("자주", 0, None, None)
    assert often.next_run_at is not None
    assert daily.next_run_at is not None
    when = local(daily.next_run_at)
    assert (when.hour, when.minute) == (3, 30)


async def test_a_run_leaves_when_how_long_and_that_it_went_well(
    jobs: Jobs, work: Work, clock: ManualClock
) -> None:
    assert await jobs.run("test.often")
    row = await state(jobs)
    assert work.done == 1
    assert (row.runs, row.last_run_at, row.last_ok_at) == (1, clock.now(), clock.now())
    assert row.last_duration_ms is not None


async def test_an_error_is_kept_with_the_last_time_it_went_well_and_goes_when_it_does_again(
    jobs: Jobs, work: Work, clock: ManualClock
) -> None:
    await jobs.run("test.often")
    well = clock.now()
    clock.advance(HOUR)
    work.fails = True
    assert not await jobs.run("test.often")
    row = await state(jobs)
    assert row.last_error == "RuntimeError: the disk is gone"
    assert (row.runs, row.last_run_at, row.last_ok_at) == (2, clock.now(), well)
    assert (await state(jobs, "test.daily")).last_error is None
    work.fails = False
    assert await jobs.run("test.often")
    assert (await state(jobs)).last_error is None


async def test_a_restart_keeps_the_rows(
    jobs: Jobs, db: Database, work: Work, clock: ManualClock
) -> None:
    await jobs.run("test.often")
    again = Jobs(db, clock)
    again.every("test.often", "새 이름", 3600, work)
    await again.start()
    row = await state(again)
    assert (row.title, row.runs) == ("새 이름", 1)
    await again.stop()


async def test_two_jobs_do_not_share_a_name(jobs: Jobs, work: Work) -> None:
    with pytest.raises(ValueError, match=r"two jobs named test\.often"):
        jobs.every("test.often", "또", 60, work)
