"""Makes previews: a file is opened in a sandboxed process, what came of it is kept by hash.

async with opened(path, kind_of(path)) as found:
    if found is not None:
        preview = await found.kept(wanted, blobs)
"""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
from msgspec.structs import replace

from kit.blobs import Blobs
from models.extract import sniff
from models.extract.extraction import LATER, Extraction
from models.extract.sandbox import extract
from node.files.model import PROBLEMS, Preview

UNKNOWN = "application/octet-stream"
LARGEST_READ = 64 * 1024 * 1024  # bytes: larger ones are films and archives, and are not opened
READ = sniff.WRITTEN | sniff.IMAGES


class Pages(msgspec.Struct, frozen=True):
    """What somebody may see of a file, and where the pictures of its pages lie."""

    preview: Preview
    blobs: Blobs


class Contents:
    """What was found in a file. Pictures of its pages lie in a folder that goes with the context."""

    def __init__(self, folder: Path, found: Extraction) -> None:
        self._folder = folder
        self._found = found

    async def kept(self, wanted: Preview, blobs: Blobs) -> Preview:
        """`wanted` with what was found; the pictures are put into `blobs` by a thread. Raises
        OSError."""
        found = self._found
        return replace(
            wanted,
            state="failed" if found.problem else "ready",
            pages=await asyncio.to_thread(self._keep_pages, blobs),
            page_count=found.page_count,
            text=found.text,
            problem=PROBLEMS.get(found.problem, PROBLEMS["broken"]),
            unread=found.unread,
            is_cut=found.is_cut,
        )

    def _keep_pages(self, blobs: Blobs) -> tuple[str, ...]:
        # The child is not trusted with paths.
        names = [Path(name).name for name in self._found.pages]
        return tuple(
            blobs.put((self._folder / name).read_bytes())
            if name and not (self._folder / name).is_symlink()
            else ""
            for name in names
        )


@contextlib.asynccontextmanager
async def opened(source: Path, media_type: str) -> AsyncIterator[Contents | None]:
    """A file that was looked into; None where the disk had no room for it: try again later."""
    with tempfile.TemporaryDirectory(prefix="madang-preview-") as folder:
        found = await extract(media_type, source, Path(folder))
        yield None if found.problem == LATER else Contents(Path(folder), found)


def kind_of(path: Path) -> str:
    """The media type of a stored file, by its content (blocking); one that is too large to be read
    is known by its beginning alone."""
    if path.stat().st_size > LARGEST_READ:
        with path.open("rb") as content:
            beginning = content.read(4096)
        found = sniff.sniff(beginning)
        return found if found in (sniff.PDF, *sniff.IMAGES) else UNKNOWN
    return sniff.sniff(path.read_bytes()) or UNKNOWN
