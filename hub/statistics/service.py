"""Counts of papers: what schools tell is kept with its sums; officers look.

    cursor = statistics.take(tx, school_id, up.statistics)   # in the unit of a sync
    view = await statistics.view(officer, "2026-11", "수원교육지원청")

A school is heard as long as it tells: a sync without counts means that it takes them back.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

import msgspec

from hub.officers.model import Officer
from hub.statistics import store
from hub.statistics.model import (
    GONE,
    NOTHING,
    OTHERS,
    Amount,
    CountedLine,
    CountedTable,
    StatisticsView,
    ToldCount,
)
from kit.clock import Clock, local_date, school_year
from kit.db import Database, Tx
from protocol.directory import Cursor
from protocol.statistics import OTHER_KINDS, YEARS_TOLD, CountedState, PaperStatistics


class Statistics:
    """The slice's face."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def take(
        self, tx: Tx, school_id: str, said: PaperStatistics | msgspec.UnsetType
    ) -> Cursor | None:
        """Keep what a school tells, or forget all where it tells nothing; how far it is heard now, where
        that has to be said."""
        known = store.heard(tx, school_id)
        if not isinstance(said, PaperStatistics):
            if known is not None:
                store.forget(tx, school_id, known.district)
            return None
        if known is not None and (known.epoch != said.epoch or said.from_seq == 0 < known.seq):
            store.forget(tx, school_id, known.district)
            known = None
        held = known.seq if known is not None else 0
        if said.from_seq != held:
            return Cursor(epoch=said.epoch, seq=held)
        if known is not None and not said.months:
            return None
        district = known.district if known is not None else store.district_of(tx, school_id)
        for month in said.months:
            store.take_month(tx, school_id, district, month)
        store.hear(tx, school_id, district, said.epoch, said.to_seq, self._clock.now())
        return Cursor(epoch=said.epoch, seq=said.to_seq)

    def left(self, tx: Tx, school_id: str) -> None:
        """A school is part of the province no more."""
        known = store.heard(tx, school_id)
        if known is not None:
            store.forget(tx, school_id, known.district)

    def placed(self, tx: Tx, school_id: str) -> None:
        """A school may have another district office: it is then asked to tell all again, for that one."""
        known = store.heard(tx, school_id)
        if known is not None and known.district != store.district_of(tx, school_id):
            store.forget(tx, school_id, known.district)

    async def view(self, officer: Officer, month: str, place: str = "") -> StatisticsView:
        """What is told of a month ('' or one unknown: the last of which something was told) at the schools
        of an office, as addresses name it, or at all. Every officer may look."""
        months = _months(local_date(self._clock.now()))

        def unit(tx: Tx) -> StatisticsView:
            latest = next((one for one in months if store.is_told(tx, one)), months[0])
            chosen = month if month in months else latest
            taking = store.taking(tx)
            district = next((one.district for one in taking if one.place == place), None)
            names = store.names_of_kinds(tx)
            quiet: list[str] = []
            if district is not None:
                found = store.counts(tx, chosen, district)
                here = store.schools(tx, district)
                places = {one: name for one, name, tells in here if tells}
                quiet = [name for _one, name, tells in here if not tells]
            else:
                found = store.sums(tx, chosen)
                places = {one.district: one.district for one in taking if one.telling}
            kinds = {one.kind: names.get(one.kind, GONE) for one in found}
            if OTHER_KINDS in kinds:
                kinds[OTHER_KINDS] = OTHERS
            ordered = dict(sorted(kinds.items(), key=lambda one: (not one[0], one[1])))
            return StatisticsView(
                chosen,
                months,
                district,
                tuple(taking),
                _table(((one.kind, one) for one in found), ordered),
                _table(((one.place, one) for one in found), places),
                tuple(quiet),
            )

        return await self._db.read(unit)


def _months(today: date) -> tuple[str, ...]:
    """Those of which schools tell: of this school year and the one before, the latest first."""
    last = today.year * 12 + today.month - 1
    first = (school_year(today) + 1 - YEARS_TOLD) * 12 + 2
    return tuple(f"{at // 12}-{at % 12 + 1:02}" for at in range(last, first - 1, -1))


def _table(found: Iterable[tuple[str, ToldCount]], names: dict[str, str]) -> CountedTable:
    """A line for each name, in their order, with the sums of what was found under its key."""
    cells: defaultdict[tuple[str, str], Amount] = defaultdict(Amount)
    for key, tally in found:
        cells[key, tally.state] += tally.amount
    there = {state for _key, state in cells}
    states = tuple(one for one in CountedState if one in there)
    lines = tuple(
        CountedLine(key, name, tuple(cells.get((key, one), NOTHING) for one in states))
        for key, name in names.items()
    )
    return CountedTable(states, lines)
