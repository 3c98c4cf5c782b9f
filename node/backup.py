"""Backup and restore of a whole node: database, files, keys, settings.

How an archive is written and checked is `kit.archive`; here is what belongs to a school. The
archives of the nights lie in the backups folder, and beside them, once, the files that they name;
an archive for a place of one's own holds them itself. Archives hold the node's keys: keep them as
safe as the node.
"""

import contextlib
import itertools
import shutil
from pathlib import Path

from kit.archive import packing, reading, snapshot
from kit.archive.keeping import BackUp
from kit.archive.model import FORMAT, BackupError, KeptArchive, Listing
from kit.archive.model import existing as existing_of
from kit.archive.packing import Content, Source, files_below
from kit.archive.room import RESERVE
from kit.clock import Clock, local
from node.access_log.service import FOLDER as ACCESS_LOG
from node.config import FILE, NodeConfig
from node.keys import held
from node.messenger.synapse import homeserver

__all__ = ["BackupError", "back_up_of", "existing", "restore", "verify", "write_archive"]

DATABASE = "madang.sqlite3"
SUFFIX = ".madang.tar"
SUFFIXES = (SUFFIX, ".madang.tar.gz")  # the second: of earlier releases
SERVER = "node"


def back_up_of(config: NodeConfig, clock: Clock) -> BackUp:
    """The nightly backups of a node."""
    return BackUp(
        config.backups,
        config.backups_kept,
        lambda reserve: _source(config, clock.now(), reserve),
        lambda source: _write(config, source),
    )


def existing(folder: Path) -> list[KeptArchive]:
    """The backups of a folder, the newest first."""
    return existing_of(folder, SUFFIXES)


def write_archive(config: NodeConfig, now: int, target: Path | None = None) -> Path:
    """Copy, pack, read back, rename; with a `target`, in one archive that holds everything.
    Raises BackupError; a failure leaves no half archive."""
    return _write(config, _source(config, now, RESERVE), target)


def _write(config: NodeConfig, source: Source, target: Path | None = None) -> Path:
    when = local(source.listing.made_at).strftime("%Y%m%d-%H%M%S")
    place = target or packing.free_place(config.backups, f"{config.school_id}-{when}", SUFFIX)
    try:
        with held(config.keys):
            return packing.pack(source, place, whole=target is not None)
    except OSError as error:
        raise BackupError(str(error)) from error


def _source(config: NodeConfig, now: int, reserve: int) -> Source:
    messenger = config.root / homeserver.FOLDER

    def content(copies: Path) -> Content:
        return itertools.chain(
            [(FILE, config.root / FILE)],
            files_below(config.root, config.keys),
            _messenger(messenger, copies),
            _noted(config.root / ACCESS_LOG, copies),
        )

    return Source(
        root=config.root,
        listing=Listing(FORMAT, SERVER, config.school_id, config.school_name, DATABASE, now),
        suffixes=SUFFIXES,
        size=lambda: snapshot.size(config.database, messenger / homeserver.DATABASE),
        copy_database=lambda copy: snapshot.copy_sqlite(config.database, copy),
        check_database=snapshot.check_sqlite,
        content=content,
        apart=lambda: files_below(config.root, config.blobs, messenger / homeserver.MEDIA),
        reserve=reserve,
    )


def _messenger(folder: Path, copies: Path) -> list[tuple[str, Path]]:
    """What the messenger cannot do without: its identity and its database (copied while it runs);
    its media lie apart. What it makes anew is left out, and so are releases: they can be fetched
    again."""
    if not (folder / homeserver.DATABASE).exists():
        return []
    copy = copies / homeserver.DATABASE
    snapshot.copy_sqlite(folder / homeserver.DATABASE, copy)
    snapshot.check_sqlite(copy)
    kept = [(f"{homeserver.FOLDER}/{name}", folder / name) for name in homeserver.KEPT]
    return [*kept, (f"{homeserver.FOLDER}/{homeserver.DATABASE}", copy)]


def _noted(journal: Path, copies: Path) -> list[tuple[str, Path]]:
    """What was noted for the access log and may not be in the database yet. It is copied before
    the database is: what is taken over in between is there, and only there."""
    found = []
    for path in sorted(journal.glob("*")):
        with contextlib.suppress(FileNotFoundError):  # taken over meanwhile
            found.append((f"{ACCESS_LOG}/{path.name}", Path(shutil.copy(path, copies))))
    return found


def verify(place: Path) -> Listing:
    """Read an archive, and what it names beside it, through and compare every hash. Raises
    BackupError."""
    return reading.verify(place, SERVER)


def restore(place: Path, folder: Path, *, incomplete: bool = False) -> Listing:
    """Unpack an archive into an empty folder; with `incomplete` without the files that are missing
    or damaged beside it, which `lost` then names. Raises BackupError; on failure the folder is left
    as it was.

    The database gets a new epoch, so that the hub notices that this is another life of it.
    """

    def finish(fresh: Path, _listing: Listing) -> None:
        reading.begin_new_life(fresh / DATABASE)

    return reading.unpack(place, folder, SERVER, finish, incomplete=incomplete)
