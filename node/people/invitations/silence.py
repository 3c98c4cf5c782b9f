"""How many guardians never signed in: counted beside the pages, when people or sign-ins changed."""

import asyncio
import logging

from kit.db import Database, Tx
from kit.signin.model import FirstSignIn
from node.people.invitations import invited
from node.people.model import FamiliesChanged, PeopleChanged, PersonClosed

CHANGES = (PeopleChanged, FamiliesChanged, PersonClosed, FirstSignIn)
REST_S = 2.0  # between two counts: in the days of invitations somebody signs in each second

log = logging.getLogger(__name__)


class Silence:
    """The last count. A page shows it as it is; a change has it counted anew within seconds."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._counted: tuple[int, int] | None = None
        self._is_stale = False
        self._counting: asyncio.Task[None] | None = None
        db.on_commit(self._committed)

    def counted(self, tx: Tx) -> tuple[int, int]:
        """(guardians who never signed in, all guardians) as last counted; the first time, now."""
        if self._counted is None:
            self._counted = invited.silence(tx)
        return self._counted

    async def count(self) -> None:
        """Count now."""
        self._is_stale = False
        self._counted = await self._db.read(invited.silence)

    async def stop(self) -> None:
        """Count no more."""
        if self._counting is not None:
            self._counting.cancel()
            await asyncio.gather(self._counting, return_exceptions=True)

    def _committed(self, signals: list[object]) -> None:
        if self._counted is None or not any(isinstance(signal, CHANGES) for signal in signals):
            return
        self._is_stale = True
        if self._counting is None or self._counting.done():
            self._counting = asyncio.create_task(self._follow(), name="people.silence")

    async def _follow(self) -> None:
        while self._is_stale:
            try:
                await self.count()
            except Exception:
                log.exception("guardians are not counted")
            await asyncio.sleep(REST_S)
