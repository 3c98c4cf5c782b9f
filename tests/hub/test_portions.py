"""A notice goes to thousands of schools in portions: others write between them, nobody hears of a
part of it, and a hub that was killed carries on. What earlier releases kept comes over beside it."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from hub.broadcasts import deliveries, earlier, tallies
from hub.broadcasts.dispatcher import PORTION, Dispatcher
from hub.broadcasts.model import Arrival, BeingSent, NoticeContent, Scope, Target, arrival
from hub.schools import store as schools_store
from hub.schools.model import Ring
from kit.clock import ManualClock, local_date
from kit.db import SQLite, Tx
from protocol.identity import SchoolKind
from protocol.official import NoticeAck
from tests.hub.sending_child import decide
from tests.hub.syncing import OFFICER, VIEWER, Hub, Node, waiters

HANBIT, SAESOL = "J107530101", "J107530202"
MANY = 2 * PORTION + 50


@pytest.fixture
async def hub(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Hub]:
    running = Hub(database_url, clock, tmp_path / "hub")
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def hanbit(hub: Hub) -> AsyncIterator[Node]:
    """한빛초등학교, whose id lies among those of the many."""
    node = await hub.enrol(HANBIT, "한빛초등학교")
    await node.settle()
    yield node
    await node.close()


async def many_schools(hub: Hub) -> None:
    now = hub.clock.now()

    def unit(tx: Tx) -> None:
        for number in range(MANY):
            school_id = f"J10{number:07}"
            kind = SchoolKind.ELEMENTARY
            schools_store.save_invited(tx, school_id, f"{number}초", kind, "수원", Ring.ALL, now)
            schools_store.set_enrolled(tx, school_id, now)

    await hub.db.write(unit)


async def draft(hub: Hub, content: NoticeContent, target: Target | None = None) -> str:
    return await hub.drafts.save(OFFICER, None, content, target or Target())


async def send(hub: Hub, notice_id: str) -> None:
    seen = await hub.drafts.notice(OFFICER, notice_id)
    await hub.broadcasts.send(OFFICER, notice_id, seen.updated_at)


async def states(hub: Hub, notice_id: str) -> list[Arrival]:
    notice, _tally, rows, _history = await hub.broadcasts.deliveries(VIEWER, notice_id)
    return [arrival(one, notice.revision) for one in rows]


def ack(notice_id: str, **said: object) -> NoticeAck:
    made = NoticeAck(notice_id=notice_id, revision=1, received_at=1_000, addressees=70, read=12)
    return msgspec.structs.replace(made, **said)


# In portions ----------------------------------------------------------------------------------


async def test_others_write_while_a_notice_goes_to_many_schools(hub: Hub, hanbit: Node) -> None:
    await many_schools(hub)
    notice_id = await draft(hub, NoticeContent(title="모두에게", must_acknowledge=True))
    before = hub.db.units_written
    await send(hub, notice_id)
    assert hub.db.units_written - before >= MANY // PORTION + 1
    assert await states(hub, notice_id) == [Arrival.PENDING] * (MANY + 1)
    before = hub.db.units_written
    assert await hub.broadcasts.remind(OFFICER, notice_id) == MANY + 1
    assert hub.db.units_written - before >= MANY // PORTION + 1


async def test_a_correction_writes_no_row_of_any_school(hub: Hub, hanbit: Node) -> None:
    await many_schools(hub)
    notice_id = await draft(hub, NoticeContent(title="처음"))
    await send(hub, notice_id)
    await hub.drafts.save(OFFICER, notice_id, NoticeContent(title="정정"), Target())
    before = hub.db.units_written
    await send(hub, notice_id)
    assert hub.db.units_written - before < MANY // PORTION + 2
    await hanbit.settle()
    assert hanbit.notices == {notice_id: 2}


async def test_no_school_hears_of_a_notice_before_all_are_addressed(hub: Hub, hanbit: Node) -> None:
    await many_schools(hub)
    notice_id = await draft(hub, NoticeContent(title="모두에게"))
    waiting = asyncio.create_task(hanbit.sync(wait_ms=20_000))
    await waiters(hub, 1)
    await hub.db.write(lambda tx: decide(tx, notice_id, hub.clock.now()))
    await hub.db.write(Dispatcher(hub.db, hub.clock).step)
    with pytest.raises(BeingSent):
        await hub.drafts.save(OFFICER, notice_id, NoticeContent(title="그사이"), Target())
    await hub.lookout.look()
    assert not waiting.done()
    await hub.broadcasts.carry_on()
    down = await waiting
    assert down.notices is not None
    assert [item.notice.title for item in down.notices.items] == ["모두에게"]


async def test_only_schools_that_owe_a_word_hear_a_reminder_also_of_a_corrected_notice(
    hub: Hub, hanbit: Node
) -> None:
    saesol = await hub.enrol(SAESOL, "새솔중학교")
    notice_id = await draft(hub, NoticeContent(title="확인", must_acknowledge=True))
    await send(hub, notice_id)
    await hub.broadcasts.remind(OFFICER, notice_id)
    await hub.drafts.save(
        OFFICER, notice_id, NoticeContent(title="정정", must_acknowledge=True), Target()
    )
    await send(hub, notice_id)
    for node in (hanbit, saesol):
        down = await node.sync()
        assert down.notices is not None
        assert [one.notice.title for one in down.notices.items] == ["정정"]
        await node.settle()
    hanbit.acks = (ack(notice_id, revision=2, acknowledged_at=2_000),)
    await hanbit.settle()
    assert await hub.broadcasts.remind(OFFICER, notice_id) == 1
    assert (await hanbit.sync()).notices is None
    assert (await saesol.sync()).notices is not None
    await saesol.close()


async def test_a_school_that_no_notice_concerns_learns_how_far_the_stream_is(
    hub: Hub, hanbit: Node
) -> None:
    saesol = await hub.enrol(SAESOL, "새솔중학교")
    await saesol.settle()
    for number in range(102):
        target = Target(Scope.CHOSEN, schools=(HANBIT,))
        await send(hub, await draft(hub, NoticeContent(title=f"{number}호"), target))
    down = await saesol.sync()
    assert down.notices is not None
    assert down.notices.items == ()
    assert (await saesol.sync()).notices is None
    await saesol.close()


async def test_an_acknowledgement_writes_what_changed_and_nothing_else(
    hub: Hub, hanbit: Node
) -> None:
    sent = [await draft(hub, NoticeContent(title=f"{number}호")) for number in range(9)]
    for notice_id in sent:
        await send(hub, notice_id)
    hanbit.acks = tuple(ack(notice_id) for notice_id in sent)
    await hanbit.settle()
    changed = (*hanbit.acks[:-1], ack(sent[-1], read=13))
    written = await hub.db.write(lambda tx: deliveries.take_acks(tx, HANBIT, changed))
    assert [(before.read, after.read) for _notice, before, after in written] == [(12, 13)]
    again = await hub.db.write(lambda tx: deliveries.take_acks(tx, HANBIT, changed))
    assert again == []


async def test_what_schools_answer_leaves_no_event_behind(hub: Hub, hanbit: Node) -> None:
    """Open pages hear of it; nothing else ever asked."""
    notice_id = await draft(hub, NoticeContent(title="확인"))
    await send(hub, notice_id)
    hanbit.acks = (ack(notice_id),)
    await hanbit.settle()
    events = await hub.db.read(lambda tx: tx.rows("SELECT DISTINCT tag FROM kit_event"))
    assert ("broadcasts.answered",) not in events


async def test_old_days_of_the_charts_are_forgotten_some_schools_in_a_unit(hub: Hub) -> None:
    await many_schools(hub)
    today = local_date(hub.clock.now())
    days = [(today - timedelta(days=ago)).isoformat() for ago in (0, 399, 401, 500)]

    def speak(tx: Tx) -> None:
        tx.many(
            "INSERT INTO schools_day (school_id, day_on, disk_free, disk_total, failing, reports)"
            " SELECT school_id, ?, 1, 2, 0, 1 FROM schools_school",
            [(day,) for day in days],
        )

    await hub.db.write(speak)
    before = hub.db.units_written
    await hub.schools.forget_days()
    assert hub.db.units_written - before >= MANY // PORTION + 1
    kept = await hub.db.read(
        lambda tx: tx.rows("SELECT day_on, count(*) FROM schools_day GROUP BY day_on")
    )
    assert dict(kept) == dict.fromkeys(days[:2], MANY)


# Killed ---------------------------------------------------------------------------------------


async def test_a_hub_killed_while_it_sends_carries_on_and_addresses_each_school_once(
    clock: ManualClock, tmp_path: Path
) -> None:
    hub = Hub("", clock, tmp_path / "hub")
    await hub.start()
    hanbit = await hub.enrol(HANBIT, "한빛초등학교")
    await many_schools(hub)
    notice_id = await draft(hub, NoticeContent(title="모두에게"))
    assert isinstance(hub.db.driver, SQLite)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.hub.sending_child", str(hub.db.driver.path), notice_id
    )
    assert await child.wait() == -signal.SIGKILL
    pending = await hub.db.read(deliveries.first_pending)
    assert pending is not None
    assert pending.schools == PORTION
    await hanbit.settle()
    assert hanbit.notices == {}
    await hub.broadcasts.carry_on()
    assert await states(hub, notice_id) == [Arrival.PENDING] * (MANY + 1)
    await hanbit.settle()
    assert hanbit.notices == {notice_id: 1}
    assert (await hub.drafts.notice(OFFICER, notice_id)).schools == MANY + 1
    assert await hub.db.read(lambda tx: tallies.wrong(tx, 10)) == []
    await hanbit.close()
    await hub.stop()


async def test_what_was_decided_before_the_disk_was_full_goes_out_once_there_is_room(
    clock: ManualClock, tmp_path: Path
) -> None:
    hub = Hub("", clock, tmp_path / "hub")
    await hub.start()
    await many_schools(hub)
    notice_id = await draft(hub, NoticeContent(title="모두에게"))
    seen = await hub.drafts.notice(OFFICER, notice_id)

    def room(tx: Tx, pages: int) -> None:
        tx.value(f"PRAGMA max_page_count = {int(tx.value('PRAGMA page_count')) + pages}")

    await hub.db.write(lambda tx: room(tx, 2))
    await hub.broadcasts.send(OFFICER, notice_id, seen.updated_at)
    assert await hub.db.read(lambda tx: deliveries.is_pending(tx, notice_id))
    await hub.db.write(lambda tx: room(tx, 10_000))
    await hub.broadcasts.carry_on()
    assert await states(hub, notice_id) == [Arrival.PENDING] * MANY
    await hub.stop()


# Of earlier releases --------------------------------------------------------------------------


def as_before(tx: Tx, notice_id: str) -> None:
    """Deliveries of a notice as earlier releases kept them."""
    tx.execute(
        "INSERT INTO broadcasts_earlier (notice_id, school_id, seq, reminded_at, revision,"
        " received_at, addressees, read_count, acknowledged_at, published_at, delayed_until,"
        " vetoed_at, reason) SELECT n.notice_id, s.school_id, coalesce(d.own_seq, n.seq), d.reminded_at, d.revision,"
        " d.received_at, d.addressees, d.read_count, d.acknowledged_at, d.published_at,"
        " d.delayed_until, d.vetoed_at, coalesce(d.reason, '') FROM broadcasts_delivery d"
        " JOIN broadcasts_sent n ON n.notice = d.notice"
        " JOIN broadcasts_school s ON s.school = d.school WHERE n.notice_id = ?",
        (notice_id,),
    )
    number = "(SELECT notice FROM broadcasts_sent WHERE notice_id = ?)"
    tx.execute(f"DELETE FROM broadcasts_delivery WHERE notice = {number}", (notice_id,))
    tx.execute(f"DELETE FROM broadcasts_dispatch WHERE notice = {number}", (notice_id,))
    tx.execute("UPDATE broadcasts_sent SET seq = 0 WHERE notice_id = ?", (notice_id,))


def left(tx: Tx) -> int:
    return int(tx.value("SELECT count(*) FROM broadcasts_earlier"))


async def test_what_earlier_releases_kept_is_heard_answered_and_shown_as_ever(
    hub: Hub, hanbit: Node
) -> None:
    first, second = [await draft(hub, NoticeContent(title=title)) for title in ("첫째", "둘째")]
    await send(hub, first)
    await send(hub, second)
    await hub.db.write(lambda tx: as_before(tx, first))
    down = await hanbit.sync()
    assert down.notices is not None
    assert [one.notice.title for one in down.notices.items] == ["첫째", "둘째"]
    assert await states(hub, first) == [Arrival.PENDING]
    hanbit.acks = (ack(first, vetoed_at=5, reason="학사일정과 겹침"), ack(second))
    await hanbit.settle()
    assert await states(hub, first) == [Arrival.VETOED]
    assert await hub.db.read(left) == 0


async def test_what_was_not_heard_yet_is_heard_after_it_came_over_and_once_only(
    hub: Hub, hanbit: Node
) -> None:
    await many_schools(hub)
    heard, new = [await draft(hub, NoticeContent(title=title)) for title in ("들은 것", "새 것")]
    await send(hub, heard)
    await hanbit.settle()
    await send(hub, new)
    await hub.db.write(lambda tx: as_before(tx, heard))
    await hub.db.write(lambda tx: as_before(tx, new))
    steps = 0
    while await hub.db.write(lambda tx: earlier.move(tx, None)) is not None:
        steps += 1
    assert steps >= 2 * MANY // earlier.MOVED
    assert await hub.db.read(left) == 0
    assert await states(hub, new) == [Arrival.PENDING] * (MANY + 1)
    down = await hanbit.sync()
    assert down.notices is not None
    assert [one.notice.title for one in down.notices.items] == ["새 것"]
    await hanbit.settle()
    assert (await hanbit.sync()).notices is None


async def test_a_notice_of_an_earlier_release_is_reminded_corrected_and_taken_back(
    hub: Hub, hanbit: Node
) -> None:
    notice_id = await draft(hub, NoticeContent(title="전부터", must_acknowledge=True))
    await send(hub, notice_id)
    await hanbit.settle()
    await hub.db.write(lambda tx: as_before(tx, notice_id))
    assert await hub.broadcasts.remind(OFFICER, notice_id) == 1
    assert (await hanbit.sync()).notices is not None
    await hanbit.settle()
    await hub.db.write(lambda tx: as_before(tx, notice_id))
    await hub.broadcasts.revoke(OFFICER, notice_id)
    await hanbit.settle()
    assert hanbit.notices == {notice_id: 2}
