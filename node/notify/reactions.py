"""What events do to the reach ledger, and whom they tell.

What concerns many people is done in steps (kit.outbox.Steps): each costs the people it goes through,
and the position says who comes next.
"""

from collections.abc import Collection, Iterable, Sequence

from msgspec.structs import replace

from kit.clock import DAY, Clock
from kit.db import Tx, decode, encode
from node.approval.access import deciders, deciders_of
from node.forms.model import FormAskedAnew, FormDeadlineMoved, FormSigned
from node.newsletters.model import (
    NewsletterCorrected,
    NewsletterHeld,
    NewsletterOpened,
    NewsletterPublished,
    NewsletterReturned,
    to_send,
)
from node.notices.model import Told, Topic, Urgency
from node.notices.service import Notices
from node.notify import earlier, ledger_store, store
from node.notify.families import missing
from node.notify.ledger_store import Addressed
from node.notify.model import PUBLISHED, LetterNow, MessageKind, PersonReach
from node.notify.telling import PORTION, Teller, of_people, told_of
from node.people.audience import audience_of
from node.people.model import FamiliesChanged, Kind, Scope, StaffChanged

LATE_ARRIVALS = 60 * DAY  # letters this young also reach families who come to the school now
LATE_PORTION = 20  # people who are looked up in all of these letters in one step
OPENING_PORTION = 250  # people of the school among whom those a letter addresses are looked up
OWN_RIGHT = ("",)


class Reactions:
    """Handlers of events, each within its unit."""

    def __init__(self, clock: Clock, notices: Notices) -> None:
        self._clock = clock
        self._notices = notices
        self._teller = Teller(clock, notices)

    # The ledger of a letter -------------------------------------------------------------------

    def letter_published(self, tx: Tx, event: NewsletterPublished, at: str | None) -> str | None:
        """Open its ledger and send it on its ways."""
        letter = store.letter(tx, event.newsletter_id)
        if letter is None:
            return None
        number = ledger_store.open_ledger(tx, letter.id, letter.published_at)
        rows, after = _open_portion(tx, letter.id, number, at or "")
        if self._clock.now() - letter.published_at < DAY:
            self._tell_published(tx, letter.id, rows)
        return after

    def _tell_published(self, tx: Tx, newsletter_id: str, rows: Sequence[Addressed]) -> None:
        """Mail tells that a letter is there; the portal shows the letter itself."""
        told: dict[str, set[str]] = {}
        for person, child in rows:
            told.setdefault(person, set()).add(child)
        reached = {person: told[person] for person in self._notices.with_address(tx, told)}
        self._notices.tell(tx, reached, Topic(PUBLISHED, newsletter_id), Urgency.USUAL)

    def families_changed(self, tx: Tx, event: FamiliesChanged, at: str | None) -> str | None:
        """Families who came since then are added to the ledgers of recent letters."""
        if event.people is None:
            return self._everybody_changed(tx, at)
        people = {*event.people, *ledger_store.guardians_of(tx, event.people)}
        portion = sorted(one for one in people if one > (at or ""))[:LATE_PORTION]
        if not ledger_store.add_to_letters_since(tx, portion, self._recent_since()):
            return at or ""
        return portion[-1] if len(portion) == LATE_PORTION else None

    def staff_changed(self, tx: Tx, event: StaffChanged, at: str | None) -> str | None:
        """So is whoever came to the staff, or is now addressed there by another key."""
        is_done = ledger_store.add_to_letters_since(tx, [event.person_id], self._recent_since())
        return None if is_done else ""

    def _everybody_changed(self, tx: Tx, at: str | None) -> str | None:
        """Go through the recent letters one by one. The position: [when it was published, its
        number, the person its ledger was opened up to, or null when it is done]."""
        if earlier.some_wait(tx):
            earlier.bring_next(tx, None)
            return at or ""
        sent_at, letter, person = decode(
            at or encode([self._recent_since(), 0, None]), tuple[int, int, str | None]
        )
        # A letter whose ledger was not opened yet finds everybody when it is.
        row = ledger_store.ledger_after(tx, sent_at, letter if person is None else letter - 1)
        if row is None:
            return None
        letter, newsletter_id, sent_at = row
        _rows, after = _open_portion(tx, newsletter_id, letter, person or "")
        return encode([sent_at, letter, after])

    def _recent_since(self) -> int:
        return self._clock.now() - LATE_ARRIVALS

    # What readers did ---------------------------------------------------------------------------

    def letter_opened(self, tx: Tx, event: NewsletterOpened) -> None:
        self._notices.done(tx, event.person_id, event.newsletter_id, event.opened_at)

    def form_answered(self, tx: Tx, event: FormSigned) -> None:
        """One answer speaks for all guardians of a child, unless each must give their own."""
        letter = ledger_store.number_to_write(tx, event.newsletter_id)
        if letter is None:
            return
        only = None if event.for_family else event.guardian_id
        ledger_store.mark_answered(tx, letter, event.student_id, only, event.signed_at)
        people = {event.guardian_id, *ledger_store.guardians_of(tx, [event.student_id])}
        rows = ledger_store.shares(tx, event.newsletter_id, letter, people)
        owing = {row.person_id for row in missing(rows, has_form=True)}
        for person_id in {row.person_id for row in of_people(rows, people)} - owing:
            self._notices.done(tx, person_id, event.newsletter_id, event.signed_at)

    # Whom to tell of what changed ---------------------------------------------------------------

    def letter_corrected(self, tx: Tx, event: NewsletterCorrected, at: str | None) -> str | None:
        """Those who read the earlier wording are told, if they still may read it."""
        people = store.openers_after(tx, event.newsletter_id, at or "", PORTION)
        told: dict[str, set[str]] = {}
        for person, child in ledger_store.addressed(tx, event.newsletter_id, people):
            told.setdefault(person, set()).add(child)
        for person in store.at_school(tx, people):  # staff read what goes to families
            told.setdefault(person, {""})
        what = Topic(MessageKind.CORRECTED.value, event.newsletter_id)
        self._notices.tell(tx, told, what, Urgency.CALM)
        return people[-1] if len(people) == PORTION else None

    def deadline_moved(self, tx: Tx, event: FormDeadlineMoved, at: str | None) -> str | None:
        """Families who have not answered are told until when they may, sooner or later."""
        letter = store.letter(tx, event.newsletter_id)
        if letter is None or letter.deadline_at in (None, event.before) or self._is_over(letter):
            return None
        number = ledger_store.number_to_write(tx, letter.id)
        if number is None:
            return None
        people, last = ledger_store.people_after(tx, number, int(at or 0), PORTION)
        rows = ledger_store.shares(tx, letter.id, number, people)
        told = told_of(of_people(missing(rows, has_form=True), people))
        kinds = (MessageKind.DEADLINE, MessageKind.MOVED)
        self._notices.take_back(tx, told, kinds, letter.id)
        self._teller.tell(tx, letter.id, told, MessageKind.MOVED)
        if len(people) == PORTION:
            return str(last)
        store.note_deadline(tx, event.form_id, self._clock.now())
        return None

    def form_asked_anew(self, tx: Tx, event: FormAskedAnew, at: str | None) -> str | None:
        """Who has answered the earlier wording owes an answer again, and is told so."""
        number = ledger_store.number_to_write(tx, event.newsletter_id)
        if number is None:
            return None
        after = int(at or 0)
        people, last = ledger_store.people_after(tx, number, after, PORTION)
        rows = ledger_store.shares(tx, event.newsletter_id, number, people)
        told = told_of(of_people(_owing_again(rows), people))
        ledger_store.forget_answers(tx, number, after, last)
        self._teller.tell(tx, event.newsletter_id, told, MessageKind.ASKED_ANEW)
        return str(last) if len(people) == PORTION else None

    def _is_over(self, letter: LetterNow) -> bool:
        return letter.is_closed(self._clock.now())

    # Those who write and decide -----------------------------------------------------------------

    def letter_held(self, tx: Tx, event: NewsletterHeld) -> None:
        """Whoever wrote or approved it is told that it did not go out; were both to have left,
        all who may approve."""
        people = store.at_school(tx, {event.author_id, event.approver_id}) or deciders(tx)
        what = Topic(MessageKind.HELD.value, event.newsletter_id)
        self._tell_staff(tx, people, what, Urgency.USUAL)

    def approval_wanted(self, tx: Tx, newsletter_id: str) -> None:
        what = Topic(MessageKind.TO_APPROVE.value, newsletter_id)
        people = deciders_of(tx, to_send(newsletter_id))
        self._tell_staff(tx, people, what, Urgency.CALM)

    def returned(self, tx: Tx, event: NewsletterReturned) -> None:
        what = Topic(MessageKind.RETURNED.value, event.newsletter_id)
        self._tell_staff(tx, [event.author_id], what, Urgency.CALM)

    def _tell_staff(self, tx: Tx, people: Iterable[str], what: Topic, urgency: Urgency) -> None:
        """Tell them in their own right."""
        told: Told = dict.fromkeys(people, OWN_RIGHT)
        self._notices.tell(tx, told, what, urgency)


def _open_portion(
    tx: Tx, newsletter_id: str, number: int, after: str
) -> tuple[Sequence[Addressed], str | None]:
    """Open a ledger for the next people of the school; whom it addresses of them, and after whom it
    goes on (None at the end)."""
    people = None
    if _is_wide(ledger_store.audience(tx, newsletter_id)):
        people = store.people_after(tx, after, OPENING_PORTION)
    rows = ledger_store.addressed(tx, newsletter_id, people)
    ledger_store.add(tx, number, rows)
    return rows, people[-1] if people and len(people) == OPENING_PORTION else None


def _is_wide(keys: Collection[str]) -> bool:
    """Whether keys are held by whole grades: too many people for one step."""
    found = [audience_of(key) for key in keys]
    return any(
        one is not None and one.kind is not Kind.STAFF and one.scope in (Scope.SCHOOL, Scope.GRADE)
        for one in found
    )


def _owing_again(rows: Iterable[PersonReach]) -> list[PersonReach]:
    """Of rows with an answer those that owe one when all answers are forgotten."""
    answered = {(row.person_id, row.student_id) for row in rows if row.answered_at is not None}
    forgotten = [replace(row, answered_at=None) for row in rows]
    owing = missing(forgotten, has_form=True)
    return [row for row in owing if (row.person_id, row.student_id) in answered]
