"""A node killed at any step of fetching, or out of room, goes on where it was."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kit.clock import ManualClock
from node.releases.model import ReleaseSource
from protocol.chunks import Manifest
from tests.node.releasing import START, lump, node_at
from tests.node.tuf_simulator import PIECE, Served, TufSimulator, never, serving
from tests.waiting import PATIENCE_S

FILES = {"one": lump("one", 60 * PIECE), "deep/two": lump("two", 5 * PIECE + 9)}


class Scene:
    def __init__(self, folder: Path, server: Served, manifest: Manifest, root: str) -> None:
        self.folder = folder
        self.server = server
        self.manifest = manifest
        self.root = folder / "root.json"
        self.root.write_text(root)
        self.province = ReleaseSource(server.url, (), root)

    async def child(self, stage: str, largest: int = 0) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.node.fetching_child", str(self.folder / "node"),
            self.server.url, str(self.root), stage, str(largest),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip

    async def said(self, process: asyncio.subprocess.Process) -> str:
        assert process.stdout is not None
        return (await process.stdout.readline()).decode().strip()

    async def comes_whole(self) -> int:
        """A new life finishes it; how many chunks it asked the hub for."""
        self.server.asked.clear()
        async with node_at(self.folder / "node", self.province) as node:
            await node.due()
            await node.arrivals.turn()
            assert await node.step("knowledge", 1) == ("ready", "")
            found = node.files("knowledge", 1)
            assert {name: found[name] for name in FILES} == FILES
            assert not list((self.folder / "node").rglob("*.part"))
        return len(self.server.chunks_asked)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    simulator = TufSimulator(ManualClock(START))
    manifest = simulator.publish("knowledge", 1, FILES)
    async with serving(simulator) as server:
        yield Scene(tmp_path, server, manifest, simulator.first_root)


@pytest.mark.parametrize("stage", ["chunk", "settle", "rename", "row"])
async def test_a_node_that_is_killed_goes_on_without_fetching_twice(
    scene: Scene, stage: str
) -> None:
    process = await scene.child(stage)
    assert await scene.said(process) == "ready to die"
    process.kill()
    await process.wait()
    whole = scene.folder / "node" / "releases" / "knowledge" / "1"
    assert whole.exists() == (stage == "row")  # nothing half done bears the name of a release
    asked = await scene.comes_whole()
    if stage == "chunk":
        assert asked <= len(scene.manifest.chunks) - 12
    else:
        assert asked == 0


@pytest.mark.parametrize("place", ["one", "there"])
async def test_what_a_loss_of_power_left_wrong_is_fetched_again(scene: Scene, place: str) -> None:
    """The page cache is lost, not the file's size: claims stand, bytes do not."""
    process = await scene.child("settle")
    assert await scene.said(process) == "ready to die"
    process.kill()
    await process.wait()
    part = scene.folder / "node" / "releases" / "knowledge" / "1.part"
    file = part / "files" / "one" if place == "one" else part / "there"
    content = bytearray(file.read_bytes())
    content[: len(content) // 3] = bytes(len(content) // 3)
    file.write_bytes(content)
    asked = await scene.comes_whole()
    assert 0 < asked < len(scene.manifest.chunks)


async def test_a_full_disk_is_said_and_the_rest_comes_when_there_is_room(scene: Scene) -> None:
    """The kernel refuses to let files grow: what is written at a position beyond fails."""
    process = await scene.child("", largest=40 * PIECE)
    assert await scene.said(process) == "refused disk_full"
    assert await process.wait() == 0
    async with node_at(scene.folder / "node", scene.province) as node:
        report = (await node.reports())[0]
        assert (report.step, report.error) == ("refused", "disk_full")
        assert node.files("knowledge", 1) == {}
    await scene.comes_whole()


async def test_a_release_that_would_fill_the_disk_is_not_begun(scene: Scene) -> None:
    async with node_at(scene.folder / "node", scene.province) as node:
        node.stock.shelf.reserve = 2**60  # more than any disk has to spare
        await node.offer(("knowledge", 1))
        await node.arrivals.turn()
        assert await node.step("knowledge", 1) == ("refused", "disk_full")
        assert scene.server.chunks_asked == []
    await scene.comes_whole()


async def test_a_disk_that_others_fill_meanwhile_is_left_to_them(scene: Scene) -> None:
    last = list(scene.manifest.chunks.values())[-1]
    scene.server.answers[last.path] = never
    async with node_at(scene.folder / "node", scene.province) as node:
        await node.offer(("knowledge", 1))
        turn = asyncio.create_task(node.arrivals.turn())
        await scene.server.until_asked({last.path})
        node.stock.shelf.reserve = 2**60
        await asyncio.wait_for(turn, PATIENCE_S)
        assert await node.step("knowledge", 1) == ("refused", "disk_full")
    scene.server.answers.clear()
    assert await scene.comes_whole() < len(scene.manifest.chunks)  # what had come stayed
