"""Backups as one archive: packed, read back, compared with its list of hashes, then given its name.

A server says what belongs in (`pack`) and what a restored folder still needs (`unpack`). SQLite is
copied by its online backup while the server writes on. An archive holds keys: it has mode 0600.
"""

import contextlib
import gzip
import hashlib
import io
import itertools
import os
import shutil
import sqlite3
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

import msgspec

from kit.archive.model import BackupError
from kit.archive.snapshot import check_sqlite
from kit.db import outside_units
from kit.ids import new_epoch, new_id

FORMAT = 1
LISTING = "madang-backup.json"
ERASED_MEANWHILE = 3
DAMAGED = (OSError, EOFError, tarfile.TarError, zlib.error)
NEW_EPOCH = "UPDATE kit_meta SET value = ? WHERE name = 'epoch'"


class Listing(msgspec.Struct, frozen=True):
    """The first entry of an archive: whose it is and the SHA-256 of everything in it.

    `server` is node or hub, `name` the school's or the hub's, `database` the database's entry.
    """

    format: int
    server: str
    id: str
    name: str
    database: str
    made_at: int
    files: dict[str, str] = {}


class Kept(msgspec.Struct, frozen=True):
    """A backup in a backups folder. `size` in bytes."""

    name: str
    size: int
    made_at: int


def existing(folder: Path, suffix: str) -> list[Kept]:
    """The backups of a folder, the newest first."""
    if not folder.is_dir():
        return []
    found = [
        Kept(path.name, path.stat().st_size, int(path.stat().st_mtime * 1000))
        for path in folder.iterdir()
        if path.name.endswith(suffix) and not path.name.startswith(".")
    ]
    return sorted(found, key=lambda one: one.name, reverse=True)


def free_place(folder: Path, stem: str, suffix: str) -> Path:
    """A path in the folder that no archive has yet: two backups of one second both stay, in order."""
    numbered = (f"{stem}{f'_{at}' if at else ''}{suffix}" for at in itertools.count())
    return next(folder / name for name in numbered if not (folder / name).exists())


def files_below(root: Path, *folders: Path) -> Iterator[tuple[str, Path]]:
    """Every file of the folders, named as seen from `root`; half-written ones are passed over."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                yield str(path.relative_to(root)), path


@outside_units
def pack(
    place: Path,
    listing: Listing,
    copy_database: Callable[[Path], None],
    content: Iterable[tuple[str, Path]],
) -> Path:
    """Copy the database, pack all, read it back, rename; `place`.

    `content` is asked for after the copy: files that came meanwhile may be named in it. An iterator
    that looks when it is asked (`files_below`) then finds every file that the copy names.
    Raises BackupError; a failure leaves no half archive.
    """
    if place.exists():
        raise BackupError(f"{place} exists already")
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = place.with_name(f".{place.name}.{new_id()}")
        copy = place.with_name(f".database.{new_id()}")
        try:
            with open(copy, "xb", opener=_private):
                pass  # the copy must not be readable by others even while it is written
            copy_database(copy)
            if not listing.database.endswith(".pgdump"):
                check_sqlite(copy)
            _write_all(partial, listing, [(listing.database, copy), *content])
            verify(partial, listing.server)
            os.replace(partial, place)
            _sync_folder(place.parent)
        finally:
            partial.unlink(missing_ok=True)
            copy.unlink(missing_ok=True)
    except (*DAMAGED, sqlite3.Error) as error:
        raise BackupError(f"backup failed: {error}") from error
    return place


def _write_all(partial: Path, listing: Listing, content: list[tuple[str, Path]]) -> None:
    """Write the archive; anew when a file was erased for good between being seen and being read."""
    for _attempt in range(ERASED_MEANWHILE):
        with contextlib.suppress(FileNotFoundError):
            _write(partial, listing, content)
            return
        partial.unlink(missing_ok=True)
    _write(partial, listing, content)


def _write(partial: Path, listing: Listing, content: Iterable[tuple[str, Path]]) -> None:
    present = [(name, path) for name, path in content if path.exists()]
    files = {name: _digest(path) for name, path in present}
    with open(partial, "xb", opener=_private) as out:
        with (
            gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w|") as archive,
        ):
            text = msgspec.json.encode(msgspec.structs.replace(listing, files=files))
            first = tarfile.TarInfo(LISTING)
            first.size = len(text)
            first.mode = 0o600
            archive.addfile(first, io.BytesIO(text))
            for name, path in present:
                archive.add(path, arcname=name, recursive=False)
        out.flush()
        os.fsync(out.fileno())


@outside_units
def verify(archive: Path, server: str) -> Listing:
    """Read an archive through and compare every hash. Raises BackupError."""
    try:
        with tarfile.open(archive, "r:gz") as packed:
            listing = _listing(packed, server)
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
            # On to the end, where the sum of it all stands: what lies between files is in no hash.
            assert packed.fileobj is not None
            while packed.fileobj.read(1 << 20):
                pass
    except DAMAGED as error:
        raise BackupError(f"{archive}: {error}") from error
    if missing:
        raise BackupError(f"{archive.name} lacks {min(missing)}")
    return listing


@outside_units
def unpack(
    archive: Path, folder: Path, server: str, finish: Callable[[Path, Listing], None]
) -> Listing:
    """Unpack a verified archive into an empty folder, made ready by `finish(folder, listing)`.

    Raises BackupError; on failure the folder is left as it was.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BackupError(f"{folder} is not empty: restore into a new folder")
    listing = verify(archive, server)
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
        finish(partial, listing)
        if folder.exists():
            folder.rmdir()
        os.replace(partial, folder)
        _sync_folder(folder.parent)
    except (*DAMAGED, sqlite3.Error) as error:
        raise BackupError(f"restore failed: {error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return listing


def begin_new_life(database: Path) -> None:
    """Check a restored SQLite database and give it a new epoch, so that the other side of every
    conversation notices that it may have forgotten something."""
    check_sqlite(database)
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute(NEW_EPOCH, (str(new_epoch()),))
        connection.commit()


def _listing(packed: tarfile.TarFile, server: str) -> Listing:
    first = packed.next()
    source = packed.extractfile(first) if first is not None and first.name == LISTING else None
    if source is None:
        raise BackupError(f"this is no backup of a Madang {server}")
    try:
        listing = msgspec.json.decode(source.read(), type=Listing)
    except msgspec.DecodeError as error:
        raise BackupError(f"this is no backup of a Madang {server}: {error}") from error
    if listing.format > FORMAT:
        raise BackupError("this backup was made by a newer version of Madang: install that first")
    if listing.server != server:
        raise BackupError(f"this is a backup of a {listing.server}, not of a {server}")
    return listing


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _digest_of(source: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := source.read(1 << 20):
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
