"""Backup and restore of a whole hub: database, keys, files, settings, in one archive.

How an archive is written and checked is `kit.archive`; here is what belongs to a province. SQLite is
copied while the hub runs, PostgreSQL by `pg_dump` in its own format. The archive holds the hub's
keys and the CA: keep it as safe as the hub.

Releases: their signed metadata and manifests are in the archive; the chunks, which never change and
may be many gigabytes, are copied once into `chunks/` beside the archives and found there again.

A restored database gets a new epoch: nodes notice it at their next sync and send again what the hub
may have forgotten.
"""

import asyncio
import functools
import itertools
import logging
import os
import shutil
import subprocess
from pathlib import Path

import msgspec

from hub.config import FILE, HubConfig
from kit.archive import packing as archive
from kit.archive import snapshot
from kit.archive.model import BackupError
from kit.archive.packing import Listing
from kit.clock import DAY, Clock, local
from kit.ids import new_epoch
from protocol.chunks import CHUNK_PATH, Manifest

__all__ = ["BackUp", "BackupError", "existing", "restore", "write_archive"]

log = logging.getLogger(__name__)

SQLITE = "hub.sqlite3"
DUMP = "hub.pgdump"
SUFFIX = ".madang-hub.tar.gz"
SERVER = "hub"
CHUNKS = "chunks"
CHUNK_FILES = "[0-9a-f][0-9a-f]/[0-9a-f]*"


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
    return [folder / one.name for one in archive.existing(folder, SUFFIX)]


def write_archive(config: HubConfig, now: int, target: Path | None = None) -> Path:
    """Copy, pack, read back, rename. Raises BackupError; a failure leaves no half archive."""
    when = local(now).strftime("%Y%m%d-%H%M%S")
    place = target or archive.free_place(config.backups, f"hub-{when}", SUFFIX)
    name = DUMP if config.database_url else SQLITE
    listing = Listing(archive.FORMAT, SERVER, config.domain, config.name, name, now)
    content = itertools.chain(
        [(FILE, config.root / FILE)],
        archive.files_below(config.root, config.keys, config.blobs, config.releases / "tuf"),
    )
    made = archive.pack(place, listing, functools.partial(_copy_database, config), content)
    try:
        _copy_chunks(config, place.parent / CHUNKS, now)
    except OSError as error:
        raise BackupError(f"{made.name} is made, but chunks cannot be copied: {error}") from error
    return made


def _copy_chunks(config: HubConfig, target: Path, now: int) -> None:
    """Copy chunks that the folder lacks; remove those that no kept backup can speak of any more."""
    store = config.releases / CHUNKS
    forgotten = now - (config.backups_kept + 2) * DAY
    for source in sorted(store.glob(CHUNK_FILES)):
        copy = target / source.parent.name / source.name
        if not copy.exists() or copy.stat().st_size != source.stat().st_size:
            copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial = copy.with_name(f".{copy.name}")
            shutil.copyfile(source, partial)
            with partial.open("rb") as written:
                os.fsync(written.fileno())
            partial.replace(copy)
        os.utime(copy, (now / 1000, now / 1000))  # seen in the store at this time
    for copy in list(target.glob(CHUNK_FILES)):
        if (
            copy.stat().st_mtime * 1000 < forgotten
            and not (store / copy.parent.name / copy.name).exists()
        ):
            copy.unlink()


def _restore_chunks(source: Path, folder: Path) -> None:
    """Bring back the chunks that the restored manifests name, as far as they are there."""
    for place in (folder / "releases" / "tuf" / "targets").glob("*/[0-9]*.json"):
        if not place.stem.isdigit():
            continue
        for chunk in msgspec.json.decode(place.read_bytes(), type=Manifest).chunks.values():
            name = chunk.path.removeprefix(CHUNK_PATH)
            copy = source / name[:2] / name
            target = folder / "releases" / CHUNKS / name[:2] / name
            if copy.exists() and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                shutil.copyfile(copy, target)


def _copy_database(config: HubConfig, target: Path) -> None:
    if config.database_url:
        _run("pg_dump", "--format=custom", f"--file={target}", config.database_url)
    else:
        snapshot.copy_sqlite(Path(config.database.removeprefix("sqlite:")), target)


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


def restore(place: Path, folder: Path, database_url: str = "") -> Listing:
    """Unpack a verified archive into an empty folder; a PostgreSQL dump into the empty database
    of `database_url` (default: the one in the archived settings).

    Raises BackupError; on failure the folder is left as it was.
    """

    def finish(fresh: Path, listing: Listing) -> None:
        if listing.database == DUMP:
            _restore_dump(fresh, database_url)
        else:
            archive.begin_new_life(fresh / SQLITE)
        _restore_chunks(place.parent / CHUNKS, fresh)

    return archive.unpack(place, folder, SERVER, finish)


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
            connection.execute(archive.NEW_EPOCH.replace("?", "%s"), (str(new_epoch()),))
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
