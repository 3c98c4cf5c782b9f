"""What was signed cannot be dropped unseen: within seconds the hub has seen a log that holds it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from hub.app import build as build_hub
from hub.setup import found_hub
from kit.clock import ManualClock
from node.federation.web import FEDERATION
from tests.hub.conftest import PASSWORD, Province, config_of
from tests.node.conftest import School
from tests.node.in_a_province import joined, sync
from tests.node.test_forms import answer, sent, sql
from tests.node.test_full_disk import full_disk
from tests.waiting import until


@pytest.fixture
async def province(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Province]:
    """A hub made by `init` and served."""
    made = await found_hub(tmp_path / "hub", config_of(""), "first", "최팀장", PASSWORD, clock)
    running = Province(build_hub(made.config, clock), clock)
    await running.start()
    yield running
    await running.stop()


async def listening(school: School, province: Province) -> None:
    """The school has joined, and the hub holds its line, as it does nearly always."""
    await joined(school, province)
    await sync(school)

    async def held() -> bool:
        return len(province.hub.waiting) > 0

    await until(held)


def seen_by_hub(province: Province, size: int) -> Callable[[], Awaitable[bool]]:
    async def seen() -> bool:
        found = await province.hub.db.read(lambda tx: tx.value("SELECT size FROM sync_log"))
        return int(found or 0) >= size

    return seen


async def requests(school: School) -> int:
    ((counter,),) = await sql(school, "SELECT last FROM federation_counter")
    return int(counter)


async def test_a_signature_is_in_the_log_the_hub_has_seen_although_the_line_is_held(
    school: School, province: Province
) -> None:
    await listening(school, province)
    form = await sent(school)
    await answer(school, await school.client_as("김하늘"), form)
    await until(seen_by_hub(province, 1))

    async def witnessed() -> bool:
        return await sql(school, "SELECT size FROM ledger_witness WHERE size > 0") == [(1,)]

    await until(witnessed)


async def test_many_signatures_go_up_in_few_syncs_and_the_last_one_too(
    school: School, province: Province
) -> None:
    await listening(school, province)
    form = await sent(school)
    await school.settled()
    before = await requests(school)
    guardian = await school.client_as("김하늘")
    for number in range(20):
        await answer(school, guardian, form, answer_allergy=f"땅콩 {number}")
    await until(seen_by_hub(province, 20))
    assert await requests(school) - before < 20


async def test_a_school_whose_disk_was_full_talks_on_once_there_is_room(
    school: School, province: Province
) -> None:
    await listening(school, province)
    with full_disk():
        school.app[FEDERATION].wake.set()  # it has something to say
        await asyncio.sleep(1)
    school.app[FEDERATION].wake.set()
    form = await sent(school)
    await answer(school, await school.client_as("김하늘"), form)
    await until(seen_by_hub(province, 1))
