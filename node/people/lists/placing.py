"""In which turn students take the places of a list, so that nobody waits for one half-way.

Who moves to a place that another of the list leaves takes their turn after them; those who change
places in a ring move together.
"""

from collections.abc import Iterable

import msgspec

Place = tuple[str, int]
"""(class, number)"""


class Seat(msgspec.Struct, frozen=True):
    """The place a student of a list holds, if any, and the one the list gives them. `line` is the
    line of the list, which names the student once."""

    line: int
    here: Place | None
    there: Place


def in_turn(moves: Iterable[Seat]) -> list[list[Seat]]:
    """The moves in groups, each into places that are free once the groups before it have moved. A
    group of several is a ring; whoever stands on a place without moving is in nobody's way."""
    moves = list(moves)
    leaving = {one.here: one for one in moves if one.here is not None and one.here != one.there}
    groups: list[list[Seat]] = []
    done: set[int] = set()
    for first in moves:
        chain: list[Seat] = []
        stands: dict[int, int] = {}  # line → where in the chain
        following: Seat | None = first
        while following is not None and following.line not in done and following.line not in stands:
            stands[following.line] = len(chain)
            chain.append(following)
            following = leaving.get(following.there)
        ring: list[Seat] = []
        if following is not None and following.line in stands:
            at = stands[following.line]
            chain, ring = chain[:at], chain[at:]
            groups.append(ring)
        groups += [[one] for one in reversed(chain)]
        done.update(one.line for one in (*chain, *ring))
    return groups
