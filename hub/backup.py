"""Backup and restore of a whole hub: database, keys, files, settings.

How an archive is written and checked is `kit.archive`; here is what belongs to a province. SQLite is
copied while the hub runs, PostgreSQL by `pg_dump` in its own format. Archives hold the hub's keys and
the CA: keep them as safe as the hub.

The archives of the nights lie in the backups folder, and beside them, once, the files that they name
(attachments of notices, the handbook's); an archive for a place of one's own holds these itself.

Releases: their signed metadata and manifests are in the archive; the chunks, which never change and
may be many gigabytes, are copied once into `chunks/` beside the archives and found there again.

A restored database gets a new epoch: nodes notice it at their next sync and send again what the hub
may have forgotten.
"""

import itertools
import os
import shutil
import subprocess
from pathlib import Path

import msgspec

from hub.config import FILE, HubConfig
from kit.archive import packing, reading, snapshot
from kit.archive.keeping import BackUp
from kit.archive.model import FORMAT, BackupError, FilesLost, Listing
from kit.archive.model import existing as existing_of
from kit.archive.packing import Content, Source, files_below
from kit.archive.room import RESERVE, Room, told
from kit.clock import DAY, Clock, local
from kit.ids import new_epoch
from protocol.chunks import CHUNK_PATH, Manifest

__all__ = ["BackupError", "back_up_of", "existing", "missing", "restore", "write_archive"]

SQLITE = "hub.sqlite3"
DUMP = "hub.pgdump"
SUFFIX = ".madang-hub.tar"
SUFFIXES = (SUFFIX, ".madang-hub.tar.gz")  # the second: of earlier releases
SERVER = "hub"
CHUNKS = "chunks"
CHUNK_FILES = "[0-9a-f][0-9a-f]/[0-9a-f]*"
LIMIT_S = 3600.0  # for one of PostgreSQL's programs


def back_up_of(config: HubConfig, clock: Clock) -> BackUp:
    """The nightly backups of a hub."""
    return BackUp(
        config.backups,
        config.backups_kept,
        lambda reserve: _source(config, clock.now(), reserve),
        lambda source: _write(config, source),
    )


def existing(folder: Path) -> list[Path]:
    """The backups of a folder, the newest first."""
    return [folder / one.name for one in existing_of(folder, SUFFIXES)]


def missing(archive: Path) -> list[str]:
    """Files that a backup names and that do not lie beside it. Raises BackupError."""
    return reading.missing(archive, SERVER)


def write_archive(config: HubConfig, now: int, target: Path | None = None) -> Path:
    """Copy, pack, read back, rename; with a `target`, in one archive that holds everything but the
    chunks of releases. Raises BackupError; a failure leaves no half archive."""
    return _write(config, _source(config, now, RESERVE), target)


def _write(config: HubConfig, source: Source, target: Path | None = None) -> Path:
    now = source.listing.made_at
    when = local(now).strftime("%Y%m%d-%H%M%S")
    place = target or packing.free_place(config.backups, f"hub-{when}", SUFFIX)
    lost = None
    try:
        packing.pack(source, place, whole=target is not None)
    except FilesLost as error:
        lost = error
    try:
        with told(place.parent):
            _copy_chunks(config, place.parent / CHUNKS, now, source.reserve)
    except BackupError as error:
        reason = f"{place.name} is made, but chunks cannot be copied: {error}"
        raise BackupError(reason) from error
    if lost is not None:
        raise lost
    return place


def _source(config: HubConfig, now: int, reserve: int) -> Source:
    name = DUMP if config.database_url else SQLITE

    def content(_copies: Path) -> Content:
        return itertools.chain(
            [(FILE, config.root / FILE)],
            files_below(config.root, config.keys, config.releases / "tuf"),
        )

    return Source(
        root=config.root,
        listing=Listing(FORMAT, SERVER, config.domain, config.name, name, now),
        suffixes=SUFFIXES,
        size=lambda: _database_size(config),
        copy_database=lambda copy: _copy_database(config, copy),
        check_database=_trust_dump if config.database_url else snapshot.check_sqlite,
        content=content,
        apart=lambda: files_below(config.root, config.blobs),
        reserve=reserve,
    )


def _copy_chunks(config: HubConfig, target: Path, now: int, reserve: int) -> None:
    """Copy chunks that the folder lacks; remove those that no kept backup can speak of any more."""
    store = config.releases / CHUNKS
    forgotten = now - (config.backups_kept + 2) * DAY
    copies = [
        (source, target / source.parent.name / source.name)
        for source in sorted(store.glob(CHUNK_FILES))
    ]
    lacking = [(source, copy) for source, copy in copies if not _is_copied(source, copy)]
    Room(target.parent, config.root, reserve).require(
        sum(source.stat().st_size for source, _copy in lacking)
    )
    for source, copy in lacking:
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = copy.with_name(f".{copy.name}")
        shutil.copyfile(source, partial)
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(copy)
    for _chunk, copy in copies:
        os.utime(copy, (now / 1000, now / 1000))  # seen in the store at this time
    for copy in list(target.glob(CHUNK_FILES)):
        if (
            copy.stat().st_mtime * 1000 < forgotten
            and not (store / copy.parent.name / copy.name).exists()
        ):
            copy.unlink()


def _is_copied(source: Path, copy: Path) -> bool:
    return copy.exists() and copy.stat().st_size == source.stat().st_size


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
        snapshot.copy_sqlite(_sqlite(config), target)


def _database_size(config: HubConfig) -> int:
    """Bytes that the database takes; half of it is what PostgreSQL's dump, which is packed, takes at
    most."""
    if not config.database_url:
        return snapshot.size(_sqlite(config))
    import psycopg

    try:
        with psycopg.connect(config.database_url, autocommit=True) as connection:
            found = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    except psycopg.Error:
        return 0  # pg_dump says why
    return int(found[0]) // 2 if found else 0


def _sqlite(config: HubConfig) -> Path:
    return Path(config.database.removeprefix("sqlite:"))


def _trust_dump(_dump: Path) -> None:
    """Only `pg_restore` can look through a dump, by filling a database with it."""


def _run(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs. Raises BackupError with its last line."""
    place = shutil.which(program)
    if place is None:
        raise BackupError(
            f"{program} is missing: install the PostgreSQL client"
            " (`apt install postgresql-client`) in the server's version or newer"
        )
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program; arguments are no shell text
            [place, *arguments], capture_output=True, text=True, check=False, timeout=LIMIT_S
        )
    except subprocess.TimeoutExpired:
        raise BackupError(f"{program} took longer than {LIMIT_S:g} seconds") from None
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise BackupError(f"{program} failed: {lines[-1]}")


def restore(
    place: Path, folder: Path, database_url: str = "", *, incomplete: bool = False
) -> Listing:
    """Unpack an archive into an empty folder; a PostgreSQL dump into the empty database of
    `database_url` (default: the one in the archived settings). With `incomplete` without the files
    that are missing or damaged beside it, which `lost` then names.

    Raises BackupError; on failure the folder is left as it was.
    """

    def finish(fresh: Path, listing: Listing) -> None:
        if listing.database == DUMP:
            _restore_dump(fresh, database_url)
        else:
            reading.begin_new_life(fresh / SQLITE)
        _restore_chunks(place.parent / CHUNKS, fresh)

    return reading.unpack(place, folder, SERVER, finish, incomplete=incomplete)


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
            connection.execute(reading.NEW_EPOCH.replace("?", "%s"), (str(new_epoch()),))
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
