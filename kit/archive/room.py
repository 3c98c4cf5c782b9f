"""The disk that a backup may fill, and the turn of those who make one."""

import contextlib
import fcntl
import os
import shutil
import sqlite3
import tarfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import zstandard

from kit.archive.model import BackupError, DiskFilled, NoRoom
from kit.clock import monotonic
from kit.disk import is_full
from kit.folder import clear

RESERVE = 1024**3  # bytes left free for everything else on the server's disk
PATIENCE_S = 900.0  # for another backup of the same server
LOOK_EVERY_S = 0.2
DAMAGED = (OSError, EOFError, tarfile.TarError, zlib.error, zstandard.ZstdError)


class Room:
    """Says whether a backup still fits into `folder`. The reserve is kept where the server's own
    folder lies on the same disk."""

    def __init__(self, folder: Path, server: Path, reserve: int = RESERVE) -> None:
        self._folder = folder
        shared = folder.stat().st_dev == server.stat().st_dev
        self._reserve = reserve if shared else 0

    def require(self, needed: int) -> None:
        """Raises NoRoom when `needed` more bytes would not leave the disk its reserve."""
        lacking = needed + self._reserve - self._free()
        if lacking > 0:
            raise NoRoom(self._folder, needed + self._reserve, lacking)

    def hold(self) -> None:
        """Raises DiskFilled when others have taken what the disk must keep free."""
        if self._free() < self._reserve:
            raise DiskFilled(self._folder)

    def _free(self) -> int:
        return shutil.disk_usage(self._folder).free


@contextlib.contextmanager
def turn(server: Path, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """One at a time makes or removes backups of a server, in this process or another.
    Raises BackupError when the other one takes too long."""
    ends_at = monotonic() + patience_s
    descriptor = os.open(server, os.O_RDONLY | os.O_CLOEXEC)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if monotonic() > ends_at:
                    raise BackupError("another backup of this server is under way") from None
                time.sleep(LOOK_EVERY_S)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def workplace(folder: Path, server_id: str) -> Iterator[Path]:
    """An empty folder beside the archives, private, for what is on its way. What a backup left there
    that was killed is removed; so nothing piles up."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    work = folder / f".backup-{server_id}"
    work.mkdir(exist_ok=True, mode=0o700)
    clear(work, keep=True)
    try:
        yield work
    finally:
        clear(work, keep=False)


@contextlib.contextmanager
def told(folder: Path) -> Iterator[None]:
    """What a disk, an archive or a database says, as a BackupError."""
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise DiskFilled(folder) from error
        raise BackupError(str(error)) from error
    except DAMAGED as error:
        if isinstance(error, OSError) and is_full(error):
            raise DiskFilled(folder) from error
        raise BackupError(str(error)) from error
