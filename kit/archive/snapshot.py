"""SQLite copied as it was at one moment, while the server writes on.

The copy reads within one transaction, so that no commit makes it begin anew and none waits for it:
the log of the writes grows meanwhile, and is folded in afterwards. Each step is brought to the disk
at once: where a gigabyte waits for that till the end, the server's commits wait with it (370 ms
instead of 14). A gigabyte takes about three seconds; by `VACUUM INTO` it took sixty.
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from kit.archive.model import BackupError
from kit.clock import monotonic
from kit.db import outside_units

STEP = 1024  # pages, 4 MB: after each it is brought to the disk and the time is looked at
LIMIT_S = 900.0  # a disk that takes longer for a copy is broken; the log must not grow for ever


@outside_units
def copy_sqlite(source: Path, target: Path, limit_s: float = LIMIT_S) -> None:
    """Copy a database that others write to, as it is now. Raises BackupError when it takes longer
    than `limit_s` seconds, or when there is none."""
    if not source.exists():
        raise BackupError(f"{source} does not exist")
    ends_at = monotonic() + limit_s

    def after_step(_status: int, _left: int, _total: int) -> None:
        flush()
        if monotonic() > ends_at:
            raise BackupError(f"copying {source} took longer than {limit_s:g} seconds")

    with (
        contextlib.closing(_connect(f"file:{source}?mode=ro", uri=True)) as reading,
        contextlib.closing(_connect(target)) as writing,
        flushing(target) as flush,
    ):
        writing.execute("PRAGMA journal_mode = OFF")
        writing.execute("PRAGMA synchronous = OFF")  # a copy cut off is thrown away
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # here the moment is fixed
        reading.backup(writing, pages=STEP, progress=after_step)
        writing.execute("PRAGMA journal_mode = DELETE")


def size(*databases: Path) -> int:
    """Bytes that databases take, with the log of their writes; none for one that is not there."""
    parts = [one.with_name(one.name + end) for one in databases for end in ("", "-wal")]
    return sum(part.stat().st_size for part in parts if part.exists())


@outside_units
def check_sqlite(database: Path) -> None:
    """Raises BackupError when a database that nobody writes to is damaged."""
    try:
        with contextlib.closing(_connect(database)) as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        found = error
    if found != "ok":
        raise BackupError(f"the database is damaged: {found}")


@contextlib.contextmanager
def flushing(path: Path) -> Iterator[Callable[[], None]]:
    """Bring what is written to a file to the disk, in a thread while more is written: who calls
    waits for what the call before asked for. Raises OSError."""
    asked: list[Future[None]] = []

    def flush() -> None:
        if asked:
            asked.pop().result()
        asked.append(pool.submit(os.fdatasync, file.fileno()))

    with path.open("rb") as file, ThreadPoolExecutor(1, thread_name_prefix="flush") as pool:
        yield flush


def _connect(database: Path | str, *, uri: bool = False) -> sqlite3.Connection:
    return sqlite3.connect(database, uri=uri, isolation_level=None)
