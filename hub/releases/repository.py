"""The repository: releases cut into chunks, named by signed manifests, kept below one folder.

    repository = Repository(data / "releases", data / "keys", clock)
    repository.open()
    manifest = repository.publish("knowledge", folder)

Order of a publication: chunks, manifest, the role that names it, snapshot, timestamp. Killed between
any two of them, what was published before is as it was, and to publish again is safe.
"""

import contextlib
import errno
import fcntl
import logging
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec
from tuf.api.metadata import TargetFile

from hub.releases.chunks import ChunkLost, ChunkStore
from hub.releases.metadata import RepositoryBroken, TufMetadata
from kit.clock import Clock, local
from kit.durable import settle_folder, write_durably
from models.release import FILE, BadRelease, ReleaseInfo, check
from protocol.chunks import (
    LARGEST_MANIFEST,
    Chunk,
    Manifest,
    ReleaseFile,
    ReleaseKind,
    read_manifest,
    target_path,
)
from protocol.errors import ProtocolError
from protocol.message import encode

log = logging.getLogger(__name__)

RESERVE = 1024**3  # bytes left free for everything else on the disk
LOCKS = ("_WRITELOCK",)  # what Whoosh leaves beside an index and nobody needs

Shown = Callable[[int, int], None]
"""Progress: bytes done and bytes in all. May raise to stop."""


def _silent(done: int, total: int) -> None:
    return


class Repository:
    """TUF metadata, manifests and chunks of all releases. Its methods block: call them in a thread."""

    def __init__(self, folder: Path, keys: Path, clock: Clock) -> None:
        self.folder = folder
        self.reserve = RESERVE
        self.tuf = folder / "tuf"
        self.chunks = ChunkStore(folder / "chunks")
        self._metadata = TufMetadata(self.tuf, keys, clock)
        self._clock = clock

    def open(self, life: str = "") -> None:
        """Make what is missing, sign anew what ends soon. Raises RepositoryBroken.

        `life`: the epoch of the database. Where it is another than last time, the hub was restored
        from a backup: everything is signed in versions above all that a school may have seen.
        """
        with _turn(self.folder):
            self._metadata.open()
            place = self.tuf / "life"
            held = place.read_text("utf-8") if place.exists() else ""
            self._metadata.renew(everything=bool(held) and held != life)
            if held != life:
                write_durably(place, life.encode())

    @property
    def first_root(self) -> str | None:
        """What a school's trust in releases begins with; None while there is no repository."""
        try:
            return self._metadata.first_root
        except OSError:
            return None

    def ends(self) -> dict[str, int]:
        """When each role's metadata expires, in ms; empty before the first `open`."""
        self._metadata.load()
        return self._metadata.ends()

    def examine(self) -> None:
        """Raises RepositoryBroken when keys and metadata do not fit; changes nothing."""
        self._metadata.examine()

    def renew(self) -> list[str]:
        """Sign anew what comes near its end; the roles signed."""
        with _turn(self.folder):
            self._metadata.open()
            return self._metadata.renew()

    # Publishing ---------------------------------------------------------------------------------

    def publish(
        self,
        kind: ReleaseKind,
        folder: Path,
        *,
        above: int = 0,
        expires_at: int | None = None,
        progress: Shown = _silent,
    ) -> Manifest:
        """Publish a release directory, in a version higher than `above` and all before it.

        Raises BadRelease, RepositoryBroken, OSError; then nothing of it is published.
        """
        info = check(folder, kind)
        with _turn(self.folder):
            self._metadata.open()
            version = self._next_version(kind, above)
            with self.chunks.all_or_none():
                files = self._cut(kind, folder, self._described(info, version), progress)
                manifest = self._manifest(kind, version, info.name, files, expires_at)
            return self._sign(manifest)

    def publish_again(
        self, kind: ReleaseKind, version: int, *, above: int = 0, expires_at: int | None = None
    ) -> Manifest:
        """The same content in a new version: how a whole province goes back.

        Raises BadRelease when that release is no longer kept, ChunkLost when the disk lost some.
        """
        with _turn(self.folder):
            self._metadata.open()
            old = self.manifest(kind, version)
            for chunk in old.chunks.values():
                self.chunks.get(chunk)
            fresh = self._next_version(kind, above)
            info = msgspec.json.decode(self._content(old, FILE), type=ReleaseInfo)
            with self.chunks.all_or_none():
                described = self._put_file(FILE, self._described(info, fresh))
                files = tuple(described if file.path == FILE else file for file in old.files)
                manifest = self._manifest(kind, fresh, old.name, files, expires_at)
            return self._sign(manifest)

    def _next_version(self, kind: ReleaseKind, above: int) -> int:
        """The time in Seoul as fourteen digits: people can read it, and a restored hub is past all
        that it published in its former life."""
        latest = max([above, *self.versions(kind)])
        return max(latest + 1, int(f"{local(self._clock.now()):%Y%m%d%H%M%S}"))

    def _described(self, info: ReleaseInfo, version: int) -> bytes:
        """release.json as it travels: it names the version under which it is published."""
        told = msgspec.structs.replace(info, version=str(version), created_at=self._clock.now())
        return msgspec.json.format(msgspec.json.encode(told), indent=2)

    def _cut(
        self, kind: ReleaseKind, folder: Path, described: bytes, progress: Shown
    ) -> tuple[ReleaseFile, ...]:
        sources = {
            str(path.relative_to(folder)): path
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.name.startswith(".") and not path.name.endswith(LOCKS)
        }
        del sources[FILE]
        total = sum(path.stat().st_size for path in sources.values())
        self.require_room(total)
        done = 0

        def more(size: int) -> None:
            nonlocal done
            done += size
            progress(done, total)

        before = self._last_files(kind)
        cut = [
            self.chunks.cut(name, path, more, before.get(name)) for name, path in sources.items()
        ]
        return (self._put_file(FILE, described), *cut)

    def _last_files(self, kind: ReleaseKind) -> dict[str, ReleaseFile]:
        """The files of the newest release by path."""
        for version in reversed(self.versions(kind)):
            with contextlib.suppress(BadRelease):
                return {file.path: file for file in self.manifest(kind, version).files}
        return {}

    def _put_file(self, name: str, content: bytes) -> ReleaseFile:
        chunk = self.chunks.put(content)
        return ReleaseFile(path=name, size=chunk.size, sha256=chunk.sha256, chunks=(chunk,))

    def require_room(self, size: int) -> None:
        """Raises OSError when the disk has not so many bytes to spare. Much of a release may be there
        already; that is known when it was cut, and then it is late."""
        if shutil.disk_usage(self.folder).free < size + self.reserve:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _manifest(
        self,
        kind: ReleaseKind,
        version: int,
        name: str,
        files: tuple[ReleaseFile, ...],
        expires_at: int | None,
    ) -> Manifest:
        """What is to be signed, once its chunks are durable. Raises BadRelease."""
        manifest = Manifest(
            kind=kind,
            version=version,
            name=name,
            created_at=self._clock.now(),
            files=files,
            expires_at=expires_at,
        )
        raw = encode(manifest)
        try:
            read_manifest(raw, kind, version)
        except ProtocolError as error:
            raise BadRelease(str(error)) from error
        if len(raw) > LARGEST_MANIFEST:
            raise BadRelease("the release has too many chunks")
        self.chunks.settle()
        return manifest

    def _sign(self, manifest: Manifest) -> Manifest:
        """With the last rename it is published."""
        kind, raw = manifest.kind, encode(manifest)
        path = target_path(kind, manifest.version)
        target = TargetFile.from_data(path, raw, ["sha256"])
        place = self.tuf / "targets" / path
        write_durably(place, raw)
        # The name with the hash in front is what TUF clients ask for in a consistent snapshot.
        write_durably(place.with_name(f"{target.hashes['sha256']}.{place.name}"), raw)
        self._metadata.set_targets(kind, {**self._metadata.targets(kind), path: target})
        return manifest

    # Reading ------------------------------------------------------------------------------------

    def manifest(self, kind: ReleaseKind, version: int) -> Manifest:
        """The manifest of a release that is kept. Raises BadRelease."""
        try:
            raw = (self.tuf / "targets" / target_path(kind, version)).read_bytes()
            return read_manifest(raw, kind, version)
        except (OSError, ProtocolError) as error:
            raise BadRelease(f"{target_path(kind, version)}: {error}") from error

    def _content(self, manifest: Manifest, path: str) -> bytes:
        for file in manifest.files:
            if file.path == path:
                return b"".join(self.chunks.get(chunk) for chunk in file.chunks)
        raise BadRelease(f"the release has no {path}")

    def unpack(self, kind: ReleaseKind, version: int, folder: Path) -> Manifest:
        """Lay the files of a release out in an empty folder. Raises BadRelease, ChunkLost."""
        manifest = self.manifest(kind, version)
        for file in manifest.files:
            place = folder / file.path
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as out:
                for chunk in file.chunks:
                    out.write(self.chunks.get(chunk))
        return manifest

    def lost(self, kind: ReleaseKind, version: int, right: set[str] | None = None) -> list[Chunk]:
        """Chunks of a release that the disk does not have, or has changed: all are read but those
        in `right`, where those that are right are noted. Raises BadRelease."""
        right = set() if right is None else right
        found = []
        for chunk in self.manifest(kind, version).chunks.values():
            if chunk.sha256 in right:
                continue
            try:
                self.chunks.get(chunk)
                right.add(chunk.sha256)
            except ChunkLost:
                found.append(chunk)
        return found

    def versions(self, kind: ReleaseKind) -> list[int]:
        """The releases whose manifests are kept, in order."""
        folder = self.tuf / "targets" / kind
        return sorted(int(p.stem) for p in folder.glob("*.json") if p.stem.isdigit())

    # Keeping order ------------------------------------------------------------------------------

    def keep_only(self, wanted: Iterable[tuple[ReleaseKind, int]]) -> int:
        """Drop every other release: first from what is signed, then its manifest, then chunks that
        none of the rest needs. How many files went. While a manifest cannot be read nobody knows
        which chunks it needs, and all stay."""
        keep = set(wanted)
        with _turn(self.folder):
            self._metadata.open()
            chunks: list[Chunk] = []
            unread = False
            gone = 0
            for kind in ("knowledge", "model"):
                gone += self._drop(kind, {version for one, version in keep if one == kind})
                for version in self.versions(kind):
                    try:
                        chunks += self.manifest(kind, version).chunks.values()
                    except BadRelease as error:
                        unread = True
                        log.error("a manifest cannot be read", extra={"why": str(error)})
            return gone if unread else gone + self.chunks.remove_all_but(chunks)

    def _drop(self, kind: ReleaseKind, keep: set[int]) -> int:
        signed = self._metadata.targets(kind)
        paths = {target_path(kind, version) for version in keep}
        if set(signed) - paths:
            self._metadata.set_targets(kind, {p: t for p, t in signed.items() if p in paths})
        folder = self.tuf / "targets" / kind
        gone = 0
        for path in list(folder.glob("*.json")):
            if int(path.name.split(".")[-2]) not in keep:
                path.unlink()
                gone += 1
        if gone:
            settle_folder(folder)
        return gone


def moved(manifest: Manifest, before: Manifest | None) -> int:
    """Bytes on the wire for a node that has the release before."""
    held = before.chunks if before is not None else {}
    return sum(c.wire_size for name, c in manifest.chunks.items() if name not in held)


__all__ = ["ChunkLost", "Repository", "RepositoryBroken", "moved"]


@contextlib.contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Wait until nobody else, in this process or another, changes what is in the folder."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(folder / ".turn", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
