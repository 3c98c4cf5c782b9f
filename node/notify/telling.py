"""Telling people of a letter: a line in the portal, and a mail not before the quiet hours end."""

from collections.abc import Collection, Iterable

from kit.clock import HOUR, Clock
from kit.db import Tx
from kit.outbox import publish
from node.notify import ledger_store, mail_store, message_store
from node.notify.model import MessageKind, PersonReach, QuietHours, Reminded, Told

PORTION = 50
"""People who are told in one unit."""
REMIND_AGAIN_AFTER = 4 * HOUR


class Teller:
    """Tells some people at a time, within the unit of whoever goes through them."""

    def __init__(self, clock: Clock, *, mails: bool, quiet: QuietHours) -> None:
        self._clock = clock
        self.mails = mails
        self.quiet = quiet

    def tell(self, tx: Tx, newsletter_id: str, told: Told, kind: MessageKind) -> None:
        """A notification for each of them, and a mail in place of one that waits."""
        if not told:
            return
        now = self._clock.now()
        message_store.add_messages(tx, told, kind, newsletter_id, now)
        if self.mails:
            mail_store.replace_mail(tx, newsletter_id, told, now)
            self.mail(tx, newsletter_id, told, kind)
        publish(tx, Reminded(newsletter_id, len(told)), now)

    def mail(self, tx: Tx, newsletter_id: str, told: Told, kind: MessageKind) -> None:
        allowed = self.quiet.next_allowed(self._clock.now())
        mail_store.queue_mail(tx, newsletter_id, kind.value, told, allowed)

    def remind(
        self,
        tx: Tx,
        newsletter_id: str,
        letter: int,
        owing: Iterable[PersonReach],
        kind: MessageKind,
    ) -> int:
        """Tell those of them who were not reminded just now; how many people."""
        now = self._clock.now()
        told = told_of(row for row in owing if not was_reminded(row.reminded_at, now))
        ledger_store.note_reminded(tx, letter, told, now)
        self.tell(tx, newsletter_id, told, kind)
        return len(told)


def was_reminded(reminded_at: int | None, now: int) -> bool:
    """Whether somebody was reminded just now."""
    return reminded_at is not None and reminded_at >= now - REMIND_AGAIN_AFTER


def told_of(owing: Iterable[PersonReach]) -> dict[str, set[str]]:
    """Whom to tell, and through which children."""
    told: dict[str, set[str]] = {}
    for row in owing:
        told.setdefault(row.person_id, set()).add(row.student_id)
    return told


def of_people(rows: Iterable[PersonReach], people: Collection[str]) -> list[PersonReach]:
    """Rows of some people, whose families were looked at as a whole."""
    among = set(people)
    return [row for row in rows if row.person_id in among]
