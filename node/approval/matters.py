"""What is decided on by approval: the slices that have such matters say what they are called and where."""

from collections.abc import Sequence
from functools import cached_property

from node.ports.decidable import Decidable
from node.slice import Slice


class Matters:
    """Those slices stand on higher floors and join later: the list is read at the first question."""

    def __init__(self, slices: Sequence[Slice]) -> None:
        self._slices = slices

    @cached_property
    def _by_kind(self) -> dict[str, Decidable]:
        return {
            kind: one for slice in self._slices for one in slice.decidable for kind in one.kinds
        }

    @cached_property
    def lines(self) -> dict[str, str]:
        """The kinds whose approval line a school sets, by id a msgid."""
        return {
            id: label
            for slice in self._slices
            for one in slice.decidable
            for id, label in one.lines.items()
        }

    def label(self, kind: str) -> str:
        """What a kind of matter is called, a msgid; "" of one that no slice has any more."""
        one = self._by_kind.get(kind)
        return "" if one is None else one.kinds[kind]

    def href(self, kind: str, id: str) -> str:
        """Where a matter is read and decided on; "" of one that no slice has any more."""
        one = self._by_kind.get(kind)
        return "" if one is None else one.href(kind, id)
