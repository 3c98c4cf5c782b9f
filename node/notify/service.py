"""Who has been reached, who has not and why; reminding only those who are missing."""

import enum
import logging
from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace

from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx
from kit.problem import NotFound
from node.notices.service import Notices
from node.notify import earlier, ledger_store, store
from node.notify.families import families, is_unreached, missing, totals
from node.notify.model import (
    ClassReach,
    LetterNow,
    MessageKind,
    NobodyToRemind,
    Reach,
    Reached,
    RemindersOver,
    Slip,
)
from node.notify.reactions import Reactions
from node.notify.telling import PORTION, Teller, of_people, was_reminded
from node.people.access import is_confidential, may_see_class, of_now
from node.people.model import Asker

log = logging.getLogger(__name__)


class ReachAct(enum.StrEnum):
    REMIND = "notify:newsletter:remind"


class Notify:
    """The reach ledger, and reminders of letters."""

    def __init__(self, db: Database, clock: Clock, notices: Notices) -> None:
        self._db = db
        self._clock = clock
        self._notices = notices
        self._teller = Teller(clock, notices)
        self.reactions = Reactions(clock, notices)

    # The ledger -------------------------------------------------------------------------------

    async def reach(self, asker: Asker, newsletter_id: str) -> Reach:
        """The ledger of a letter: whole for its author, heads and the office (one to chosen children:
        for its author and the principals), own classes for a homeroom teacher. Raises NotFound for
        everybody else."""
        if await self._db.read(lambda tx: earlier.waits(tx, newsletter_id)):
            await self._db.write(lambda tx: ledger_store.number_to_write(tx, newsletter_id))
        return await self._db.read(lambda tx: self._reach(tx, asker, newsletter_id))

    async def remind(self, asker: Asker, newsletter_id: str, class_id: str | None = None) -> int:
        """Remind those who are missing and were not reminded just now; how many people.

        Raises NotFound, RemindersOver, NobodyToRemind.
        """
        view = await self.reach(asker, newsletter_id)
        if view.is_closed:
            raise RemindersOver()
        chosen = (one for one in view.classes if class_id in (None, one.class_id))
        view = replace(view, classes=tuple(chosen))
        rows = [row for group in view.classes for row in group.rows]
        now = self._clock.now()
        owing = missing(rows, has_form=view.has_form)
        wanted = sorted({row.person_id for row in owing if not was_reminded(row.reminded_at, now)})
        pairs = {(row.person_id, row.student_id) for row in rows}
        told = 0
        while wanted:
            people, wanted = wanted[:PORTION], wanted[PORTION:]
            following = None if told else len(wanted)
            told += await self._db.write(
                of_now(asker, partial(self._remind_some, view, pairs, people, following))
            )
        if not told:
            raise NobodyToRemind()
        return told

    async def slips(
        self, asker: Asker, newsletter_id: str, class_id: str | None = None
    ) -> tuple[Reach, list[Slip]]:
        """The children whose guardians can only be reached on paper, and were not yet, for printing."""
        view = await self.reach(asker, newsletter_id)
        found = []
        for group in view.classes:
            if class_id is not None and group.class_id != class_id:
                continue
            for rows in families(group.rows):
                if is_unreached(rows):
                    first = rows[0]
                    reasons = tuple(sorted({row.unreachable_label for row in rows}))
                    place = (first.class_name, first.number)
                    found.append(Slip(first.student_id, first.student_name, *place, reasons))
        return view, found

    def _remind_some(
        self,
        view: Reach,
        wanted: set[tuple[str, str]],
        people: Sequence[str],
        following: int | None,
        tx: Tx,
        asker: Asker,
    ) -> int:
        """Remind some people of what they still owe for wanted (person, child); how many.
        `following`: how many are to follow, with the first of whom the reminder is noted."""
        letter = ledger_store.letter_number(tx, view.newsletter_id)
        # Who was looked up before may have lost the right to read meanwhile, or have answered.
        text = store.letter(tx, view.newsletter_id)
        if letter is None or text is None or not asker.is_staff:
            raise NotFound()
        others = {one.class_id for one in view.classes} - asker.classes
        if others and not _follows_all(tx, asker, text):
            raise NotFound()
        rows = ledger_store.shares(tx, view.newsletter_id, letter, people)
        asked = [row for row in rows if (row.person_id, row.student_id) in wanted]
        owing = of_people(missing(asked, has_form=view.has_form), people)
        told = self._teller.remind(tx, view.newsletter_id, letter, owing, MessageKind.REMINDER)
        if told and following is not None:
            audit.record(
                tx, self._clock, asker, ReachAct.REMIND, view.newsletter_id, people=told + following
            )
        return told

    def _reach(self, tx: Tx, asker: Asker, newsletter_id: str) -> Reach:
        letter = store.letter(tx, newsletter_id)
        if letter is None or not asker.is_staff:
            raise NotFound()
        everything = _follows_all(tx, asker, letter)
        number = ledger_store.letter_number(tx, newsletter_id)
        rows = []
        if number is not None:
            own = None if everything else asker.classes  # as access.may_see_class
            rows = ledger_store.reach(tx, newsletter_id, number, own)
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

    async def remind_before_deadlines(self) -> int:
        """Three days, one day and three hours before a form closes, those who have not answered are
        reminded once each; how many.

        Not at night: what fell into it is made up for in the morning, once. Each form by itself: one that
        fails stops no other. Raises what the last one raised.
        """
        if self._notices.is_quiet():
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
        return store.forms_due(tx, self._clock.now())

    async def _remind_of_deadline(self, form_id: str, newsletter_id: str) -> int:
        people, after = 0, 0
        while True:
            told, after = await self._db.write(
                partial(self._deadline_portion, form_id, newsletter_id, after)
            )
            people += told
            if not after:
                return people

    def _deadline_portion(
        self, form_id: str, newsletter_id: str, after: int, tx: Tx
    ) -> tuple[int, int]:
        """Remind the next people of a ledger; how many, and after whom it goes on (0 at the end).
        Cut off between two portions, the next run passes over those who were reminded."""
        now = self._clock.now()
        letter = ledger_store.number_to_write(tx, newsletter_id)
        if letter is None or not store.is_due(tx, form_id, now):
            return 0, 0  # another run was faster, or the deadline was moved
        people, last = ledger_store.people_after(tx, letter, after, PORTION)
        rows = ledger_store.shares(tx, newsletter_id, letter, people)
        owing = of_people(missing(rows, has_form=True), people)
        told_anew = {row.person_id for row in owing if not was_reminded(row.reminded_at, now)}
        replaced = (MessageKind.MOVED, MessageKind.DEADLINE)
        self._notices.take_back(tx, told_anew, replaced, newsletter_id)
        told = self._teller.remind(tx, newsletter_id, letter, owing, MessageKind.DEADLINE)
        if len(people) == PORTION:
            return told, last
        store.note_deadline(tx, form_id, now)
        return told, 0


def _follows_all(tx: Tx, asker: Asker, letter: LetterNow) -> bool:
    """Whether the asker sees who of the whole school read a letter, beyond their own classes."""
    if letter.author_id == asker.id:
        return True
    keys = ledger_store.audience(tx, letter.id)
    return may_see_class(asker, "", is_confidential=is_confidential(keys))
