"""Port: what of a slice the province can send (node.supplies): kinds of papers, holidays. Who receives
knows nothing of either; a slice says how something that came stands to what the school has, and takes
it over when the administrator says so."""

import enum
from collections.abc import Callable
from typing import Any

import msgspec

from kit.db import Tx


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
    takes it, to be brought back; empty where it has nothing or there is nothing to bring back."""

    standing: SupplyStanding
    compared: tuple[ComparedPart, ...] = ()
    fault: str = ""
    ours: str = ""

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
    take: Callable[[Tx, Any, str, str, str], None]
    """`take(tx, asker, key, name, content)`: in this unit. Raises NotFound or Forbidden for who may not."""
