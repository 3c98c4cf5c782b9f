"""Pictures on their way to the disk: drawn anew by a process of their own, so that nothing else of what was
brought is ever kept, neither its place nor its camera.

    async with pictures.covered(content, [Box(100, 100, 200, 200)]) as (big, small):
        await db.write(unit)            # which refers to both, in a slice that holds them
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

from kit.blobs import Blobs
from kit.db import Database, Tx
from models.extract import sniff
from models.extract.extraction import LATER, Box
from models.extract.sandbox import cover
from node.files.model import BadPhoto, NoRoomForPhoto

PHOTOS = frozenset({sniff.JPEG, sniff.PNG, sniff.WEBP})


class Pictures:
    """One child process at a time."""

    def __init__(
        self, db: Database, blobs: Blobs, erase_later: Callable[[Tx, Iterable[str]], None]
    ) -> None:
        """`erase_later`: notes contents that go from the disk unless something refers to them."""
        self._db = db
        self._blobs = blobs
        self._erase_later = erase_later
        self._turn = asyncio.Lock()

    def path(self, digest: str) -> Path:
        return self._blobs.path(digest)

    @asynccontextmanager
    async def covered(
        self, content: bytes | str, boxes: Sequence[Box] = ()
    ) -> AsyncIterator[tuple[str, str]]:
        """Digests of the picture with the boxes burnt in, and of its thumbnail, stored: of what was brought,
        or of a stored picture (its digest). What nothing refers to when this ends, or is killed, goes.

        Raises BadPhoto, NoRoomForPhoto.
        """
        async with self._turn:
            with tempfile.TemporaryDirectory(prefix="madang-picture-") as name:
                folder = Path(name)
                source = await asyncio.to_thread(self._source, content, folder)
                found = await cover(source, folder, boxes)
                if found.problem == LATER:
                    raise NoRoomForPhoto()
                if found.problem or len(found.pages) != 2:
                    raise BadPhoto()
                made = await asyncio.to_thread(self._made, folder, found.pages)
                # Before they lie on the disk: whatever happens, somebody knows of them.
                big, small = (digest for digest, _content in made)
                await self._db.write(lambda tx: self._erase_later(tx, (big, small)))
                try:
                    await asyncio.to_thread(self._keep, made)
                except OSError:
                    raise NoRoomForPhoto() from None
            yield big, small

    def _source(self, content: bytes | str, folder: Path) -> Path:
        if isinstance(content, str):
            return self._blobs.path(content)
        if sniff.sniff(content) not in PHOTOS:
            raise BadPhoto()
        source = folder / "brought"
        try:
            source.write_bytes(content)
        except OSError:
            raise NoRoomForPhoto() from None
        return source

    def _made(self, folder: Path, names: Sequence[str]) -> list[tuple[str, bytes]]:
        """What the child has made, with its digest."""
        # The child is not trusted with paths.
        paths = [folder / Path(name).name for name in names]
        if any(path.is_symlink() or not path.is_file() for path in paths):
            raise BadPhoto()
        contents = [path.read_bytes() for path in paths]
        return [(sha256(content).hexdigest(), content) for content in contents]

    def _keep(self, made: Sequence[tuple[str, bytes]]) -> None:
        for _digest, content in made:
            self._blobs.put(content)
