"""The files of a release put together: from what is here already, from neighbours, from the hub.

    assembly = Assembly(manifest, content, folder / "7.part")
    assembly.take_from(former directories)      # what did not change moves nothing
    for chunk in assembly.missing(): …          # fetched by `sources.py`
        assembly.put(chunk, content)            # verified on arrival
    assembly.finish(folder / "7")               # whole hashes, fsync, rename

A part directory is what survives a kill: at the next start every chunk in it is verified again, so
no record of what had arrived can be wrong. Its methods block: call them in a thread.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import msgspec

from node.releases.model import Code, Refused
from protocol.chunks import Chunk, Manifest

MANIFEST = "manifest.json"
SPARE = 64 * 1024 * 1024  # bytes left free on the disk, so that the school's own work goes on


class Place(msgspec.Struct, frozen=True):
    """Where a chunk's bytes belong, or lie."""

    path: Path
    offset: int
    chunk: Chunk


def places_of(manifest: Manifest, folder: Path) -> dict[str, list[Place]]:
    """Every place of every chunk of a release within a directory."""
    found: dict[str, list[Place]] = {}
    for file in manifest.files:
        offset = 0
        for chunk in file.chunks:
            found.setdefault(chunk.sha256, []).append(Place(folder / file.path, offset, chunk))
            offset += chunk.size
    return found


def read_place(place: Place) -> bytes | None:
    """The bytes at a place, if they are the chunk's."""
    try:
        with place.path.open("rb") as file:
            file.seek(place.offset)
            content = file.read(place.chunk.size)
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == place.chunk.sha256 else None


class Assembly:
    """One release in the making."""

    def __init__(self, manifest: Manifest, content: bytes, part: Path) -> None:
        self.manifest = manifest
        self._content = content
        self._part = part
        self._places = places_of(manifest, part)
        self._lacking: set[str] = set()

    def open(self) -> None:
        """Prepare the part directory; what of it is verified stays. Raises Refused (disk full)."""
        held = self._part / MANIFEST
        if not held.exists() or held.read_bytes() != self._content:
            shutil.rmtree(self._part, ignore_errors=True)
            self._make_room()
        self._lacking = {
            sha256
            for sha256, places in self._places.items()
            if any(read_place(place) is None for place in places)
        }

    def _make_room(self) -> None:
        self._part.mkdir(parents=True)
        free = shutil.disk_usage(self._part).free
        if free < self.manifest.size + SPARE:
            raise Refused(Code.DISK_FULL, f"{free} bytes are free of {self.manifest.size}")
        for file in self.manifest.files:
            path = self._part / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as out:
                out.truncate(file.size)
        (self._part / MANIFEST).write_bytes(self._content)

    def take_from(self, directories: Iterable[Path]) -> int:
        """Copy what older releases hold already; bytes that need not travel."""
        spared = 0
        for directory in directories:
            if not self._lacking:
                break
            for sha256, places in _held_in(directory).items():
                if sha256 in self._lacking:
                    content = read_place(places[0])
                    if content is not None:
                        self.put(places[0].chunk, content)
                        spared += len(content)
        return spared

    def missing(self) -> list[Chunk]:
        """Chunks that are not there yet, in the order of the files."""
        return [
            places[0].chunk for sha256, places in self._places.items() if sha256 in self._lacking
        ]

    def has(self, sha256: str) -> bool:
        """Whether it is a chunk of this release that is there."""
        return sha256 in self._places and sha256 not in self._lacking

    def wants(self, sha256: str) -> bool:
        """Whether it is a chunk of this release at all."""
        return sha256 in self._places

    def read(self, sha256: str) -> bytes | None:
        """A chunk that is there, for a neighbour."""
        return read_place(self._places[sha256][0]) if self.has(sha256) else None

    def put(self, chunk: Chunk, content: bytes) -> None:
        """Write a chunk to all its places. Raises Refused where the bytes are not the chunk's."""
        if len(content) != chunk.size or hashlib.sha256(content).hexdigest() != chunk.sha256:
            raise Refused(Code.CORRUPTED, f"chunk {chunk.sha256[:12]} is not what was signed")
        try:
            for place in self._places[chunk.sha256]:
                with place.path.open("r+b") as file:
                    file.seek(place.offset)
                    file.write(content)
        except OSError as error:
            raise Refused(Code.DISK_FULL, str(error)) from error
        self._lacking.discard(chunk.sha256)

    @property
    def permille(self) -> int:
        """How much of it is there."""
        lacking = sum(self._places[sha256][0].chunk.size for sha256 in self._lacking)
        whole = sum(places[0].chunk.size for places in self._places.values())
        return 1000 - round(1000 * lacking / whole) if whole else 1000

    def finish(self, directory: Path) -> None:
        """The whole hashes once more, then durable under its name. Raises Refused."""
        for file in self.manifest.files:
            path = self._part / file.path
            whole = hashlib.sha256()
            with path.open("rb") as content:
                while block := content.read(1024 * 1024):
                    whole.update(block)
                os.fsync(content.fileno())
            if whole.hexdigest() != file.sha256:
                raise Refused(Code.CORRUPTED, f"{file.path} is not what was signed")
        _sync_directory(self._part)
        if directory.exists():
            shutil.rmtree(directory)
        self._part.rename(directory)
        _sync_directory(directory.parent)


def _held_in(directory: Path) -> dict[str, list[Place]]:
    """The chunks of a release directory, as its own manifest names them."""
    try:
        manifest = msgspec.json.decode((directory / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        return {}
    return places_of(manifest, directory)


class Shelf:
    """The chunks of finished releases, for neighbours."""

    def __init__(self) -> None:
        self._places: dict[str, Place] = {}

    def fill(self, directories: Iterable[Path]) -> None:
        """Only what these directories hold."""
        self._places = {
            sha256: places[0]
            for directory in directories
            for sha256, places in _held_in(directory).items()
        }

    def __contains__(self, sha256: str) -> bool:
        return sha256 in self._places

    def read(self, sha256: str) -> bytes | None:
        place = self._places.get(sha256)
        return read_place(place) if place is not None else None


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
