"""The list of messengers: a node hears the whole list once, and of changes after that."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from kit.clock import ManualClock
from protocol.identity import SchoolId
from protocol.sync import MATRIX_CHANGES, MatrixServer
from tests.hub.syncing import OFFICER, Hub, Node, waiters
from tests.waiting import until

HANBIT, SAESOL, NARAE = "J107530101", "J107530202", "J107530303"


@pytest.fixture
async def hub(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Hub]:
    running = Hub(database_url, clock, tmp_path / "hub")
    await running.start()
    await running.ground.outbox.start()
    yield running
    await running.ground.outbox.stop()
    await running.stop()


@pytest.fixture
async def schools(hub: Hub) -> AsyncIterator[list[Node]]:
    """Three schools with messengers that know of each other; the last is of an earlier release."""
    nodes = [await hub.enrol(one, f"{one}학교") for one in (HANBIT, SAESOL, NARAE)]
    for node in nodes:
        move(node, "a.example:443")
    for node in nodes[:2]:
        node.understands = (MATRIX_CHANGES, "something of a later release")
    for node in (*nodes, *nodes):
        await node.settle()
        await node.sync()
    assert all(set(node.servers) == {name(one) for one in nodes} for node in nodes)
    yield nodes
    for node in nodes:
        await node.close()


def name(node: Node) -> str:
    return f"{node.school_id.lower()}.madang.test"


def move(node: Node, address: str) -> None:
    node.matrix = MatrixServer(school_id=SchoolId(node.school_id), server_name="", address=address)


async def test_one_changed_address_is_all_that_is_told(schools: list[Node]) -> None:
    hanbit, saesol, narae = schools
    move(hanbit, "b.example:443")
    await hanbit.sync()
    down = await saesol.sync()
    assert down.matrix is not None
    assert [one.address for one in down.matrix.servers] == ["b.example:443"]
    assert down.matrix.gone == ()
    assert saesol.servers[name(hanbit)] == "b.example:443"
    assert saesol.servers[name(narae)] == "a.example:443"
    assert (await saesol.sync()).matrix is None


async def test_a_node_of_an_earlier_release_hears_the_whole_list(schools: list[Node]) -> None:
    hanbit, _saesol, narae = schools
    move(hanbit, "b.example:443")
    await hanbit.sync()
    down = await narae.sync()
    assert down.matrix is not None
    assert len(down.matrix.servers) == 3
    assert down.matrix.since is msgspec.UNSET


async def test_who_lost_its_list_or_speaks_of_another_life_hears_the_whole_one(
    hub: Hub, schools: list[Node]
) -> None:
    hanbit = schools[0]
    hanbit.cursors = msgspec.structs.replace(hanbit.cursors, matrix=None)
    down = await hanbit.sync()
    assert down.matrix is not None
    assert len(down.matrix.servers) == 3
    await hub.new_life()
    down = await hanbit.sync()
    assert down.matrix is not None
    assert (len(down.matrix.servers), down.matrix.since) == (3, msgspec.UNSET)


async def test_a_server_that_is_given_up_and_a_suspended_school_are_gone_and_come_back(
    schools: list[Node],
) -> None:
    hanbit, saesol, narae = schools
    narae.matrix = None
    await narae.sync()
    await hanbit.sync()
    assert set(hanbit.servers) == {name(hanbit), name(saesol)}
    move(narae, "c.example:443")
    await narae.sync()
    await hanbit.sync()
    assert hanbit.servers[name(narae)] == "c.example:443"
    hub = saesol.hub
    await hub.standings.suspend(OFFICER, SAESOL, "점검")
    await heard(hanbit, {name(hanbit), name(narae)})
    await hub.standings.resume(OFFICER, SAESOL, "종료")
    await heard(hanbit, {name(hanbit), name(narae), name(saesol)})


async def heard(node: Node, wanted: set[str]) -> None:
    """Return once the node has this list."""

    async def is_listed() -> bool:
        await node.sync()
        return set(node.servers) == wanted

    await until(is_listed)


async def test_a_changed_address_wakes_nobody_and_is_heard_with_the_next_word(
    hub: Hub, schools: list[Node]
) -> None:
    hanbit, saesol, _narae = schools
    waiting = asyncio.create_task(saesol.sync(wait_ms=1_000))
    await waiters(hub, 1)
    move(hanbit, "b.example:443")
    await hanbit.sync()
    assert (await waiting).matrix is None
    assert (await saesol.sync()).matrix is not None


async def test_a_school_that_leaves_is_told_to_those_who_wait(
    hub: Hub, schools: list[Node]
) -> None:
    hanbit, saesol, _narae = schools
    waiting = asyncio.create_task(saesol.sync(wait_ms=20_000))
    await waiters(hub, 1)
    hanbit.matrix = None
    await hanbit.sync()
    down = await waiting
    assert down.matrix is not None
    assert down.matrix.gone == (name(hanbit),)


async def test_the_name_of_a_schools_server_leads_clients_to_its_portal(
    hub: Hub, schools: list[Node]
) -> None:
    hanbit, saesol, _narae = schools
    assert await hub.messengers.portal(name(hanbit)) == ""  # it has not said
    for node, portal in ((hanbit, "https://Hanbit.example/x"), (saesol, "javascript:alert(1)")):
        assert node.matrix is not None
        node.matrix = msgspec.structs.replace(node.matrix, portal=portal)
        await node.sync()
    assert await hub.messengers.portal(name(hanbit).upper()) == "https://Hanbit.example"
    assert await hub.messengers.portal(name(saesol)) == ""
    assert await hub.messengers.portal("nobody.madang.test") == ""
    down = await saesol.sync()
    assert down.matrix is None  # no other school hears of it
