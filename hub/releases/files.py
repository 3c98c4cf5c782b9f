"""Files that appear whole or not at all, and one turn for whoever changes the repository."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from kit.ids import new_id


def write_durably(path: Path, content: bytes, *, settle: bool = True) -> None:
    """Write, fsync, rename; with `settle` the name itself is durable too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{new_id()}")
    try:
        with partial.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    if settle:
        settle_folder(path.parent)


def settle_folder(folder: Path) -> None:
    """The names within a folder survive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def turn(folder: Path) -> Iterator[None]:
    """Wait until nobody else, in this process or another, changes what is in the folder."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(folder / ".turn", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
