"""What explains that a child was away: papers that families handed in, through the port `explaining`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date

from kit.db import Tx
from node.attendance.model import Cause, Mark, Presence
from node.ports.explaining import Explaining, Explanation


class Explained:
    """Asks all slices that have something to say of it. `offers`: those of the slices that have joined."""

    def __init__(self, offers: Callable[[], Sequence[Explaining]]) -> None:
        self._offers = offers

    @property
    def hand_in(self) -> str:
        """Where a family hands in a paper; empty where nowhere."""
        return next((one.hand_in for one in self._offers()), "")

    def between(
        self, tx: Tx, students: Collection[str], first: date, last: date
    ) -> Mapping[str, Sequence[Explanation]]:
        """What explains days between two, by student, the earliest first."""
        found: dict[str, list[Explanation]] = {}
        if students:
            for offer in self._offers():
                for one in offer.papers(tx, sorted(students), first, last):
                    found.setdefault(one.student_id, []).append(one)
        for papers in found.values():
            papers.sort(key=lambda one: (one.first, one.last, one.href))
        return found

    def students(self, tx: Tx, students: Collection[str], day: date) -> set[str]:
        """Those of them for whom something explains the day."""
        return set(self.between(tx, students, day, day))


def on(papers: Sequence[Explanation], day: date) -> tuple[Explanation, ...]:
    """Those of a child's papers that touch a day."""
    return tuple(one for one in papers if one.first <= day <= one.last)


def proposed(papers: Sequence[Explanation], mark: Mark, *, is_marked: bool) -> Mark:
    """A mark with what papers say of the day, where nobody has said it: that a child is away, of a class that is
    not marked yet; why, of one who is."""
    for one in papers:
        if not is_marked and one.presence and not mark.is_away:
            return Mark(Presence(one.presence), Cause(one.cause))
        if mark.is_away and mark.cause is Cause.UNKNOWN and one.cause:
            return Mark(mark.presence, Cause(one.cause), mark.reason)
    return mark
