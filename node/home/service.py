"""The front page: what every slice has to say to this asker, in one read."""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from kit import audit
from kit.acts import Acts
from kit.audit import AuditEntry
from kit.card import Card
from kit.clock import MINUTE, Clock
from kit.db import Database, Tx, encode
from kit.event import event_tag
from node.calendar.service import Calendar
from node.contacts.service import Contacts
from node.home import today, todo
from node.home.model import FrontPage
from node.home.names import names_for
from node.people.access import keys_through, require_role
from node.people.model import Asker, Role
from node.slice import Slice

MOST_KEPT = 4_096
CONTACTS = 3
"""As many as stand in two lines of a phone; the page of all is one press away."""


class _Collected(msgspec.Struct, frozen=True):
    """All cards, and the page that is made of them."""

    cards: tuple[Card, ...]
    page: FrontPage


class Home:
    """Collects what slices have to say to an asker; reads the audit log.

    The front page is kept per asker for as long as SQLite says that nothing was committed since (its
    `data_version`) and the minute is the same: on a quiet day most visits ask for nothing new.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        calendar: Calendar,
        contacts: Contacts,
        slices: Sequence[Slice],
    ) -> None:
        """`slices`: those that may have something to say."""
        self._db = db
        self._clock = clock
        self._calendar = calendar
        self._contacts = contacts
        self._offers = [
            one.cards
            for one in sorted(slices, key=lambda one: one.cards_rank)
            if one.cards is not None
        ]
        self._told = [one.today for one in slices if one.today is not None]
        # Tags of what may put a card on a page that had none: cards that are not there yet have no
        # tags of their own.
        self._brings = {event_tag(kind) for one in slices for kind in one.brings_cards}
        self._kept: dict[tuple[Asker, str], tuple[tuple[int, int], _Collected]] = {}

    async def cards(self, asker: Asker, child_id: str = "") -> list[Card]:
        """What slices have to say, the heaviest first. `child_id` narrows a guardian's page to one
        child of theirs."""
        return list((await self._collected(asker, child_id)).cards)

    async def front(self, asker: Asker, child_id: str = "") -> FrontPage:
        """What asks for something, the day, and the rest of the cards; `child_id` as above."""
        return (await self._collected(asker, child_id)).page

    async def _collected(self, asker: Asker, child_id: str) -> _Collected:
        now = self._clock.now()
        child = next((one for one in asker.children if one.student_id == child_id), None)

        def collect(tx: Tx) -> _Collected:
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
            asks, others = todo.split(cards, now)
            day = today.page(tx, viewed, now, self._calendar, self._told)
            live = " ".join(sorted(self._brings.union(*(card.live.split() for card in cards))))
            alone = tuple(replace(card, live="") for card in others)
            called = self._contacts.for_family(tx, viewed)
            front = FrontPage(asks, day, alone, called[:CONTACTS], live)
            collected = _Collected(cards, front)
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[asker, child_id] = (state, collected)
            return collected

        return await self._db.glance(collect)

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
