"""Files of 나이스 that schools are given: put apart by school, kept below a root, handed to whoever asks.

    done = await parcels.add(officer, SupplyKind.MEALS, files)   # waits for the next publication
    answer = await parcels.answer(root, "7530101")               # a school's own

Files of the same month add up: a school that a new file names has its rows replaced, others keep theirs.
"""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from hub.officers.access import ACTING, require_acting, with_role
from hub.officers.model import Officer
from hub.supplies import neis, store
from hub.supplies.model import (
    MOST_OF_A_KIND,
    SuppliesChanged,
    SupplyAct,
    SupplyItem,
    TooManySupplies,
    state_of,
)
from hub.supplies.neis import NeisApart
from kit import audit
from kit.clock import DAY, Clock
from kit.db import Database, Tx
from kit.outbox import publish
from kit.seen import ChangedMeanwhile
from protocol.message import encode
from protocol.parcels import Parcel, ParcelAnswer, ParcelTree, pack, tree_of
from protocol.supplies import SupplyKind

ROWS_A_UNIT = 100
KEPT_FOR = 90 * DAY
"""How long a file that is in no list any more is still handed out: schools may be at an older release."""


class NeisTaken(msgspec.Struct, frozen=True):
    """What came of files: what is odd about them (then nothing was taken), or months and schools."""

    odd: tuple[neis.NeisFileOdd, ...] = ()
    months: int = 0
    schools: int = 0


class Parcels:
    """Every officer may look at what there is (`Supplies.items`), officers and administrators put in."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def add(
        self, officer: Officer, kind: SupplyKind, files: Sequence[tuple[str, bytes]]
    ) -> NeisTaken:
        """All of the files, or nothing where something of them is odd. Raises ChangedMeanwhile,
        TooManySupplies; publishes SuppliesChanged."""
        require_acting(officer)
        found: NeisApart = await asyncio.to_thread(neis.apart, kind, files)
        if found.odd:
            return NeisTaken(odd=found.odd)
        for month, parcels in found.months.items():
            await self._put(officer, kind, month, parcels)
        schools = {school for parcels in found.months.values() for school in parcels}
        return NeisTaken(months=len(found.months), schools=len(schools))

    async def _put(
        self, officer: Officer, kind: SupplyKind, month: str, parcels: Mapping[str, Parcel]
    ) -> None:
        """One month: its parcels some at a time, and then, at once, what is said of them."""
        before = await self._db.read(lambda tx: store.tree(tx, kind, month))
        there = dict(
            await self._db.read(lambda tx: store.packed(tx, before.root)) if before else []
        )
        root, answers = await asyncio.to_thread(_tree, there, parcels)
        schools = sorted({*there, *parcels})
        await self._keep(root, list(zip(schools, answers, strict=True)))
        content = encode(ParcelTree(root=root, schools=len(schools))).decode()
        name = _name(month)

        def unit(tx: Tx, now: Officer) -> None:
            if store.tree(tx, kind, month) != before:
                raise ChangedMeanwhile()
            held = store.item(tx, kind, month)
            if held is None and sum(one.kind == kind for one in store.items(tx)) >= MOST_OF_A_KIND:
                raise TooManySupplies()
            at = self._clock.now()
            item = SupplyItem(
                kind=kind,
                key=month,
                name=name,
                state=state_of(name, content),
                published=held.published if held else "",
                changed_at=at,
                changed_by=now.name,
                withdrawn_at=None,
                schools=len(schools),
            )
            if before is not None:  # schools may ask for it until this one is published
                store.plant(tx, before.root, at)
            store.put(tx, item, content)
            audit.record(tx, self._clock, now, SupplyAct.PUT, f"{kind}/{month}", name=name)
            publish(tx, SuppliesChanged(1), at)

        await self._db.write(with_role(officer, ACTING, unit))

    async def _keep(self, root: str, parcels: Sequence[tuple[str, ParcelAnswer]]) -> None:
        """Store parcels under their root, some at a time: nothing names that root yet."""
        await self._db.write(lambda tx: store.plant(tx, root, self._clock.now()))
        for at in range(0, len(parcels), ROWS_A_UNIT):
            some = parcels[at : at + ROWS_A_UNIT]
            await self._db.write(partial(store.put_parcels, root=root, some=some))

    async def answer(self, root: str, school: str) -> ParcelAnswer | None:
        """What a school asks for; None where there is nothing of it."""
        return await self._db.read(lambda tx: store.parcel(tx, root, school))

    async def sweep(self) -> None:
        """Forget files that no list names and that are older than schools' releases."""
        until = self._clock.now() - KEPT_FOR
        for root in await self._db.read(lambda tx: store.old_trees(tx, until)):
            while await self._db.write(partial(store.forget_parcels, root=root, most=ROWS_A_UNIT)):
                pass
            await self._db.write(partial(store.fell, root=root))


def _tree(
    there: Mapping[str, bytes], parcels: Mapping[str, Parcel]
) -> tuple[str, list[ParcelAnswer]]:
    merged = {**there, **{school: pack(one) for school, one in parcels.items()}}
    return tree_of([merged[school] for school in sorted(merged)])


def _name(month: str) -> str:
    year, number = month.split("-")
    return f"{year}년 {int(number)}월"
