"""The store of chunks: cut where the content says so, named by hash, packed where that gains.

A chunk lies at `<ab>/<sha256>` as it is, or at `<ab>/<sha256>.zst` when zstandard makes it smaller by
a twentieth. It is written once; whoever publishes again finds it there, and sees whether it is right.
"""

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator
from os import SEEK_CUR
from pathlib import Path
from typing import BinaryIO

import zstandard
from pyfastcdc import FastCDC

from kit.db import outside_units
from kit.durable import settle_folder, write_durably
from protocol.chunks import (
    AVERAGE_CHUNK,
    LARGEST_CHUNK,
    PACKED,
    SMALLEST_CHUNK,
    Chunk,
    ReleaseFile,
)

WORTH = 0.95  # packed only when at most this much is left
LEVEL = 6
UNSTATED = -1
MOST_SMALL = 64  # chunks of a file that are smaller than they should be

Progress = Callable[[int], None]
"""Called with the bytes done since the last call; may raise to stop."""


class ChunkLost(Exception):
    """A chunk that a manifest names is missing or damaged; the message names it."""


class ChunkStore:
    """A folder of immutable chunks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._fresh: list[Path] = []

    @contextlib.contextmanager
    def all_or_none(self) -> Iterator[None]:
        """What `put` stores within stays only if all goes well. Not for two at once."""
        self._fresh = []
        try:
            yield
        except BaseException:
            for path in self._fresh:
                path.unlink(missing_ok=True)
            raise

    def path(self, name: str) -> Path:
        """Where the chunk `<sha256>` or `<sha256>.zst` lies."""
        return self.folder / name[:2] / name

    def file_of(self, chunk: Chunk) -> Path:
        """Where a chunk lies as its manifest says it travels."""
        return self.path(chunk.sha256 + (PACKED if chunk.packed else ""))

    def cut(
        self, name: str, source: Path, progress: Progress, before: ReleaseFile | None = None
    ) -> ReleaseFile:
        """Store a file's chunks; the file as the manifest names it. Memory: two chunks.

        As long as the file begins like `before`, it is cut as that was: what only grows at its end
        (vectors) moves no more than what was added.
        """
        whole = hashlib.sha256()
        chunks = []
        with source.open("rb") as stream:
            for content in _pieces(stream, before):
                whole.update(content)
                chunks.append(self.put(content))
                progress(len(content))
        size = sum(chunk.size for chunk in chunks)
        return ReleaseFile(path=name, size=size, sha256=whole.hexdigest(), chunks=tuple(chunks))

    @outside_units
    def put(self, content: bytes) -> Chunk:
        """Store one chunk; what the manifest says of it. Call `settle` before it is relied on.

        One that is there already is used if it is still right: what a bad disk changed is not
        signed again, but written anew.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        size = len(content)
        for packed in (self._size(sha256 + PACKED), 0):
            held = Chunk(sha256=sha256, size=size, packed=packed)
            with contextlib.suppress(ChunkLost):
                self.get(held)
                return held
        smaller = zstandard.ZstdCompressor(level=LEVEL).compress(content)
        worth = len(smaller) <= WORTH * size
        made = Chunk(sha256=sha256, size=size, packed=len(smaller) if worth else 0)
        place = self.file_of(made)
        if not place.exists():
            self._fresh.append(place)
        write_durably(place, smaller if worth else content, settled=False)
        return made

    def _size(self, name: str) -> int:
        try:
            return self.path(name).stat().st_size
        except FileNotFoundError:
            return 0

    def settle(self) -> None:
        """All that was put survives a loss of power."""
        if self.folder.exists():
            for folder in [*self.folder.iterdir(), self.folder]:
                settle_folder(folder)

    @outside_units
    def get(self, chunk: Chunk) -> bytes:
        """The content, verified. Raises ChunkLost."""
        try:
            content = self.file_of(chunk).read_bytes()
            if chunk.packed:
                content = _unpack(content, chunk.size)
        except (OSError, zstandard.ZstdError) as error:
            raise ChunkLost(f"chunk {chunk.sha256} cannot be read: {error}") from error
        if hashlib.sha256(content).hexdigest() != chunk.sha256:
            raise ChunkLost(f"chunk {chunk.sha256} is damaged")
        return content

    def names(self) -> Iterator[str]:
        """All that is stored."""
        for path in self.folder.glob("[0-9a-f][0-9a-f]/[0-9a-f]*"):
            yield path.name

    def remove_all_but(self, kept: Iterable[Chunk]) -> int:
        """Remove what none of these is; how many files went."""
        wanted = {self.file_of(chunk).name for chunk in kept}
        gone = [name for name in self.names() if name not in wanted]
        for name in gone:
            self.path(name).unlink(missing_ok=True)
        return len(gone)


def _pieces(stream: BinaryIO, before: ReleaseFile | None) -> Iterator[bytes]:
    """A file in pieces: those of `before` while they are the same, then where the content says."""
    known = before.chunks if before is not None else ()
    if before is not None and len(known) > MOST_SMALL and before.size < len(known) * SMALLEST_CHUNK:
        known = ()  # grown of too many small additions: cut anew
    for chunk in known:
        content = stream.read(chunk.size)
        if hashlib.sha256(content).hexdigest() != chunk.sha256:
            stream.seek(-len(content), SEEK_CUR)
            break
        yield content
    cutter = FastCDC(AVERAGE_CHUNK, min_size=SMALLEST_CHUNK, max_size=LARGEST_CHUNK)
    for piece in cutter.cut_stream(stream):
        yield bytes(piece.data)


def _unpack(content: bytes, size: int) -> bytes:
    """A packed chunk as it was. Raises zstandard.ZstdError, also when it would be larger."""
    # A frame that states its size is given that much memory, whatever the limit.
    if zstandard.frame_content_size(content) not in (size, UNSTATED):
        raise zstandard.ZstdError("another size")
    return zstandard.ZstdDecompressor().decompress(content, max_output_size=size)
