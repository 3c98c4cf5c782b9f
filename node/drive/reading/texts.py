"""What stands in the files of the drive: made as for everybody's files, kept in the drive's own place.

A content is asked for in the unit that makes it a version and read soon after by `run()`, one at a
time: a school's machine is small.
"""

import asyncio
import logging
from pathlib import Path

from kit.blobs import Blobs
from kit.clock import Clock
from kit.db import Database, Tx
from kit.outbox import publish
from node.drive.model import DriveFileChanged
from node.drive.reading import store
from node.files.making import LARGEST_READ, READ, kind_of, opened
from node.files.model import PROBLEMS, Preview

log = logging.getLogger(__name__)

BATCH = 20
PAUSE_S = 10.0  # after a failure: the disk or the database is in trouble


class Reading:
    """Makes and keeps texts."""

    def __init__(self, db: Database, clock: Clock, blobs: Blobs, turn: asyncio.Lock) -> None:
        self._db = db
        self._clock = clock
        self._blobs = blobs
        self._turn = turn
        self._at_work = asyncio.Lock()
        self._looking = asyncio.Lock()
        self._came = asyncio.Event()

    async def kind(self, path: Path) -> str:
        """The media type of a stored file, by its content; one at a time, since it is in memory
        meanwhile."""
        async with self._looking:
            return await asyncio.to_thread(kind_of, path)

    def want(self, tx: Tx, sha256: str, media_type: str, size: int) -> None:
        """Ask for the text of a content within the unit that makes it a version."""
        if media_type not in READ:
            store.want_text(tx, sha256, media_type, "failed", PROBLEMS["unsupported"])
        elif size > LARGEST_READ:
            store.want_text(tx, sha256, media_type, "failed", PROBLEMS["limits"])
        else:
            store.want_text(tx, sha256, media_type, "waiting", "")

    def came(self) -> None:
        """Something that was asked for is committed: have it read soon."""
        self._came.set()

    async def run(self) -> None:
        """Read whatever comes, until cancelled. What could not be read waits for the next."""
        self._came.set()
        while True:
            await self._came.wait()
            self._came.clear()
            try:
                while await self.work():
                    pass
            except Exception:
                log.exception("files of the drive could not be read")
                await asyncio.sleep(PAUSE_S)
                self._came.set()

    async def work(self) -> int:
        """Read what waits; how many were read."""
        async with self._at_work:
            waiting = await self._db.read(lambda tx: store.waiting_texts(tx, BATCH))
            return sum([await self._read(text) for text in waiting])

    async def _read(self, wanted: Preview) -> bool:
        """Whether it was read; else it waits on."""
        source = self._blobs.path(wanted.sha256)
        async with opened(source, wanted.media_type) as found:
            if found is None:
                log.warning("no room to read a file of the drive", extra={"sha256": wanted.sha256})
                return False
            # A picture is no version: without the turn it could be swept before it is referred to.
            async with self._turn:
                made = await found.kept(wanted, self._blobs)
                await self._db.write(lambda tx: self._keep(tx, made))
            return True

    def _keep(self, tx: Tx, made: Preview) -> None:
        if not store.keep_text(tx, made):
            return
        for file_id in store.files_of(tx, made.sha256):
            publish(tx, DriveFileChanged(item_id=file_id), self._clock.now())
