"""Somebody's notifications in the portal, written when they are read."""

from kit.card import Card, Entry, Weight
from kit.clock import Clock
from kit.db import Database, Tx
from kit.i18n import _
from node.notify import accounts, message_store
from node.notify.model import AccessLine, NotificationLine
from node.people.model import Asker


class Messages:
    """What waits for somebody, and what they were told lately."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def latest(self, asker: Asker) -> tuple[list[NotificationLine], list[AccessLine]]:
        """The asker's latest notifications, of letters and of access; they count as seen
        afterwards."""

        def look(tx: Tx) -> tuple[list[NotificationLine], list[AccessLine]]:
            return message_store.messages(tx, asker, 100), accounts.latest(tx, asker, 50)

        def seen(tx: Tx) -> None:
            now = self._clock.now()
            message_store.mark_seen(tx, asker.id, now)
            accounts.mark_seen(tx, asker.id, now)

        letters, lines = await self._db.read(look)
        if None in {*(one.seen_at for one in letters), *(one.seen_at for one in lines)}:
            await self._db.note(seen)
        return letters, lines

    def cards(self, tx: Tx, asker: Asker, now: int) -> list[Card]:
        """What still asks something of the asker."""
        lines = accounts.unseen(tx, asker, 3)
        unseen = message_store.unseen(tx, asker, now, 3)
        if not unseen and not lines:
            return []
        of_access = [
            Entry(
                title=line.about,
                href="/notifications",
                chip=line.label,
                chip_kind="warning",
                at=line.at,
                unread=True,
            )
            for line in lines
        ]
        return [
            Card(
                name="notifications",
                title=_("알림"),
                icon="bell",
                href="/notifications",
                weight=Weight.URGENT,
                count=len(unseen) + len(lines),
                entries=(
                    *of_access,
                    *(
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
                ),
                live="notify.reminded people.access_changed",
            )
        ]
