"""Files that appear whole or not at all, under names that survive a loss of power."""

import os
from pathlib import Path

from kit.ids import new_id


def write_durably(
    path: Path, content: bytes, *, secret: bool = False, settled: bool = True
) -> None:
    """Write, fsync, rename: in the place of what was there. `secret`: for its owner only;
    `settled`: the name itself is durable too, else the caller settles the folder."""
    partial = _written_aside(path, content, secret=secret)
    try:
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    if settled:
        settle_folder(path.parent)


def write_secret(path: Path, content: bytes) -> None:
    """A new file that its owner alone may read. Raises FileExistsError where there is one."""
    partial = _written_aside(path, content, secret=True)
    try:
        give_new_name(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def give_new_name(partial: Path, path: Path) -> None:
    """Name a file that is whole, durably. The partial file stays for whoever wrote it to remove,
    where the disk knows links; else it is renamed. Raises FileExistsError."""
    try:
        os.link(partial, path)
    except FileExistsError:
        raise
    except OSError:
        if path.exists():
            raise FileExistsError(path) from None
        partial.replace(path)
    settle_folder(path.parent)


def make_folder(folder: Path, mode: int = 0o777) -> None:
    """Have a folder; each that is new is made durable in the one above."""
    if folder.is_dir():
        return
    make_folder(folder.parent, mode)
    folder.mkdir(mode, exist_ok=True)
    settle_folder(folder.parent)


def settle_folder(folder: Path) -> None:
    """The names within a folder survive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def for_owner(path: str, flags: int) -> int:
    """An opener of files that their owner alone may read."""
    return os.open(path, flags, 0o600)


def _written_aside(path: Path, content: bytes, *, secret: bool) -> Path:
    """A file of this content beside `path`, on the disk."""
    make_folder(path.parent, 0o700 if secret else 0o777)
    partial = path.with_name(f".{path.name}.{new_id()}")
    try:
        with open(partial, "xb", opener=for_owner if secret else None) as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return partial
