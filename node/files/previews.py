"""What can be looked at without downloading: made once per content, in a sandboxed process.

A file is asked for at upload or publication (`want`) and made later: by the periodic `work()`, or
at once when somebody looks first.
"""

import asyncio
import logging
from collections.abc import Sequence

from kit.blobs import Blobs
from kit.clock import Clock
from kit.db import Database, Tx
from kit.outbox import publish
from node.files import store
from node.files.making import kind_of, opened
from node.files.model import AttachmentExtracted, Preview
from node.slice import Slice

log = logging.getLogger(__name__)

BATCH = 20
ERASED = 5  # contents in a unit, each with the pages of its preview
LOOKED_AT = 200  # at most at once: a file for each


class Previews:
    """Makes and keeps previews. One child process at a time: a school's machine is small."""

    def __init__(
        self, db: Database, clock: Clock, blobs: Blobs, slices: Sequence[Slice] = ()
    ) -> None:
        self._slices = slices
        self._db = db
        self._clock = clock
        self._blobs = blobs
        self._turn = asyncio.Semaphore(1)
        self._looked_at = ""

    def want(self, tx: Tx, sha256: str, media_type: str) -> None:
        """Ask for a preview of a file within the unit that attaches it."""
        store.want_preview(tx, sha256, media_type)

    async def of(self, sha256: str) -> Preview | None:
        """The preview, made now if it was still waiting; None for a file nobody asked for or
        whose content has not arrived yet."""
        found = await self._db.read(lambda tx: store.preview(tx, sha256))
        if found is None or found.state != "waiting":
            return found
        return await self._make(found)

    async def work(self) -> int:
        """Make what waits; how many were made. Each time goes on behind what the last one looked at,
        for the contents of some may never come."""
        after, made = self._looked_at, 0
        waiting = await self._db.read(lambda tx: store.waiting_previews(tx, after, LOOKED_AT))
        self._looked_at = ""  # where nothing follows, from the beginning
        for preview in waiting:
            if await self._make(preview) is not None:
                made += 1
            if made == BATCH:
                self._looked_at = preview.sha256
                break
        else:
            if len(waiting) == LOOKED_AT:
                self._looked_at = waiting[-1].sha256
        return made

    async def erase(self) -> int:
        """Contents that are to go, and what was made of them, go from the disk; how many were looked at."""
        total = 0
        while portion := await self._erase_some():
            total += portion
        return total

    async def _erase_some(self) -> int:
        async with self._turn:  # nothing is drawn meanwhile that has a picture of theirs

            def unit(tx: Tx) -> int:
                """Within one unit, so that nobody attaches meanwhile what goes (`Files.attach`)."""
                found = store.to_erase(tx, ERASED)
                gone = set(found) - store.carried(tx, found)
                made = [store.preview(tx, sha256) for sha256 in gone]
                pages = {page for one in made if one is not None for page in one.pages}
                if pages:
                    pages -= store.shown_elsewhere(tx, pages, gone)
                for sha256 in self._let_go(tx, gone | pages):
                    self._blobs.remove(sha256)
                for sha256 in found:  # a kill before the end leaves it to be done again
                    store.forget_preview(tx, sha256)
                    store.erased(tx, sha256)
                return len(found)

            return await self._db.write(unit)

    def _let_go(self, tx: Tx, contents: set[str]) -> set[str]:
        """Those of these contents that no slice holds."""
        for one in self._slices:
            if one.holding is not None:
                contents = contents - one.holding(tx, contents)
        return contents

    async def _make(self, wanted: Preview) -> Preview | None:
        source = self._blobs.path(wanted.sha256)
        if not source.exists():
            return None  # a notice's file that is still on its way
        async with self._turn:
            now = await self._db.read(lambda tx: store.preview(tx, wanted.sha256))
            if now is None or now.state != "waiting":
                return now
            # What it is tells its content: the province and schools name types in many ways.
            kind = await asyncio.to_thread(kind_of, source)
            async with opened(source, kind) as found:
                if found is None:
                    return wanted  # waits until the disk has room
                try:
                    made = await found.kept(wanted, self._blobs)
                except OSError as full:
                    log.warning("pages of a preview cannot be kept", extra={"error": str(full)})
                    return wanted
            return await self._db.note(lambda tx: self._keep(tx, made)) or wanted

    def _keep(self, tx: Tx, made: Preview) -> Preview:
        now = self._clock.now()
        store.keep_preview(tx, made, now)
        publish(tx, AttachmentExtracted(sha256=made.sha256), now)
        return made
