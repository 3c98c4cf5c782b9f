"""Pictures of the gallery, which lie in blobs of its own, and how they go from the disk."""

import asyncio
from collections.abc import Sequence

from kit.blobs import Blobs
from kit.db import Database, Tx
from node.files.pictures import Pictures
from node.gallery import store

ERASED = 50  # pictures in one unit


class AlbumPictures(Pictures):
    """No picture goes while one comes."""

    def __init__(self, db: Database, blobs: Blobs) -> None:
        super().__init__(db, blobs, store.erase_later)

    async def erase(self) -> int:
        """What no photo shows any more goes from the disk; how many were looked at."""
        total = 0
        while portion := await self._portion():
            total += portion
        return total

    async def _portion(self) -> int:
        async with self._turn:
            found = await self._db.read(lambda tx: store.to_erase(tx, ERASED))
            if not found:
                return 0
            gone = [digest for digest, is_used in found if not is_used]
            await asyncio.to_thread(self._remove, gone)

            def done(tx: Tx) -> None:
                store.erased(tx, [digest for digest, _is_used in found])

            await self._db.write(done)
            return len(found)

    def _remove(self, digests: Sequence[str]) -> None:
        for digest in digests:
            self._blobs.remove(digest)
