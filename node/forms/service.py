"""The verbs of consent forms: open one, sign it, read what was answered, give receipts.

How an answer comes in stands in `signing`, how a consent is taken back in `retracting`, what was answered
in `results`, who may in `rights`.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from functools import partial

from kit import audit
from kit.card import Card
from kit.clock import DAY, Clock, monotonic
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.outbox import publish
from kit.portion import REST
from kit.problem import Forbidden, NotFound
from kit.verified import save as save_verified
from kit.verified import verified
from node.files.service import Files
from node.forms import checking, compared, drafting, retracting_store, rights, store, terms
from node.forms.cards import own_card, stop_card, waiting_card
from node.forms.model import (
    AfterCorrection,
    BadForm,
    ChildForm,
    DeadlineApproved,
    FormAct,
    FormAskedAnew,
    FormClosed,
    FormDeadlineMoved,
    FormDisposed,
    FormDraft,
    FormOpened,
    FormResults,
    FormView,
    FormWithdrawn,
    MayNotSign,
    Mismatch,
    NewsletterId,
    Wording,
)
from node.forms.receipts import Receipts
from node.forms.results import results_of, results_of_child
from node.forms.retracting import Retracting
from node.forms.signing import Signing
from node.forms.store import StoredForm
from node.ground import School
from node.ledger.service import Ledger
from node.people.access import of_now
from node.people.audience import of_guardians
from node.people.model import Asker, Child
from node.people.service import People
from node.questions.model import Answerer, ResultRow, RowState
from node.questions.service import Questions
from protocol.records import Attachment

COMPARED = "forms"
"""What is kept of how far the forms were compared (kit.verified)."""


PAGES_KEPT = 30 * DAY
MOST_TO_STOP = 50  # on the front page
FORGOTTEN_AT_ONCE = 500  # some milliseconds


class Forms:
    """The slice's face."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        files: Files,
        ledger: Ledger,
        people: People,
        questions: Questions,
        *,
        school: School,
    ) -> None:
        self._db = db
        self._clock = clock
        self._ledger = ledger
        self._questions = questions
        signing = Signing(db, clock, files, ledger, people, questions, school=school)
        self.sign = signing.sign
        self.to_sign = signing.to_sign
        self.enter_paper = signing.enter_paper
        retracting = Retracting(db, clock, ledger, school=school)
        self.retract = retracting.retract
        self.stopped = retracting.stopped
        receipts = Receipts(db, ledger, files)
        self.receipt = receipts.receipt
        self.receipts = receipts.receipts
        self.scan = receipts.scan

    # Writing ---------------------------------------------------------------------------------

    editor = staticmethod(drafting.editor)
    draft_text = staticmethod(drafting.draft_text)
    readers = staticmethod(rights.readers)

    # Opening ----------------------------------------------------------------------------------

    def attach(
        self,
        tx: Tx,
        asker: Asker,
        draft: FormDraft,
        *,
        newsletter_id: NewsletterId,
        title: str,
        document: str,
        files: tuple[Attachment, ...] = (),
        keys: set[str],
        is_approved: bool,
        at: int,
    ) -> str:
        """Open the form of a newsletter in the unit that publishes it at `at` (ms); the form's id.

        `document` is the exact text that signers are shown, with the newsletter's `files`: it is
        kept, by its hash, for as long as anybody may have to prove what was signed. `is_approved`:
        whether an approver decided on it, not its author alone. Raises BadForm.
        """
        draft.check_opening(keys, at)
        form = StoredForm(
            id=new_id(),
            newsletter_id=newsletter_id,
            title=title,
            draft=draft,
            document_hash=hashlib.sha256(document.encode()).hexdigest(),
            author_id=asker.id,
            opened_at=at,
            deadline_at=draft.deadline_at,
            is_approved=int(is_approved),
            files=files,
        )
        store.add_form(tx, form, document, of_guardians(keys))
        terms.note(tx, self._clock, form.id)
        publish(tx, FormOpened(form.id, newsletter_id), form.opened_at)
        return form.id

    def correct(
        self,
        tx: Tx,
        form_id: str,
        after: AfterCorrection,
        *,
        version: int,
        title: str,
        document: str,
        is_approved: bool,
    ) -> None:
        """Put the form under its letter's corrected wording, in the unit that corrects it.
        `is_approved`: whether an approver decided on it; the deadline is theirs from then on.

        Publishes FormAskedAnew where the question does not stand, FormDeadlineMoved where it gets
        another deadline. Raises BadForm when all would be asked anew with no time to answer, or the
        new deadline has passed.
        """
        form = store.form(tx, form_id)
        if form is None or form.closed_at is not None:
            return
        now = self._clock.now()
        digest = hashlib.sha256(document.encode()).hexdigest()
        valid_from = version if after.asks_anew else form.valid_from
        store.reword(tx, form_id, Wording(version, title, digest, now), document, valid_from)
        if is_approved:
            store.set_approved(tx, form_id)
        if after.asks_anew or after.deadline_at is not None:
            self._reopen(tx, form, after)
        if after.asks_anew:
            publish(tx, FormAskedAnew(form_id, form.newsletter_id, version), now)
        terms.note(tx, self._clock, form_id)

    def _reopen(self, tx: Tx, form: StoredForm, after: AfterCorrection) -> None:
        """Until when answers are taken after a correction."""
        now = self._clock.now()
        until = after.deadline_at or form.deadline_at
        if until is not None and until <= now:
            raise BadForm(
                reason=_("마감이 이미 지난 시각입니다. 회신을 받으려면 마감을 다시 정해 주세요.")
            )
        if until is not None and after.deadline_at is not None and until != form.deadline_at:
            store.set_deadline(tx, form.id, until)
            publish(
                tx, FormDeadlineMoved(form.id, form.newsletter_id, form.deadline_at, until), now
            )

    def close(self, tx: Tx, form_id: str) -> None:
        """End a form for good, in the unit that withdraws its newsletter. Answers given stay."""
        store.close(tx, form_id, self._clock.now())
        terms.note(tx, self._clock, form_id)

    # Seeing -----------------------------------------------------------------------------------

    def form_of(self, tx: Tx, newsletter_id: NewsletterId, asker: Asker) -> FormView | None:
        """A newsletter's form as the asker sees it; None when it has none for them."""
        form = store.form_of(tx, newsletter_id)
        return None if form is None else self._view(tx, form, asker)

    async def for_child(
        self, asker: Asker, form_id: str, student_id: str
    ) -> tuple[FormView, ChildForm, str]:
        """A form for one child, with the exact text it is signed under: of a letter that was taken
        back there is none, and what was signed stands in its receipt. Raises NotFound."""

        def look(tx: Tx) -> tuple[FormView, ChildForm, str]:
            form = store.form(tx, form_id)
            view = None if form is None else self._view(tx, form, asker)
            if form is None or view is None:
                raise NotFound()
            for child in view.children:
                if child.student_id != student_id:
                    continue
                if view.is_withdrawn:
                    return view, child, ""
                return view, child, store.document(tx, form.document_hash) or ""
            raise NotFound()

        return await self._db.read(look)

    async def view(self, asker: Asker, form_id: str) -> FormView:
        """A form with the asker's children. Raises NotFound."""

        def look(tx: Tx) -> FormView:
            form = store.form(tx, form_id)
            view = None if form is None else self._view(tx, form, asker)
            if view is None:
                raise NotFound()
            return view

        return await self._db.read(look)

    def _view(self, tx: Tx, form: StoredForm, asker: Asker) -> FormView | None:
        asked = store.children_asked(tx, form.id, asker.id) if asker.children else set()
        if not asked and not asker.is_staff:
            return None
        closed = ""
        try:
            rights.require_open(form, self._clock.now())
        except (FormClosed, FormWithdrawn, FormDisposed) as problem:
            closed = problem.text
        wordings = store.wordings(tx, form.id)
        children = tuple(
            self._child(tx, form, wordings, asker, child, closed)
            for child in asker.children
            if child.student_id in asked
        )
        return FormView(
            id=form.id,
            newsletter_id=form.newsletter_id,
            title=form.title,
            draft=form.draft if form.closed_at is None else FormDraft(),
            deadline_at=form.deadline_at,
            is_open=not closed,
            is_withdrawn=form.closed_at is not None,
            wordings=wordings,
            valid_from=form.valid_from,
            children=children,
            agreed=store.agreement(tx, asker.id) is not None,
            sees_results=rights.sees_results(asker, form),
            author_name=store.author_name(tx, form.author_id),
            readers=rights.readers(is_confidential=bool(form.is_confidential)),
        )

    @staticmethod
    def _child(
        tx: Tx,
        form: StoredForm,
        wordings: Sequence[Wording],
        asker: Asker,
        child: Child,
        closed: str,
    ) -> ChildForm:
        kept = compared.child_answers(tx, form, child.student_id, wordings)
        given = tuple(one for one in kept if one.version >= form.valid_from)
        mine = [one for one in kept if one.by_id == asker.id or not form.draft.is_apart]
        last = mine[-1] if mine else None
        holds = last is not None and last.version >= form.valid_from
        reason = closed or ("" if child.may_sign else MayNotSign.text)
        return ChildForm(
            student_id=child.student_id,
            name=child.name,
            class_name=child.class_name,
            relation=child.relation,
            given=given,
            own=last if holds else None,
            earlier=None if holds else last,
            may_sign=not reason,
            reason=reason,
            may_retract=last is not None and rights.may_retract(form, child, asker, last),
        )

    # Results ----------------------------------------------------------------------------------

    async def results(self, asker: Asker, form_id: str) -> FormResults:
        """The answers per child: whole for the author, heads and the office; own classes for a
        homeroom teacher. Raises NotFound."""
        return await self._questions.look(
            form_id, lambda tx, before: results_of(tx, asker, form_id, before)
        )

    async def export(self, asker: Asker, form_id: str) -> FormResults:
        """Results on their way out of the system: audited, and let go only to whom the right to
        all that was read still belongs then. Raises NotFound."""
        found = await self.results(asker, form_id)

        def work(tx: Tx, asker: Asker) -> FormResults:
            form = store.form(tx, form_id)
            classes = {row.asked.group_id for row in found.rows}
            if form is None or not asker.is_staff:
                raise NotFound()
            if not all(rights.may_handle(asker, form, one) for one in classes):
                raise NotFound()
            audit.record(tx, self._clock, asker, FormAct.EXPORT, form_id, rows=len(found.rows))
            return found

        return await self._db.write(of_now(asker, work))

    async def paper_form(
        self, asker: Asker, form_id: str, student_id: str
    ) -> tuple[FormResults, ResultRow, list[Answerer]]:
        """What staff need to enter a slip: the form, the child, whose slip it may be.

        Raises NotFound, FormWithdrawn.
        """

        def look(tx: Tx) -> tuple[FormResults, ResultRow, list[Answerer]]:
            found, row = results_of_child(tx, asker, form_id, student_id)
            if found.is_withdrawn:
                raise FormWithdrawn()
            if row.state is RowState.PARTLY:
                return found, row, list(row.owing)
            return found, row, store.guardians(tx, student_id)

        return await self._db.read(look)

    async def extend(self, asker: Asker, form_id: str, deadline_at: int) -> None:
        """Move the deadline: an approver, or its author where nobody else approved the form;
        publishes FormDeadlineMoved.

        Raises NotFound, Forbidden, DeadlineApproved, FormWithdrawn.
        """

        def work(tx: Tx, mover: Asker) -> None:
            form = store.form(tx, form_id)
            if form is None or not mover.is_staff:
                raise NotFound()
            if form.author_id != mover.id and not mover.is_approver:
                raise Forbidden()
            rights.require_standing(form)
            if not rights.may_move_deadline(mover, form):
                raise DeadlineApproved()
            store.set_deadline(tx, form_id, deadline_at)
            moved = FormDeadlineMoved(form_id, form.newsletter_id, form.deadline_at, deadline_at)
            publish(tx, moved, self._clock.now())
            audit.record(tx, self._clock, mover, FormAct.DEADLINE, form_id, deadline_at=deadline_at)
            terms.note(tx, self._clock, form_id)

        await self._db.write(of_now(asker, work))

    # Against the log --------------------------------------------------------------------------

    async def compare(self, db: Database) -> list[Mismatch]:
        """Everything stored of forms that is otherwise than it was signed, read over a database of
        the caller's (Database.apart)."""
        return await checking.check(db)

    async def compare_now(self) -> None:
        """The daily job. Raises RecordsDiffer."""
        kept = await self._db.read(lambda tx: verified(tx, COMPARED))
        async with self._db.apart() as apart:
            found, so_far = await checking.check_night(apart, kept)
        checking.require_none(found)
        now = self._clock.now()
        await self._db.write(lambda tx: save_verified(tx, COMPARED, so_far, now))

    async def forget_pages(self) -> None:
        """Nightly, in portions: a page that was sent a month ago is sent again by nobody."""
        before = self._clock.now() - PAGES_KEPT
        leaf = await self._db.read(lambda tx: store.last_leaf_before(tx, before))
        after: str | None = ""
        while after is not None:
            begun = monotonic()
            after = await self._db.write(
                partial(store.forget_submissions, leaf=leaf, after=after, limit=FORGOTTEN_AT_ONCE)
            )
            await asyncio.sleep(REST * (monotonic() - begun))

    def cards(self, tx: Tx, asker: Asker, now: int) -> list[Card]:
        """For guardians what waits for an answer; for staff how their open forms fare, and what must stop
        because a consent was taken back."""
        cards = []
        if asker.is_guardian:
            children = {child.student_id for child in asker.children}
            waiting = store.unanswered(tx, asker.id, children, now)
            if waiting:
                cards.append(waiting_card(waiting, now))
        if asker.is_staff:
            own = store.own_open(tx, asker.id, now)
            if own:
                cards.append(own_card(own, now))
            stop = retracting_store.to_stop(tx, asker.id, asker.is_approver, MOST_TO_STOP)
            if stop:
                cards.append(stop_card(stop))
        return cards
