"""How much is done in one unit of the one writer: work that takes longer is cut into portions."""

from kit.clock import monotonic

UNIT_S = 0.02
"""Aim for one unit: who writes meanwhile waits no longer than that."""

REST = 3
"""Work that can wait leaves the writer to others so many times as long as its unit took."""


class Portion:
    """The time of one unit.

    portion = Portion()
    for piece in pieces:
        do(piece)
        if portion.is_full():
            break  # the rest in units to come
    """

    def __init__(self, limit_s: float = UNIT_S) -> None:
        self._limit_s = limit_s
        self._begun = self._last = monotonic()
        self._longest = 0.0

    def is_full(self) -> bool:
        """Ask after each piece: whether one more, if as long as the longest so far, is too much."""
        now = monotonic()
        self._longest = max(self._longest, now - self._last)
        self._last = now
        return now - self._begun + self._longest > self._limit_s
