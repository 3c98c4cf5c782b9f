"""The overview: every slice's cards in one snapshot; the audit log; the hub's own jobs."""

from typing import Protocol

from hub.officers.access import require_role
from hub.officers.model import Officer, Role
from kit import audit
from kit.audit import AuditEntry
from kit.card import Card
from kit.clock import Clock
from kit.db import Database, Tx
from kit.jobs import Jobs, JobState
from kit.moves import Move, Moves

PER_PAGE = 100


class Offers(Protocol):
    """A slice that has something to show on the overview."""

    def cards(self, tx: Tx, officer: Officer, now: int) -> list[Card]: ...


class Console:
    """What belongs to no slice alone."""

    def __init__(self, db: Database, clock: Clock, jobs: Jobs, moves: Moves) -> None:
        self._db = db
        self._clock = clock
        self._jobs = jobs
        self._moves = moves
        self._slices: list[Offers] = []

    def offer(self, part: Offers) -> None:
        """Let a slice speak on the overview."""
        self._slices.append(part)

    async def cards(self, officer: Officer) -> list[Card]:
        """The loudest first."""
        now = self._clock.now()

        def look(tx: Tx) -> list[Card]:
            return [card for part in self._slices for card in part.cards(tx, officer, now)]

        return sorted(await self._db.read(look), key=lambda card: -card.weight)

    async def audit(self, officer: Officer, before: int | None) -> tuple[list[AuditEntry], bool]:
        """A page of the audit log, and whether it goes on."""
        require_role(officer, Role.OFFICER, Role.ADMINISTRATOR)
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
