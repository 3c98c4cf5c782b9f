"""The store of chunks: cut where the content says so, named by hash, packed where that gains.

A chunk lies at `<ab>/<sha256>` as it is, or at `<ab>/<sha256>.zst` when zstandard makes it smaller by
a twentieth. It is written once; whoever publishes again finds it there.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import zstandard
from pyfastcdc import FastCDC

from hub.releases.files import settle_folder, write_durably
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

Progress = Callable[[int], None]
"""Called with the bytes done since the last call; may raise to stop."""


class ChunkLost(Exception):
    """A chunk that a manifest names is missing or damaged; the message names it."""


class ChunkStore:
    """A folder of immutable chunks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        """Where the chunk `<sha256>` or `<sha256>.zst` lies."""
        return self.folder / name[:2] / name

    def file_of(self, chunk: Chunk) -> Path:
        """Where a chunk lies as its manifest says it travels."""
        return self.path(chunk.sha256 + (PACKED if chunk.packed else ""))

    def cut(self, name: str, source: Path, progress: Progress) -> ReleaseFile:
        """Store a file's chunks; the file as the manifest names it. Memory: two chunks."""
        cutter = FastCDC(AVERAGE_CHUNK, min_size=SMALLEST_CHUNK, max_size=LARGEST_CHUNK)
        whole = hashlib.sha256()
        chunks = []
        with source.open("rb") as stream:
            for piece in cutter.cut_stream(stream):
                content = bytes(piece.data)
                whole.update(content)
                chunks.append(self.put(content))
                progress(len(content))
        size = sum(chunk.size for chunk in chunks)
        return ReleaseFile(path=name, size=size, sha256=whole.hexdigest(), chunks=tuple(chunks))

    def put(self, content: bytes) -> Chunk:
        """Store one chunk; what the manifest says of it. Call `settle` before it is relied on."""
        sha256 = hashlib.sha256(content).hexdigest()
        size = len(content)
        packed = self.path(sha256 + PACKED)
        if packed.exists():
            return Chunk(sha256=sha256, size=size, packed=packed.stat().st_size)
        raw = self.path(sha256)
        if raw.exists() and raw.stat().st_size == size:
            return Chunk(sha256=sha256, size=size)
        smaller = zstandard.ZstdCompressor(level=LEVEL).compress(content)
        if len(smaller) <= WORTH * size:
            write_durably(packed, smaller, settle=False)
            return Chunk(sha256=sha256, size=size, packed=len(smaller))
        write_durably(raw, content, settle=False)
        return Chunk(sha256=sha256, size=size)

    def settle(self) -> None:
        """All that was put survives a loss of power."""
        if self.folder.exists():
            for folder in [*self.folder.iterdir(), self.folder]:
                settle_folder(folder)

    def get(self, chunk: Chunk) -> bytes:
        """The content, verified. Raises ChunkLost."""
        try:
            content = self.file_of(chunk).read_bytes()
            if chunk.packed:
                content = unpack(content)
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


def unpack(content: bytes) -> bytes:
    """A packed chunk as it was. Raises zstandard.ZstdError, also when it would be too large."""
    return zstandard.ZstdDecompressor().decompress(content, max_output_size=LARGEST_CHUNK)
