"""The calendar in somebody's own calendar program (RFC 5545), under a private address.

The address is a secret: whoever knows it reads what its person may read, and nothing else, for as long as the
person may. Of the secret only the hash is kept; a new address ends the one before, and leaving the school
ends all.
"""

import asyncio
from datetime import timedelta

import msgspec

from kit import audit
from kit.clock import Clock, local_date
from kit.db import Database, Tx
from kit.ids import new_secret, token_hash
from kit.problem import NotFound
from kit.seen import seen_of
from node.calendar import feed, month, places, store
from node.calendar.model import CalendarAct, CalendarEntry
from node.people.access import load_asker, of_now
from node.people.model import Asker, NotAtSchool, PersonClosed

BEHIND, AHEAD = timedelta(90), timedelta(400)
"""How far the calendar reaches from today."""
MOST_KEPT = 64  # calendars as they were written last


class CalendarFile(msgspec.Struct, frozen=True):
    """A calendar for a program, and a name of its content (an entity tag)."""

    content: bytes
    tag: str


class Subscriptions:
    """Private addresses, one for each person."""

    def __init__(self, db: Database, clock: Clock, school: str) -> None:
        """`school`: its name, as the calendar is called."""
        self._db = db
        self._clock = clock
        self._school = school
        self._written: dict[str, bytes] = {}

    async def since(self, asker: Asker) -> int | None:
        """Since when (ms) the asker has an address; None without one."""
        sql = "SELECT made_at FROM calendar_subscription WHERE person_id = ?"
        found = await self._db.read(lambda tx: tx.value(sql, (asker.id,)))
        return None if found is None else int(found)

    async def renew(self, asker: Asker) -> str:
        """The secret of a new address, told this once; the one before ends."""
        secret = new_secret()

        def unit(tx: Tx, now: Asker) -> None:
            tx.execute(
                "INSERT INTO calendar_subscription (person_id, secret_hash, made_at) VALUES (?, ?, ?)"
                " ON CONFLICT (person_id) DO UPDATE SET secret_hash = excluded.secret_hash,"
                " made_at = excluded.made_at",
                (now.id, token_hash(secret), self._clock.now()),
            )
            audit.record(tx, self._clock, now, CalendarAct.SUBSCRIBE, now.id)

        await self._db.write(of_now(asker, unit))
        return secret

    async def revoke(self, asker: Asker) -> None:
        """The address ends, if there is one."""

        def unit(tx: Tx, now: Asker) -> None:
            if _end(tx, now.id):
                audit.record(tx, self._clock, now, CalendarAct.UNSUBSCRIBE, now.id)

        await self._db.write(of_now(asker, unit))

    def closed(self, tx: Tx, event: PersonClosed) -> None:
        """Who left the school has no address any more."""
        _end(tx, event.person_id)

    async def calendar(self, secret: str) -> CalendarFile:
        """What the person of this address may read now. Raises NotFound where there is no such address, or
        nothing ties its person to the school any more."""
        today = local_date(self._clock.now())

        def unit(tx: Tx) -> tuple[list[CalendarEntry], dict[str, str]]:
            sql = "SELECT person_id FROM calendar_subscription WHERE secret_hash = ?"
            person = tx.value(sql, (token_hash(secret),))
            if person is None:
                raise NotFound()
            try:
                asker = load_asker(tx, str(person))
            except NotAtSchool:
                raise NotFound() from None
            entries = [
                entry
                for entry in store.between(tx, asker, today - BEHIND, today + AHEAD)
                if month.concerns(asker, entry)
            ]
            return entries, places.words(tx, [entry.keys for entry in entries])

        entries, known = await self._db.read(unit)
        tag = seen_of(self._school, entries, known)
        content = self._written.get(tag)
        if content is None:
            content = await asyncio.to_thread(feed.written, self._school, entries, known)
            if len(self._written) >= MOST_KEPT:
                self._written.clear()
            self._written[tag] = content
        return CalendarFile(content, tag)


def _end(tx: Tx, person_id: str) -> int:
    return tx.execute("DELETE FROM calendar_subscription WHERE person_id = ?", (person_id,))
