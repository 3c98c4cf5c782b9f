"""Files by hash beside the archives: what is new is stored once, and stays while an archive that is
kept names it.

    backups/files/3f/3f9a…    the content, by its SHA-256

A file whose name says its hash (`kit.blobs`) is read once, on the night it is new; any other is known
again by name, size and time as the archive before has them. Each night a thirtieth of what is stored
is read and compared, so that within a month the whole was: what the disk has changed is stored anew
from the server's own, while that is still as it was.
"""

import contextlib
import hashlib
import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
from msgspec.structs import replace

from kit.archive import container
from kit.archive.container import PIECE, STORED, Watch
from kit.archive.model import BackupError, Listing, StoredFile
from kit.blobs import Blobs, digest_of
from kit.clock import DAY

FOLDER = "files"
PORTION = 8 * PIECE  # bytes brought to the disk at once: no commit of the server waits for more
PORTION_FILES = 500
ROUND = 30  # nights in which all that is stored is read once
BY_HASH = re.compile(r"([0-9a-f]{2})/(\1[0-9a-f]{62})")

log = logging.getLogger(__name__)


class Depot:
    """The files beside the archives of a folder."""

    def __init__(self, archives: Path) -> None:
        self._blobs = Blobs(archives / FOLDER)
        self._root = str(self._blobs.root)

    def path(self, one: StoredFile) -> Path:
        return self._blobs.path(one.sha256)

    def holds(self, one: StoredFile) -> bool:
        """Whether the file is there, by its size."""
        try:
            return os.stat(f"{self._root}/{one.sha256[:2]}/{one.sha256}").st_size == one.size
        except FileNotFoundError:
            return False

    def is_whole(self, one: StoredFile) -> bool:
        """Whether the file is there as it was, by its content."""
        try:
            return self.holds(one) and digest_of(self.path(one)) == one.sha256
        except OSError:
            return False

    def lacks(self, apart: Iterable[tuple[str, Path]], known: Mapping[str, StoredFile]) -> int:
        """Bytes that `store` would add."""
        seen = (self._seen(name, path, known) for name, path in apart)
        return sum(one.size for one in seen if one and not (one.sha256 and self.holds(one)))

    def store(
        self,
        apart: Iterable[tuple[str, Path]],
        known: Mapping[str, StoredFile],
        work: Path,
        now: int,
        watch: Watch,
    ) -> tuple[list[StoredFile], list[str]]:
        """Take in what is new; everything that is stored now, and the names of files that the disk does
        not give back as they were. `known`: the files of the archive before, by name. Files that
        are erased meanwhile are passed over. `watch` is called between pieces."""
        stored, lost = [], []
        portion = _Portion(work, self._blobs, watch)
        night = now // DAY % ROUND
        for name, path in apart:
            with contextlib.suppress(FileNotFoundError):
                one = self._seen(name, path, known)
                if one is None:
                    continue
                if not one.sha256 or not self._trusted(one, night):
                    one = portion.take(one, path) or self._from_before(one)
                if one is None:
                    lost.append(name)
                else:
                    stored.append(one)
        portion.settle()
        if portion.is_used:
            os.sync()  # the new names, before an archive counts on them
        return stored, lost

    def sweep(self, named: set[str]) -> None:
        """Remove what no archive names: `named` are the hashes that one does."""
        for digest in list(self._blobs.digests()):
            if digest not in named:
                self._blobs.remove(digest)

    def _seen(self, name: str, path: Path, known: Mapping[str, StoredFile]) -> StoredFile | None:
        """A file as it lies there; its hash is "" where nothing but its content tells it."""
        try:
            status = path.stat()
        except FileNotFoundError:
            return None
        digest = _named(path)
        before = known.get(name)
        if (
            not digest
            and before is not None
            and (before.size, before.changed_ns) == (status.st_size, status.st_mtime_ns)
        ):
            digest = before.sha256
        return StoredFile(name, digest, status.st_size, status.st_mtime_ns)

    def _trusted(self, one: StoredFile, night: int) -> bool:
        """Whether the stored copy need not be made anew."""
        if int(one.sha256[:8], 16) % ROUND != night or not self.holds(one):
            return self.holds(one)
        if self.is_whole(one):
            return True
        log.warning("a stored file was damaged and is stored anew", extra={"file": one.name})
        self._blobs.remove(one.sha256)
        return False

    def _from_before(self, one: StoredFile) -> StoredFile | None:
        """A file that is damaged now as it was stored when it was whole."""
        with contextlib.suppress(OSError):
            kept = replace(one, size=self.path(one).stat().st_size) if one.sha256 else None
            if kept is not None and self.is_whole(kept):
                return kept
        return None


class _Unreadable(Exception):
    """The disk does not give back a file."""


class _Portion:
    """Files copied but not yet in their place: some at a time are brought to the disk together, for a
    sync of each would take longer than all the copying."""

    def __init__(self, work: Path, blobs: Blobs, watch: Watch) -> None:
        self._work = work
        self._blobs = blobs
        self._watch = watch
        self._copies: dict[str, Path] = {}
        self._bytes = 0
        self.is_used = False

    def take(self, one: StoredFile, path: Path) -> StoredFile | None:
        """Copy a file; what it is. None where the disk does not give it back as its name says."""
        self.is_used = True
        partial = self._work / "file"
        try:
            digest, size = self._copy(path, partial)
        except _Unreadable:
            log.exception("a file cannot be read", extra={"file": one.name})
            return None
        if _named(path) not in ("", digest):
            return None
        self._copies[digest] = partial.replace(self._work / digest)
        self._bytes += size
        if self._bytes >= PORTION or len(self._copies) >= PORTION_FILES:
            self.settle()
        return StoredFile(one.name, digest, size, one.changed_ns)

    def _copy(self, path: Path, partial: Path) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
        with partial.open("wb") as out:
            for piece in _pieces(path):
                digest.update(piece)
                out.write(piece)
                size += len(piece)
                if size % PORTION == 0:
                    out.flush()
                    os.fdatasync(out.fileno())
                    self._watch()
        return digest.hexdigest(), size

    def settle(self) -> None:
        """Durable first, then under their names."""
        if not self._copies:
            return
        self._watch()
        os.sync()
        for digest, copy in self._copies.items():
            target = self._blobs.path(digest)
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            copy.replace(target)
        self._copies.clear()
        self._bytes = 0


def _pieces(path: Path) -> Iterator[bytes]:
    """The content of a file. Raises FileNotFoundError, _Unreadable."""
    try:
        with path.open("rb") as source:
            while piece := source.read(PIECE):
                yield piece
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _Unreadable() from error


def hashed(apart: Iterable[tuple[str, Path]], watch: Watch) -> tuple[list[StoredFile], list[str]]:
    """The files of an archive that holds them itself: each read and hashed, and the names of those
    that the disk does not give back as they were."""
    stored, lost = [], []
    for name, path in apart:
        with contextlib.suppress(FileNotFoundError):
            watch()
            try:
                status, digest = path.stat(), digest_of(path)
            except FileNotFoundError:
                raise
            except OSError:
                log.exception("a file cannot be read", extra={"file": name})
                lost.append(name)
                continue
            if _named(path) in ("", digest):
                stored.append(StoredFile(name, digest, status.st_size, status.st_mtime_ns))
            else:
                lost.append(name)
    return stored, lost


def lines(stored: Iterable[StoredFile]) -> bytes:
    """The entry of an archive that names what is stored, a JSON line each."""
    return b"".join(msgspec.json.encode(one) + b"\n" for one in stored)


def of_lines(content: bytes) -> Iterator[StoredFile]:
    """What such an entry names; line by line, for a long list in one go would stop the server's loop."""
    for line in content.splitlines():
        yield msgspec.json.decode(line, type=StoredFile)


def read_stored(archive: Path, server: str) -> tuple[Listing, list[StoredFile]]:
    """What an archive says of itself, and the files it names that lie beside it. Raises BackupError,
    or one of `room.DAMAGED`."""
    with container.opened(archive, server) as (listing, entries):
        if STORED not in listing.files:
            return listing, []
        name, source = next(entries)
        content = source.read()
        if name != STORED or hashlib.sha256(content).hexdigest() != listing.files[STORED]:
            raise BackupError(f"{archive.name}: {STORED} is damaged")
        return listing, list(of_lines(content))


def _named(path: Path) -> str:
    """The hash that the name of a file says; "" for any other."""
    found = BY_HASH.fullmatch(f"{path.parent.name}/{path.name}")
    return found.group(2) if found else ""
