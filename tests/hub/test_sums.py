"""The sums of a notice: kept with it, never counted for a page, right whatever schools say."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from hub.broadcasts import deliveries, store, tallies
from hub.broadcasts.model import NoticeContent, Tally
from kit.clock import DAY, ManualClock
from kit.db import Tx
from tests.hub.syncing import OFFICER, VIEWER, Hub, Node
from tests.hub.test_portions import ack, as_before, draft, many_schools, send

HANBIT, SAESOL = "J107530101", "J107530202"


@pytest.fixture
async def hub(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Hub]:
    running = Hub(database_url, clock, tmp_path / "hub")
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def hanbit(hub: Hub) -> AsyncIterator[Node]:
    node = await hub.enrol(HANBIT, "한빛초등학교")
    await node.settle()
    yield node
    await node.close()


async def sums(hub: Hub, notice_id: str) -> Tally:
    """What is shown; it is what the deliveries say."""
    _notice, tally, _rows, _history = await hub.broadcasts.deliveries(VIEWER, notice_id)
    assert await hub.db.read(partial(tallies.wrong, latest=10)) == []
    return tally


async def test_sums_follow_every_word_of_a_school(hub: Hub, hanbit: Node) -> None:
    saesol = await hub.enrol(SAESOL, "새솔중학교")
    notice_id = await draft(hub, NoticeContent(title="확인 필요", must_acknowledge=True))
    await send(hub, notice_id)
    assert await sums(hub, notice_id) == Tally(2, 0, 0, 0, 0, 0, 0, 0)
    for said, expected in (
        ({}, Tally(2, 1, 0, 0, 0, 0, 70, 12)),
        ({"read": 50, "acknowledged_at": 5}, Tally(2, 1, 1, 0, 0, 0, 70, 50)),
        ({"read": 50, "acknowledged_at": 5}, Tally(2, 1, 1, 0, 0, 0, 70, 50)),
        ({"delayed_until": 9}, Tally(2, 1, 0, 0, 1, 0, 70, 12)),
        ({"vetoed_at": 9, "reason": "해당 없음"}, Tally(2, 1, 0, 0, 0, 1, 70, 12)),
        ({"published_at": 9, "addressees": 71}, Tally(2, 1, 0, 1, 0, 0, 71, 12)),
    ):
        hanbit.acks = (ack(notice_id, **said),)
        await hanbit.settle()
        assert await sums(hub, notice_id) == expected
    await hub.broadcasts.remind(OFFICER, notice_id)
    await hub.broadcasts.revoke(OFFICER, notice_id)
    saesol.acks = (ack(notice_id, revision=2), ack("nowhere"))
    await saesol.settle()
    assert (await sums(hub, notice_id)).received == 2
    await saesol.close()


async def test_a_notice_of_an_earlier_release_is_counted_once_and_kept_from_then_on(
    hub: Hub, hanbit: Node
) -> None:
    ids = [await draft(hub, NoticeContent(title=title)) for title in ("첫째", "둘째")]
    for notice_id in ids:
        await send(hub, notice_id)
    hanbit.acks = tuple(ack(notice_id) for notice_id in ids)
    await hanbit.settle()
    await hub.db.write(partial(as_before, notice_id=ids[0]))
    await hub.db.write(lambda tx: tx.execute("DELETE FROM broadcasts_tally"))
    before = [await sums(hub, notice_id) for notice_id in ids]
    assert before == [Tally(1, 1, 0, 0, 0, 0, 70, 12)] * 2
    hanbit.acks = tuple(ack(notice_id, read=30) for notice_id in ids)
    await hanbit.settle()
    at = await hub.db.write(partial(tallies.move, at=None))
    hanbit.acks = tuple(ack(notice_id, read=40) for notice_id in ids)
    await hanbit.settle()
    assert at is not None
    while (at := await hub.db.write(partial(tallies.move, at=at))) is not None:
        pass
    assert [await sums(hub, notice_id) for notice_id in ids] == [
        Tally(1, 1, 0, 0, 0, 0, 70, 40)
    ] * 2
    kept = await hub.db.read(lambda tx: tx.value("SELECT count(*) FROM broadcasts_tally"))
    assert kept == 2


async def test_lists_and_the_overview_cost_the_same_however_many_schools_have_a_notice(
    clock: ManualClock, tmp_path: Path
) -> None:
    hub = Hub("", clock, tmp_path / "hub")
    await hub.start()
    hanbit = await hub.enrol(HANBIT, "한빛초등학교")
    content = NoticeContent(title="기한", must_acknowledge=True, deadline_at=hub.clock.now() + DAY)
    await send(hub, await draft(hub, content))
    hub.clock.advance(2 * DAY)
    few = await hub.db.read(partial(walked, now=hub.clock.now()))
    await many_schools(hub)
    await send(hub, await draft(hub, content))
    many = await hub.db.read(partial(walked, now=hub.clock.now()))
    assert many < 3 * few
    await hanbit.close()
    await hub.stop()


def walked(tx: Tx, now: int) -> int:
    """Steps of the database's machine for the list and the overview's card."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    raw = tx._connection.raw  # type: ignore[attr-defined]
    raw.set_progress_handler(count, 1)
    assert store.lines(tx, "", True, 30, 0)
    assert store.overdue(tx, now)
    raw.set_progress_handler(None, 0)
    return steps


async def test_schools_are_shown_by_pages_those_that_owe_a_word_first(
    hub: Hub, hanbit: Node
) -> None:
    await many_schools(hub)
    notice_id = await draft(hub, NoticeContent(title="모두에게"))
    await send(hub, notice_id)
    hanbit.acks = (ack(notice_id),)
    await hanbit.settle()
    every = await hub.db.read(partial(deliveries.deliveries, notice_id=notice_id, limit=10_000))
    _notice, tally, page, _history = await hub.broadcasts.deliveries(VIEWER, notice_id, 50, 50)
    assert list(page) == every[50:100]
    assert tally.schools == len(every)
    assert every[-1].school_id == HANBIT
