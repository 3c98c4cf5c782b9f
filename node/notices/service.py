"""Telling people: one verb for all that remind, and what somebody finds in the portal."""

from collections.abc import Collection, Iterable
from functools import partial

from kit.card import Card, Entry, Weight
from kit.clock import DAY, Clock
from kit.db import Database, Tx
from kit.due import due
from kit.i18n import _
from node.current import CurrentSettings
from node.notices import accounts, line_store, mail_store
from node.notices.model import (
    ACCESS_MAIL,
    AccessLine,
    QuietHours,
    Shown,
    Told,
    Topic,
    Urgency,
)
from node.notices.saying import Sayings
from node.notices.trial import MailTrial
from node.people.model import AccessChanged, Asker

MAIL_KEPT = 180 * DAY
FORGOTTEN = 500  # mails that are looked at in one unit


class Notices:
    """Notices of what slices do, in the portal and by mail, where the school has a mail server."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        sayings: Sayings,
        settings: CurrentSettings,
        trial: MailTrial,
    ) -> None:
        self._db = db
        self._clock = clock
        self._sayings = sayings
        self._settings = settings
        self.trial = trial

    @property
    def _mails(self) -> bool:
        return bool(self._settings.now.smtp_host)

    @property
    def _quiet(self) -> QuietHours:
        settings = self._settings.now
        return QuietHours(settings.quiet_from_hour, settings.quiet_until_hour)

    # Telling ----------------------------------------------------------------------------------

    def tell(self, tx: Tx, people: Told, what: Topic, urgency: Urgency) -> None:
        """Tell some people, in the unit in which it happens: tens of them, many in portions.

        They find a line where the kind has a name for it, and get a mail, if it is urgent enough, in
        place of one about the same thing that waits. What both say, and where they lead, is asked of
        the slice when they are read.
        """
        now = self._clock.now()
        if self._sayings.label(what.kind):
            line_store.add(tx, people, what, now)
        if self._mails and urgency is not Urgency.CALM:
            is_urgent = urgency is Urgency.URGENT
            mail_store.outdate(tx, people, what, now)
            mail_store.queue(tx, people, what, now if is_urgent else self._quiet.next_allowed(now))

    def access_changed(self, tx: Tx, event: AccessChanged) -> None:
        """Tell of it whom it concerns, at any hour: whoever did not do it must not sleep over it."""
        people = accounts.told_of(tx, event, self._clock.now())
        self.tell(tx, people, Topic(ACCESS_MAIL + event.what.value), Urgency.URGENT)

    def is_quiet(self) -> bool:
        """Whether nobody is to be disturbed now."""
        now = self._clock.now()
        return self._quiet.next_allowed(now) != now

    def with_address(self, tx: Tx, people: Iterable[str]) -> list[str]:
        """Those of them whom mail would reach now."""
        return mail_store.with_address(tx, people) if self._mails else []

    # What need not be said any more -------------------------------------------------------------

    def done(self, tx: Tx, person_id: str, about: str, at: int) -> None:
        """Somebody has done what they were told of: it counts as seen."""
        line_store.mark_seen_of(tx, person_id, about, at)

    def take_back(self, tx: Tx, people: Iterable[str], kinds: Collection[str], about: str) -> None:
        """Forget lines that nobody has looked at yet: a new one says it better."""
        line_store.drop_unseen(tx, people, kinds, about)

    def forget(self, tx: Tx, people: Iterable[str], about: str) -> None:
        """Forget all that these people were told of a thing that is gone."""
        line_store.drop(tx, people, about)

    async def forget_mail(self) -> None:
        """Daily: what became of mail of the term before."""
        before, after = self._clock.now() - MAIL_KEPT, 0
        while True:
            forget = partial(mail_store.forget_closed, after=after, before=before, limit=FORGOTTEN)
            after = await self._db.write(forget)
            if not after:
                return

    # In the portal ------------------------------------------------------------------------------

    async def latest(self, asker: Asker) -> tuple[list[Shown], list[AccessLine]]:
        """The asker's latest notifications, of things and of access; they count as seen
        afterwards."""
        now = self._clock.now()

        def look(tx: Tx) -> tuple[list[Shown], list[AccessLine]]:
            return self._sayings.latest(tx, asker, 100, now), accounts.latest(tx, asker, 50)

        def seen(tx: Tx) -> None:
            line_store.mark_seen(tx, asker.id, now)
            accounts.mark_seen(tx, asker.id, now)

        lines, of_access = await self._db.read(look)
        if None in {*(one.seen_at for one in lines), *(one.seen_at for one in of_access)}:
            await self._db.note(seen)
        return lines, of_access

    def cards(self, tx: Tx, asker: Asker, now: int) -> list[Card]:
        """What still asks something of the asker."""
        of_access = [
            Entry(
                title=line.about,
                href="/notifications",
                chip=line.label,
                chip_kind="warning",
                at=line.at,
                unread=True,
            )
            for line in accounts.unseen(tx, asker, 3)
        ]
        of_things = [
            Entry(
                title=line.title,
                href=line.href,
                chip=line.label,
                chip_kind="warning",
                at=line.at,
                due=due(line.deadline_at, now),
                unread=True,
            )
            for line in self._sayings.unseen(tx, asker, 3, now)
        ]
        if not of_access and not of_things:
            return []
        return [
            Card(
                name="notifications",
                title=_("알림"),
                icon="bell",
                href="/notifications",
                weight=Weight.URGENT,
                count=len(of_things) + len(of_access),
                entries=(*of_access, *of_things),
                live=self._sayings.live,
            )
        ]
