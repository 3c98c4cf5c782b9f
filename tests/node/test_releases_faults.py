"""What a hostile or broken province, mirror or disk can do to a node's releases: nothing."""

import asyncio
import contextlib
import ssl
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import zstandard
from msgspec.structs import replace
from securesystemslib.signer import CryptoSigner

from kit.clock import DAY, ManualClock
from node.releases.fetching.line import FileLine
from node.releases.model import Away, Code, ReleaseSource
from node.releases.shelf import WrongChunk, content_of
from protocol.chunks import LARGEST_CHUNK, LARGEST_RELEASE, ReleaseKind, target_path
from protocol.message import encode
from scripts.bench_releases import certificate
from tests.conftest import raw_server
from tests.node.releasing import START, Node, lump, node_at
from tests.node.test_releases import ADMINISTRATOR, INDEX, staffed
from tests.node.tuf_simulator import (
    PIECE,
    Served,
    TufSimulator,
    described,
    endless,
    flipped,
    lying,
    never,
    serving,
    truncated,
)
from tests.waiting import PATIENCE_S

TIMESTAMP = "/v1/tuf/timestamp.json"


class Scene:
    """A node that has release 1 in use, and a province that turns bad while offering 2."""

    def __init__(self, simulator: TufSimulator, server: Served, node: Node) -> None:
        self.simulator = simulator
        self.server = server
        self.node = node

    async def offer(self, version: int = 2) -> tuple[str, str]:
        """What becomes of the offer of a version."""
        await self.node.offer(("knowledge", version))
        await self.node.arrivals.turn()
        return await self.node.step("knowledge", version)

    async def refused(self, code: Code, version: int = 2) -> None:
        """The offer is refused and told, what is in use stays, nothing of it lies about whole."""
        assert await self.offer(version) == ("refused", code.value)
        report = (await self.node.reports())[0]
        assert (report.step, report.error, report.active) == ("refused", code.value, 1)
        assert self.node.files("knowledge", version) == {}
        assert self.node.files("knowledge", 1)["segment_1"] == INDEX["segment_1"]

    async def taken(self, version: int = 2) -> None:
        """Once the province is good again, the same offer comes."""
        await self.node.due()
        await self.node.arrivals.turn()
        assert await self.node.step("knowledge", version) == ("ready", "")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
async def scene(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Scene]:
    simulator = TufSimulator(clock)
    async with serving(simulator) as server:
        province = ReleaseSource(server.url, (), simulator.first_root)
        async with node_at(tmp_path, province, clock=clock) as node:
            await node.db.write(staffed)
            simulator.publish("knowledge", 1, INDEX)
            await node.take(("knowledge", 1))
            yield Scene(simulator, server, node)


# The metadata (attacks of the TUF specification, section 1.5.2) -----------------------------------


@pytest.mark.parametrize("name", ["timestamp", "snapshot", "targets", "knowledge"])
async def test_tampered_metadata_is_refused(scene: Scene, name: str) -> None:
    scene.simulator.publish("knowledge", 2, INDEX)
    scene.simulator.sign()  # all of it anew: nothing may come from what the node keeps
    version = scene.simulator.signed[name].version
    path = TIMESTAMP if name == "timestamp" else f"/v1/tuf/{version}.{name}.json"
    good = scene.simulator.files[path]
    scene.simulator.files[path] = flipped(good, good.index(b'"sig":"') + 20)
    code = Code.CORRUPTED if name == "snapshot" else Code.UNTRUSTED
    await scene.refused(code)
    scene.simulator.files[path] = good
    await scene.taken()


async def test_a_tampered_manifest_is_refused(scene: Scene) -> None:
    scene.simulator.publish("knowledge", 2, INDEX)
    path = "/v1/tuf/targets/knowledge/2.json"
    good = scene.simulator.files[path]
    scene.simulator.files[path] = good.replace(b"segment_1", b"segment_9")
    await scene.refused(Code.CORRUPTED)
    scene.simulator.files[path] = good
    await scene.taken()


@pytest.mark.parametrize("name", ["timestamp", "manifest"])
async def test_endless_metadata_ends(scene: Scene, name: str) -> None:
    scene.simulator.publish("knowledge", 2, INDEX)
    path = TIMESTAMP if name == "timestamp" else "/v1/tuf/targets/knowledge/2.json"
    scene.server.answers[path] = endless
    await scene.refused(Code.OVERSIZED)


async def test_older_metadata_is_refused(scene: Scene) -> None:
    before = dict(scene.simulator.files)
    scene.simulator.publish("knowledge", 2, INDEX)
    scene.simulator.publish("knowledge", 3, INDEX)
    assert await scene.offer(2) == ("ready", "")
    scene.simulator.files[TIMESTAMP] = before[TIMESTAMP]
    assert await scene.offer(3) == ("refused", "older")


async def test_frozen_metadata_is_refused_and_so_it_stays_when_the_clock_is_set_back(
    scene: Scene, clock: ManualClock
) -> None:
    scene.simulator.publish("knowledge", 2, INDEX)
    clock.advance(15 * DAY)  # nobody signed the timestamp anew
    await scene.refused(Code.EXPIRED)
    clock.advance(-15 * DAY)
    await scene.node.due()
    await scene.node.arrivals.turn()
    assert await scene.node.step("knowledge", 2) == ("refused", "clock")
    await scene.node.releases.try_again(ADMINISTRATOR, "knowledge")  # "the clock is right now"
    await scene.taken()


async def test_metadata_of_two_moments_mixed_is_refused(scene: Scene) -> None:
    scene.simulator.publish("knowledge", 2, INDEX)
    old = scene.simulator.signed["knowledge"].version
    raw = scene.simulator.files[f"/v1/tuf/{old}.knowledge.json"]
    scene.simulator.publish("knowledge", 3, INDEX)
    new = scene.simulator.signed["knowledge"].version
    scene.simulator.files[f"/v1/tuf/{new}.knowledge.json"] = raw
    await scene.refused(Code.OLDER, 3)


async def test_a_key_that_nobody_named_signs_nothing(scene: Scene) -> None:
    scene.simulator.signers["knowledge"] = [CryptoSigner.generate_ed25519()]
    scene.simulator.publish("knowledge", 2, INDEX)
    await scene.refused(Code.UNTRUSTED)


async def test_a_revoked_key_signs_nothing_and_its_successor_does(scene: Scene) -> None:
    stolen = list(scene.simulator.signers["timestamp"])
    scene.simulator.rotate("timestamp")
    fresh = scene.simulator.signers["timestamp"]
    scene.simulator.signers["timestamp"] = stolen
    scene.simulator.publish("knowledge", 2, INDEX)
    await scene.refused(Code.UNTRUSTED)
    scene.simulator.signers["timestamp"] = fresh
    scene.simulator.sign()
    await scene.taken()


async def test_keys_rotate_and_schools_follow(scene: Scene) -> None:
    for role in ("root", "targets", "snapshot", "timestamp", "root"):
        scene.simulator.rotate(role)
    scene.simulator.sign()
    scene.simulator.publish("knowledge", 2, INDEX)
    assert await scene.offer() == ("ready", "")


async def test_a_role_signs_nothing_outside_its_path(scene: Scene) -> None:
    scene.simulator.publish("knowledge", 2, INDEX, by="model")
    await scene.refused(Code.UNTRUSTED)


async def test_another_provinces_root_is_no_root(scene: Scene, clock: ManualClock) -> None:
    stranger = TufSimulator(clock)
    stranger.publish("knowledge", 2, INDEX)
    scene.simulator.files.clear()
    scene.simulator.files.update(stranger.files)
    step, code = await scene.offer()
    assert (step, code) == ("refused", "untrusted")


# The manifest -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["../escape", "/etc/escape", "a/../../escape", "a\\b", "segment_1/below", "x" * 300]
)
async def test_a_file_lies_within_its_release(scene: Scene, path: str) -> None:
    scene.simulator.publish("knowledge", 2, {**INDEX, path: b"x"})
    await scene.refused(Code.MALFORMED)
    assert not list(scene.node.folder.parent.rglob("escape"))


async def test_a_release_larger_than_any_is_not_begun(scene: Scene) -> None:
    made = scene.simulator.publish("knowledge", 2, INDEX)
    wide = replace(made.files[1].chunks[0], size=LARGEST_CHUNK, packed=0)
    count = LARGEST_RELEASE["knowledge"] // LARGEST_CHUNK // 8 + 1
    huge = tuple(
        replace(
            made.files[1], path=f"f{number}", size=LARGEST_CHUNK * count, chunks=(wide,) * count
        )
        for number in range(8)
    )
    raw = encode(replace(made, files=huge))
    scene.simulator.target(target_path("knowledge", 2), raw, "knowledge")
    await scene.refused(Code.OVERSIZED)


@pytest.mark.parametrize("other", [{"kind": "model"}, {"version": 7}])
async def test_a_manifest_of_another_kind_or_version_is_refused(
    scene: Scene, other: dict[str, Any]
) -> None:
    made = scene.simulator.publish("knowledge", 2, INDEX)
    raw = encode(replace(made, **other))
    scene.simulator.target(target_path("knowledge", 2), raw, "knowledge")
    await scene.refused(Code.MALFORMED)


async def test_an_expired_release_is_refused(scene: Scene) -> None:
    scene.simulator.publish("knowledge", 2, INDEX, expires_at=START - 1)
    await scene.refused(Code.EXPIRED)


async def test_a_version_lower_than_the_one_in_use_is_refused(scene: Scene, tmp_path: Path) -> None:
    scene.simulator.publish("knowledge", 5, INDEX)
    scene.simulator.publish("knowledge", 4, INDEX)
    await scene.node.take(("knowledge", 5))
    assert await scene.offer(4) == ("refused", "older")
    assert (await scene.node.reports())[0].active == 5


async def test_a_release_that_says_to_be_of_another_kind_is_refused(scene: Scene) -> None:
    scene.simulator.publish("knowledge", 2, {**INDEX, "release.json": described("model", 2)})
    await scene.refused(Code.UNUSABLE)


async def test_a_model_that_is_none_is_refused(scene: Scene) -> None:
    scene.simulator.publish("model", 2, {"model.gguf": lump("not a model", PIECE)})
    await scene.node.offer(("model", 2))
    await scene.node.arrivals.turn()
    assert await scene.node.step("model", 2) == ("refused", "unusable")
    assert await scene.node.releases.in_use("model") is None


# The chunks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("name", ["first", "second", "release.json"])
async def test_a_bit_turned_on_the_way_is_noticed_in_every_file(
    scene: Scene, packed: bool, name: str
) -> None:
    files = {"first": "가나다 ".encode() * 20_000, "second": lump("second", PIECE + 1)}
    made = scene.simulator.publish("knowledge", 2, files, packed=packed)
    file = next(one for one in made.files if one.path == name)
    path = file.chunks[-1].path
    good = scene.simulator.files[path]
    scene.simulator.files[path] = flipped(good, len(good) // 2)
    await scene.refused(Code.CORRUPTED)
    scene.simulator.files[path] = good
    await scene.taken()
    assert scene.node.files("knowledge", 2)["first"] == files["first"]


async def test_a_lying_mirror_an_endless_and_a_truncating_one_bring_nothing(scene: Scene) -> None:
    made = scene.simulator.publish("knowledge", 2, {"new": lump("new", PIECE)})
    path = next(chunk.path for chunk in made.files[1].chunks)
    scene.server.answers[path] = lying(b"x" * PIECE)
    await scene.refused(Code.CORRUPTED)
    scene.server.answers[path] = endless
    await scene.node.due()
    await scene.refused(Code.CORRUPTED)
    scene.server.answers[path] = truncated(scene.simulator.files[path])
    await scene.node.due()
    await scene.node.arrivals.turn()
    assert (await scene.node.step("knowledge", 2))[0] == "fetching"
    scene.server.answers.clear()
    await scene.taken()


async def test_a_packed_chunk_does_not_burst(scene: Scene) -> None:
    """A few packed bytes that would fill the memory are stopped at a chunk's size, also when they say
    how much they want and the province's key signed for them."""
    made = scene.simulator.publish("knowledge", 2, {"new": b"\0" * PIECE})
    chunk = made.files[1].chunks[0]
    bomb = zstandard.compress(b"\0" * 300_000_000)
    signed = replace(chunk, packed=len(bomb))
    files = (made.files[0], replace(made.files[1], chunks=(signed,)))
    raw = encode(replace(made, files=files))
    scene.simulator.target(target_path("knowledge", 2), raw, "knowledge")
    scene.simulator.files[chunk.path] = bomb
    tracemalloc.start()
    try:
        await scene.refused(Code.CORRUPTED)
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()
    silent = zstandard.ZstdCompressor(write_content_size=False).compress(b"\0" * 300_000_000)
    for content in (bomb, silent, b"", b"no frame"):
        with pytest.raises(WrongChunk):
            content_of(signed, content)


async def test_a_hub_that_never_answers_is_left_when_the_school_stops(
    scene: Scene, tmp_path: Path
) -> None:
    made = scene.simulator.publish("knowledge", 2, {"new": lump("new", 2 * PIECE)})
    for chunk in made.files[1].chunks:
        scene.server.answers[chunk.path] = never
    await scene.node.offer(("knowledge", 2))
    work = asyncio.create_task(scene.node.arrivals.run())
    await scene.server.until_asked({chunk.path for chunk in made.files[1].chunks})
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert (await scene.node.step("knowledge", 2))[0] == "fetching"
    assert (await scene.node.reports())[0].active == 1


@pytest.mark.parametrize("when", ["handshake", "header", "body"])
async def test_a_hub_that_sends_a_byte_now_and_then_is_left_in_time(when: str) -> None:
    """Never silent for long, never done."""
    starts = {
        "handshake": b"\x16\x03\x03\x40\x00",  # a record of 16 KB follows
        "header": b"HTTP/1.1 200 OK\r\nX: ",
        "body": b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n",
    }
    left = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(starts[when])
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.05)
        left.set()

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if when == "handshake" else None
    async with raw_server(drip) as at:
        line = FileLine(f"{'https' if tls else 'http'}://{at}", tls, 1.0, 1.0)
        with pytest.raises(Away):
            await asyncio.wait_for(asyncio.to_thread(line.get, "/v1/x", 8_000_000), PATIENCE_S)
        await asyncio.wait_for(left.wait(), PATIENCE_S)
        line.close()


async def test_a_province_that_takes_its_offer_back_ends_the_fetching(scene: Scene) -> None:
    made = scene.simulator.publish("knowledge", 2, {"new": lump("new", 2 * PIECE)})
    for chunk in made.files[1].chunks:
        scene.server.answers[chunk.path] = never
    await scene.node.offer(("knowledge", 2))
    turn = asyncio.create_task(scene.node.arrivals.turn())
    await scene.server.until_asked({chunk.path for chunk in made.files[1].chunks})
    await scene.node.offer(("knowledge", 1))
    await asyncio.wait_for(turn, PATIENCE_S)
    assert (await scene.node.reports())[0].active == 1


async def test_a_server_that_the_provincial_ca_did_not_certify_is_told_nothing_and_not_heard(
    scene: Scene, tmp_path: Path
) -> None:
    """It is as if the hub were away: no reason is held against the release."""
    (tmp_path / "stranger").mkdir()
    certificate(tmp_path / "stranger")
    (tmp_path / "own").mkdir()
    own = certificate(tmp_path / "own")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    scene.simulator.publish("knowledge", 2, INDEX)
    tls.load_cert_chain(tmp_path / "stranger" / "tls.crt", tmp_path / "stranger" / "tls.key")
    async with serving(scene.simulator, tls) as hub:
        scene.node.province = ReleaseSource(hub.url, (own,), scene.simulator.first_root)
        assert await scene.offer() == ("", "")
        assert hub.asked == []
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "own" / "tls.crt", tmp_path / "own" / "tls.key")
    async with serving(scene.simulator, tls) as hub:
        scene.node.province = ReleaseSource(hub.url, (own,), scene.simulator.first_root)
        await scene.taken()


async def test_a_mirror_may_have_a_public_certificate_for_what_comes_is_signed(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("public", "own"):
        (tmp_path / name).mkdir()
    certificate(tmp_path / "public")
    own = certificate(tmp_path / "own")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "public" / "tls.crt"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "public" / "tls.crt", tmp_path / "public" / "tls.key")
    scene.simulator.publish("knowledge", 2, INDEX)
    root = scene.simulator.first_root
    async with serving(scene.simulator, tls) as mirror:
        for refused in (
            ReleaseSource(mirror.url, (own,), root),  # the hub itself has the province's
            ReleaseSource(
                mirror.url, (own,), "", is_mirror=True
            ),  # trust does not begin at a mirror
        ):
            scene.node.province = refused
            assert await scene.offer() == ("", "")
            await scene.node.due()
        assert mirror.asked == []
        scene.node.province = ReleaseSource(mirror.url, (own,), root, is_mirror=True)
        await scene.taken()


# Two kinds at once --------------------------------------------------------------------------------


async def test_what_just_arrived_is_not_tidied_away_with_what_another_kind_leaves(
    scene: Scene,
) -> None:
    node = scene.node
    kinds: tuple[ReleaseKind, ...] = ("knowledge", "model")
    for version in range(2, 14):
        model = {"model.gguf": b"GGUF" + (3).to_bytes(4, "little") + lump(str(version), PIECE)}
        scene.simulator.publish("knowledge", version, {"new": lump(f"k{version}", PIECE)})
        scene.simulator.publish("model", version, model)
        await node.offer(*((kind, version) for kind in kinds))
        await asyncio.gather(*(node.arrivals._turn(kind) for kind in kinds))
        for kind in kinds:
            assert node.files(kind, version), (kind, version)
            await node.releases.activated(kind, version)
            assert node.stock.shelf.is_right(kind, version)


async def test_many_threads_share_a_line_and_each_gets_its_answer() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                asked = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1]
                head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(asked)}\r\n\r\n".encode()
                writer.write(head + asked)

    def ask(line: FileLine, thread: int) -> list[bytes]:
        return [bytes(line.get(f"/{thread}/{number}", 100)) for number in range(200)]

    async with raw_server(answer) as at:
        line = FileLine(f"http://{at}", None)
        found = await asyncio.gather(*(asyncio.to_thread(ask, line, thread) for thread in range(4)))
        assert found == [[f"/{t}/{n}".encode() for n in range(200)] for t in range(4)]
        line.close()
