"""Port: what of a slice the province can send (node.supplies): kinds of papers, templates of letters, holidays,
months of 나이스. Who receives
knows nothing of either; a slice says how something that came stands to what the school has, and takes
it over when the administrator says so."""

import enum
from collections.abc import Callable
from typing import Any

import msgspec

from kit.db import Tx
from node.ports.importable import OddRow


class SupplyStanding(enum.StrEnum):
    """How something that came stands to what the school has."""

    NEW = "new"
    SAME = "same"
    OTHER = "other"  # the school has it, and otherwise
    UNFIT = "unfit"  # it cannot be read here


class ComparedPart(msgspec.Struct, frozen=True):
    """A part of it, as the school has it and as it came, in lines. `label` is a msgid; the lines are content,
    or msgids as well (`is_words`)."""

    label: str
    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    is_words: bool = False


class WeighedSupply(msgspec.Struct, frozen=True):
    """What taking it would do. `fault`: a msgid; `ours`: what the school has now, as `Supplied.take`
    takes it, to be brought back; empty where it has nothing or there is nothing to bring back; `counts`:
    what would change, each a msgid with `count`; `odd`: rows for which it cannot be taken; `what`: what
    `Supplied.take` takes over, where weighing works that out."""

    standing: SupplyStanding
    compared: tuple[ComparedPart, ...] = ()
    fault: str = ""
    ours: str = ""
    counts: tuple[tuple[str, int], ...] = ()
    odd: tuple[OddRow, ...] = ()
    what: Any = None

    @property
    def is_new(self) -> bool:
        return self.standing is SupplyStanding.NEW

    @property
    def is_open(self) -> bool:
        """Whether there is something to decide."""
        return self.standing in (SupplyStanding.NEW, SupplyStanding.OTHER)

    @property
    def differing(self) -> tuple[ComparedPart, ...]:
        return tuple(one for one in self.compared if one.ours != one.theirs)


class Supplied(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of thing that the province sends. `kind` as `protocol.supplies.SupplyKind`; `title`,
    `explained` and `taken` (said after one was taken) are msgids; `seen_at`: where what was taken is seen."""

    kind: str
    title: str
    explained: str
    taken: str
    seen_at: str
    weigh: Callable[[Tx, str, str, str], WeighedSupply]
    """`weigh(tx, key, name, content)`: how it stands now; changes nothing."""
    take: Callable[[Tx, Any, str, str, str, Any], None]
    """`take(tx, asker, key, name, content, what)`: in this unit; `what` as `weigh` said. Raises NotFound or
    Forbidden for who may not."""
    listed: Callable[[Tx, frozenset[str]], None] | None = None
    """`listed(tx, keys)`: what the province's list has of this kind from now on. For whoever tells apart what was
    taken and is withdrawn; what the school uses stays all the same."""
    own_rows: bool = False
    """Whether each school is given its own rows alone (`protocol.parcels`). What hands wrote stays when they are
    taken, so they may come by themselves where the administrator says so. They are a thousand rows: they are
    weighed in a read before the unit that takes them."""
