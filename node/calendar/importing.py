"""NEIS's files into the calendar: looked at first, then taken over whole, in one unit.

What a file of the same months brought before is replaced; what hands wrote stays, and so does what hands
have changed since: its line of the file is left out. An import is one change, and can be taken back as one.
"""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from kit import audit
from kit.clock import MINUTE, Clock
from kit.db import Database, Tx
from kit.ids import new_id
from kit.problem import NotFound
from node.calendar import changes, neis, store
from node.calendar.access import KEEPERS
from node.calendar.model import CalendarAct, CalendarEntry, Changed, EntryChange, EntrySource
from node.calendar.neis import NeisRead
from node.people.access import require_role, with_role
from node.people.audience import classes
from node.people.model import Asker

KEPT_FOR = 30 * MINUTE
MOST_KEPT = 4


class NeisPlan(msgspec.Struct, frozen=True):
    """What an import would do. `stays`: lines of the file that hands have written otherwise."""

    added: tuple[CalendarEntry, ...] = ()
    removed: tuple[CalendarEntry, ...] = ()
    unchanged: int = 0
    stays: tuple[CalendarEntry, ...] = ()

    @property
    def changed(self) -> list[Changed]:
        return [Changed(one, None) for one in self.removed] + [
            Changed(None, one) for one in self.added
        ]


class NeisPreview(msgspec.Struct, frozen=True):
    """Files looked at, waiting for a yes. `until` in ms."""

    id: str
    owner: str
    until: int
    read: NeisRead
    plan: NeisPlan


class NeisImports:
    """Takes files over."""

    def __init__(self, db: Database, clock: Clock, school: str) -> None:
        """`school`: the key of this school, office and code as NEIS has them."""
        self._db = db
        self._clock = clock
        self._school = school
        self._waiting: dict[str, NeisPreview] = {}

    async def preview(self, asker: Asker, files: Sequence[bytes]) -> NeisPreview:
        """What the files hold and would change, kept for half an hour. Raises NotFound, Forbidden."""
        require_role(asker, *KEEPERS)
        rooms = await self._db.read(classes)
        grades = frozenset(room.grade for room in rooms)
        found = await asyncio.to_thread(neis.read, files, self._school, grades)
        plan = await self._db.read(lambda tx: plan_of(tx, found.entries))
        now = self._clock.now()
        live = [one for one in self._waiting.values() if one.until > now]
        self._waiting = {one.id: one for one in live[-(MOST_KEPT - 1) :]}
        shown = NeisPreview(new_id(), asker.id, now + KEPT_FOR, found, plan)
        self._waiting[shown.id] = shown
        return shown

    async def take(self, asker: Asker, preview_id: str) -> NeisPlan:
        """Take over the lines of a preview that can be read, all in one unit; what was done. Raises
        NotFound when the preview was too long ago, Forbidden; publishes CalendarChanged."""
        shown = self._waiting.get(preview_id)
        if shown is None or shown.owner != asker.id or shown.until <= self._clock.now():
            raise NotFound()

        def unit(tx: Tx, now: Asker) -> NeisPlan:
            plan = plan_of(tx, shown.read.entries)
            if plan.changed:
                at = self._clock.now()
                change = changes.apply(tx, now.id, at, EntryChange.IMPORT, plan.changed)
                audit.record(tx, self._clock, now, CalendarAct.IMPORT, change)
            return plan

        done = await self._db.write(with_role(asker, KEEPERS, unit))
        self._waiting.pop(preview_id, None)
        return done


def plan_of(tx: Tx, entries: Sequence[CalendarEntry]) -> NeisPlan:
    """What these entries would change: they stand for whole months, from the first to the last that they
    name."""
    if not entries:
        return NeisPlan()
    first = min(entry.first_on for entry in entries).replace(day=1)
    last = _end_of_month(max(entry.last_on for entry in entries))
    there = {entry.origin: entry for entry in store.brought(tx, first, last)}
    added, stays, unchanged = [], [], 0
    for entry in entries:
        before = there.pop(entry.origin, None)
        if before is None:
            added.append(msgspec.structs.replace(entry, id=new_id()))
        elif before.source is EntrySource.HAND:
            stays.append(before)
        elif msgspec.structs.replace(entry, id=before.id) == before:
            unchanged += 1
        else:
            added.append(msgspec.structs.replace(entry, id=new_id()))
            there[entry.origin] = before
    removed = [entry for entry in there.values() if entry.source is EntrySource.NEIS]
    return NeisPlan(tuple(added), tuple(removed), unchanged, tuple(stays))


def _end_of_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(31)).replace(day=1) - timedelta(1)
