"""Releases on this machine's disk: whole ones in directories, and the one that is on its way.

    <kind>/<version>/               the files of a whole release
    <kind>/<version>.manifest       its verified manifest: what lies where, by hash
    <kind>/<version>.part/files/    what is there of one that is on its way, each chunk at its place
    <kind>/<version>.part/there     a byte for each chunk: 1 once it was verified and written

A directory gets its name only when everything in it was verified and is durable. After a kill or a
loss of power the bytes of `there` are believed only where the chunk's hash agrees. All of it blocks.
"""

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import zstandard

from kit.db import outside_units
from kit.durable import settle_folder
from models.release import BadRelease, check
from node.releases.model import Code, Refused
from protocol.chunks import KINDS, Chunk, Manifest, ReleaseFile, ReleaseKind
from protocol.errors import ProtocolError
from protocol.message import decode

PART = ".part"
MANIFEST = ".manifest"
RESERVE = 1024**3  # bytes left free for everything else on the disk: database, mail, drive, backups
UNSTATED = -1

Release = tuple[ReleaseKind, int]
Place = tuple[Path, int]
Buffer = bytes | bytearray


class WrongChunk(Exception):
    """The bytes are not those of the chunk; the message says how."""


@outside_units
def content_of(chunk: Chunk, received: Buffer) -> Buffer:
    """A chunk as the hub sends it, unpacked and verified. Raises WrongChunk."""
    if chunk.packed:
        try:
            # A frame that states its size is given that much memory, whatever the limit.
            if zstandard.frame_content_size(received) not in (chunk.size, UNSTATED):
                raise WrongChunk(f"{chunk.sha256}: another size")
            received = zstandard.ZstdDecompressor().decompress(received, max_output_size=chunk.size)
        except zstandard.ZstdError as error:
            raise WrongChunk(f"{chunk.sha256}: {error}") from error
    verify(chunk, received)
    return received


@outside_units
def verify(chunk: Chunk, content: Buffer) -> None:
    """Raises WrongChunk."""
    if len(content) != chunk.size or hashlib.sha256(content).hexdigest() != chunk.sha256:
        raise WrongChunk(f"{chunk.sha256}: other content")


class PartialRelease:
    """A release on its way. `put` may be called from several threads."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self.release: Release = (manifest.kind, manifest.version)
        self.files = folder / "files"
        self.chunks = manifest.chunks
        self._number = {sha256: number for number, sha256 in enumerate(self.chunks)}
        self._places = _places(self.files, manifest)
        self._there = bytearray(len(self.chunks))
        self._bytes_there = 0

    def open(self) -> None:
        """Begin, or go on where a former life stopped. Raises Refused (malformed), OSError."""
        try:
            self.files.mkdir(parents=True, exist_ok=True)
            for file in self.manifest.files:
                place = self.files / file.path
                place.parent.mkdir(parents=True, exist_ok=True)
                with place.open("ab") as out:
                    out.truncate(file.size)
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
            raise Refused(Code.MALFORMED, f"files within files: {error}") from error
        except OSError as error:
            if error.errno in (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ):
                raise Refused(Code.MALFORMED, str(error)) from error
            raise
        with (self.folder / "there").open("ab"):
            pass
        for chunk in self._claimed():
            if self._is_right(chunk):
                self._mark(chunk)

    def believe(self) -> None:
        """Take what a former life said to be there as it said it; readers verify. Raises OSError."""
        for chunk in self._claimed():
            self._mark(chunk)

    def _claimed(self) -> list[Chunk]:
        said = (self.folder / "there").read_bytes()
        return [chunk for chunk, one in zip(self.chunks.values(), said, strict=False) if one == 1]

    def place(self, sha256: str) -> Place:
        """Where a chunk lies, or will lie, first."""
        return self._places[sha256][0]

    def _is_right(self, chunk: Chunk) -> bool:
        return all(_agrees(chunk, place) for place in self._places[chunk.sha256])

    def _mark(self, chunk: Chunk) -> None:
        number = self._number[chunk.sha256]
        if not self._there[number]:
            self._there[number] = 1
            self._bytes_there += chunk.size

    def put(self, chunk: Chunk, content: Buffer) -> None:
        """Write a verified chunk to all its places. Raises OSError."""
        for path, offset in self._places[chunk.sha256]:
            _write_at(path, content, offset)
        _write_at(self.folder / "there", b"\1", self._number[chunk.sha256])
        self._mark(chunk)

    def has(self, sha256: str) -> bool:
        number = self._number.get(sha256)
        return number is not None and bool(self._there[number])

    def held(self) -> bytes:
        """A byte for each chunk in the order of the manifest."""
        return bytes(self._there)

    def missing(self) -> list[Chunk]:
        return [chunk for chunk in self.chunks.values() if not self.has(chunk.sha256)]

    @property
    def permille(self) -> int:
        total = sum(chunk.size for chunk in self.chunks.values())
        return 1000 * self._bytes_there // total if total else 1000

    def reuse(self, shelf: "ReleaseShelf") -> int:
        """Take over what other releases on this disk have; bytes so gained. Raises OSError."""
        before = self._bytes_there
        held = shelf.held(without=self.folder)
        for chunk in self.missing():
            place = held.get(chunk.sha256)
            if place is None:
                continue
            with contextlib.suppress(WrongChunk, FileNotFoundError):
                content = _read_at(place, chunk.size)
                verify(chunk, content)
                self.put(chunk, content)
        return self._bytes_there - before

    def settle(self) -> None:
        """See that every file is what the manifest says and can be used, and make it durable.

        Raises Refused, OSError; chunks that a bad disk changed are wanted again.
        """
        for file in self.manifest.files:
            place = self.files / file.path
            if _hash_and_sync(place) != file.sha256:
                self._doubt(file)
        try:
            check(self.files, self.manifest.kind)
        except BadRelease as error:
            raise Refused(Code.UNUSABLE, str(error)) from error
        for folder, _folders, _files in os.walk(self.files):
            settle_folder(Path(folder))

    def _doubt(self, file: ReleaseFile) -> None:
        wrong = [chunk for chunk in file.chunks if not self._is_right(chunk)]
        for chunk in wrong:
            number = self._number[chunk.sha256]
            _write_at(self.folder / "there", b"\0", number)
            if self._there[number]:
                self._there[number] = 0
                self._bytes_there -= chunk.size
        if wrong:
            raise Refused(Code.CORRUPTED, f"{file.path} changed on this disk")
        raise Refused(Code.MALFORMED, f"the chunks of {file.path} make another file")


class ReleaseShelf:
    """All releases below one folder."""

    def __init__(self, folder: Path, reserve: int = RESERVE) -> None:
        self.folder = folder
        self.reserve = reserve

    def home(self, kind: ReleaseKind, version: int) -> Path:
        """Where a whole release lies."""
        return self.folder / kind / str(version)

    def part(self, manifest: Manifest) -> PartialRelease:
        """The release of a manifest as one that is on its way."""
        home = self.home(manifest.kind, manifest.version)
        return PartialRelease(home.with_name(home.name + PART), manifest)

    def begin(self, manifest: Manifest, raw: bytes) -> PartialRelease:
        """Open it for what comes. Raises Refused (disk full, malformed), OSError."""
        part = self.part(manifest)
        part.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (part.folder / "manifest").write_bytes(raw)
        part.open()
        lacking = sum(chunk.size for chunk in part.missing())
        room = self.room()
        if lacking and lacking > room:
            raise Refused(Code.DISK_FULL, f"{lacking} bytes needed, {room} to be had")
        return part

    def room(self) -> int:
        """Bytes that releases may still take; below 0 when others came too near."""
        return shutil.disk_usage(self.folder).free - self.reserve

    def finish(self, part: PartialRelease) -> Path:
        """Give a release that is settled its name; where it lies. Raises OSError."""
        home = self.home(part.manifest.kind, part.manifest.version)
        kept = home.with_name(home.name + MANIFEST)
        (part.folder / "manifest").replace(kept)
        _hash_and_sync(kept)
        shutil.rmtree(home, ignore_errors=True)
        part.files.rename(home)
        settle_folder(home.parent)
        shutil.rmtree(part.folder, ignore_errors=True)
        return home

    def whole(self) -> list[Release]:
        """The releases that are there whole."""
        return [
            (kind, int(path.stem))
            for kind in KINDS
            for path in (self.folder / kind).glob(f"*{MANIFEST}")
            if path.stem.isdigit() and path.with_suffix("").is_dir()
        ]

    def manifest(self, kind: ReleaseKind, version: int) -> Manifest | None:
        """The manifest of a release that is there whole."""
        home = self.home(kind, version)
        try:
            return decode(home.with_name(home.name + MANIFEST).read_bytes(), Manifest)
        except (OSError, ProtocolError):
            return None

    def held(self, without: Path | None = None) -> dict[str, Place]:
        """Where each chunk lies, of whole releases and of those left on their way."""
        found: dict[str, Place] = {}
        for kind, version in self.whole():
            manifest = self.manifest(kind, version)
            if manifest is not None:
                for sha256, places in _places(self.home(kind, version), manifest).items():
                    found[sha256] = places[0]
        for part in self._left_parts(without):
            for sha256 in part.chunks:
                if part.has(sha256):
                    found.setdefault(sha256, part.place(sha256))
        return found

    def _left_parts(self, without: Path | None) -> Iterator[PartialRelease]:
        for kind in KINDS:
            for folder in (self.folder / kind).glob(f"*{PART}"):
                if folder == without:
                    continue
                with contextlib.suppress(OSError, ProtocolError):
                    part = PartialRelease(
                        folder, decode((folder / "manifest").read_bytes(), Manifest)
                    )
                    part.believe()
                    yield part

    def is_right(self, kind: ReleaseKind, version: int) -> bool:
        """Whether a whole release is still what was signed."""
        manifest = self.manifest(kind, version)
        home = self.home(kind, version)
        if manifest is None:
            return False
        try:
            return all(_hash_of(home / file.path) == file.sha256 for file in manifest.files)
        except OSError:
            return False

    def remove_all_but(self, keep: Iterable[Release], parts: Iterable[Release]) -> None:
        """Remove every other release, and every other one on its way."""
        homes = {self.home(kind, version) for kind, version in keep}
        ways = {self.home(kind, version) for kind, version in parts}
        for kind in KINDS:
            for path in (self.folder / kind).glob("*"):
                home = path.with_name(path.name.split(".", 1)[0])
                if home not in (ways if path.name.endswith(PART) else homes):
                    if path.is_dir():
                        shutil.rmtree(path, ignore_errors=True)
                    else:
                        path.unlink(missing_ok=True)


def _places(folder: Path, manifest: Manifest) -> dict[str, list[Place]]:
    """Every place of every chunk."""
    found: dict[str, list[Place]] = {}
    for file in manifest.files:
        offset = 0
        for chunk in file.chunks:
            found.setdefault(chunk.sha256, []).append((folder / file.path, offset))
            offset += chunk.size
    return found


def _agrees(chunk: Chunk, place: Place) -> bool:
    try:
        verify(chunk, _read_at(place, chunk.size))
    except (WrongChunk, OSError):
        return False
    return True


def _read_at(place: Place, size: int) -> bytes:
    with place[0].open("rb", buffering=0) as file:
        return os.pread(file.fileno(), size, place[1])


def _write_at(path: Path, content: Buffer, offset: int) -> None:
    handle = os.open(path, os.O_WRONLY)
    try:
        view = memoryview(content)
        while view:
            written = os.pwrite(handle, view, offset)
            view = view[written:]
            offset += written
    finally:
        os.close(handle)


@outside_units
def _hash_of(path: Path) -> str:
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@outside_units
def _hash_and_sync(path: Path) -> str:
    with path.open("rb+", buffering=0) as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    return found
