"""The calendar in somebody's own calendar program (RFC 5545), under a private address.

It holds the school's entries and what its person has booked, by their choice also what is due; nobody's name.

The address is a secret: whoever knows it reads what its person may read, and nothing else, for as long as the
person may. Of the secret only the hash is kept; a new address ends the one before, and leaving the school
ends all.
"""

import asyncio
from collections.abc import Sequence
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
from node.ports.dated import Dated
from node.slice import Slice

BEHIND, AHEAD = timedelta(90), timedelta(400)
"""How far the calendar reaches from today."""
MOST_KEPT = 64  # calendars as they were written last


class CalendarFile(msgspec.Struct, frozen=True):
    """A calendar for a program, and a name of its content (an entity tag)."""

    content: bytes
    tag: str


class CalendarAddress(msgspec.Struct, frozen=True):
    """Since when (ms) there is an address; `deadlines`: what is due is in its calendar."""

    since: int
    deadlines: bool


class Subscriptions:
    """Private addresses, one for each person."""

    def __init__(self, db: Database, clock: Clock, school: str, slices: Sequence[Slice]) -> None:
        """`school`: its name, as the calendar is called; `slices`: all that join, whose dates it holds."""
        self._db = db
        self._clock = clock
        self._school = school
        self._slices = slices
        self._written: dict[str, bytes] = {}

    async def of(self, asker: Asker) -> CalendarAddress | None:
        """The asker's address, without its secret; None where they have none."""
        sql = "SELECT made_at, deadlines FROM calendar_subscription WHERE person_id = ?"
        found = await self._db.read(lambda tx: tx.row(sql, (asker.id,)))
        return None if found is None else CalendarAddress(int(found[0]), bool(found[1]))

    async def choose(self, asker: Asker, *, deadlines: bool) -> None:
        """What is due is in the asker's calendar, or is not; nothing without an address."""

        def unit(tx: Tx, now: Asker) -> None:
            sql = "UPDATE calendar_subscription SET deadlines = ? WHERE person_id = ?"
            tx.execute(sql, (deadlines, now.id))

        await self._db.write(of_now(asker, unit))

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
        first, last = today - BEHIND, today + AHEAD

        def unit(tx: Tx) -> tuple[list[CalendarEntry], dict[str, str], list[Dated]]:
            sql = "SELECT person_id, deadlines FROM calendar_subscription WHERE secret_hash = ?"
            found = tx.row(sql, (token_hash(secret),))
            if found is None:
                raise NotFound()
            try:
                asker = load_asker(tx, str(found[0]))
            except NotAtSchool:
                raise NotFound() from None
            entries = [
                entry
                for entry in store.between(tx, asker, first, last)
                if month.concerns(asker, entry)
            ]
            begins, ends = month.start_of(first), month.start_of(last)
            sources = [one.dated for one in self._slices if one.dated is not None]
            dated = [
                one
                for dates in sources
                for one in dates(tx, asker, begins, ends)
                if found[1] or one.until is not None
            ]
            return entries, places.words(tx, [entry.keys for entry in entries]), dated

        entries, known, dated = await self._db.read(unit)
        tag = seen_of(self._school, entries, known, dated)
        content = self._written.get(tag)
        if content is None:
            content = await asyncio.to_thread(feed.written, self._school, entries, known, dated)
            if len(self._written) >= MOST_KEPT:
                self._written.clear()
            self._written[tag] = content
        return CalendarFile(content, tag)


def _end(tx: Tx, person_id: str) -> int:
    return tx.execute("DELETE FROM calendar_subscription WHERE person_id = ?", (person_id,))
