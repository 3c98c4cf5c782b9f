"""The front page: what every slice has to say to this asker, in one read."""

from collections.abc import Sequence

from msgspec.structs import replace

from kit import audit
from kit.acts import Acts
from kit.audit import AuditEntry
from kit.card import Card
from kit.clock import MINUTE, Clock
from kit.db import Database, Tx, encode
from kit.event import event_tag
from kit.slice import Slice
from node.home.names import names_for
from node.people.access import keys_through, require_role
from node.people.model import Asker, Role

MOST_KEPT = 4_096


class Home:
    """Collects cards; reads the audit log.

    Cards are kept per asker for as long as SQLite says that nothing was committed since (its
    `data_version`) and the minute is the same: on a quiet day most visits ask for nothing new.
    """

    def __init__(self, db: Database, clock: Clock, slices: Sequence[Slice]) -> None:
        """`slices`: those that may have cards."""
        self._db = db
        self._clock = clock
        self._offers = [
            one.cards
            for one in sorted(slices, key=lambda one: one.cards_rank)
            if one.cards is not None
        ]
        self.brings_cards = frozenset(
            event_tag(kind) for one in slices for kind in one.brings_cards
        )
        """Tags of what may put a card on a page that had none: cards that are not there yet have no
        tags of their own."""
        self._kept: dict[tuple[Asker, str], tuple[tuple[int, int], tuple[Card, ...]]] = {}

    async def cards(self, asker: Asker, child_id: str = "") -> list[Card]:
        """The heaviest first. `child_id` narrows a guardian's page to one child of theirs."""
        now = self._clock.now()
        child = next((one for one in asker.children if one.student_id == child_id), None)

        def collect(tx: Tx) -> tuple[Card, ...]:
            kept = self._kept.get((asker, child_id))
            state = (int(tx.value("PRAGMA data_version")), now // MINUTE)
            if kept is not None and kept[0] == state:
                return kept[1]
            viewed = asker
            if child is not None:
                keys = keys_through(tx, asker.id, child.student_id)
                viewed = replace(asker, keys=encode(keys), children=(child,))
            found = [card for cards_of in self._offers for card in cards_of(tx, viewed, now)]
            cards = tuple(sorted(found, key=lambda card: -card.weight))
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[asker, child_id] = (state, cards)
            return cards

        return list(await self._db.glance(collect))

    async def audit_log(
        self, asker: Asker, before: int | None, acts: Acts
    ) -> tuple[list[AuditEntry], dict[str, str], list[str]]:
        """A hundred acts before `before`, the newest first, the names of what they are about, by id,
        and whose of these are people's: the administrator's alone."""
        require_role(asker, Role.ADMINISTRATOR)

        def work(tx: Tx) -> tuple[list[AuditEntry], dict[str, str], list[str]]:
            entries = audit.latest(tx, 100, before)
            return entries, *names_for(tx, asker, acts.ids(entries))

        return await self._db.read(work)
