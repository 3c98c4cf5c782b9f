"""The drive's contents on the disk: what no version refers to any more is removed."""

import asyncio

from kit.blobs import Blobs
from kit.db import Database, Tx
from node.drive.reading import store

REMOVED_AT_ONCE = 500


class KeptContents:
    """Sweeps. `turn`: a content is taken in or removed, never both at once."""

    def __init__(self, db: Database, blobs: Blobs, turn: asyncio.Lock) -> None:
        self._db = db
        self._blobs = blobs
        self._turn = turn

    async def sweep(self) -> int:
        """Remove contents that no version refers to any more; how many."""
        await self._db.write(store.forget_texts)
        stored = set(await asyncio.to_thread(lambda: set(self._blobs.digests())))
        kept = await self._db.read(store.kept_contents)
        removed = 0
        unwanted = sorted(stored - kept)
        for start in range(0, len(unwanted), REMOVED_AT_ONCE):
            async with self._turn:  # what came back meanwhile is kept
                kept = await self._db.read(store.kept_contents)
                gone = [one for one in unwanted[start : start + REMOVED_AT_ONCE] if one not in kept]
                await asyncio.to_thread(self._remove, gone)
                removed += len(gone)
        return removed

    def _remove(self, digests: list[str]) -> None:
        for digest in digests:
            self._blobs.remove(digest)

    def missing(self, tx: Tx) -> int:
        """How many contents the disk has lost: for the doctor."""
        return sum(not self._blobs.path(one).exists() for one in store.kept_contents(tx))
