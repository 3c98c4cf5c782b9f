"""The repository of releases, read by the client of python-tuf over real HTTP, killed at every step."""

import asyncio
import hashlib
import os
import random
import shutil
import stat
import subprocess
import sys
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import zstandard
from aiohttp import web
from tuf.api.exceptions import RepositoryError
from tuf.ngclient import Updater
from yarl import URL

from hub.releases.chunks import ChunkLost
from hub.releases.metadata import LIVES, ROLES, RepositoryBroken
from hub.releases.repository import Repository, moved
from hub.releases.serving import REPOSITORY, ROUTES
from kit.clock import DAY, HOUR, ManualClock, SystemClock
from models.release import FILE, BadRelease, ReleaseInfo, check, write
from protocol.chunks import LARGEST_CHUNK, Manifest, read_manifest, target_path
from tests.conftest import free_port

MEGABYTE = 1024 * 1024
WORDS = "현장체험학습은 사흘 전까지 신청합니다. ".encode() * 60_000


def noise(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def make_release(folder: Path, *, seed: int = 1, name: str = "안내서") -> Path:
    """A release of three files: one that packs well, one that does not, one in a folder."""
    (folder / "deep").mkdir(parents=True)
    (folder / "passages.seg").write_bytes(WORDS)
    (folder / "deep" / "vectors.f16").write_bytes(noise(seed, 3 * MEGABYTE))
    (folder / "empty.toc").write_bytes(b"")
    (folder / "passages_WRITELOCK").write_bytes(b"")
    write(folder, ReleaseInfo(kind="knowledge", version="draft", name=name, created_at=1))
    return folder


@pytest.fixture
def live() -> ManualClock:
    """The client of python-tuf goes by the machine's clock."""
    return ManualClock(SystemClock().now())


@pytest.fixture
def repository(tmp_path: Path, live: ManualClock) -> Repository:
    made = Repository(tmp_path / "hub" / "releases", tmp_path / "hub" / "keys", live)
    made.open("life")
    return made


class Served:
    """The repository on a port, and schools that trust its first root."""

    def __init__(self, repository: Repository, folder: Path, port: int) -> None:
        self.repository = repository
        self.url = f"http://127.0.0.1:{port}"
        self.folder = folder

    def school(self, name: str = "school") -> Updater:
        """A client with what that school trusted last."""
        place = self.folder / name
        place.mkdir(exist_ok=True)
        root = self.repository.first_root
        assert root is not None
        return Updater(
            metadata_dir=str(place),
            metadata_base_url=f"{self.url}/v1/tuf/",
            target_dir=str(place),
            target_base_url=f"{self.url}/v1/tuf/targets/",
            bootstrap=root.encode(),
        )

    def fetched(self, manifest: Manifest, name: str = "school") -> Manifest:
        """The manifest as that school verified it."""
        updater = self.school(name)
        updater.refresh()
        target = updater.get_targetinfo(target_path(manifest.kind, manifest.version))
        assert target is not None
        raw = Path(updater.download_target(target, str(self.folder / "manifest"))).read_bytes()
        return read_manifest(raw, manifest.kind, manifest.version)


@pytest.fixture
async def served(repository: Repository, tmp_path: Path) -> AsyncIterator[Served]:
    app = web.Application()
    app[REPOSITORY] = repository
    app.add_routes(ROUTES)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield Served(repository, tmp_path, port)
    await runner.cleanup()


async def test_a_school_verifies_what_is_published(served: Served, tmp_path: Path) -> None:
    manifest = served.repository.publish("knowledge", make_release(tmp_path / "release"))
    assert await asyncio.to_thread(served.fetched, manifest) == manifest
    assert [file.path for file in manifest.files] == [
        FILE, "deep/vectors.f16", "empty.toc", "passages.seg",
    ]  # fmt: skip
    async with aiohttp.ClientSession(served.url) as http:
        for file in manifest.files:
            whole = b""
            for chunk in file.chunks:
                answer = await http.get(chunk.path)
                body = await answer.read()
                assert len(body) == chunk.wire_size
                assert "immutable" in answer.headers["Cache-Control"]
                if chunk.packed:
                    body = zstandard.decompress(body, max_output_size=LARGEST_CHUNK)
                    assert (await http.get(f"/v1/chunks/{chunk.sha256}")).status == 404
                assert hashlib.sha256(body).hexdigest() == chunk.sha256
                whole += body
            assert hashlib.sha256(whole).hexdigest() == file.sha256
        part = await http.get(chunk.path, headers={"Range": "bytes=0-9"})
        assert (part.status, len(await part.read())) == (206, 10)
    packed = {file.path: all(c.packed for c in file.chunks) for file in manifest.files if file.size}
    assert packed["passages.seg"]
    assert not packed["deep/vectors.f16"]


async def test_only_metadata_manifests_and_chunks_are_served(served: Served) -> None:
    async with aiohttp.ClientSession(served.url) as http:
        newest = await http.get("/v1/tuf/timestamp.json")
        assert (newest.status, newest.headers["Cache-Control"]) == (200, "no-cache")
        for path in (
            "/v1/tuf/life",
            "/v1/tuf/9.root.json",
            "/v1/tuf/targets/knowledge/1.json",
            "/v1/tuf/%2e%2e/%2e%2e/keys/tuf-root.pem",
            "/v1/tuf/targets/..%2f..%2fkeys%2ftuf-root.pem",
            "/v1/chunks/" + "0" * 64,
            "/v1/chunks/" + "0" * 64 + ".zst",
            "/v1/chunks/..%2f..%2f..%2fkeys%2ftuf-root.pem",
        ):
            answer = await http.get(URL(path, encoded=True))
            assert (path, answer.status) == (path, 404)


def test_keys_are_readable_by_the_hub_alone_and_one_for_each_role(
    repository: Repository, tmp_path: Path
) -> None:
    keys = sorted((tmp_path / "hub" / "keys").iterdir())
    assert [key.name for key in keys] == sorted(f"tuf-{role}.pem" for role in ROLES)
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}
    assert len({key.read_bytes() for key in keys}) == len(ROLES)


def test_the_same_content_is_stored_once_and_a_small_change_moves_little(
    repository: Repository, tmp_path: Path
) -> None:
    folder = make_release(tmp_path / "release")
    first = repository.publish("knowledge", folder)
    stored = set(repository.chunks.names())
    again = repository.publish("knowledge", folder)
    # release.json names its version: one small chunk is new.
    assert len(set(repository.chunks.names()) - stored) == 1
    assert moved(again, first) < 1000
    vectors = folder / "deep" / "vectors.f16"
    vectors.write_bytes(b"a new header" + vectors.read_bytes())
    changed = repository.publish("knowledge", folder)
    assert moved(changed, again) < LARGEST_CHUNK
    assert changed.version > again.version > first.version


def test_what_grows_at_its_end_moves_only_what_was_added(
    repository: Repository, tmp_path: Path
) -> None:
    folder = make_release(tmp_path / "release")
    before = repository.publish("knowledge", folder)
    vectors = folder / "deep" / "vectors.f16"
    for turn in range(3):
        added = noise(100 + turn, 5000)
        vectors.write_bytes(vectors.read_bytes() + added)
        grown = repository.publish("knowledge", folder)
        assert moved(grown, before) < 5000 + 1000
        before = grown
    place = tmp_path / "school"
    place.mkdir()
    repository.unpack("knowledge", before.version, place)
    assert (place / "deep" / "vectors.f16").read_bytes() == vectors.read_bytes()


def test_the_release_says_the_version_under_which_it_is_published(
    repository: Repository, tmp_path: Path
) -> None:
    manifest = repository.publish("knowledge", make_release(tmp_path / "release"))
    place = tmp_path / "school"
    place.mkdir()
    assert repository.unpack("knowledge", manifest.version, place) == manifest
    assert check(place, "knowledge").version == str(manifest.version)
    assert (place / "deep" / "vectors.f16").read_bytes() == noise(1, 3 * MEGABYTE)
    assert not list(place.glob("*WRITELOCK"))


def test_versions_grow_even_when_the_clock_goes_back(
    repository: Repository, tmp_path: Path, live: ManualClock
) -> None:
    folder = make_release(tmp_path / "release")
    first = repository.publish("knowledge", folder)
    live.advance(-3 * HOUR)
    second = repository.publish("knowledge", folder)
    third = repository.publish("knowledge", folder, above=second.version + 500)
    assert second.version == first.version + 1
    assert third.version == second.version + 501


async def test_an_older_content_is_published_again_under_a_new_number(
    served: Served, tmp_path: Path
) -> None:
    repository = served.repository
    old = repository.publish("knowledge", make_release(tmp_path / "old", seed=1))
    new = repository.publish("knowledge", make_release(tmp_path / "new", seed=2))
    back = repository.publish_again("knowledge", old.version)
    assert back.version > new.version
    assert back.files[1:] == old.files[1:]
    assert await asyncio.to_thread(served.fetched, back) == back


async def test_a_restored_hub_publishes_no_lower_version(
    served: Served, tmp_path: Path, live: ManualClock
) -> None:
    repository = served.repository
    before = repository.publish("knowledge", make_release(tmp_path / "a", seed=1))
    copy = tmp_path / "backup"
    shutil.copytree(repository.tuf, copy)
    live.advance(HOUR)
    lost = repository.publish("knowledge", make_release(tmp_path / "b", seed=2))
    await asyncio.to_thread(served.fetched, lost)
    shutil.rmtree(repository.tuf)
    shutil.copytree(copy, repository.tuf)
    with pytest.raises(RepositoryError):  # what the school sees is older than what it has seen
        await asyncio.to_thread(served.school().refresh)
    live.advance(HOUR)
    repository.open("another life")
    await asyncio.to_thread(served.fetched, before)
    after = repository.publish("knowledge", make_release(tmp_path / "c", seed=3))
    assert after.version > lost.version
    await asyncio.to_thread(served.fetched, after)


async def test_a_lost_folder_of_metadata_is_made_anew_with_the_same_keys(
    served: Served, tmp_path: Path, live: ManualClock
) -> None:
    repository = served.repository
    await asyncio.to_thread(served.school().refresh)
    shutil.rmtree(repository.tuf)
    live.advance(HOUR)
    repository.open("another life")
    after = repository.publish("knowledge", make_release(tmp_path / "release"))
    await asyncio.to_thread(served.fetched, after)


def test_a_missing_or_foreign_key_is_named_and_nothing_is_signed(
    repository: Repository, tmp_path: Path, live: ManualClock
) -> None:
    key = tmp_path / "hub" / "keys" / "tuf-knowledge.pem"
    kept = key.read_bytes()
    files = sorted(path.name for path in repository.tuf.iterdir())
    folder = make_release(tmp_path / "release")
    other = Repository(tmp_path / "other" / "releases", tmp_path / "other" / "keys", live)
    other.open()
    for content in (None, b"no key", (tmp_path / "other/keys/tuf-knowledge.pem").read_bytes()):
        key.unlink()
        if content is not None:
            key.write_bytes(content)
        with pytest.raises(RepositoryBroken, match="tuf-knowledge"):
            repository.publish("knowledge", folder)
        key.write_bytes(kept)
    assert sorted(path.name for path in repository.tuf.iterdir()) == files


def test_metadata_is_signed_again_long_before_it_ends(
    repository: Repository, live: ManualClock
) -> None:
    assert repository.renew() == []
    live.advance(2 * DAY)
    assert repository.renew() == ["timestamp"]
    for _day in range(1200):
        live.advance(DAY)
        repository.renew()
        left = {role: end - live.now() for role, end in repository.ends().items()}
        assert all(left[role] > LIVES[role] // 2 - 2 * DAY for role in ROLES)
    roots = sorted(path.name for path in repository.tuf.glob("*.root.json"))
    assert roots == ["1.root.json", "2.root.json", "3.root.json"]


async def test_a_school_follows_renewed_roots(
    served: Served, tmp_path: Path, live: ManualClock
) -> None:
    """Renewals of the past, so that the machine's clock is before the end of the last ones."""
    folder = tmp_path / "past"
    clock = ManualClock(live.now() - 1500 * DAY)
    past = Repository(folder / "releases", folder / "keys", clock)
    past.open()
    while clock.now() < live.now():
        clock.advance(DAY)
        past.renew()
    assert len(list(past.tuf.glob("*.root.json"))) == 3
    shutil.rmtree(served.repository.tuf)
    shutil.copytree(past.tuf, served.repository.tuf)
    updater = served.school()
    await asyncio.to_thread(updater.refresh)


@pytest.mark.parametrize("bad", ["nothing", "kind", "json"])
def test_what_is_no_release_is_not_published(
    repository: Repository, tmp_path: Path, bad: str
) -> None:
    folder = make_release(tmp_path / "release")
    if bad == "nothing":
        (folder / FILE).unlink()
    elif bad == "kind":
        write(folder, ReleaseInfo(kind="model", version="1", name="모델", created_at=1))
    else:
        (folder / FILE).write_bytes(b"{")
    with pytest.raises(BadRelease):
        repository.publish("knowledge", folder)
    assert repository.versions("knowledge") == []
    assert list(repository.chunks.names()) == []


def test_what_nobody_needs_is_removed_and_the_rest_stays_whole(
    repository: Repository, tmp_path: Path
) -> None:
    one = repository.publish("knowledge", make_release(tmp_path / "a", seed=1))
    two = repository.publish("knowledge", make_release(tmp_path / "b", seed=2))
    assert repository.keep_only([("knowledge", two.version)]) > 0
    assert repository.versions("knowledge") == [two.version]
    assert repository.lost("knowledge", two.version) == []
    with pytest.raises(BadRelease):
        repository.manifest("knowledge", one.version)
    kept = {repository.chunks.file_of(chunk).name for chunk in two.chunks.values()}
    assert set(repository.chunks.names()) == kept


@pytest.mark.parametrize("damage", ["turned", "emptied"])
def test_what_the_disk_damaged_is_written_anew_when_it_is_published_again(
    repository: Repository, tmp_path: Path, damage: str
) -> None:
    folder = make_release(tmp_path / "release")
    first = repository.publish("knowledge", folder)
    for chunk in first.chunks.values():
        place = repository.chunks.file_of(chunk)
        place.write_bytes(b"" if damage == "emptied" else place.read_bytes()[:-1] + b"?")
    assert len(repository.lost("knowledge", first.version)) == len(first.chunks)
    second = repository.publish("knowledge", folder)
    assert repository.lost("knowledge", second.version) == []
    place = tmp_path / "school"
    place.mkdir()
    repository.unpack("knowledge", second.version, place)
    assert (place / "passages.seg").read_bytes() == WORDS


def test_a_publication_that_fails_leaves_none_of_its_chunks(
    repository: Repository, tmp_path: Path
) -> None:
    repository.publish("knowledge", make_release(tmp_path / "a", seed=1))
    stored = set(repository.chunks.names())

    def stop(done: int, total: int) -> None:
        if done > total // 2:
            assert set(repository.chunks.names()) > stored
            raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        repository.publish("knowledge", make_release(tmp_path / "b", seed=2), progress=stop)
    assert set(repository.chunks.names()) == stored
    repository.reserve = 2**60  # more than any disk has to spare
    with pytest.raises(OSError, match="No space"):
        repository.publish("knowledge", tmp_path / "b")
    assert set(repository.chunks.names()) == stored


def test_while_a_manifest_cannot_be_read_no_chunk_is_removed(
    repository: Repository, tmp_path: Path
) -> None:
    one = repository.publish("knowledge", make_release(tmp_path / "a", seed=1))
    two = repository.publish("knowledge", make_release(tmp_path / "b", seed=2))
    stored = set(repository.chunks.names())
    place = repository.tuf / "targets" / "knowledge" / f"{two.version}.json"
    kept = place.read_bytes()
    place.write_bytes(b"{")
    repository.keep_only([("knowledge", two.version)])
    assert repository.versions("knowledge") == [two.version]
    assert set(repository.chunks.names()) == stored
    place.write_bytes(kept)
    assert repository.keep_only([("knowledge", two.version)]) > 0
    assert one.version not in repository.versions("knowledge")


def test_a_packed_chunk_that_the_disk_made_a_bomb_does_not_burst(
    repository: Repository, tmp_path: Path
) -> None:
    made = repository.publish("knowledge", make_release(tmp_path / "release"))
    chunk = next(one for one in made.chunks.values() if one.packed)
    repository.chunks.file_of(chunk).write_bytes(zstandard.compress(bytes(300 * MEGABYTE)))
    tracemalloc.start()
    try:
        with pytest.raises(ChunkLost, match=chunk.sha256):
            repository.chunks.get(chunk)
        assert tracemalloc.get_traced_memory()[1] < 50 * MEGABYTE
    finally:
        tracemalloc.stop()


def test_a_damaged_chunk_is_noticed_before_it_is_published_again(
    repository: Repository, tmp_path: Path
) -> None:
    made = repository.publish("knowledge", make_release(tmp_path / "release"))
    chunk = made.files[1].chunks[0]
    place = repository.chunks.file_of(chunk)
    place.write_bytes(place.read_bytes()[:-1] + b"?")
    with pytest.raises(ChunkLost, match=chunk.sha256):
        repository.publish_again("knowledge", made.version)
    assert repository.versions("knowledge") == [made.version]


_PUBLISH = """
import os, signal, sys
from pathlib import Path
from hub.releases.repository import Repository
from kit.clock import SystemClock

left = int(sys.argv[3])
replace = Path.replace

def counted(self, target):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return replace(self, target)

Path.replace = counted
data = Path(sys.argv[1])
repository = Repository(data / "releases", data / "keys", SystemClock())
repository.publish("knowledge", Path(sys.argv[2]))
"""


def publish_killed(data: Path, folder: Path, renames: int) -> bool:
    """Publish in a process that is killed after so many renames; whether it came to its end."""
    done = subprocess.run(
        [sys.executable, "-c", _PUBLISH, str(data), str(folder), str(renames)],
        check=False, cwd=Path(__file__).parents[2], env={**os.environ, "PYTHONPATH": "."},
    )  # fmt: skip
    assert done.returncode in (0, -9)
    return done.returncode == 0


async def test_a_kill_at_any_step_publishes_all_or_nothing(served: Served, tmp_path: Path) -> None:
    repository = served.repository
    held = repository.publish("knowledge", make_release(tmp_path / "a", seed=1))
    folder = make_release(tmp_path / "b", seed=2)
    renames = 0
    while not publish_killed(tmp_path / "hub", folder, renames):
        school = f"school{renames}"
        await asyncio.to_thread(served.fetched, held, school)
        targets = set(repository.versions("knowledge"))
        renames += 1
        repository.open("life")
        for version in targets - {held.version}:
            # A manifest alone: complete, but nobody is pointed to it yet.
            assert repository.lost("knowledge", version) == []
    assert renames >= 6
    newest = repository.manifest("knowledge", max(repository.versions("knowledge")))
    assert await asyncio.to_thread(served.fetched, newest) == newest
    assert await asyncio.to_thread(served.fetched, held) == held
    repository.keep_only([("knowledge", newest.version)])
    assert await asyncio.to_thread(served.fetched, newest) == newest
