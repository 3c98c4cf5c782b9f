"""Who has been reached, who has not and why; reminding only those who are missing."""

import enum
from collections.abc import Iterable

from kit import audit
from kit.card import Card, Entry, Weight
from kit.clock import DAY, HOUR, Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.outbox import publish
from kit.problem import NotFound
from node.forms.model import FormSigned
from node.notify import store
from node.notify.model import (
    ClassReach,
    Message,
    MessageKind,
    NobodyToRemind,
    QuietHours,
    Reach,
    Reached,
    Reminded,
    Slip,
    Totals,
)
from node.people.access import may_see_class
from node.people.model import Asker, Role

REMIND_AGAIN_AFTER = 4 * HOUR
LATE_ARRIVALS = 60 * DAY  # letters this young also reach families who come to the school now
BEFORE_DEADLINE = DAY
WIDE = frozenset({Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.HEAD, Role.OFFICE})


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

    # The ledger -------------------------------------------------------------------------------

    async def reach(self, asker: Asker, newsletter_id: str) -> Reach:
        """The ledger of a letter: whole for its author, heads and the office, own classes for a
        homeroom teacher. Raises NotFound for everybody else."""
        return await self._db.read(lambda tx: self._reach(tx, asker, newsletter_id))

    async def remind(self, asker: Asker, newsletter_id: str, class_id: str | None = None) -> int:
        """Remind those who are missing and were not reminded just now; how many people.

        Raises NotFound, NobodyToRemind.
        """
        now = self._clock.now()

        def work(tx: Tx) -> int:
            view = self._reach(tx, asker, newsletter_id)
            rows = [
                row
                for group in view.classes
                if class_id is None or group.class_id == class_id
                for row in group.rows
            ]
            people = self._remind(tx, newsletter_id, view.title, view.has_form, rows, now)
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
            for rows in _families(group.rows):
                if all(row.unreachable and row.opened_at is None for row in rows):
                    first = rows[0]
                    reasons = tuple(sorted({row.unreachable_label for row in rows}))
                    found.append(Slip(first.student_name, first.class_name, first.number, reasons))
        return view, found

    def _reach(self, tx: Tx, asker: Asker, newsletter_id: str) -> Reach:
        letter = store.letter(tx, newsletter_id)
        if letter is None or not asker.is_staff:
            raise NotFound()
        title, published_at, author_id, form_id = letter
        everything = author_id == asker.id or bool(asker.roles & WIDE)
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
            title=title,
            published_at=published_at,
            has_form=bool(form_id),
            totals=_totals(rows),
            classes=tuple(
                ClassReach(class_id, members[0].class_name, _totals(members), tuple(members))
                for class_id, members in classes.items()
            ),
        )

    def _remind(
        self,
        tx: Tx,
        newsletter_id: str,
        title: str,
        has_form: bool,
        rows: Iterable[Reached],
        now: int,
        kind: MessageKind = MessageKind.REMINDER,
    ) -> int:
        href = f"/newsletters/{newsletter_id}"
        people = set()
        for family in _families(rows):
            missing = _owing(family) if has_form else _unread(family)
            people |= {
                row.person_id
                for row in missing
                if row.reminded_at is None or now - row.reminded_at > REMIND_AGAIN_AFTER
            }
        for person_id in sorted(people):
            store.remind(tx, newsletter_id, person_id, now)
            store.add_message(tx, person_id, kind, title, href, now)
            if self._mails:
                allowed = self._quiet.next_allowed(now)
                store.queue_mail(tx, newsletter_id, kind.value, title, allowed, person_id)
        if people:
            publish(tx, Reminded(newsletter_id, len(people)), now)
        return len(people)

    # What events do ---------------------------------------------------------------------------

    def letter_published(self, tx: Tx, newsletter_id: str) -> None:
        """Open its ledger and send it on its ways."""
        letter = store.letter(tx, newsletter_id)
        if letter is None:
            return
        now = self._clock.now()
        if store.open_ledger(tx, newsletter_id, letter[1]) and self._mails:
            allowed = self._quiet.next_allowed(now)
            if now - letter[1] < DAY:
                store.queue_mail(tx, newsletter_id, "published", letter[0], allowed)

    def letter_corrected(self, tx: Tx, newsletter_id: str) -> None:
        """Those who read the earlier wording are told."""
        letter = store.letter(tx, newsletter_id)
        if letter is None:
            return
        now = self._clock.now()
        for person_id in store.openers(tx, newsletter_id):
            store.add_message(
                tx,
                person_id,
                MessageKind.CORRECTED,
                letter[0],
                f"/newsletters/{newsletter_id}",
                now,
            )

    def letter_opened(self, tx: Tx, newsletter_id: str, person_id: str, at: int) -> None:
        store.mark_opened(tx, newsletter_id, person_id, at)
        store.mark_seen_at(tx, person_id, f"/newsletters/{newsletter_id}", at)

    def form_answered(self, tx: Tx, event: FormSigned) -> None:
        """One answer speaks for all guardians of a child, unless each must give their own."""
        guardian = "" if event.for_family else event.guardian_id
        store.mark_answered(tx, event.subject, event.student_id, guardian, event.signed_at)

    def form_asked_anew(self, tx: Tx, newsletter_id: str) -> None:
        """Who has answered the earlier wording owes an answer again, and is told so."""
        letter = store.letter(tx, newsletter_id)
        if letter is None:
            return
        href, now = f"/newsletters/{newsletter_id}", self._clock.now()
        for person_id in store.forget_answers(tx, newsletter_id):
            store.add_message(tx, person_id, MessageKind.ASKED_ANEW, letter[0], href, now)

    def families_changed(self, tx: Tx) -> None:
        """Families who came since then are added to the ledgers of recent letters."""
        since = self._clock.now() - LATE_ARRIVALS
        for newsletter_id in store.recent_letters(tx, since):
            letter = store.letter(tx, newsletter_id)
            if letter is not None:
                store.open_ledger(tx, newsletter_id, letter[1])

    def approval_wanted(self, tx: Tx, newsletter_id: str, title: str) -> None:
        for person_id in store.approvers(tx):
            store.add_message(
                tx,
                person_id,
                MessageKind.TO_APPROVE,
                title,
                f"/newsletters/{newsletter_id}",
                self._clock.now(),
            )

    def returned(self, tx: Tx, newsletter_id: str, author_id: str, title: str) -> None:
        store.add_message(
            tx,
            author_id,
            MessageKind.RETURNED,
            title,
            f"/newsletters/{newsletter_id}/edit",
            self._clock.now(),
        )

    async def remind_before_deadlines(self) -> int:
        """A day before a form closes, those who have not answered are reminded once."""
        now = self._clock.now()
        if self._quiet.next_allowed(now) != now:
            return 0

        def work(tx: Tx) -> int:
            people = 0
            for form_id, newsletter_id in store.forms_due(tx, now, now + BEFORE_DEADLINE):
                letter = store.letter(tx, newsletter_id)
                if letter is not None:
                    rows = store.reach(tx, newsletter_id)
                    kind = MessageKind.DEADLINE
                    people += self._remind(tx, newsletter_id, letter[0], True, rows, now, kind)
                store.note_deadline(tx, form_id, now)
            return people

        return await self._db.write(work)

    # Notifications ----------------------------------------------------------------------------

    async def messages(self, asker: Asker) -> list[Message]:
        """The asker's latest notifications; they count as seen afterwards."""
        found = await self._db.read(lambda tx: store.messages(tx, asker.id, 100))
        if any(message.seen_at is None for message in found):
            now = self._clock.now()
            await self._db.write(lambda tx: store.mark_seen(tx, asker.id, now))
        return found

    def cards(self, tx: Tx, asker: Asker, now: int) -> list[Card]:
        """Reminders that wait for the asker."""
        unseen = store.unseen(tx, asker.id, 3)
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
                        at=message.at,
                        unread=True,
                    )
                    for message in unseen
                ),
                live="notify.reminded",
            )
        ]


def _families(rows: Iterable[Reached]) -> list[list[Reached]]:
    """Rows by child; those addressed in their own right stand alone."""
    families: dict[str, list[Reached]] = {}
    for row in rows:
        families.setdefault(row.student_id or row.person_id, []).append(row)
    return list(families.values())


def _owing(family: list[Reached]) -> list[Reached]:
    """Those of a family who still owe an answer: one answer does unless both must sign."""
    own = [row for row in family if row.owes_own]
    if own:
        return [row for row in own if not row.answered_at]
    return [] if any(row.answered_at for row in family) else family


def _unread(family: list[Reached]) -> list[Reached]:
    return [] if any(row.opened_at for row in family) else family


def _totals(rows: Iterable[Reached]) -> Totals:
    families = _families(rows)
    return Totals(
        sent=len(families),
        opened=sum(any(row.opened_at for row in family) for family in families),
        answered=sum(not _owing(family) for family in families),
        unreachable=sum(
            all(row.unreachable and row.opened_at is None for row in family) for family in families
        ),
    )
