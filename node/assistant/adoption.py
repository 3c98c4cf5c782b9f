"""The assistant takes over what the province released: opened beside the old, tried, then used."""

import asyncio
import contextlib
import logging
from pathlib import Path

from kit.db import Database
from models.client import WorkerFailed, WorkerGone
from models.messages import Kind
from node.assistant.line import ENGINE, WorkerLine
from node.assistant.model import AssistantAway
from node.releases.model import Code, ReleaseReady
from node.releases.service import Releases

log = logging.getLogger(__name__)

AGAIN_AFTER_S = 1.0
LOOK_EVERY_S = 30.0


class Adoption:
    """Brings releases of these kinds into use, in this order and one at a time (so that it is known
    of which one the worker died), and back into use when the worker begins anew; a school's own
    model or handbook goes before them."""

    def __init__(
        self, db: Database, line: WorkerLine, releases: Releases, kinds: tuple[Kind, ...]
    ) -> None:
        self._line = line
        self._releases = releases
        self._kinds = kinds
        self._open: dict[Kind, tuple[int, int]] = {}  # the version, and the worker's life it is in
        self._due = asyncio.Event()
        self._living: asyncio.Task[None] | None = None
        db.on_commit(self._committed)
        line.when_begun(self._due.set)

    def _committed(self, signals: list[object]) -> None:
        if any(isinstance(signal, ReleaseReady) for signal in signals):
            self._due.set()

    async def start(self) -> None:
        self._living = asyncio.create_task(self._live(), name="adoption")

    async def stop(self) -> None:
        if self._living is not None:
            self._living.cancel()
            await asyncio.gather(self._living, return_exceptions=True)

    async def _live(self) -> None:
        while True:
            self._due.clear()
            try:
                for kind in self._kinds:
                    await self._adopt(kind)
            except (AssistantAway, WorkerGone):
                await asyncio.sleep(AGAIN_AFTER_S)
                continue
            except Exception:  # a full disk: what is to be opened is looked for again
                log.exception("a release could not be taken into use")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._due.wait()

    async def _adopt(self, kind: Kind) -> None:
        """Raises AssistantAway, WorkerGone."""
        found = await self._releases.in_use(kind)
        if found is None:
            return
        life = self._line.life
        # What waits is opened in any case: it may have come again under the same version.
        if found.is_active and self._open.get(kind) == (found.version, life):
            return
        try:
            await self._line.open_release(kind, Path(found.path))
        except WorkerFailed as error:
            log.error("a release does not work", extra={"kind": kind, "why": str(error)})
            code = Code.ENGINE if error.code == ENGINE else Code.UNUSABLE
            await self._releases.refused(kind, found.version, str(error), code)
            self._due.set()  # the one before may have to be opened
            return
        self._open[kind] = (found.version, life)
        await self._releases.activated(kind, found.version)
