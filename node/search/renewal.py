"""Keeps the index in its present form: documents that stand there in an older one are written anew.

So does a long text that was just published: cutting it takes longer than the one writer may be
held, so it is cut here, outside of any unit, and what was published is found by its title meanwhile.
Letters whose text an earlier version read otherwise (`search_unread`) are read anew before all.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from kit.db import Database, Tx
from node.search import store
from node.search.model import Unwritten
from node.search.store import AT_ONCE, Renewed, Stored

log = logging.getLogger(__name__)

BATCH = 8  # documents of usual length: 10 ms of the one writer
PAUSE_S = 0.05  # between two units: whoever waits to write comes first
PAUSE_AFTER_FAILURE_S = 60.0


class Renewal:
    """Runs beside the server; searching goes on meanwhile."""

    def __init__(self, db: Database, read_anew: Callable[[Tx, str], None]) -> None:
        self._db = db
        self._read_anew = read_anew
        self._wanted = asyncio.Event()
        db.on_commit(self._committed)

    def _committed(self, signals: list[object]) -> None:
        if any(isinstance(signal, Unwritten) for signal in signals):
            self._wanted.set()

    async def run(self) -> None:
        """Write anew whatever has to be, until cancelled."""
        self._wanted.set()
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                if await self.work():
                    self._wanted.set()
                await asyncio.sleep(PAUSE_S)
            except Exception:
                log.exception("the index could not be written anew")
                await asyncio.sleep(PAUSE_AFTER_FAILURE_S)
                self._wanted.set()

    async def work(self) -> int:
        """Write some documents anew, those that wait for their first time before all, then the
        newest; how many there were. Texts that are read otherwise by now come first."""
        unread = await self._db.read(lambda tx: store.unread(tx, BATCH))
        for subject in unread:
            await self._db.write(partial(self._read, subject=subject))
        if unread:
            return len(unread)
        waiting = await self._db.read(lambda tx: store.outdated(tx, BATCH))
        for few in _in_units(waiting):
            renewed = await asyncio.to_thread(_cut, few)
            await self._write(renewed)
        return len(waiting)

    def _read(self, tx: Tx, subject: str) -> None:
        self._read_anew(tx, subject)
        store.was_read(tx, subject)

    async def _write(self, renewed: Sequence[Renewed]) -> None:
        await self._db.write(lambda tx: store.renew(tx, renewed))


def _cut(some: Sequence[Stored]) -> list[Renewed]:
    return [one.cut() for one in some]


def _in_units(waiting: Sequence[Stored]) -> Iterator[list[Stored]]:
    """As many together as may be written at once, never less than one."""
    unit: list[Stored] = []
    for one in waiting:
        if unit and sum(len(other.text) for other in unit) + len(one.text) > AT_ONCE:
            yield unit
            unit = []
        unit.append(one)
    if unit:
        yield unit
