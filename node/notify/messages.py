"""Somebody's notifications in the portal, written when they are read."""

from kit.card import Card, Entry, Weight
from kit.clock import Clock
from kit.db import Database, Tx
from kit.i18n import _
from node.notify import store
from node.notify.model import Message
from node.people.model import Asker


class Messages:
    """What waits for somebody, and what they were told lately."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def latest(self, asker: Asker) -> list[Message]:
        """The asker's latest notifications; they count as seen afterwards."""
        found = await self._db.read(lambda tx: store.messages(tx, asker, 100))
        if any(message.seen_at is None for message in found):
            now = self._clock.now()
            await self._db.write(lambda tx: store.mark_seen(tx, asker.id, now))
        return found

    def cards(self, tx: Tx, asker: Asker, now: int) -> list[Card]:
        """What still asks something of the asker."""
        unseen = store.unseen(tx, asker, now, 3)
        if not unseen:
            return []
        return [
            Card(
                name="notifications",
                title=_("알림"),
                icon="bell",
                href="/notifications",
                weight=Weight.URGENT,
                count=len(unseen),
                entries=tuple(
                    Entry(
                        title=message.title,
                        href=message.href,
                        chip=message.label,
                        chip_kind="warning",
                        at=message.shown_deadline or message.at,
                        unread=True,
                    )
                    for message in unseen
                ),
                live="notify.reminded",
            )
        ]
