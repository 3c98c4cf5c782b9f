"""Who has been reached, who has not and why; reminding only those who are missing."""

import enum
import logging
from collections.abc import Iterable

from kit import audit
from kit.clock import DAY, HOUR, Clock
from kit.db import Database, Tx
from kit.outbox import publish
from kit.problem import NotFound
from node.forms.model import FormDeadlineMoved, FormSigned
from node.newsletters.model import NewsletterHeld
from node.notify import store
from node.notify.accounts import AccessTold
from node.notify.families import families, missing, totals
from node.notify.model import (
    ClassReach,
    MessageKind,
    NobodyToRemind,
    QuietHours,
    Reach,
    Reached,
    Reminded,
    RemindersOver,
    Share,
    Slip,
)
from node.notify.outgoing import BEFORE_DEADLINE
from node.notify.store import Told
from node.people.access import as_now, may_see_class
from node.people.model import Asker, Role

log = logging.getLogger(__name__)

REMIND_AGAIN_AFTER = 4 * HOUR
LATE_ARRIVALS = 60 * DAY  # letters this young also reach families who come to the school now
WIDE = frozenset({Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.HEAD, Role.OFFICE})


OWN_RIGHT = ("",)


class Act(enum.StrEnum):
    REMIND = "notify:newsletter:remind"


class Notify:
    """The reach ledger and people's notifications."""

    def __init__(
        self, db: Database, clock: Clock, *, mails: bool, quiet: QuietHours | None = None
    ) -> None:
        self._db = db
        self._clock = clock
        self._mails = mails
        self._quiet = quiet or QuietHours()
        self.access = AccessTold(clock, mails=mails)

    # The ledger -------------------------------------------------------------------------------

    async def reach(self, asker: Asker, newsletter_id: str) -> Reach:
        """The ledger of a letter: whole for its author, heads and the office, own classes for a
        homeroom teacher. Raises NotFound for everybody else."""
        return await self._db.read(lambda tx: self._reach(tx, asker, newsletter_id))

    async def remind(self, asker: Asker, newsletter_id: str, class_id: str | None = None) -> int:
        """Remind those who are missing and were not reminded just now; how many people.

        Raises NotFound, RemindersOver, NobodyToRemind.
        """
        view = await self.reach(asker, newsletter_id)
        if view.is_closed:
            raise RemindersOver()
        wanted = {
            (row.person_id, row.student_id)
            for group in view.classes
            if class_id is None or group.class_id == class_id
            for row in group.rows
        }

        def work(tx: Tx) -> int:
            # Who was looked up before may have lost the right to read meanwhile, or have answered.
            if store.letter(tx, newsletter_id) is None or not as_now(tx, asker).is_staff:
                raise NotFound()
            rows = store.shares(tx, newsletter_id)
            owing = missing(
                [row for row in rows if (row.person_id, row.student_id) in wanted],
                has_form=view.has_form,
            )
            people = self._remind(tx, newsletter_id, owing, MessageKind.REMINDER)
            if not people:
                raise NobodyToRemind()
            audit.record(
                tx,
                self._clock,
                actor=asker.id,
                actor_name=asker.name,
                action=Act.REMIND,
                subject=newsletter_id,
                detail={"people": people},
            )
            return people

        return await self._db.write(work)

    async def slips(
        self, asker: Asker, newsletter_id: str, class_id: str | None = None
    ) -> tuple[Reach, list[Slip]]:
        """The children whose guardians can only be reached on paper, for printing."""
        view = await self.reach(asker, newsletter_id)
        found = []
        for group in view.classes:
            if class_id is not None and group.class_id != class_id:
                continue
            for rows in families(group.rows):
                if all(row.unreachable and row.opened_at is None for row in rows):
                    first = rows[0]
                    reasons = tuple(sorted({row.unreachable_label for row in rows}))
                    place = (first.class_name, first.number)
                    found.append(Slip(first.student_id, first.student_name, *place, reasons))
        return view, found

    def _reach(self, tx: Tx, asker: Asker, newsletter_id: str) -> Reach:
        letter = store.letter(tx, newsletter_id)
        if letter is None or not asker.is_staff:
            raise NotFound()
        everything = letter.author_id == asker.id or bool(asker.roles & WIDE)
        rows = [
            row
            for row in store.reach(tx, newsletter_id)
            if everything or (row.class_id and may_see_class(asker, row.class_id))
        ]
        if not rows and not everything:
            raise NotFound()
        classes: dict[str, list[Reached]] = {}
        for row in rows:
            classes.setdefault(row.class_id, []).append(row)
        return Reach(
            newsletter_id=newsletter_id,
            title=letter.title,
            published_at=letter.published_at,
            has_form=letter.has_form,
            deadline_at=letter.deadline_at,
            is_closed=letter.is_closed(self._clock.now()),
            totals=totals(rows),
            classes=tuple(
                ClassReach(class_id, members[0].class_name, totals(members), tuple(members))
                for class_id, members in classes.items()
            ),
        )

    def _remind(self, tx: Tx, newsletter_id: str, owing: Iterable[Share], kind: MessageKind) -> int:
        """Tell those of them who were not reminded just now; how many people."""
        now = self._clock.now()
        lately = store.reminded_since(tx, newsletter_id, now - REMIND_AGAIN_AFTER)
        told = _told(row for row in owing if (row.person_id, row.student_id) not in lately)
        store.note_reminded(tx, newsletter_id, told, now)
        self._tell(tx, newsletter_id, told, kind)
        return len(told)

    def _tell(self, tx: Tx, newsletter_id: str, told: Told, kind: MessageKind) -> None:
        """A notification for each of them, and a mail, not before the quiet hours end."""
        if not told:
            return
        now = self._clock.now()
        store.add_messages(tx, told, kind, newsletter_id, now)
        if self._mails:
            allowed = self._quiet.next_allowed(now)
            store.replace_mail(tx, newsletter_id, told, now)
            store.queue_mail(tx, newsletter_id, kind.value, told, allowed)
        publish(tx, Reminded(newsletter_id, len(told)), now)

    # What events do ---------------------------------------------------------------------------

    def letter_published(self, tx: Tx, newsletter_id: str) -> None:
        """Open its ledger and send it on its ways."""
        letter = store.letter(tx, newsletter_id)
        if letter is None:
            return
        now = self._clock.now()
        new = store.open_ledger(tx, newsletter_id, letter.published_at)
        if new and self._mails and now - letter.published_at < DAY:
            store.queue_mail_to_all(tx, newsletter_id, self._quiet.next_allowed(now))

    def letter_corrected(self, tx: Tx, newsletter_id: str) -> None:
        """Those who read the earlier wording are told."""
        told = store.openers(tx, newsletter_id)
        store.add_messages(tx, told, MessageKind.CORRECTED, newsletter_id, self._clock.now())

    def letter_held(self, tx: Tx, event: NewsletterHeld) -> None:
        """Whoever wrote or approved it is told that it did not go out; were both to have left,
        all who may approve."""
        people = store.at_school(tx, {event.author_id, event.approver_id}) or store.approvers(tx)
        now = self._clock.now()
        told = dict.fromkeys(people, OWN_RIGHT)
        store.add_messages(tx, told, MessageKind.HELD, event.newsletter_id, now)
        if self._mails:
            allowed = self._quiet.next_allowed(now)
            store.queue_mail(tx, event.newsletter_id, MessageKind.HELD.value, told, allowed)

    def letter_opened(self, tx: Tx, newsletter_id: str, person_id: str, at: int) -> None:
        store.mark_opened(tx, newsletter_id, person_id, at)
        store.mark_seen_of(tx, person_id, newsletter_id, at)

    def form_answered(self, tx: Tx, event: FormSigned) -> None:
        """One answer speaks for all guardians of a child, unless each must give their own."""
        guardian = "" if event.for_family else event.guardian_id
        store.mark_answered(tx, event.subject, event.student_id, guardian, event.signed_at)
        rows = store.families_of(tx, event.subject, event.guardian_id)
        owing = {row.person_id for row in missing(rows, has_form=True)}
        for person_id in {row.person_id for row in rows} - owing:
            store.mark_seen_of(tx, person_id, event.subject, event.signed_at)

    def deadline_moved(self, tx: Tx, event: FormDeadlineMoved) -> None:
        """Families who have not answered are told until when they may, sooner or later."""
        letter = store.letter(tx, event.subject)
        now = self._clock.now()
        if letter is None or letter.deadline_at in (None, event.before) or letter.is_closed(now):
            return
        told = _told(missing(store.shares(tx, letter.id), has_form=True))
        store.drop_unseen(tx, told, (MessageKind.DEADLINE, MessageKind.MOVED), letter.id)
        self._tell(tx, letter.id, told, MessageKind.MOVED)

    def form_asked_anew(self, tx: Tx, newsletter_id: str) -> None:
        """Who has answered the earlier wording owes an answer again, and is told so."""
        answered = store.forget_answers(tx, newsletter_id)
        owing = missing(store.shares(tx, newsletter_id), has_form=True)
        told = _told(row for row in owing if (row.person_id, row.student_id) in answered)
        self._tell(tx, newsletter_id, told, MessageKind.ASKED_ANEW)

    def families_changed(self, tx: Tx) -> None:
        """Families who came since then are added to the ledgers of recent letters."""
        since = self._clock.now() - LATE_ARRIVALS
        for newsletter_id in store.recent_letters(tx, since):
            letter = store.letter(tx, newsletter_id)
            if letter is not None:
                store.open_ledger(tx, newsletter_id, letter.published_at)

    def approval_wanted(self, tx: Tx, newsletter_id: str) -> None:
        now = self._clock.now()
        told = dict.fromkeys(store.approvers(tx), OWN_RIGHT)
        store.add_messages(tx, told, MessageKind.TO_APPROVE, newsletter_id, now)

    def returned(self, tx: Tx, newsletter_id: str, author_id: str) -> None:
        now = self._clock.now()
        store.add_messages(tx, {author_id: OWN_RIGHT}, MessageKind.RETURNED, newsletter_id, now)

    async def remind_before_deadlines(self) -> int:
        """A day before a form closes, those who have not answered are reminded once; how many.

        Each form by itself: one that fails stops no other. Raises what the last one raised.
        """
        now = self._clock.now()
        if self._quiet.next_allowed(now) != now:
            return 0
        people = 0
        failure: Exception | None = None
        for form_id, newsletter_id in await self._db.read(self._due):
            try:
                people += await self._remind_of_deadline(form_id, newsletter_id)
            except Exception as error:
                log.exception("no reminder of a deadline", extra={"form": form_id})
                failure = error
        if failure is not None:
            raise failure
        return people

    def _due(self, tx: Tx) -> list[tuple[str, str]]:
        return store.forms_due(tx, self._clock.now(), BEFORE_DEADLINE)

    async def _remind_of_deadline(self, form_id: str, newsletter_id: str) -> int:
        def work(tx: Tx) -> int:
            if (form_id, newsletter_id) not in self._due(tx):
                return 0  # another run was faster
            owing = missing(store.shares(tx, newsletter_id), has_form=True)
            store.drop_unseen(
                tx, {row.person_id for row in owing}, (MessageKind.MOVED,), newsletter_id
            )
            people = self._remind(tx, newsletter_id, owing, MessageKind.DEADLINE)
            store.note_deadline(tx, form_id, self._clock.now())
            return people

        return await self._db.write(work)


def _told(owing: Iterable[Share]) -> dict[str, set[str]]:
    """Whom to tell, and through which children."""
    told: dict[str, set[str]] = {}
    for row in owing:
        told.setdefault(row.person_id, set()).add(row.student_id)
    return told
