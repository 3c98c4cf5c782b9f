"""Backup and restore of a whole hub: database, keys, files, settings, in one archive.

SQLite is copied by its online backup while the hub runs, PostgreSQL by `pg_dump` in its own format;
then all is written to one `.tar.gz` of mode 0600, read back and compared with its list of hashes,
and only then given its name. The archive holds the hub's keys and the CA: keep it as safe as the hub.

A restored database gets a new epoch: nodes notice it at their next sync and send again what the hub
may have forgotten.
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
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from hub.config import FILE, HubConfig
from kit.clock import Clock, local
from kit.ids import new_epoch, new_id

log = logging.getLogger(__name__)

LISTING = "madang-hub-backup.json"
SQLITE = "hub.sqlite3"
DUMP = "hub.pgdump"
FORMAT = 1
SUFFIX = ".madang-hub.tar.gz"


class BackupError(Exception):
    """A backup cannot be made or used; the message says why in one line."""


class Listing(msgspec.Struct, frozen=True):
    """The first entry of an archive: what it is and the SHA-256 of everything in it."""

    format: int
    name: str
    database: str
    made_at: int
    files: dict[str, str]


class BackUp:
    """Makes backups of a hub, and removes the oldest."""

    def __init__(self, config: HubConfig, clock: Clock) -> None:
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

    def _remove_old(self) -> None:
        for old in existing(self._config.backups)[self._config.backups_kept :]:
            old.unlink(missing_ok=True)


def existing(folder: Path) -> list[Path]:
    """The backups of a folder, the newest first."""
    if not folder.is_dir():
        return []
    found = [
        path
        for path in folder.iterdir()
        if path.name.endswith(SUFFIX) and not path.name.startswith(".")
    ]
    return sorted(found, key=lambda path: path.name, reverse=True)


def write_archive(config: HubConfig, now: int, target: Path | None = None) -> Path:
    """Copy, pack, read back, rename. Raises BackupError; a failure leaves no half archive."""
    when = local(now).strftime("%Y%m%d-%H%M%S")
    place = target or config.backups / f"hub-{when}{SUFFIX}"
    if place.exists():
        raise BackupError(f"{place} exists already")
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = place.with_name(f".{place.name}.{new_id()}")
        copy = place.with_name(f".database.{new_id()}")
        try:
            with open(copy, "xb", opener=_private):
                pass  # the copy must not be readable by others even while it is written
            name = _copy_database(config, copy)
            _pack(config, name, copy, partial, now)
            verify(partial)
            os.replace(partial, place)
            _sync_folder(place.parent)
        finally:
            partial.unlink(missing_ok=True)
            copy.unlink(missing_ok=True)
    except (OSError, sqlite3.Error, tarfile.TarError) as error:
        raise BackupError(f"backup failed: {error}") from error
    return place


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _copy_database(config: HubConfig, target: Path) -> str:
    """Copy the database to `target`; its name in the archive."""
    if config.database_url:
        _run("pg_dump", "--format=custom", f"--file={target}", config.database_url)
        return DUMP
    source = Path(config.database.removeprefix("sqlite:"))
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
    return SQLITE


def _run(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs. Raises BackupError with its last line."""
    place = shutil.which(program)
    if place is None:
        raise BackupError(
            f"{program} is missing: install the PostgreSQL client"
            " (`apt install postgresql-client`) in the server's version or newer"
        )
    done = subprocess.run(  # noqa: S603 - a fixed program; arguments are no shell text
        [place, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise BackupError(f"{program} failed: {lines[-1]}")


def _content(config: HubConfig, name: str, database: Path) -> Iterator[tuple[str, Path]]:
    """What goes into an archive: its name there and the file."""
    yield name, database
    yield FILE, config.root / FILE
    for folder in (config.keys, config.blobs):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                yield str(path.relative_to(config.root)), path


def _pack(config: HubConfig, name: str, database: Path, partial: Path, now: int) -> None:
    content = [(entry, path) for entry, path in _content(config, name, database) if path.exists()]
    listing = Listing(
        format=FORMAT,
        name=config.name,
        database=name,
        made_at=now,
        files={entry: _digest(path) for entry, path in content},
    )
    with open(partial, "xb", opener=_private) as out:
        with (
            gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w|") as archive,
        ):
            text = msgspec.json.encode(listing)
            first = tarfile.TarInfo(LISTING)
            first.size = len(text)
            first.mode = 0o600
            archive.addfile(first, io.BytesIO(text))
            for entry, path in content:
                archive.add(path, arcname=entry, recursive=False)
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
    except (OSError, EOFError, tarfile.TarError) as error:
        raise BackupError(f"{archive}: {error}") from error
    if missing:
        raise BackupError(f"{archive.name} lacks {min(missing)}")
    return listing


def restore(archive: Path, folder: Path, database_url: str = "") -> Listing:
    """Unpack a verified archive into an empty folder; a PostgreSQL dump into the empty database
    of `database_url` (default: the one in the archived settings).

    Raises BackupError; on failure the folder is left as it was.
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
        for key in (partial / "keys").iterdir():
            key.chmod(0o600)
        if listing.database == DUMP:
            _restore_dump(partial, database_url)
        else:
            _new_life_sqlite(partial / SQLITE)
        if folder.exists():
            folder.rmdir()
        os.replace(partial, folder)
        _sync_folder(folder.parent)
    except (OSError, sqlite3.Error, tarfile.TarError) as error:
        raise BackupError(f"restore failed: {error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return listing


def _new_life_sqlite(database: Path) -> None:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        found = connection.execute("PRAGMA integrity_check").fetchone()
        if found != ("ok",):
            raise BackupError(f"the database in the backup is damaged: {found[0]}")
        connection.execute(_NEW_EPOCH, (str(new_epoch()),))
        connection.commit()


_NEW_EPOCH = "UPDATE kit_meta SET value = ? WHERE name = 'epoch'"


def _restore_dump(folder: Path, database_url: str) -> None:
    import psycopg

    url = database_url or _archived_url(folder)
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            taken = connection.execute("SELECT to_regclass('kit_meta')").fetchone()
            if taken is not None and taken[0] is not None:
                raise BackupError("the database is not empty: give a new one by --database-url")
        _run(
            "pg_restore", "--exit-on-error", "--single-transaction", "--no-owner",
            f"--dbname={url}", str(folder / DUMP),
        )  # fmt: skip
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_NEW_EPOCH.replace("?", "%s"), (str(new_epoch()),))
    except psycopg.Error as error:
        raise BackupError(f"the database cannot be used: {str(error).strip()}") from error
    (folder / DUMP).unlink()
    if database_url:
        _set_url(folder / FILE, database_url)


def _archived_url(folder: Path) -> str:
    import tomllib

    found = tomllib.loads((folder / FILE).read_text("utf-8")).get("database_url", "")
    if not found:
        raise BackupError("the backup is of PostgreSQL: say where to by --database-url")
    return str(found)


def _set_url(path: Path, database_url: str) -> None:
    """Let the restored settings name the database just filled."""
    kept = [
        line
        for line in path.read_text("utf-8").splitlines()
        if not line.replace(" ", "").startswith("database_url=")
    ]
    quoted = database_url.replace("\\", "\\\\").replace('"', '\\"')
    path.write_text("\n".join([*kept, f'database_url = "{quoted}"']) + "\n", "utf-8")


def _listing(packed: tarfile.TarFile) -> Listing:
    first = packed.next()
    source = packed.extractfile(first) if first is not None and first.name == LISTING else None
    if source is None:
        raise BackupError("this is no backup of a Madang hub")
    try:
        listing = msgspec.json.decode(source.read(), type=Listing)
    except msgspec.DecodeError as error:
        raise BackupError(f"this is no backup of a Madang hub: {error}") from error
    if listing.format > FORMAT:
        raise BackupError("this backup was made by a newer version of Madang: install that first")
    return listing


def _digest(path: Path) -> str:
    with path.open("rb") as source:
        return _digest_of(source)


def _digest_of(source: IO[bytes]) -> str:
    found = hashlib.sha256()
    while block := source.read(1 << 20):
        found.update(block)
    return found.hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
