"""An archive read: verified, restored, or handed out whole.

Each goes through the archive once. What the archive holds itself must be as it was written, or
nothing is restored; of what lies beside it each file that is missing or damaged is told by name, and
the rest can be had without them.
"""

import contextlib
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec
from msgspec.structs import replace

from kit.archive.container import (
    END,
    GZIP,
    PIECE,
    STORED,
    end_of_entries,
    header,
    opened,
    padding,
)
from kit.archive.depot import Depot, of_lines, read_stored
from kit.archive.model import BackupError, FilesMissing, Listing, StoredFile
from kit.archive.room import told
from kit.archive.snapshot import check_sqlite
from kit.db import outside_units
from kit.durable import for_owner
from kit.ids import new_epoch, new_id

NEW_EPOCH = "UPDATE kit_meta SET value = ? WHERE name = 'epoch'"


@outside_units
def verify(archive: Path, server: str) -> Listing:
    """Read an archive and what it names through and compare every hash. Raises BackupError."""
    with told(archive.parent):
        passage = _Passage(archive, None)
        listing = passage.through(server)
        passage.beside()
    if passage.faults:
        raise FilesMissing(archive.name, passage.faults)
    return listing


def verify_own(archive: Path, server: str) -> None:
    """`verify` what an archive holds itself."""
    passage = _Passage(archive, None)
    passage.through(server)
    if passage.faults:
        raise BackupError(f"{passage.faults[0]} is damaged")


@outside_units
def unpack(
    archive: Path,
    folder: Path,
    server: str,
    finish: Callable[[Path, Listing], None],
    *,
    incomplete: bool = False,
) -> Listing:
    """Unpack an archive into an empty folder, made ready by `finish(folder, listing)`. With
    `incomplete` it is done without files that are missing; `lost` of the listing returned names them.

    Raises BackupError; on failure the folder is left as it was.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BackupError(f"{folder} is not empty: restore into a new folder")
    partial = folder.with_name(f".{folder.name}.{new_id()}")
    try:
        with told(folder.parent):
            partial.mkdir(parents=True, mode=0o700)
            passage = _Passage(archive, partial)
            listing = passage.through(server)
            passage.beside()
            if passage.faults and not incomplete:
                raise FilesMissing(archive.name, passage.faults)
            finish(partial, listing)
            os.sync()
            if folder.exists():
                folder.rmdir()
            os.replace(partial, folder)
            os.sync()
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return replace(listing, lost=(*listing.lost, *passage.faults))


class _Passage:
    """One way through an archive, on which its content is compared and, with a folder, unpacked."""

    def __init__(self, archive: Path, folder: Path | None) -> None:
        self._archive = archive
        self._folder = folder
        self._stored: dict[str, StoredFile] = {}
        self.faults: list[str] = []
        """Files of the depot that are missing or damaged."""

    def through(self, server: str) -> Listing:
        """What the archive holds itself. Raises BackupError, or one of `room.DAMAGED`."""
        with opened(self._archive, server) as (listing, entries):
            missing = set(listing.files)
            for name, source in entries:
                if name in missing:
                    missing.discard(name)
                    self._own(name, source, listing.files[name])
                elif name in self._stored:
                    if not self._take(self._stored.pop(name), source):
                        self.faults.append(name)
                else:
                    raise BackupError(f"{self._archive.name} holds {name}, which it does not list")
        if missing:
            raise BackupError(f"{self._archive.name} lacks {min(missing)}")
        return listing

    def beside(self) -> None:
        """What lies beside the archive."""
        depot = Depot(self._archive.parent)
        for one in self._stored.values():
            try:
                with depot.path(one).open("rb") as source:
                    is_whole = self._take(one, source)
            except OSError:
                is_whole = False
            if not is_whole:
                self.faults.append(one.name)

    def _own(self, name: str, source: IO[bytes], expected: str) -> None:
        if name == STORED:
            content = source.read()
            digest = hashlib.sha256(content).hexdigest()
            if digest == expected:
                self._stored = {one.name: one for one in of_lines(content)}
        else:
            digest = self._copy(name, source)
        if digest != expected:
            raise BackupError(f"{self._archive.name}: {name} is damaged")

    def _take(self, one: StoredFile, source: IO[bytes]) -> bool:
        """Whether a stored file is what it should be; one that is not is not unpacked."""
        is_whole = self._copy(one.name, source) == one.sha256
        if self._folder is not None:
            target = self._folder / one.name
            if is_whole:
                os.utime(target, ns=(one.changed_ns, one.changed_ns))
            else:
                target.unlink(missing_ok=True)
        return is_whole

    def _copy(self, name: str, source: IO[bytes]) -> str:
        """The hash of a content, unpacked where there is a folder to."""
        digest = hashlib.sha256()
        with self._target(name) as out:
            while piece := source.read(PIECE):
                digest.update(piece)
                if out is not None:
                    out.write(piece)
        return digest.hexdigest()

    @contextlib.contextmanager
    def _target(self, name: str) -> Iterator[IO[bytes] | None]:
        if self._folder is None:
            yield None
            return
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise BackupError(f"{self._archive.name} names {name}, which lies elsewhere")
        target = self._folder / path
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(target, "xb", opener=for_owner) as out:
            yield out


def begin_new_life(database: Path) -> None:
    """Check a restored SQLite database and give it a new epoch, so that the other side of every
    conversation notices that it may have forgotten something."""
    check_sqlite(database)
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute(NEW_EPOCH, (str(new_epoch()),))
        connection.commit()


class Whole(msgspec.Struct, frozen=True):
    """An archive with all that it names, as one that holds all itself. `size` in bytes."""

    size: int
    archive: Path
    own: int
    beside: tuple[tuple[StoredFile, Path], ...]

    def pieces(self) -> Iterator[bytes]:
        """Its content, no piece empty. Raises OSError."""
        yield from _pieces(self.archive, self.own)
        for one, path in self.beside:
            yield header(one.name, one.size)
            yield from _pieces(path, one.size)
            if rest := padding(one.size):
                yield rest
        yield END


def whole(archive: Path, server: str) -> Whole | None:
    """An archive made whole for whoever carries it away; None where it is so as it lies. What is
    missing beside it is left out, and told when it is restored. Raises BackupError."""
    with told(archive.parent):
        with archive.open("rb") as file:
            if file.read(2) == GZIP:
                return None
        depot = Depot(archive.parent)
        beside = tuple(
            (one, depot.path(one)) for one in _beside(archive, server) if depot.holds(one)
        )
        own = end_of_entries(archive)
        sizes = (
            len(header(one.name, one.size)) + one.size + len(padding(one.size))
            for one, _path in beside
        )
        return Whole(own + sum(sizes) + len(END), archive, own, beside)


@outside_units
def missing(archive: Path, server: str) -> list[str]:
    """Names of files that an archive counts on and that do not lie beside it, by their sizes. Raises
    BackupError."""
    with told(archive.parent):
        depot = Depot(archive.parent)
        return [one.name for one in _beside(archive, server) if not depot.holds(one)]


def _beside(archive: Path, server: str) -> list[StoredFile]:
    """What an archive names and does not hold itself."""
    with opened(archive, server) as (listing, entries):
        if STORED not in listing.files:
            return []
        held = {name for name, _source in entries}
    _listing, stored = read_stored(archive, server)
    return [one for one in stored if one.name not in held]


def _pieces(path: Path, size: int) -> Iterator[bytes]:
    with path.open("rb") as source:
        while size > 0 and (piece := source.read(min(PIECE, size))):
            size -= len(piece)
            yield piece
