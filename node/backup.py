"""Backup and restore of a whole node: database, files, keys, settings, in one archive.

The database is copied by SQLite's online backup while the node runs; then everything is written
to one `.tar.gz`, read back and compared with its list of hashes, and only then given its name.
The archive holds the node's keys: keep it as safe as the node.
"""

import asyncio
import contextlib
import functools
import gzip
import hashlib
import io
import logging
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from kit.clock import Clock, local
from kit.ids import new_epoch, new_id
from node.config import FILE, NodeConfig

log = logging.getLogger(__name__)

LISTING = "madang-backup.json"
DATABASE = "madang.sqlite3"
FORMAT = 1
SUFFIX = ".madang.tar.gz"


class BackupError(Exception):
    """A backup cannot be made or used; the message says why in one line."""


class Listing(msgspec.Struct, frozen=True):
    """The first entry of an archive: what it is and the SHA-256 of everything in it."""

    format: int
    school_id: str
    school_name: str
    made_at: int
    files: dict[str, str]


class Kept(msgspec.Struct, frozen=True):
    """A backup in the backups folder."""

    name: str
    size: int
    made_at: int


class BackUp:
    """Makes backups of a node, and removes the oldest."""

    def __init__(self, config: NodeConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._turn = asyncio.Lock()

    async def make(self, target: Path | None = None) -> Path:
        """Write a verified archive; where it lies. Raises BackupError."""
        async with self._turn:
            work = functools.partial(write_archive, self._config, self._clock.now(), target)
            made = await asyncio.to_thread(work)
            if target is None:
                await asyncio.to_thread(self._remove_old)
            log.info("backup made", extra={"file": made.name, "bytes": made.stat().st_size})
            return made

    def existing(self) -> list[Kept]:
        """The backups kept, the newest first."""
        return existing(self._config.backups)

    def find(self, name: str) -> Path | None:
        """The archive of that name, if it is one of the backups."""
        return next(
            (self._config.backups / one.name for one in self.existing() if one.name == name), None
        )

    def _remove_old(self) -> None:
        for one in self.existing()[self._config.backups_kept :]:
            (self._config.backups / one.name).unlink(missing_ok=True)


def existing(folder: Path) -> list[Kept]:
    """The backups of a folder, the newest first."""
    if not folder.is_dir():
        return []
    found = [
        Kept(path.name, path.stat().st_size, int(path.stat().st_mtime * 1000))
        for path in folder.iterdir()
        if path.name.endswith(SUFFIX) and not path.name.startswith(".")
    ]
    return sorted(found, key=lambda one: one.name, reverse=True)


def write_archive(config: NodeConfig, now: int, target: Path | None = None) -> Path:
    """Copy, pack, read back, rename. Raises BackupError; a failure leaves no half archive."""
    when = local(now).strftime("%Y%m%d-%H%M%S")
    place = target or config.backups / f"{config.school_id}-{when}{SUFFIX}"
    if target is not None and target.exists():
        raise BackupError(f"{target} exists already")
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = place.with_name(f".{place.name}.{new_id()}")
        copy = place.with_name(f".{DATABASE}.{new_id()}")
        try:
            _copy_database(config.database, copy)
            _pack(config, copy, partial, now)
            verify(partial)
            os.replace(partial, place)
            _sync_folder(place.parent)
        finally:
            partial.unlink(missing_ok=True)
            copy.unlink(missing_ok=True)
    except (OSError, sqlite3.Error, tarfile.TarError) as error:
        raise BackupError(f"backup failed: {error}") from error
    return place


def _copy_database(source: Path, target: Path) -> None:
    """SQLite's online backup: a consistent copy while the node writes on."""
    if not source.exists():
        raise BackupError(f"{source} does not exist")
    with (
        contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as reading,
        contextlib.closing(sqlite3.connect(target)) as writing,
    ):
        reading.backup(writing, pages=2048, sleep=0.005)
        writing.execute("PRAGMA journal_mode = DELETE")
        found = writing.execute("PRAGMA quick_check").fetchone()
        if found != ("ok",):
            raise BackupError(f"the database is damaged: {found[0]}")


def _content(config: NodeConfig, database: Path) -> Iterator[tuple[str, Path]]:
    """What goes into an archive: its name there and the file."""
    yield DATABASE, database
    yield FILE, config.root / FILE
    for folder in (config.keys, config.blobs):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                yield str(path.relative_to(config.root)), path


def _pack(config: NodeConfig, database: Path, partial: Path, now: int) -> None:
    content = [(name, path) for name, path in _content(config, database) if path.exists()]
    listing = Listing(
        format=FORMAT,
        school_id=config.school_id,
        school_name=config.school_name,
        made_at=now,
        files={name: _digest(path) for name, path in content},
    )
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        with (
            gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w|") as archive,
        ):
            text = msgspec.json.encode(listing)
            entry = tarfile.TarInfo(LISTING)
            entry.size = len(text)
            entry.mode = 0o600
            archive.addfile(entry, io.BytesIO(text))
            for name, path in content:
                archive.add(path, arcname=name, recursive=False)
        out.flush()
        os.fsync(out.fileno())


def verify(archive: Path) -> Listing:
    """Read an archive through and compare every hash. Raises BackupError."""
    try:
        with tarfile.open(archive, "r:gz") as packed:
            listing = _listing(packed)
            missing = set(listing.files)
            for entry in packed:
                if entry.name == LISTING:
                    continue
                source = packed.extractfile(entry)
                expected = listing.files.get(entry.name)
                if source is None or expected is None:
                    raise BackupError(f"{archive.name} holds {entry.name}, which it does not list")
                if _digest_of(source) != expected:
                    raise BackupError(f"{archive.name}: {entry.name} is damaged")
                missing.discard(entry.name)
    except (OSError, EOFError, tarfile.TarError, gzip.BadGzipFile) as error:
        raise BackupError(f"{archive}: {error}") from error
    if missing:
        raise BackupError(f"{archive.name} lacks {min(missing)}")
    return listing


def restore(archive: Path, folder: Path) -> Listing:
    """Unpack a verified archive into an empty folder. Raises BackupError; on failure the folder
    is left as it was.

    The database gets a new epoch, so that the hub notices that this is another life of it.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BackupError(f"{folder} is not empty: restore into a new folder")
    listing = verify(archive)
    partial = folder.with_name(f".{folder.name}.{new_id()}")
    try:
        partial.mkdir(parents=True, mode=0o700)
        with tarfile.open(archive, "r:gz") as packed:
            wanted = [entry for entry in packed if entry.name != LISTING]
            packed.extractall(partial, members=wanted, filter="data")
        (partial / "keys").chmod(0o700)
        for key in (partial / "keys").rglob("*"):
            if key.is_file():
                key.chmod(0o600)
        _new_epoch(partial / DATABASE)
        if folder.exists():
            folder.rmdir()
        os.replace(partial, folder)
        _sync_folder(folder.parent)
    except (OSError, sqlite3.Error, tarfile.TarError) as error:
        raise BackupError(f"restore failed: {error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return listing


def _new_epoch(database: Path) -> None:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        found = connection.execute("PRAGMA integrity_check").fetchone()
        if found != ("ok",):
            raise BackupError(f"the database in the backup is damaged: {found[0]}")
        connection.execute(
            "UPDATE kit_meta SET value = ? WHERE name = 'epoch'", (str(new_epoch()),)
        )
        connection.commit()


def _listing(packed: tarfile.TarFile) -> Listing:
    first = packed.next()
    source = packed.extractfile(first) if first is not None and first.name == LISTING else None
    if source is None:
        raise BackupError("this is no backup of a Madang node")
    try:
        listing = msgspec.json.decode(source.read(), type=Listing)
    except msgspec.DecodeError as error:
        raise BackupError(f"this is no backup of a Madang node: {error}") from error
    if listing.format > FORMAT:
        raise BackupError("this backup was made by a newer version of Madang: install that first")
    return listing


def _digest_of(source: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := source.read(1024 * 1024):
        digest.update(piece)
    return digest.hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as source:
        return _digest_of(source)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
