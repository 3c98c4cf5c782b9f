"""The releases that are here: their files on the shelf and their rows, changed together."""

import asyncio
import logging

from kit.clock import Clock
from kit.db import Database, Tx
from kit.outbox import publish
from node.releases import store
from node.releases.fetching.giving import Giving
from node.releases.model import FINAL, GOOD, ReleaseReady
from node.releases.shelf import PartialRelease, ReleaseShelf
from protocol.chunks import KINDS, ReleaseKind
from protocol.sync import ReleaseStep

log = logging.getLogger(__name__)

FOLDER = "releases"
KEPT = (ReleaseStep.READY, ReleaseStep.ACTIVE, ReleaseStep.ROLLED_BACK, GOOD)


class Stock:
    """What neighbours are given is what lies here."""

    def __init__(self, db: Database, clock: Clock, shelf: ReleaseShelf) -> None:
        self._db = db
        self._clock = clock
        self.shelf = shelf
        self.giving = Giving(shelf)
        # Whoever tidies sees either both a release's name and its row, or neither.
        self._moving = asyncio.Lock()

    async def settle(self) -> None:
        """After a start: what is not on this disk, as after a restore, is as if it had not come, and what
        was moved with the school's folder lies where it is now. What was given back waits for a press."""
        whole = set(await asyncio.to_thread(self.shelf.whole))

        def unit(tx: Tx) -> None:
            kept = [one for kind in KINDS for one in store.releases(tx, kind)]
            for one in kept:
                if one.step not in KEPT or not one.path:
                    continue
                if (one.kind, one.version) in whole:
                    home = self.shelf.home(one.kind, one.version)
                    store.lies_at(tx, one.kind, one.version, str(home))
                elif one.step == ReleaseStep.ROLLED_BACK:
                    store.lies_at(tx, one.kind, one.version, "")
                else:
                    store.forget(tx, one.kind, one.version)

        await self._db.write(unit)

    async def take_in(self, part: PartialRelease) -> None:
        """A release that is settled gets its name; whoever uses its kind hears of it
        (ReleaseReady). Raises OSError."""
        async with self._moving:
            await asyncio.to_thread(self.shelf.finish, part)
            await self._arrived(*part.release)

    async def has(self, kind: ReleaseKind, version: int) -> bool:
        """Whether it got its name in a former life; that it did, which ended before it was noted, is
        noted now."""
        async with self._moving:
            whole = (kind, version) in self.shelf.whole()
            if whole:
                await self._arrived(kind, version)
        return whole

    async def _arrived(self, kind: ReleaseKind, version: int) -> None:
        now = self._clock.now()
        home = self.shelf.home(kind, version)

        def unit(tx: Tx) -> None:
            store.arrived(tx, kind, version, str(home), now)
            publish(tx, ReleaseReady(kind=kind, version=version, path=str(home)), now)

        await self._db.write(unit)
        log.info("release ready", extra={"kind": kind, "version": version})

    async def tidy(self) -> None:
        """Remove the files of releases that nobody goes back to."""

        def unit(tx: Tx) -> tuple[list[tuple[ReleaseKind, int]], list[tuple[ReleaseKind, int]]]:
            keep: list[tuple[ReleaseKind, int]] = []
            for kind in KINDS:
                for one in store.releases(tx, kind):
                    if one.step in KEPT and one.path:
                        keep.append((kind, one.version))
                    elif one.path:
                        store.lies_at(tx, kind, one.version, "")
            ways = [
                (one.kind, one.version)
                for one in store.wanted(tx)
                if is_open(tx, one.kind, one.version)
            ]
            return keep, ways

        async with self._moving:
            keep, ways = await self._db.write(unit)
            await asyncio.to_thread(self.shelf.remove_all_but, keep, ways)
            await asyncio.to_thread(self.giving.look)


def is_open(tx: Tx, kind: ReleaseKind, version: int) -> bool:
    """Whether a release is still to be fetched."""
    found = store.release(tx, kind, version)
    if found is None or found.step == ReleaseStep.FETCHING:
        return True
    return found.step == ReleaseStep.REFUSED and found.code not in FINAL
