"""Periodic work leaves a row of how it went; an error is kept, not raised; what was missed is made
up for."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from kit.clock import DAY, HOUR, ManualClock, local, moment
from kit.db import Database
from kit.jobs import Daily, Every, Jobs, JobState
from kit.schema import migrate
from tests.conftest import Databases
from tests.waiting import PATIENCE_S


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
    await migrate(made, ["kit"], clock)
    return made


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
async def jobs(db: Database, clock: ManualClock, work: Work) -> AsyncIterator[Jobs]:
    made = Jobs(db, clock)
    made.add(Every("test.often", "자주", 3600, work))
    made.add(Daily("test.daily", "하루에 한 번", 3, 30, work))
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
    again.add(Every("test.often", "새 이름", 3600, work))
    await again.start()
    row = await state(again)
    assert (row.title, row.runs) == ("새 이름", 1)
    await again.stop()


async def test_two_jobs_do_not_share_a_name(jobs: Jobs, work: Work) -> None:
    with pytest.raises(ValueError, match=r"two jobs named test\.often"):
        jobs.add(Every("test.often", "또", 60, work))


# What was missed ----------------------------------------------------------------------------------


class Servers:
    """A server that is switched on and off: the same two jobs and database, each time new."""

    def __init__(self, db: Database, clock: ManualClock, work: Work) -> None:
        self._db = db
        self._clock = clock
        self._work = work
        self.on: Jobs | None = None

    async def switch_on(self) -> Jobs:
        self.on = Jobs(self._db, self._clock, calm_s=0.01, look_every_s=0.01)
        self.on.add(Daily("test.backup", "일일 백업", 3, 30, self._work))
        self.on.add(Every("test.sync", "동기화", 3600, self._work))
        await self.on.start()
        return self.on

    async def switch_off(self) -> None:
        if self.on is not None:
            await self.on.stop()
            self.on = None


@pytest.fixture
async def servers(db: Database, clock: ManualClock, work: Work) -> AsyncIterator[Servers]:
    made = Servers(db, clock, work)
    yield made
    await made.switch_off()


async def runs(jobs: Jobs, wanted: int, name: str = "test.backup") -> JobState:
    """The job's row once it ran so often."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            row = await state(jobs, name)
            if row.runs >= wanted:
                return row
            await asyncio.sleep(0.01)


async def test_a_school_that_switches_its_server_off_every_evening_has_its_daily_backup(
    servers: Servers, clock: ManualClock
) -> None:
    await servers.switch_on()
    await servers.switch_off()  # on the first evening nothing was due yet
    for morning in range(1, 4):
        clock.advance(DAY)
        row = await runs(await servers.switch_on(), morning)
        assert (row.runs, row.last_run_at, row.caught_up_at) == (morning, clock.now(), clock.now())
        await servers.switch_off()


async def test_three_missed_nights_are_made_up_for_once(
    servers: Servers, clock: ManualClock, work: Work
) -> None:
    await servers.switch_on()
    await servers.switch_off()
    clock.advance(3 * DAY)
    jobs = await servers.switch_on()
    await runs(jobs, 1)
    await runs(jobs, 1, "test.sync")
    await servers.switch_off()
    await servers.switch_on()
    await servers.switch_off()
    assert work.done == 2


async def test_who_was_on_at_the_hour_has_nothing_to_make_up_for(
    servers: Servers, clock: ManualClock
) -> None:
    clock.at = moment(2026, 11, 24, 3, 30)
    jobs = await servers.switch_on()
    await jobs.run("test.backup")
    await jobs.run("test.sync")
    await servers.switch_off()
    clock.at = moment(2026, 11, 25, 3, 29)  # due in a minute
    jobs = await servers.switch_on()
    await runs(jobs, 2, "test.sync")
    row = await state(jobs, "test.backup")
    assert (row.runs, row.caught_up_at) == (1, None)


async def test_missed_jobs_run_one_after_the_other(db: Database, clock: ManualClock) -> None:
    at_work = 0
    most_at_work = 0

    async def heavy() -> None:
        nonlocal at_work, most_at_work
        at_work += 1
        most_at_work = max(most_at_work, at_work)
        await asyncio.sleep(0.02)
        at_work -= 1

    def server() -> Jobs:
        made = Jobs(db, clock, calm_s=0)
        for hour in range(6):
            made.add(Daily(f"test.{hour}", "일", hour, 0, heavy))
        return made

    first = server()
    await first.start()
    await first.stop()
    clock.advance(2 * DAY)
    second = server()
    await second.start()
    for hour in range(6):
        await runs(second, 1, f"test.{hour}")
    await second.stop()
    assert most_at_work == 1


async def test_a_machine_that_slept_over_the_hour_makes_up_for_it_when_it_wakes(
    servers: Servers, clock: ManualClock
) -> None:
    jobs = await servers.switch_on()
    clock.advance(DAY)
    row = await runs(jobs, 1)
    assert row.caught_up_at == clock.now()


async def test_a_clock_that_was_years_ahead_does_not_stop_the_jobs(
    servers: Servers, clock: ManualClock
) -> None:
    right = clock.now()
    clock.at = moment(2036, 1, 1, 9, 0)
    jobs = await servers.switch_on()
    await jobs.run("test.backup")
    clock.at = right
    row = await runs(jobs, 2)
    assert row.last_run_at == right
    assert row.next_run_at is not None
    assert row.next_run_at < moment(2036, 1, 1)


async def test_a_run_that_was_cut_off_is_made_up_for(db: Database, clock: ManualClock) -> None:
    began = asyncio.Event()
    done: list[int] = []

    def server(seconds: float) -> Jobs:
        async def work() -> None:
            began.set()
            await asyncio.sleep(seconds)
            done.append(clock.now())

        made = Jobs(db, clock, calm_s=0)
        made.add(Daily("test.daily", "하루에 한 번", 3, 30, work))
        return made

    cut_off = server(3600)
    await cut_off.start()
    clock.at = moment(2026, 11, 24, 3, 30)
    running = asyncio.create_task(cut_off.run("test.daily"))
    await began.wait()
    await cut_off.stop()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert done == []
    clock.advance(HOUR)
    again = server(0)
    await again.start()
    await runs(again, 1, "test.daily")
    await again.stop()
    assert done == [clock.now()]


async def test_who_presses_the_button_while_the_job_runs_waits_for_that_run(
    db: Database, clock: ManualClock
) -> None:
    begun = 0
    go_on = asyncio.Event()

    async def work() -> None:
        nonlocal begun
        begun += 1
        await go_on.wait()

    jobs = Jobs(db, clock)
    jobs.add(Daily("test.daily", "하루에 한 번", 3, 30, work))
    await jobs.start()
    presses = [asyncio.create_task(jobs.run("test.daily")) for _press in range(3)]
    await asyncio.sleep(0)
    go_on.set()
    assert await asyncio.gather(*presses) == [True, True, True]
    assert begun == 1
    assert (await state(jobs, "test.daily")).runs == 1
    assert await jobs.run("test.daily")
    assert begun == 2
    await jobs.stop()


async def test_the_end_of_the_program_cuts_a_run_off_without_an_alarm(
    db: Database, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    begun = asyncio.Event()

    async def long() -> None:
        begun.set()
        await asyncio.Event().wait()

    made = Jobs(db, clock)
    made.add(Every("test.long", "오래", 1, long))
    await made.start()
    await begun.wait()
    await made.stop()
    await asyncio.sleep(0)  # the schedule hears of it
    assert [entry.getMessage() for entry in caplog.records if entry.levelname == "ERROR"] == []
