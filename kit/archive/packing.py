"""Backups as one archive: packed, read back, compared with its list of hashes, then given its name.

A server says what belongs in by a `Source`. Everything on its way lies in a folder of its own beside
the archives; the archive before stays untouched until the new one has its name.
"""

import contextlib
import io
import itertools
import logging
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import msgspec
from msgspec.structs import replace

from kit.archive import depot
from kit.archive.container import STORED, Watch, Writer
from kit.archive.depot import Depot, read_stored
from kit.archive.model import BackupError, FilesLost, Listing, StoredFile, existing
from kit.archive.reading import verify_own
from kit.archive.room import DAMAGED, RESERVE, Room, told, turn, workplace
from kit.archive.snapshot import flushing
from kit.db import outside_units
from kit.durable import for_owner, settle_folder

ERASED_MEANWHILE = 3
UNKNOWN = "0" * 64  # holds the place of a hash until the file was read
REMAINS = (".database.*", ".copies-*", ".*.tar.gz.*")
"""What backups of earlier releases left when they were killed."""
FLUSH = 4 * 1024 * 1024  # bytes of an archive that are brought to the disk at once

log = logging.getLogger(__name__)

Content = Iterable[tuple[str, Path]]


class Source(msgspec.Struct, frozen=True):
    """A server as a backup sees it."""

    root: Path
    """Its folder. One backup of it is made at a time."""
    listing: Listing
    suffixes: tuple[str, ...]
    """How the names of its archives end; the first for those made now."""
    size: Callable[[], int]
    """Bytes that its databases take now, those of others that it runs among them."""
    copy_database: Callable[[Path], None]
    check_database: Callable[[Path], None]
    """Raises BackupError when the copy is damaged."""
    content: Callable[[Path], Content]
    """What the archive holds itself; asked before the database is copied, with an empty folder for
    copies. Where it is an iterator that looks when it is read, it finds what came meanwhile."""
    apart: Callable[[], Content]
    """What lies in the depot: files that are never changed. Asked after the database was copied."""
    reserve: int = RESERVE


@outside_units
def pack(source: Source, place: Path, *, whole: bool) -> Path:
    """Make an archive; `place`. `whole`: it holds all itself; else what lies apart is stored beside it.

    Raises BackupError, and then there is no half archive; FilesLost, and then there is one.
    """
    with (
        told(place.parent),
        turn(source.root),
        workplace(place.parent, source.listing.id) as work,
    ):
        if place.exists():
            raise BackupError(f"{place} exists already")
        room = Room(place.parent, source.root, source.reserve)
        known = {} if whole else _known(source, place.parent)
        beside = None if whole else Depot(place.parent)
        room.require(_needed(source, beside, known))
        copies = work / "copies"
        copies.mkdir()
        content = source.content(copies)
        copy = work / "database"
        source.copy_database(copy)
        with _aside(source.check_database, copy):
            if beside is None:
                stored, lost = depot.hashed(source.apart(), room.hold)
            else:
                now = source.listing.made_at
                stored, lost = beside.store(source.apart(), known, work, now, room.hold)
            listing = replace(source.listing, lost=tuple(lost))
            held = {} if beside else {one.name: source.root / one.name for one in stored}
            partial = work / "archive"
            _write_all(partial, listing, [(listing.database, copy), *content], stored, held, room)
            verify_own(partial, listing.server)
        os.replace(partial, place)
        settle_folder(place.parent)
    if lost:
        raise FilesLost(place.name, lost)
    return place


@outside_units
def tidy(source: Source, folder: Path, keep: int) -> None:
    """Remove all but the newest archives, and from beside them what none of these names."""
    with told(folder), turn(source.root):
        kept = existing(folder, source.suffixes)
        for one in kept[keep:]:
            (folder / one.name).unlink(missing_ok=True)
        named: set[str] = set()
        for one in kept[:keep]:
            try:
                _listing, stored = read_stored(folder / one.name, source.listing.server)
            except (BackupError, *DAMAGED):
                log.exception(
                    "an archive cannot be read: all files are kept", extra={"file": one.name}
                )
                return
            named.update(each.sha256 for each in stored)
        Depot(folder).sweep(named)
        for pattern in REMAINS:
            for path in folder.glob(pattern):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def free_place(folder: Path, stem: str, suffix: str) -> Path:
    """A path in the folder that no archive has yet: two backups of one second both stay, in order."""
    numbered = (f"{stem}{f'_{at}' if at else ''}{suffix}" for at in itertools.count())
    return next(folder / name for name in numbered if not (folder / name).exists())


def files_below(root: Path, *folders: Path) -> Iterator[tuple[str, Path]]:
    """Every file of the folders, named as seen from `root`; half-written ones are passed over."""
    within = len(str(root)) + 1
    for folder in folders:
        for path in _files(str(folder)):
            yield path[within:], Path(path)


def _files(folder: str) -> Iterator[str]:
    """By `scandir`: sorting paths took the server's threads a fifth of a second for 8,000 files."""
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path)
        elif entry.is_file() and not entry.name.startswith("."):
            yield entry.path


def _known(source: Source, folder: Path) -> dict[str, StoredFile]:
    """What the newest archive that can be read names, by name."""
    for one in existing(folder, source.suffixes[:1]):
        with contextlib.suppress(BackupError, *DAMAGED):
            _listing, stored = read_stored(folder / one.name, source.listing.server)
            return {each.name: each for each in stored}
    return {}


def _needed(source: Source, beside: Depot | None, known: dict[str, StoredFile]) -> int:
    """Bytes that a backup may take: the databases' copies, as much again for the archive, and what
    lies apart."""
    apart = source.apart()
    if beside is not None:
        return 2 * source.size() + beside.lacks(apart, known)
    return 2 * source.size() + sum(path.stat().st_size for _name, path in apart if path.exists())


@contextlib.contextmanager
def _aside(check: Callable[[Path], None], copy: Path) -> Iterator[None]:
    """Check the copy while it is packed: both only read it. Raises what the check raises, first."""
    with ThreadPoolExecutor(1, thread_name_prefix="backup-check") as pool:
        checked = pool.submit(check, copy)
        try:
            yield
        finally:
            checked.result()


def _write_all(
    partial: Path,
    listing: Listing,
    content: list[tuple[str, Path]],
    stored: list[StoredFile],
    held: dict[str, Path],
    room: Room,
) -> None:
    """Write the archive; anew when a file was erased for good between being seen and being read."""
    for _attempt in range(ERASED_MEANWHILE):
        with contextlib.suppress(FileNotFoundError):
            _write(partial, listing, content, stored, held, room)
            return
        partial.unlink(missing_ok=True)
        stored = [one for one in stored if one.name not in held or held[one.name].exists()]
    _write(partial, listing, content, stored, held, room)


def _write(
    partial: Path,
    listing: Listing,
    content: list[tuple[str, Path]],
    stored: list[StoredFile],
    held: dict[str, Path],
    room: Room,
) -> None:
    present = [(name, path) for name, path in content if path.exists()]
    files = {STORED: UNKNOWN, **{name: UNKNOWN for name, _path in present}}
    with open(partial, "xb", opener=for_owner) as out, flushing(partial) as flush:
        writer = Writer(out, _every_few_megabytes(out, room.hold, flush))
        writer.begin(replace(listing, files=files))
        files[STORED] = writer.pack(STORED, io.BytesIO(depot.lines(stored)))
        for name, path in present:
            with path.open("rb") as source:
                files[name] = writer.pack(name, source)
        for one in stored:
            if one.name in held:
                with held[one.name].open("rb") as source:
                    _same(one, writer.add(one.name, one.size, source))
        writer.end()
        writer.begin(replace(listing, files=files))
        out.flush()
        os.fsync(out.fileno())


def _same(one: StoredFile, digest: str) -> None:
    if digest != one.sha256:
        raise BackupError(f"{one.name} changed while it was read")


def _every_few_megabytes(out: IO[bytes], *looks: Watch) -> Watch:
    """Each of the looks, whenever so much was written that the server's commits would wait for it."""
    looked_at = 0

    def watch() -> None:
        nonlocal looked_at
        if out.tell() - looked_at >= FLUSH:
            looked_at = out.tell()
            out.flush()
            for look in looks:
                look()

    return watch
