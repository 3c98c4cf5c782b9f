"""What stands behind notices: the slices whose things they are about."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from kit.db import Tx
from kit.event import event_tag
from node.notices import line_store
from node.notices.model import NotificationLine, Shown
from node.people.model import Asker
from node.ports.noticed import Noticed, Said
from node.slice import Slice

PORTION = 100
"""Lines that are looked at together."""


class Sayings:
    """Asks whoever told somebody something what is to be said of it now.

    Those who tell stand on higher floors and join later, so that the list is read when the first
    question comes.
    """

    def __init__(self, slices: Sequence[Slice]) -> None:
        self._slices = slices

    @cached_property
    def _all(self) -> tuple[Noticed, ...]:
        return tuple(noticed for one in self._slices for noticed in one.noticed)

    @cached_property
    def _by_kind(self) -> dict[str, Noticed]:
        return {kind: noticed for noticed in self._all for kind in noticed.kinds}

    def of(self, kind: str) -> Noticed:
        """Whose notices these are. Raises KeyError where no slice tells such a thing."""
        return self._by_kind[kind]

    def label(self, kind: str) -> str:
        """What lines of a kind are called, a msgid; empty where there are none."""
        return self.of(kind).kinds[kind]

    @cached_property
    def live(self) -> str:
        """The tags of events that bring new lines, as pages have them."""
        tags = {event_tag(event) for one in self._all for event in one.told_by}
        return " ".join(sorted(tags))

    def titles(self, tx: Tx, person_id: str, told: Iterable[tuple[str, str]]) -> dict[str, str]:
        """The titles of the things in (kind, thing), as far as the person may read them now."""
        about: dict[str, set[str]] = {}
        for kind, thing in told:
            about.setdefault(kind, set()).add(thing)
        found: dict[str, str] = {}
        for noticed in self._all:
            things = set().union(*(about.get(kind, ()) for kind in noticed.kinds))
            found |= noticed.titles(tx, person_id, things)
        return found

    def latest(self, tx: Tx, asker: Asker, limit: int, now: int) -> list[Shown]:
        """The asker's latest lines that still say something to them."""
        found: list[Shown] = []
        behind = 0
        while len(found) < limit:
            lines = line_store.latest(tx, asker.id, PORTION, behind)
            found += self._shown(tx, asker, lines, now)
            behind += PORTION
            if len(lines) < PORTION:
                break
        return found[:limit]

    def unseen(self, tx: Tx, asker: Asker, limit: int, now: int) -> list[Shown]:
        """Those that wait for the asker and still ask for something."""
        lines = line_store.unseen(tx, asker.id)  # none, most of the time on a front page
        found: list[Shown] = []
        while lines and len(found) < limit:
            portion, lines = lines[:PORTION], lines[PORTION:]
            found += self._shown(tx, asker, portion, now, asking=True)
        return found[:limit]

    def _shown(
        self,
        tx: Tx,
        asker: Asker,
        lines: Sequence[NotificationLine],
        now: int,
        *,
        asking: bool = False,
    ) -> list[Shown]:
        said: dict[str, Said] = {}
        for noticed in self._all:
            if own := [line for line in lines if line.kind in noticed.kinds]:
                said |= noticed.in_portal(tx, asker, own, now)
        return [
            Shown(
                title=one.title,
                href=one.href,
                label=self.label(line.kind),
                at=line.at,
                seen_at=line.seen_at,
                deadline_at=one.deadline_at,
            )
            for line in lines
            if (one := said.get(line.id)) is not None and (one.asks or not asking)
        ]
