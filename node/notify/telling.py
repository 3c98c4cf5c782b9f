"""Reminding people of a letter, as long as they were not reminded just now."""

from collections.abc import Collection, Iterable

from kit.clock import HOUR, Clock
from kit.db import Tx
from kit.outbox import publish
from node.notices.model import Told, Topic, Urgency
from node.notices.service import Notices
from node.notify import ledger_store
from node.notify.model import MessageKind, PersonReach, Reminded

PORTION = 50
"""People who are told in one unit."""
REMIND_AGAIN_AFTER = 4 * HOUR


class Teller:
    """Tells some people at a time, within the unit of whoever goes through them."""

    def __init__(self, clock: Clock, notices: Notices) -> None:
        self._clock = clock
        self._notices = notices

    def tell(self, tx: Tx, newsletter_id: str, told: Told, kind: MessageKind) -> None:
        """Tell each of them of a letter; pages that count see it."""
        if not told:
            return
        self._notices.tell(tx, told, Topic(kind.value, newsletter_id), Urgency.USUAL)
        publish(tx, Reminded(newsletter_id, len(told)), self._clock.now())

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
