"""Backup and restore of a whole node: database, files, keys, settings, in one archive.

How an archive is written and checked is `kit.archive`; here is what belongs to a school. The
archive holds the node's keys: keep it as safe as the node.
"""

import asyncio
import contextlib
import functools
import itertools
import logging
import shutil
import tempfile
from pathlib import Path

from kit.archive import packing as archive
from kit.archive import snapshot
from kit.archive.model import BackupError
from kit.archive.packing import Kept, Listing
from kit.clock import Clock, local
from node.access_log.service import FOLDER as ACCESS_LOG
from node.config import FILE, NodeConfig
from node.keys import held
from node.messenger import homeserver

__all__ = ["BackUp", "BackupError", "existing", "restore", "verify", "write_archive"]

log = logging.getLogger(__name__)

DATABASE = "madang.sqlite3"
SUFFIX = ".madang.tar.gz"
SERVER = "node"


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
    return archive.existing(folder, SUFFIX)


def write_archive(config: NodeConfig, now: int, target: Path | None = None) -> Path:
    """Copy, pack, read back, rename. Raises BackupError; a failure leaves no half archive."""
    when = local(now).strftime("%Y%m%d-%H%M%S")
    place = target or archive.free_place(config.backups, f"{config.school_id}-{when}", SUFFIX)
    listing = Listing(archive.FORMAT, SERVER, config.school_id, config.school_name, DATABASE, now)
    copy_database = functools.partial(snapshot.copy_sqlite, config.database)
    try:
        config.backups.mkdir(parents=True, exist_ok=True)
        with (
            held(config.keys),
            tempfile.TemporaryDirectory(dir=config.backups, prefix=".copies-") as name,
        ):
            content = itertools.chain(
                [(FILE, config.root / FILE)],
                archive.files_below(config.root, config.keys, config.blobs),
                _messenger(config.root, Path(name)),
                _noted(config.root / ACCESS_LOG, Path(name)),
            )
            return archive.pack(place, listing, copy_database, content)
    except OSError as error:
        raise BackupError(f"backup failed: {error}") from error


def _messenger(root: Path, copies: Path) -> list[tuple[str, Path]]:
    """What the messenger cannot do without: its identity, its database (copied while it runs), its
    media. What it makes anew is left out, and so are releases: they can be fetched again."""
    folder = root / homeserver.FOLDER
    if not (folder / homeserver.DATABASE).exists():
        return []
    copy = copies / homeserver.DATABASE
    snapshot.copy_sqlite(folder / homeserver.DATABASE, copy)
    kept = [(f"{homeserver.FOLDER}/{one}", folder / one) for one in homeserver.KEPT]
    return [
        *kept,
        (f"{homeserver.FOLDER}/{homeserver.DATABASE}", copy),
        *archive.files_below(root, folder / homeserver.MEDIA),
    ]


def _noted(journal: Path, copies: Path) -> list[tuple[str, Path]]:
    """What was noted for the access log and may not be in the database yet. It is copied before
    the database is: what is taken over in between is there, and only there."""
    found = []
    for path in sorted(journal.glob("*")):
        with contextlib.suppress(FileNotFoundError):  # taken over meanwhile
            found.append((f"{ACCESS_LOG}/{path.name}", Path(shutil.copy(path, copies))))
    return found


def verify(place: Path) -> Listing:
    """Read an archive through and compare every hash. Raises BackupError."""
    return archive.verify(place, SERVER)


def restore(place: Path, folder: Path) -> Listing:
    """Unpack a verified archive into an empty folder. Raises BackupError; on failure the folder
    is left as it was.

    The database gets a new epoch, so that the hub notices that this is another life of it.
    """
    return archive.unpack(
        place, folder, SERVER, lambda fresh, _listing: archive.begin_new_life(fresh / DATABASE)
    )
