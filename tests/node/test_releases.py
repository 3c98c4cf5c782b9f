"""Releases from the province: fetched, resumed, moved little, used, given back."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kit.archive import snapshot
from kit.clock import HOUR, ManualClock
from kit.db import Tx
from kit.problem import Forbidden
from node.backup import DATABASE
from node.people.model import Asker, Kind, NewPerson, NotAtSchool, Role, StaffPost
from node.people.roster import store as roster_store
from node.releases.model import NothingBefore, ReleaseSource
from protocol.chunks import Manifest, ReleaseKind
from protocol.sync import ReleaseStep
from tests.node.releasing import START, Node, lump, node_at
from tests.node.tuf_simulator import PIECE, Served, TufSimulator, described, failing, serving

ADMINISTRATOR = Asker(
    id="a",
    name="정민호",
    label="",
    kinds=frozenset({Kind.STAFF}),
    roles=frozenset({Role.ADMINISTRATOR}),
    keys="[]",
)
TEACHER = Asker(
    id="t", name="한지민", label="", kinds=frozenset({Kind.STAFF}), roles=frozenset(), keys="[]"
)
LEFT = Asker(
    id="l", name="김하늘", label="", kinds=frozenset({Kind.STAFF}), roles=frozenset(), keys="[]"
)
INDEX = {"segment_1": lump("one", 10 * PIECE + 7), "segment_2": "말씀 ".encode() * 40_000}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def simulator(clock: ManualClock) -> TufSimulator:
    return TufSimulator(clock)


@pytest.fixture
async def server(simulator: TufSimulator) -> AsyncIterator[Served]:
    async with serving(simulator) as served:
        yield served


@pytest.fixture
async def node(
    tmp_path: Path, clock: ManualClock, simulator: TufSimulator, server: Served
) -> AsyncIterator[Node]:
    province = ReleaseSource(server.url, (), simulator.first_root)
    async with node_at(tmp_path, province, clock=clock) as node:
        await node.db.write(staffed)
        yield node


def staffed(tx: Tx) -> None:
    """The school has this administrator and this teacher."""
    for one in (ADMINISTRATOR, TEACHER):
        roster_store.add_person(tx, one.id, NewPerson(name=one.name), START)
        roster_store.put_staff(tx, one.id, StaffPost("교사", "", "", "2026-03-01", None, ""))
        roster_store.set_roles(tx, one.id, one.roles)


async def in_use(node: Node, kind: ReleaseKind) -> tuple[int, Path] | None:
    """(version, directory) of what is to be opened."""
    found = await node.releases.in_use(kind)
    return None if found is None else (found.version, Path(found.path))


def paths(manifest: Manifest) -> set[str]:
    """Where the chunks of a manifest are asked for at the hub."""
    return {chunk.path for chunk in manifest.chunks.values()}


async def test_a_release_comes_whole_and_is_reported_at_each_step(
    node: Node, simulator: TufSimulator, server: Served
) -> None:
    manifest = simulator.publish("knowledge", 3, INDEX)
    assert await node.offer(("knowledge", 3))
    assert [(one.step, one.active) for one in await node.reports()] == [(ReleaseStep.FETCHING, 0)]
    await node.arrivals.turn()
    assert node.files("knowledge", 3) == {"release.json": described("knowledge", 3), **INDEX}
    assert sorted(server.chunks_asked) == sorted(paths(manifest))  # each once, packed where said
    assert [one.step for one in await node.reports()] == [ReleaseStep.READY]
    assert await node.releases.ready("knowledge") == node.folder / "knowledge" / "3"
    assert await node.releases.active("knowledge") is None
    await node.releases.activated("knowledge", 3)
    assert await node.releases.active("knowledge") == node.folder / "knowledge" / "3"
    report = (await node.reports())[0]
    assert (report.step, report.active, report.permille) == (ReleaseStep.ACTIVE, 3, 1000)
    assert not await node.offer(("knowledge", 3))


async def test_an_update_moves_only_what_is_new(
    node: Node, simulator: TufSimulator, server: Served
) -> None:
    before = simulator.publish("knowledge", 1, INDEX)
    await node.take(("knowledge", 1))
    server.asked.clear()
    after = simulator.publish("knowledge", 2, {**INDEX, "segment_3": lump("new", PIECE)})
    await node.take(("knowledge", 2))
    assert set(server.chunks_asked) == paths(after) - paths(before)
    assert len(server.chunks_asked) == 2  # the new segment and release.json
    assert node.files("knowledge", 2)["segment_1"] == INDEX["segment_1"]


async def test_what_a_bad_disk_changed_in_the_old_release_is_fetched_anew(
    node: Node, simulator: TufSimulator
) -> None:
    simulator.publish("knowledge", 1, INDEX)
    await node.take(("knowledge", 1))
    place = node.folder / "knowledge" / "1" / "segment_1"
    place.write_bytes(b"\0" + INDEX["segment_1"][1:])
    simulator.publish("knowledge", 2, INDEX)
    await node.take(("knowledge", 2))
    assert node.files("knowledge", 2)["segment_1"] == INDEX["segment_1"]


async def test_only_the_one_in_use_and_the_one_before_stay_on_disk(
    node: Node, simulator: TufSimulator
) -> None:
    for version in (1, 2, 3):
        simulator.publish("knowledge", version, INDEX)
        await node.take(("knowledge", version))
    left = sorted(path.name for path in (node.folder / "knowledge").iterdir())
    assert left == ["2", "2.manifest", "3", "3.manifest"]


async def test_an_administrator_goes_back_by_one_press_and_stays_until_a_newer_one(
    node: Node, simulator: TufSimulator
) -> None:
    for version in (1, 2):
        simulator.publish("model", version, {"model.gguf": gguf(version)})
        await node.take(("model", version))
    for asker, refusal in ((TEACHER, Forbidden), (LEFT, NotAtSchool)):
        with pytest.raises(refusal):
            await node.releases.roll_back(asker, "model")
    assert (await node.reports())[0].active == 2
    await node.releases.roll_back(ADMINISTRATOR, "model")
    assert await in_use(node, "model") == (1, node.folder / "model" / "1")
    report = (await node.reports())[0]
    assert (report.step, report.version, report.active) == (ReleaseStep.ROLLED_BACK, 2, 1)
    await node.offer(("model", 2))
    await node.arrivals.turn()
    assert (await node.reports())[0].active == 1
    with pytest.raises(NothingBefore):
        await node.releases.roll_back(ADMINISTRATOR, "model")
    simulator.publish("model", 3, {"model.gguf": gguf(3)})
    await node.take(("model", 3))
    assert (await node.reports())[0].active == 3
    left = sorted(path.name for path in (node.folder / "model").iterdir())
    assert left == ["1", "1.manifest", "3", "3.manifest"]  # nobody comes back to the 2
    await node.releases.roll_back(ADMINISTRATOR, "model")
    assert (await node.reports())[0].active == 1  # not the 2 that was given back


async def test_nobody_goes_back_to_a_release_that_the_disk_damaged(
    node: Node, simulator: TufSimulator
) -> None:
    for version in (1, 2):
        simulator.publish("knowledge", version, INDEX)
        await node.take(("knowledge", version))
    (node.folder / "knowledge" / "1" / "segment_1").write_bytes(b"x")
    with pytest.raises(NothingBefore):
        await node.releases.roll_back(ADMINISTRATOR, "knowledge")
    assert (await node.reports())[0].active == 2


async def test_what_was_given_back_is_taken_again_by_another_press(
    node: Node, simulator: TufSimulator
) -> None:
    for version in (1, 2):
        simulator.publish("knowledge", version, INDEX)
        await node.take(("knowledge", version))
    await node.releases.roll_back(ADMINISTRATOR, "knowledge")
    await node.releases.try_again(ADMINISTRATOR, "knowledge")
    assert await in_use(node, "knowledge") == (2, node.folder / "knowledge" / "2")
    await node.releases.activated("knowledge", 2)
    assert (await node.reports())[0].step is ReleaseStep.ACTIVE


async def restored(node: Node, folder: Path) -> Path:
    """The school's data directory on another machine: backups hold no releases."""
    folder.mkdir()
    database = node.folder.parent / DATABASE
    await asyncio.to_thread(snapshot.copy_sqlite, database, folder / DATABASE)
    return folder


async def test_a_restored_school_fetches_again_what_it_used(
    node: Node, simulator: TufSimulator, tmp_path: Path
) -> None:
    for version in (1, 2):
        simulator.publish("knowledge", version, INDEX)
        await node.take(("knowledge", version))
    folder = await restored(node, tmp_path / "restored")
    async with node_at(folder, node.province, clock=ManualClock(START)) as again:
        assert await in_use(again, "knowledge") is None
        await again.arrivals.turn()
        assert await in_use(again, "knowledge") == (2, again.folder / "knowledge" / "2")
        assert again.files("knowledge", 2) == node.files("knowledge", 2)


async def test_what_was_given_back_before_a_restore_comes_again_by_a_press_only(
    node: Node, simulator: TufSimulator, tmp_path: Path
) -> None:
    for version in (1, 2):
        simulator.publish("knowledge", version, INDEX)
        await node.take(("knowledge", version))
    await node.releases.roll_back(ADMINISTRATOR, "knowledge")
    folder = await restored(node, tmp_path / "restored")
    async with node_at(folder, node.province, clock=ManualClock(START)) as again:
        await again.arrivals.turn()
        assert await in_use(again, "knowledge") is None
        await again.releases.try_again(ADMINISTRATOR, "knowledge")
        await again.arrivals.turn()
        assert await in_use(again, "knowledge") == (2, again.folder / "knowledge" / "2")


async def test_a_school_whose_folder_was_moved_uses_what_lies_in_it(
    node: Node, simulator: TufSimulator, tmp_path: Path
) -> None:
    simulator.publish("knowledge", 1, INDEX)
    await node.take(("knowledge", 1))
    folder = await restored(node, tmp_path / "moved")
    await asyncio.to_thread(node.folder.rename, folder / "releases")
    async with node_at(folder, node.province, clock=ManualClock(START)) as again:
        assert await in_use(again, "knowledge") == (1, again.folder / "knowledge" / "1")


async def test_a_release_that_cannot_be_opened_leaves_the_one_in_use(
    node: Node, simulator: TufSimulator
) -> None:
    simulator.publish("knowledge", 1, INDEX)
    await node.take(("knowledge", 1))
    simulator.publish("knowledge", 2, INDEX)
    await node.offer(("knowledge", 2))
    await node.arrivals.turn()
    await node.releases.refused("knowledge", 2, "no answer to a known question")
    report = (await node.reports())[0]
    assert (report.step, report.active) == (ReleaseStep.REFUSED, 1)
    assert report.error == "unusable:no answer to a known question"
    assert node.files("knowledge", 2) == {}
    await node.due()
    await node.arrivals.turn()  # not fetched over and over
    assert (await node.reports())[0].step is ReleaseStep.REFUSED


async def test_one_in_use_that_does_not_open_any_more_gives_way_to_the_one_before(
    node: Node, simulator: TufSimulator
) -> None:
    for version in (1, 2):
        simulator.publish("knowledge", version, INDEX)
        await node.take(("knowledge", version))
    await node.releases.refused("knowledge", 2, "damaged")
    assert await in_use(node, "knowledge") == (1, node.folder / "knowledge" / "1")


async def test_what_the_disk_changed_while_in_use_gives_way_and_comes_again(
    node: Node, simulator: TufSimulator, server: Served
) -> None:
    for version in (1, 2):
        simulator.publish("knowledge", version, INDEX)
        await node.take(("knowledge", version))
    await node.releases.check()
    assert (await node.reports())[0].active == 2
    place = node.folder / "knowledge" / "2" / "segment_2"
    place.write_bytes(INDEX["segment_2"][:-1] + b"!")
    await node.releases.check()
    report = (await node.reports())[0]
    assert (report.step, report.error, report.active) == (ReleaseStep.REFUSED, "corrupted", 1)
    await node.take(("knowledge", 2))
    assert (await node.reports())[0].active == 2
    assert node.files("knowledge", 2)["segment_2"] == INDEX["segment_2"]


async def test_a_school_that_is_suspended_fetches_nothing(
    node: Node, simulator: TufSimulator, server: Served
) -> None:
    simulator.publish("knowledge", 1, INDEX)
    node.province = None
    await node.offer(("knowledge", 1))
    await node.arrivals.turn()
    assert server.asked == []
    assert not (node.folder / "knowledge").exists()


async def test_a_hub_out_of_reach_is_asked_again_later_and_nothing_is_held_against_it(
    node: Node, simulator: TufSimulator, server: Served, clock: ManualClock
) -> None:
    simulator.publish("knowledge", 1, INDEX)
    server.answers["/v1/tuf/timestamp.json"] = failing()
    await node.offer(("knowledge", 1))
    pause = await node.arrivals.turn()
    assert 0 < pause <= 5
    assert (await node.reports())[0].step is ReleaseStep.FETCHING
    await node.arrivals.turn()  # too early
    assert server.asked.count("/v1/tuf/timestamp.json") == 1
    server.answers.clear()
    clock.advance(HOUR)
    await node.arrivals.turn()
    assert await node.step("knowledge", 1) == ("ready", "")


async def test_what_came_before_the_line_broke_is_not_fetched_twice(
    tmp_path: Path, simulator: TufSimulator, server: Served
) -> None:
    manifest = simulator.publish("knowledge", 1, INDEX, packed=False)
    province = ReleaseSource(server.url, (), simulator.first_root)
    lost = server.answers[list(manifest.chunks.values())[-1].path] = failing()
    assert lost is not None
    async with node_at(tmp_path, province) as node:
        await node.offer(("knowledge", 1))
        await node.arrivals.turn()
        assert (await node.reports())[0].step is ReleaseStep.FETCHING
    there = (node.folder / "knowledge" / "1.part" / "there").read_bytes().count(1)
    assert there > 0
    server.answers.clear()
    server.asked.clear()
    async with node_at(tmp_path, province) as node:
        await node.due()
        await node.arrivals.turn()
        assert await node.step("knowledge", 1) == ("ready", "")
    assert len(server.chunks_asked) == len(manifest.chunks) - there
    assert node.files("knowledge", 1)["segment_1"] == INDEX["segment_1"]


async def test_a_school_that_joined_before_releases_asks_for_the_first_root_once(
    tmp_path: Path, simulator: TufSimulator, server: Served
) -> None:
    simulator.publish("knowledge", 1, INDEX)
    async with node_at(tmp_path, ReleaseSource(server.url, ())) as node:
        await node.take(("knowledge", 1))
        simulator.publish("knowledge", 2, INDEX)
        await node.take(("knowledge", 2))
        assert (await node.reports())[0].active == 2
    assert server.asked.count("/v1/tuf/1.root.json") == 1


async def test_a_newer_release_takes_the_place_of_one_on_its_way(
    node: Node, simulator: TufSimulator, server: Served
) -> None:
    first = simulator.publish("knowledge", 1, INDEX, packed=False)
    server.answers[list(first.chunks.values())[-1].path] = failing()
    await node.offer(("knowledge", 1))
    await node.arrivals.turn()
    server.answers.clear()
    server.asked.clear()
    simulator.publish("knowledge", 2, {"segment_1": INDEX["segment_1"]}, packed=False)
    await node.offer(("knowledge", 2))
    await node.arrivals.turn()
    assert await node.step("knowledge", 2) == ("ready", "")
    left = sorted(path.name for path in (node.folder / "knowledge").iterdir())
    assert left == ["2", "2.manifest"]
    assert len(server.chunks_asked) <= 2  # what the first had brought was used


async def test_a_province_that_offers_nothing_hears_all_the_same_that_a_school_went_back(
    node: Node, simulator: TufSimulator
) -> None:
    assert await node.reports() == ()
    for version in (1, 2):
        simulator.publish("knowledge", version, INDEX)
        await node.take(("knowledge", version))
    await node.offer()  # it stopped the 2, and a school that uses it is not pointed to the 1
    (report,) = await node.reports()
    assert (report.step, report.version, report.active) == (ReleaseStep.ACTIVE, 2, 2)
    await node.releases.roll_back(ADMINISTRATOR, "knowledge")
    (report,) = await node.reports()
    assert (report.step, report.version, report.active) == (ReleaseStep.ROLLED_BACK, 2, 1)


async def test_a_release_overtaken_before_it_was_used_may_still_come(
    node: Node, simulator: TufSimulator
) -> None:
    for version in (2, 3):
        simulator.publish("knowledge", version, INDEX)
        await node.offer(("knowledge", version))
        await node.arrivals.turn()
    await node.releases.refused("knowledge", 3, "no answer to a known question")
    await node.offer(("knowledge", 2))
    assert [(one.step, one.version) for one in await node.reports()] == [(ReleaseStep.FETCHING, 2)]
    await node.arrivals.turn()
    assert await in_use(node, "knowledge") == (2, node.folder / "knowledge" / "2")


async def test_a_school_that_has_its_own_model_says_so(node: Node, simulator: TufSimulator) -> None:
    node.releases.kinds = ("knowledge",)
    simulator.publish("knowledge", 1, INDEX)
    await node.take(("knowledge", 1))
    handbook, model = await node.reports()
    assert (handbook.kind, handbook.active, handbook.own) == ("knowledge", 1, False)
    assert (model.kind, model.active, model.own) == ("model", 0, True)


def gguf(version: int) -> bytes:
    """What begins as a model does."""
    return b"GGUF" + (3).to_bytes(4, "little") + lump(f"model {version}", 3 * PIECE)
