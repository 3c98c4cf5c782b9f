"""The list of supplies is read from each release of the handbook that arrives, whether or not the
assistant uses it: its signature was verified before it got its place on the disk."""

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from kit.clock import Clock
from kit.db import Database, StorageFailed, Tx
from kit.outbox import publish
from node.ports.supplied import Supplied
from node.releases.model import ReleaseReady
from node.releases.service import Releases
from node.supplies import store
from node.supplies.model import SuppliesMoved, SupplyAnswer, SupplyItem
from protocol.errors import ProtocolError
from protocol.supplies import LARGEST_SUPPLIES, SUPPLIES_FILE, Supply, SupplyList, read_supplies

log = logging.getLogger(__name__)

LOOK_EVERY_S = 60.0


class SupplyArrivals:
    """`of`: what slices take, by kind. `is_used`: the assistant takes handbooks into use; else they are in
    use once they were read here, so that the province knows."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        releases: Releases,
        of: Mapping[str, Supplied],
        *,
        is_used: bool,
    ) -> None:
        self._db = db
        self._clock = clock
        self._releases = releases
        self._of = of
        self._is_used = is_used
        self._due = asyncio.Event()
        db.on_commit(self._committed)

    def _committed(self, signals: list[object]) -> None:
        if any(isinstance(signal, ReleaseReady) for signal in signals):
            self._due.set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """What arrives is read while the server runs."""
        work = asyncio.create_task(self._run(), name="supplies")
        yield
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work

    async def _run(self) -> None:
        while True:
            self._due.clear()
            try:
                await self.look()
            except (StorageFailed, OSError) as error:  # a full disk: it is read later
                log.error("supplies cannot be kept", extra={"reason": str(error)})
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._due.wait()

    async def look(self) -> None:
        """Take over the list of the release that is here, unless it was before."""
        found = await self._releases.in_use("knowledge")
        if found is None:
            return
        version = found.version
        if version != await self._db.read(store.taken_from):
            listed = await asyncio.to_thread(_read, Path(found.path))
            if listed is not None:
                await self._db.write(lambda tx: self._take_over(tx, listed, version))
        if not self._is_used and not found.is_active:
            await self._releases.activated("knowledge", version)

    def _take_over(self, tx: Tx, listed: SupplyList, version: int) -> None:
        held = {(one.kind, one.key): one for one in store.items(tx)}
        known = [one for one in listed.items if one.kind in self._of]
        new = 0
        for one in known:
            before = held.pop((one.kind, one.key), None)
            if before is None or before.digest != _digest(one):
                new += self._put(tx, one)
        for kind, key in held:
            store.remove(tx, kind, key)
        store.take_from(tx, version)
        if new or held:
            publish(tx, SuppliesMoved(new), self._clock.now())

    def _put(self, tx: Tx, one: Supply) -> int:
        weighed = self._of[one.kind].weigh(tx, one.key, one.name, one.content)
        item = SupplyItem(
            kind=one.kind,
            key=one.key,
            name=one.name,
            content=one.content,
            digest=_digest(one),
            arrived_at=self._clock.now(),
            answer=SupplyAnswer.NONE,
            waits=weighed.is_open,
            before="",
        )
        store.put(tx, item)
        return 1


def _digest(one: Supply) -> str:
    return hashlib.sha256(f"{one.name}\n{one.content}".encode()).hexdigest()


def _read(home: Path) -> SupplyList | None:
    """The list in a release, an empty one where it has none; None where it cannot be read here: then
    what came before stays."""
    try:
        with (home / SUPPLIES_FILE).open("rb") as file:
            return read_supplies(file.read(LARGEST_SUPPLIES + 1))
    except FileNotFoundError:
        return SupplyList() if home.is_dir() else None  # another release took its place meanwhile
    except ProtocolError as error:
        log.error("supplies cannot be read", extra={"reason": str(error)})
        return None
