"""One key, two machines: the hub notices, tells its officers and the school, and lets them settle it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.doctor_database import _look
from hub.sync.machines import RETURNS, network_of
from hub.sync.model import Alarm, Sign
from kit.clock import DAY, MINUTE, SECOND, ManualClock
from kit.problem import Forbidden, NotFound
from tests.hub.syncing import OFFICER, VIEWER, Hub, Node

HANBIT = "J107530101"
HERE, THERE, ELSEWHERE = "127.0.0.1", "127.0.0.2", "127.0.0.3"


@pytest.fixture
async def hub(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Hub]:
    running = Hub(database_url, clock, tmp_path / "hub")
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def hanbit(hub: Hub) -> AsyncIterator[Node]:
    node = await hub.enrol(HANBIT, "한빛초등학교")
    yield node
    await node.close()


async def heard(hub: Hub, node: Node, epoch: str = "", address: str = "") -> int | None:
    """One sync a second later; since when the school is told of two machines."""
    hub.clock.advance(SECOND)
    node.epoch = epoch or node.epoch
    if address:
        node.move(address)
    return (await node.sync()).two_machines_at


async def alarm(hub: Hub) -> Alarm:
    (found,) = await hub.evidence.alarms(VIEWER)
    return found


async def cards(hub: Hub) -> list[str]:
    found = await hub.db.read(lambda tx: hub.evidence.cards(tx, OFFICER, hub.clock.now()))
    return [card.name for card in found]


async def test_every_school_in_question_is_counted_and_none_twice(hub: Hub) -> None:
    schools = [await hub.enrol(f"J10753020{number}", f"{number}호초등학교") for number in range(7)]
    for node in schools:
        for life in ("before", "after", "before"):
            await heard(hub, node, epoch=life)
        await node.close()
    (card,) = await hub.db.read(lambda tx: hub.evidence.cards(tx, OFFICER, hub.clock.now()))
    assert (card.count, len(card.entries)) == (7, 5)


# Lives of a database ----------------------------------------------------------------------------


async def test_a_restore_is_no_second_machine(hub: Hub, hanbit: Node) -> None:
    for life in ("one", "two", "three"):
        assert await heard(hub, hanbit, epoch=life) is None
        assert await heard(hub, hanbit) is None
    assert await hub.evidence.alarms(VIEWER) == []
    assert await cards(hub) == []


async def test_the_server_from_before_the_restore_still_runs(hub: Hub, hanbit: Node) -> None:
    await heard(hub, hanbit, epoch="before", address=HERE)
    hub.clock.advance(30 * DAY)
    assert await heard(hub, hanbit, epoch="after", address=THERE) is None
    since = await heard(hub, hanbit, epoch="before", address=HERE)
    assert since == hub.clock.now()
    assert await heard(hub, hanbit, epoch="after", address=THERE) == since
    found = await alarm(hub)
    assert (found.school_name, found.sign, found.found_at) == ("한빛초등학교", Sign.EPOCHS, since)
    assert [(one.epoch, one.address) for one in found.evidence] == [
        ("before", HERE),
        ("after", THERE),
        ("before", HERE),
    ]
    assert found.last_at == hub.clock.now()
    assert await cards(hub) == ["machines"]


# Addresses --------------------------------------------------------------------------------------


async def test_an_address_that_changes_each_day_is_no_second_machine(
    hub: Hub, hanbit: Node
) -> None:
    for day in range(20):
        hub.clock.advance(DAY)
        assert await heard(hub, hanbit, address=(HERE, THERE, ELSEWHERE)[day % 3]) is None


async def test_a_line_that_fails_over_and_back_is_no_second_machine(hub: Hub, hanbit: Node) -> None:
    for _outage in range(20):
        assert await heard(hub, hanbit, address=HERE) is None
        hub.clock.advance(3 * MINUTE)
        assert await heard(hub, hanbit, address=THERE) is None
        hub.clock.advance(2 * MINUTE)


async def test_two_addresses_in_turn_are_two_machines(hub: Hub, hanbit: Node) -> None:
    await heard(hub, hanbit, address=HERE)
    told = [
        await heard(hub, hanbit, address=(THERE, HERE)[turn % 2]) for turn in range(RETURNS + 1)
    ]
    assert told[:-1] == [None] * RETURNS
    assert told[-1] == hub.clock.now()
    found = await alarm(hub)
    assert found.sign is Sign.ADDRESSES
    assert {one.address for one in found.evidence} == {HERE, THERE}
    assert len(found.evidence) == RETURNS + 2


async def test_a_quarrel_of_two_machines_is_one_alarm_and_few_rows(hub: Hub, hanbit: Node) -> None:
    for turn in range(200):
        await heard(hub, hanbit, address=(THERE, HERE)[turn % 2])
    assert (await alarm(hub)).last_at == hub.clock.now()
    kept = await hub.db.read(lambda tx: tx.value("SELECT count(*) FROM sync_change"))
    assert kept <= 61


@pytest.mark.parametrize(
    ("given", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_a_place_is_an_address_or_an_ipv6_network(given: str, network: str) -> None:
    assert network_of(given) == network


# What becomes of it -----------------------------------------------------------------------------


async def twice(hub: Hub, node: Node) -> int | None:
    """The old server, the restored one, the old one again."""
    for epoch in ("before", "after", "before"):
        told = await heard(hub, node, epoch=epoch)
    return told


async def test_an_officer_settles_it_and_the_school_hears_no_more_of_it(
    hub: Hub, hanbit: Node
) -> None:
    assert await twice(hub, hanbit)
    with pytest.raises(Forbidden):
        await hub.evidence.settle_machines(VIEWER, HANBIT)
    await hub.evidence.settle_machines(OFFICER, HANBIT)
    assert await heard(hub, hanbit) is None
    found = await alarm(hub)
    assert (found.settled_by, found.settled_at) == (OFFICER.name, hub.clock.now() - SECOND)
    assert await cards(hub) == []
    with pytest.raises(NotFound):
        await hub.evidence.settle_machines(OFFICER, HANBIT)


async def test_a_settled_alarm_comes_again_when_the_other_machine_does(
    hub: Hub, hanbit: Node
) -> None:
    await twice(hub, hanbit)
    await hub.evidence.settle_machines(OFFICER, HANBIT)
    assert await heard(hub, hanbit, epoch="after") == hub.clock.now()
    assert [one.settled_at is None for one in await hub.evidence.alarms(VIEWER)] == [True, False]


async def test_with_a_new_key_the_school_begins_anew(hub: Hub, hanbit: Node) -> None:
    """The old server spoke last; the school joined again from the restored one."""
    await twice(hub, hanbit)
    await hub.exchange_key(hanbit)
    for _sync in range(2):
        assert await heard(hub, hanbit, epoch="after") is None
    assert await cards(hub) == ["machines"]  # until an officer has looked at it


async def test_the_doctor_names_the_school(hub: Hub, hanbit: Node) -> None:
    await twice(hub, hanbit)
    now = hub.clock.now()
    found = await hub.db.read(lambda tx: _look(tx, hub.db.driver.name, now, hub.packages))
    assert any(one.params.get("school") == "한빛초등학교" for one in found)
