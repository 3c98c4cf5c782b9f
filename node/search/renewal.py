"""Keeps the index in its present form: documents that stand there in an older one are written anew.

So does a long text that was just published: cutting it takes longer than the one writer may be
held, so it is cut here, outside of any unit, and what was published is found by its title meanwhile.
Letters whose text an earlier version read otherwise (`search_unread`) are read anew before all. Long
texts that are gone leave the index here; what earlier versions noted of the index is compared and goes;
and an index that is not as it should be is made anew, newest texts first, while what is there is found.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from kit.db import Database, Tx
from node.search import index, store
from node.search.index import Earlier, Pairs, Stored
from node.search.model import Unwritten
from node.search.store import AT_ONCE, Renewed

log = logging.getLogger(__name__)

T = TypeVar("T")
BATCH = 8  # documents of usual length: some milliseconds of the one writer
MANY = 40  # short ones, or such as are only noted
PAIRS_LENGTH = 3  # characters that a syllable takes as a pair
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
        """Do the next few of what is to be done, the most urgent first; how many they were."""
        for some in (
            self._read_unread,
            self._take_out_leaving,
            self._renew_outdated,
            self._compare_earlier,
            self._make_anew,
        ):
            if done := await some():
                return done
        return 0

    async def _read_unread(self) -> int:
        unread = await self._db.read(lambda tx: store.unread(tx, BATCH))
        for subject in unread:
            await self._db.write(partial(self._read, subject=subject))
        return len(unread)

    async def _take_out_leaving(self) -> int:
        leaving = await self._db.read(lambda tx: index.leaving(tx, BATCH))
        for few in _in_units(leaving, lambda one: len(one.text)):
            pairs = await asyncio.to_thread(_as_put, few)
            await self._db.write(partial(_left, few=few, pairs=pairs))
        return len(leaving)

    async def _renew_outdated(self) -> int:
        """Those that wait for their first time before all, then the newest."""
        waiting = await self._db.read(lambda tx: store.outdated(tx, BATCH))
        for few in _in_units(waiting, lambda one: len(one.text)):
            renewed = await asyncio.to_thread(_cut, few)
            await self._db.write(partial(store.renew, renewed=renewed))
        return len(waiting)

    async def _compare_earlier(self) -> int:
        earlier = await self._db.read(lambda tx: index.earlier(tx, MANY))
        for few in _in_units(earlier, _length_of_earlier):
            pairs = await asyncio.to_thread(_of_earlier, few)
            await self._db.write(partial(_compared, few=few, pairs=pairs))
        return len(earlier)

    async def _make_anew(self) -> int:
        if await self._db.read(index.is_wanted_anew):
            log.warning("the search index is made anew")
            await self._db.write(index.begin_anew)
            return 1
        absent = await self._db.read(lambda tx: index.absent(tx, MANY))
        for few in _in_units(absent, lambda one: len(one.text)):
            renewed = await asyncio.to_thread(_cut, few)
            await self._db.write(partial(_come, renewed=renewed))
        if not absent and await self._db.read(index.is_being_made):
            await self._db.write(partial(index.came_to, number=None))
        return len(absent)

    def _read(self, tx: Tx, subject: str) -> None:
        self._read_anew(tx, subject)
        store.was_read(tx, subject)


def _cut(some: Sequence[Stored]) -> list[Renewed]:
    return [store.cut(one) for one in some]


def _as_put(some: Sequence[Stored]) -> list[Pairs]:
    return [one.as_put() for one in some]


def _left(tx: Tx, few: Sequence[Stored], pairs: Sequence[Pairs]) -> None:
    for one, put in zip(few, pairs, strict=True):
        index.left(tx, one.number, put)


def _of_earlier(some: Sequence[Earlier]) -> list[Pairs | None]:
    return [one.document.as_put() if one.document else None for one in some]


def _length_of_earlier(one: Earlier) -> int:
    return len(one.noted.body) // PAIRS_LENGTH


def _compared(tx: Tx, few: Sequence[Earlier], pairs: Sequence[Pairs | None]) -> None:
    for one, now in zip(few, pairs, strict=True):
        index.compared(tx, one, now)


def _come(tx: Tx, renewed: Sequence[Renewed]) -> None:
    store.renew(tx, renewed)
    index.came_to(tx, renewed[-1].of.number)


def _in_units(waiting: Sequence[T], length: Callable[[T], int]) -> Iterator[list[T]]:
    """As many together as may be written at once, never less than one."""
    unit: list[T] = []
    for one in waiting:
        if unit and sum(map(length, unit)) + length(one) > AT_ONCE:
            yield unit
            unit = []
        unit.append(one)
    if unit:
        yield unit
