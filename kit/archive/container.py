"""The file that an archive is: a plain tar whose every byte is accounted for.

Its first entry is the listing, its second the listing's SHA-256. What the archive holds itself is
packed entry by entry (`NAME.zst`); files that the listing counts as stored follow as they are. Headers
are written in one way only and the room between entries is zero, so that a reader finds a changed
byte wherever it is. Because nothing but the end follows the last entry, an archive is made whole by
appending to it.

Archives of format 1 (a tar within gzip, everything in `files`) are read as they always were.
"""

import contextlib
import hashlib
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import msgspec
import zstandard

from kit.archive.model import FORMAT, BackupError, Listing

LISTING = "madang-backup.json"
SUM = "madang-backup.sha256"
STORED = "madang-backup.stored"
PACKED = ".zst"
BLOCK = 512
END = bytes(2 * BLOCK)
PIECE = 1 << 20
LEVEL = 1  # 330 MB a second; level 3 saves a third of the size and takes half as long again
GZIP = b"\x1f\x8b"

Entry = tuple[str, IO[bytes]]
Watch = Callable[[], None]


def header(name: str, size: int) -> bytes:
    """The one header that an entry of this name and size has."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")


def padding(size: int) -> bytes:
    """The zeros after a content of this size."""
    return bytes(-size % BLOCK)


class Writer:
    """Writes the entries of an archive, one after the other. `watch` is called between pieces, and may
    raise to stop."""

    def __init__(self, out: IO[bytes], watch: Watch) -> None:
        self._out = out
        self._watch = watch

    def begin(self, listing: Listing) -> None:
        """Write the listing at the beginning; afterwards it may be written over by one of the same
        length."""
        self._out.seek(0)
        text = msgspec.json.encode(listing)
        for name, content in ((LISTING, text), (SUM, _hex(text))):
            self._out.write(header(name, len(content)) + content + padding(len(content)))

    def pack(self, name: str, source: IO[bytes]) -> str:
        """Write a file packed; the SHA-256 of its content."""
        entry = name + PACKED
        at = self._out.tell()
        self._out.write(header(entry, 0))
        begins = self._out.tell()
        # One thread packs while this one reads and hashes.
        packing = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True, threads=1)
        with packing.stream_writer(self._out, closefd=False) as packed:
            digest = self._copy(source, packed.write)
        ends = self._out.tell()
        self._out.write(padding(ends - begins))
        following = self._out.tell()
        self._out.seek(at)
        self._out.write(header(entry, ends - begins))
        self._out.seek(following)
        return digest

    def add(self, name: str, size: int, source: IO[bytes]) -> str:
        """Write a file of that size as it is; the SHA-256 of its content."""
        self._out.write(header(name, size))
        begins = self._out.tell()
        digest = self._copy(source, self._out.write)
        if self._out.tell() - begins != size:
            raise BackupError(f"{name} changed while it was read")
        self._out.write(padding(size))
        return digest

    def end(self) -> None:
        self._out.write(END)

    def _copy(self, source: IO[bytes], write: Callable[[bytes], int]) -> str:
        digest = hashlib.sha256()
        while piece := source.read(PIECE):
            digest.update(piece)
            write(piece)
            self._watch()
        return digest.hexdigest()


@contextlib.contextmanager
def opened(archive: Path, server: str) -> Iterator[tuple[Listing, Iterator[Entry]]]:
    """The listing and, to be read in turn, the entries of an archive as (name, content).
    Raises BackupError, or one of `room.DAMAGED`."""
    with archive.open("rb") as file:
        is_first_format = file.read(2) == GZIP
        file.seek(0)
        if is_first_format:
            with tarfile.open(fileobj=file, mode="r:gz") as packed:
                first = packed.next()
                source = packed.extractfile(first) if first is not None else None
                is_ours = source is not None and first is not None and first.name == LISTING
                listing = _listing(source.read() if source and is_ours else b"", server)
                yield listing, _first_format(archive, packed)
        else:
            entries = _entries(archive, file)
            try:
                name, source = next(entries, ("", None))
            except tarfile.TarError as error:
                raise BackupError(f"{archive.name}: {error}") from error
            text = source.read() if source and name == LISTING else b""
            listing = _listing(text, server)
            name, source = next(entries, ("", None))
            if source is None or name != SUM or source.read() != _hex(text):
                raise BackupError(f"{archive.name}: {LISTING} is damaged")
            yield listing, entries


def read_listing(archive: Path, server: str) -> Listing:
    """What an archive says of itself. Raises BackupError, or one of `room.DAMAGED`."""
    with opened(archive, server) as (listing, _entries_after):
        return listing


def end_of_entries(archive: Path) -> int:
    """Where the last entry of an archive ends, and another can be appended."""
    return archive.stat().st_size - len(END)


def _entries(archive: Path, file: IO[bytes]) -> Iterator[Entry]:
    """Each entry with its content unpacked. Raises BackupError at the first byte that is not as
    it was written; the content of a file is left to its hash."""
    expected = 0
    with tarfile.open(fileobj=file, mode="r:", encoding="utf-8") as plain:
        for entry in plain:
            _compare(archive, file, entry, expected)
            source = plain.extractfile(entry)
            assert source is not None  # its header is that of a file
            if entry.name.endswith(PACKED):
                with zstandard.ZstdDecompressor().stream_reader(source) as unpacked:
                    yield entry.name.removesuffix(PACKED), unpacked
            else:
                yield entry.name, source
            expected = entry.offset_data + entry.size
            file.seek(expected)
            if file.read(-entry.size % BLOCK) != padding(entry.size):
                raise BackupError(f"{archive.name} is damaged after {entry.name}")
            expected += len(padding(entry.size))
    file.seek(expected)
    if file.read(len(END) + 1) != END:
        raise BackupError(f"{archive.name} is damaged or cut off")


def _compare(archive: Path, file: IO[bytes], entry: tarfile.TarInfo, expected: int) -> None:
    file.seek(entry.offset)
    written = file.read(entry.offset_data - entry.offset)
    if entry.offset != expected or written != header(entry.name, entry.size):
        raise BackupError(f"{archive.name}: the entry {entry.name} is damaged")


def _first_format(archive: Path, packed: tarfile.TarFile) -> Iterator[Entry]:
    for entry in packed:
        if entry.name == LISTING:
            continue
        source = packed.extractfile(entry)
        if source is None:
            raise BackupError(f"{archive.name} holds {entry.name}, which is no file")
        yield entry.name, source
    # On to the end, where the sum of it all stands: what lies between files is in no hash.
    assert packed.fileobj is not None
    while packed.fileobj.read(PIECE):
        pass


def _listing(text: bytes, server: str) -> Listing:
    if not text:
        raise BackupError(f"this is no backup of a Madang {server}")
    try:
        listing = msgspec.json.decode(text, type=Listing)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BackupError(f"this is no backup of a Madang {server}: {error}") from error
    if listing.format > FORMAT:
        raise BackupError("this backup was made by a newer version of Madang: install that first")
    if listing.server != server:
        raise BackupError(f"this is a backup of a {listing.server}, not of a {server}")
    return listing


def _hex(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest().encode()
