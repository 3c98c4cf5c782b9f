"""Files of 나이스 that schools are given: put apart by school, kept below a root, handed to whoever asks.

    await parcels.put(officer, SupplyKind.MEALS, found.months)   # wait for the next publication
    answer = await parcels.answer(root, "7530101")               # a school's own

All months of an upload come at once or not at all: parcels are stored outside, some at a time, and one short
unit names their roots. Files of the same month add up: a school that a new file names has its rows replaced, others keep theirs.
"""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from hub.officers.access import ACTING, require_acting, with_role
from hub.officers.model import Officer
from hub.supplies import store
from hub.supplies.model import (
    MOST_OF_A_KIND,
    SuppliesChanged,
    SupplyAct,
    SupplyItem,
    TooManySupplies,
    state_of,
)
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


class _PlantedMonth(msgspec.Struct, frozen=True):
    """A month whose parcels are stored: what it stood below when they were read, and what it will."""

    month: str
    before: ParcelTree | None
    tree: ParcelTree


class Parcels:
    """Every officer may look at what there is (`Supplies.items`), officers and administrators put in."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def put(
        self, officer: Officer, kind: SupplyKind, months: Mapping[str, Mapping[str, Parcel]]
    ) -> None:
        """All of what files came to (`hub.supplies.uploads`). Raises ChangedMeanwhile, TooManySupplies;
        publishes SuppliesChanged."""
        require_acting(officer)
        planted = [await self._plant(kind, month, parcels) for month, parcels in months.items()]
        await self._db.write(
            with_role(officer, ACTING, lambda tx, now: self._swap(tx, now, kind, planted))
        )

    async def _plant(
        self, kind: SupplyKind, month: str, parcels: Mapping[str, Parcel]
    ) -> _PlantedMonth:
        """The parcels of a month below a root that nothing names yet, some at a time."""
        before = await self._db.read(lambda tx: store.tree(tx, kind, month))
        there = dict(
            await self._db.read(lambda tx: store.packed(tx, before.root)) if before else []
        )
        root, answers = await asyncio.to_thread(_tree, there, parcels)
        schools = sorted({*there, *parcels})
        await self._keep(root, list(zip(schools, answers, strict=True)))
        return _PlantedMonth(month, before, ParcelTree(root=root, schools=len(schools)))

    def _swap(
        self, tx: Tx, officer: Officer, kind: SupplyKind, planted: Sequence[_PlantedMonth]
    ) -> None:
        """All months of an upload at once: what is said of them, no parcel."""
        at = self._clock.now()
        for one in planted:
            if store.tree(tx, kind, one.month) != one.before:
                raise ChangedMeanwhile()
            held = store.item(tx, kind, one.month)
            name, content = _name(one.month), encode(one.tree).decode()
            item = SupplyItem(
                kind=kind,
                key=one.month,
                name=name,
                state=state_of(name, content),
                published=held.published if held else "",
                changed_at=at,
                changed_by=officer.name,
                withdrawn_at=None,
                schools=one.tree.schools,
            )
            if one.before is not None:  # schools may ask for it until this one is published
                store.plant(tx, one.before.root, at)
            store.put(tx, item, content)
            act = f"{kind}/{one.month}"
            audit.record(tx, self._clock, officer, SupplyAct.PUT, act, name=name)
        if sum(one.kind == kind for one in store.items(tx)) > MOST_OF_A_KIND:
            raise TooManySupplies()
        publish(tx, SuppliesChanged(len(planted)), at)

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
