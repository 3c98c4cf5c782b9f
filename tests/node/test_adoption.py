"""What the province released, taken into use by a real worker: or refused, whatever it does to it."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kit.clock import monotonic
from kit.db import Tx
from kit.outbox import publish
from models.index import build
from models.messages import Kind
from models.passages import Document
from models.release import FILE, MODEL, Probe, ReleaseInfo, write
from models.selftest import smallest_model
from node.assistant.adoption import Adoption
from node.assistant.line import BEGUN_ANEW, CHILD, WorkerLine
from node.assistant.model import AssistantStanding
from node.assistant.slice import RELEASE_KINDS
from node.releases import store
from node.releases.model import ReleaseReady
from protocol.sync import ReleaseStep
from tests.node.releasing import START, Node, node_at

WITHIN_S = 180.0
LIBRARY = Document(
    subject="handbook:library",
    title="도서관 이용",
    text="도서관은 평일 오전 9시부터 오후 5시까지 엽니다.",
    href="",
    kind="생활",
    keys=("guardians", "staff"),
)


class Scene:
    """A school whose assistant runs, and a province that publishes."""

    def __init__(self, node: Node, folder: Path) -> None:
        self.node = node
        self.folder = folder
        self.line: WorkerLine | None = None
        self.adoption: Adoption | None = None

    async def start(self, own: dict[Kind, Path] | None = None, open_within_s: float = 30) -> None:
        self.line = WorkerLine(
            self.node.db,
            self.folder / "assistant",
            memory_mb=0,
            releases=own or {},
            open_within_s=open_within_s,
        )
        self.adoption = Adoption(self.node.db, self.line, self.node.releases, RELEASE_KINDS)
        await self.line.start()
        await self.adoption.start()

    async def stop(self) -> None:
        if self.adoption is not None:
            await self.adoption.stop()
        if self.line is not None:
            await self.line.stop()

    async def arrives(self, kind: Kind, version: int, folder: Path) -> None:
        """A release is there, whole and verified."""

        def unit(tx: Tx) -> None:
            store.begin(tx, kind, version, "안내서", 1, START)
            store.arrived(tx, kind, version, str(folder), START)
            publish(tx, ReleaseReady(kind=kind, version=version, path=str(folder)), START)

        await self.node.db.write(unit)

    async def until(self, kind: Kind, version: int, step: str) -> str:
        """The error of a release once it is at that step."""
        until = monotonic() + WITHIN_S
        while (found := await self.node.step(kind, version))[0] != step:
            assert monotonic() < until, (found, await self.standing())
            await asyncio.sleep(0.1)
        return found[1]

    async def standing(self) -> AssistantStanding:
        assert self.line is not None
        return await self.line.standing(0)

    async def until_open(self, knowledge: str) -> AssistantStanding:
        until = monotonic() + WITHIN_S
        while (found := await self.standing()).knowledge != knowledge or found.state != "ready":
            assert monotonic() < until, found
            await asyncio.sleep(0.1)
        return found


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    with tempfile.TemporaryDirectory(prefix="a") as name:
        async with node_at(tmp_path / "node", None) as node:
            one = Scene(node, Path(name))
            yield one
            await one.stop()


def handbook(folder: Path, version: str) -> Path:
    """A handbook that works."""
    build(folder, [LIBRARY])
    info = ReleaseInfo(
        kind="knowledge",
        version=version,
        name="안내서",
        created_at=START,
        probes=(Probe(LIBRARY.title, LIBRARY.subject),),
    )
    write(folder, info)
    return folder


def deadly_model(folder: Path) -> Path:
    """A model without layers: llama.cpp ends the process that loads it."""
    folder.mkdir()
    facts: dict[str, str | int] = {
        "general.architecture": "llama",
        "llama.block_count": 0,
        "llama.context_length": 512,
        "llama.embedding_length": 64,
        "llama.feed_forward_length": 64,
        "llama.attention.head_count": 4,
    }
    written = b"GGUF" + (3).to_bytes(4, "little") + bytes(8) + len(facts).to_bytes(8, "little")
    for key, value in facts.items():
        written += _text(key)
        if isinstance(value, str):
            written += (8).to_bytes(4, "little") + _text(value)
        else:
            written += (4).to_bytes(4, "little") + value.to_bytes(4, "little")
    (folder / MODEL).write_bytes(written)
    write(folder, ReleaseInfo(kind="model", version="1", name="m", created_at=START))
    return folder


def _text(value: str) -> bytes:
    return len(value.encode()).to_bytes(8, "little") + value.encode()


def endless(folder: Path) -> Path:
    """A release whose description nobody gets to the end of."""
    folder.mkdir()
    os.mkfifo(folder / FILE)
    return folder


async def test_a_model_that_the_worker_dies_of_is_refused_and_the_assistant_lives(
    scene: Scene, tmp_path: Path
) -> None:
    await scene.start()
    await scene.arrives("model", 1, deadly_model(tmp_path / "model"))
    assert await scene.until("model", 1, ReleaseStep.REFUSED) == "unusable:the worker dies of it"
    await scene.arrives("knowledge", 1, handbook(tmp_path / "handbook", "1"))
    await scene.until("knowledge", 1, ReleaseStep.ACTIVE)
    standing = await scene.until_open("1")
    assert standing.model == ""
    assert standing.restarts == 3


async def test_a_model_that_comes_later_joins_while_answers_go_on(
    scene: Scene, tmp_path: Path
) -> None:
    """Its engine may just have been compiled: nobody is restarted for it."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / MODEL).write_bytes(smallest_model())
    write(tmp_path / "model", ReleaseInfo(kind="model", version="1", name="m", created_at=START))
    await scene.start()
    assert scene.line is not None
    await scene.arrives("knowledge", 1, handbook(tmp_path / "handbook", "1"))
    await scene.until("knowledge", 1, ReleaseStep.ACTIVE)
    before = scene.line.writes
    await scene.arrives("model", 1, tmp_path / "model")
    await scene.until("model", 1, ReleaseStep.ACTIVE)
    assert (before, scene.line.writes) == (False, True)
    standing = await scene.until_open("1")
    assert (standing.model, standing.restarts) == ("1", 0)


@pytest.mark.usefixtures("broken_engine")
async def test_where_the_engine_ends_its_process_models_are_refused_in_words_and_answers_go_on(
    scene: Scene, tmp_path: Path
) -> None:
    """The worker is not sacrificed to find out, and nothing is tried for ever."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / MODEL).write_bytes(smallest_model())
    write(tmp_path / "model", ReleaseInfo(kind="model", version="1", name="m", created_at=START))
    await scene.start()
    await scene.arrives("model", 1, tmp_path / "model")
    error = await scene.until("model", 1, ReleaseStep.REFUSED)
    assert error == "engine:the model's engine does not work on this machine: SIGILL"
    await scene.arrives("knowledge", 1, handbook(tmp_path / "handbook", "1"))
    await scene.until("knowledge", 1, ReleaseStep.ACTIVE)
    standing = await scene.until_open("1")
    assert (standing.model, standing.restarts, standing.engine_fault) == ("", 0, "SIGILL")


@pytest.mark.usefixtures("broken_engine")
async def test_a_schools_own_model_is_left_out_where_the_engine_does_not_work(
    scene: Scene, tmp_path: Path
) -> None:
    await scene.start({"model": deadly_model(tmp_path / "model")})
    await scene.arrives("knowledge", 1, handbook(tmp_path / "handbook", "1"))
    await scene.until("knowledge", 1, ReleaseStep.ACTIVE)
    standing = await scene.until_open("1")
    assert (standing.restarts, standing.engine_fault) == (0, "SIGILL")


async def test_a_handbook_that_never_opens_is_refused_and_the_one_in_use_comes_back(
    scene: Scene, tmp_path: Path
) -> None:
    await scene.start(open_within_s=2)
    await scene.arrives("knowledge", 1, handbook(tmp_path / "good", "1"))
    await scene.until("knowledge", 1, ReleaseStep.ACTIVE)
    await scene.arrives("knowledge", 2, endless(tmp_path / "endless"))
    error = await scene.until("knowledge", 2, ReleaseStep.REFUSED)
    assert error == "unusable:it does not open within 2 s"
    await scene.until_open("1")


async def test_a_handbook_is_used_while_a_model_takes_long_to_open(
    scene: Scene, tmp_path: Path
) -> None:
    await scene.arrives("model", 1, endless(tmp_path / "model"))
    await scene.arrives("knowledge", 1, handbook(tmp_path / "handbook", "1"))
    await scene.start()
    await scene.until("knowledge", 1, ReleaseStep.ACTIVE)
    assert await scene.node.step("model", 1) == ("ready", "")


async def test_a_worker_that_begins_anew_opens_again_what_is_in_use(
    scene: Scene, tmp_path: Path
) -> None:
    await scene.start()
    await scene.arrives("knowledge", 1, handbook(tmp_path / "handbook", "1"))
    await scene.until("knowledge", 1, ReleaseStep.ACTIVE)
    assert scene.line is not None
    process = scene.line._supervisor.child(CHILD).process
    assert process is not None
    process.kill()
    await process.wait()
    standing = await scene.until_open("1")
    assert (standing.restarts, standing.last_error) == (1, BEGUN_ANEW)


async def test_a_schools_own_model_that_the_worker_dies_of_is_left_out(
    scene: Scene, tmp_path: Path
) -> None:
    await scene.start({"model": deadly_model(tmp_path / "model")})
    await scene.arrives("knowledge", 1, handbook(tmp_path / "handbook", "1"))
    await scene.until("knowledge", 1, ReleaseStep.ACTIVE)
    standing = await scene.until_open("1")
    assert standing.left_out == ("model",)


async def test_a_handbook_that_came_again_under_its_number_is_used_again(
    scene: Scene, tmp_path: Path
) -> None:
    """The disk had damaged it, and what it damaged was fetched anew."""
    await scene.start()
    await scene.arrives("knowledge", 1, handbook(tmp_path / "handbook", "1"))
    await scene.until("knowledge", 1, ReleaseStep.ACTIVE)
    await scene.node.releases.check()  # no manifest lies there: it is not what was signed
    assert await scene.until("knowledge", 1, ReleaseStep.REFUSED) == "corrupted"
    await scene.arrives("knowledge", 1, handbook(tmp_path / "again", "1"))
    await scene.until("knowledge", 1, ReleaseStep.ACTIVE)
