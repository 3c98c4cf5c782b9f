"""The overview: every slice's cards in one snapshot; the audit log; the hub's own jobs."""

from collections.abc import Sequence

from hub.ground import Ground
from hub.officers.access import require_acting, require_role
from hub.officers.model import Officer, Role
from kit import audit
from kit.audit import AuditEntry
from kit.card import Card
from kit.db import Tx
from kit.jobs import JobState
from kit.moves import Move
from kit.slice import Slice

PER_PAGE = 100


class Console:
    """What belongs to no slice alone. `slices`: those that may have cards."""

    def __init__(self, ground: Ground, slices: Sequence[Slice]) -> None:
        self._db = ground.db
        self._clock = ground.clock
        self._jobs = ground.jobs
        self._moves = ground.moves
        self._offers = [
            one.cards
            for one in sorted(slices, key=lambda one: one.cards_rank)
            if one.cards is not None
        ]

    async def cards(self, officer: Officer) -> list[Card]:
        """The loudest first."""
        now = self._clock.now()

        def look(tx: Tx) -> list[Card]:
            return [card for cards_of in self._offers for card in cards_of(tx, officer, now)]

        return sorted(await self._db.read(look), key=lambda card: -card.weight)

    async def audit(self, officer: Officer, before: int | None) -> tuple[list[AuditEntry], bool]:
        """A page of the audit log, and whether it goes on."""
        require_acting(officer)
        found = await self._db.read(lambda tx: audit.latest(tx, PER_PAGE + 1, before))
        return found[:PER_PAGE], len(found) > PER_PAGE

    async def jobs(self, officer: Officer) -> list[JobState]:
        """The hub's periodic work."""
        require_role(officer, Role.ADMINISTRATOR)
        return await self._jobs.states()

    async def moves(self, officer: Officer) -> list[Move]:
        """Data of earlier releases that is on its way into its new shape."""
        require_role(officer, Role.ADMINISTRATOR)
        return await self._db.read(self._moves.under_way)
