"""One plan for several consultations: a time for each, so that a guardian can be at all of them.

The search is exact: it finds a plan whenever there is one, and of all plans one with the fewest days, then
the least waiting at school, then the earliest end. Two times fit one after the other or not, whatever lies
between; so the best way to the last time of a day is known from what was seen until then, and what it
costs grows with the times, not with how they can be combined.

    plan({("siu", ""): times_of_3_2, ("siu", nurse): hers}, held=[], walk=5) → {("siu", ""): …, …}
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import msgspec

from kit.clock import MINUTE
from kit.db import outside_units
from node.consultations.model import Slot, Wish, is_apart

Wanted = int
"""A set of wishes, a bit for each."""


class DayPart(msgspec.Struct, frozen=True):
    """Times for some of the wishes. `days`: on which one has to come beyond those of what is held;
    `waiting`: from first to last on each (ms); `until`: when the last one ends (ms)."""

    days: int = 0
    waiting: int = 0
    until: int = 0
    slots: tuple[tuple[Wish, Slot], ...] = ()

    @property
    def cost(self) -> tuple[int, int, int]:
        return (self.days, self.waiting, self.until)

    def __add__(self, other: "DayPart") -> "DayPart":
        return DayPart(
            self.days + other.days,
            self.waiting + other.waiting,
            max(self.until, other.until),
            self.slots + other.slots,
        )


class Chain(msgspec.Struct, frozen=True):
    """Times of one day, one after the other: the fewer come before, the later it begins."""

    begins: int
    slots: tuple[tuple[Wish, Slot], ...]


@outside_units
def plan(
    wanted: Mapping[Wish, Sequence[Slot]], held: Sequence[Slot], walk: int
) -> dict[Wish, Slot] | None:
    """A time for each wish of those that may be taken for it; None where there is no such plan. `held`: times
    at which the guardian is elsewhere already; `walk`: minutes from one place to another."""
    bits = {wish: 1 << at for at, wish in enumerate(sorted(wanted))}
    by_day: dict[date, list[tuple[Wish, Slot]]] = {}
    for wish, slots in wanted.items():
        for slot in slots:
            if all(is_apart(slot, other, walk) for other in held):
                by_day.setdefault(slot.day, []).append((wish, slot))
    comes_anyway = {slot.day for slot in held}
    best: dict[Wanted, DayPart] = {0: DayPart()}
    for day in sorted(by_day):
        cost = 0 if day in comes_anyway else 1
        parts = _of_day(by_day[day], bits, walk, cost)
        for before, part in list(best.items()):
            for more, added in parts.items():
                if not before & more:
                    _keep(best, before | more, part + added)
    found = best.get((1 << len(bits)) - 1)
    return None if found is None else dict(found.slots)


def _keep(best: dict[Wanted, DayPart], met: Wanted, part: DayPart) -> None:
    known = best.get(met)
    if known is None or part.cost < known.cost:
        best[met] = part


def _of_day(
    times: Sequence[tuple[Wish, Slot]], bits: Mapping[Wish, Wanted], walk: int, cost: int
) -> dict[Wanted, DayPart]:
    """For each set of wishes that can all be met on this day, the way with the least waiting."""
    best: dict[Wanted, DayPart] = {}
    for slot, chains in _chains(times, bits, walk):
        for met, chain in chains.items():
            waits = slot.ends_at - chain.begins
            _keep(best, met, DayPart(cost, waits, slot.ends_at, chain.slots))
    return best


def _chains(
    times: Sequence[tuple[Wish, Slot]], bits: Mapping[Wish, Wanted], walk: int
) -> Iterator[tuple[Slot, dict[Wanted, Chain]]]:
    """Each time with the chains that end in it: by set of wishes the one that begins last. Those before it
    have ended: at the same place, or elsewhere and so long ago that one has walked here."""
    here: dict[str, dict[Wanted, Chain]] = {}
    elsewhere: dict[Wanted, Chain] = {}
    ended_here: list[tuple[Slot, dict[Wanted, Chain]]] = []
    ended_elsewhere: list[tuple[Slot, dict[Wanted, Chain]]] = []
    for wish, slot in sorted(times, key=lambda one: (one[1].starts_at, one[1].ends_at, one[0])):
        for one, chains in _taken_out(ended_here, slot.starts_at):
            _merge(here.setdefault(one.spot, {}), chains)
        for _one, chains in _taken_out(ended_elsewhere, slot.starts_at - walk * MINUTE):
            _merge(elsewhere, chains)
        own = bits[wish]
        found = {own: Chain(slot.starts_at, ((wish, slot),))}
        for before in (here.get(slot.spot, {}), elsewhere):
            _merge(
                found,
                {
                    met | own: Chain(chain.begins, (*chain.slots, (wish, slot)))
                    for met, chain in before.items()
                    if not met & own
                },
            )
        ended_here.append((slot, found))
        ended_elsewhere.append((slot, found))
        yield slot, found


def _taken_out(
    waiting: list[tuple[Slot, dict[Wanted, Chain]]], until: int
) -> list[tuple[Slot, dict[Wanted, Chain]]]:
    """Those that have ended until a moment (ms), out of what waits."""
    ended = [one for one in waiting if one[0].ends_at <= until]
    if ended:
        waiting[:] = [one for one in waiting if one[0].ends_at > until]
    return ended


def _merge(into: dict[Wanted, Chain], chains: Mapping[Wanted, Chain]) -> None:
    for met, chain in chains.items():
        known = into.get(met)
        if known is None or chain.begins > known.begins:
            into[met] = chain
