"""The verbs of consent forms: open one, sign it, read what was answered, give receipts.

Signing is one transaction: existence, right and state; the answer; the ledger's leaf; the event.
"""

import asyncio
import enum
import hashlib
from collections.abc import Mapping, Sequence

from kit import audit
from kit.blobs import Blobs
from kit.card import Card
from kit.clock import DAY, Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.outbox import publish
from kit.problem import Forbidden, NotFound
from node.forms import drafting, store
from node.forms.cards import own_card, waiting_card
from node.forms.model import (
    BASIS_LABELS,
    AgreementNeeded,
    BadForm,
    ChildForm,
    Count,
    FieldKind,
    FormClosed,
    FormDeadlineMoved,
    FormDraft,
    FormOpened,
    FormSigned,
    FormView,
    Given,
    MayNotSign,
    NameDiffers,
    ReceiptLine,
    ResultRow,
    Results,
    Signature,
    SignatureKind,
    SignatureMissing,
    Signed,
    answers_of,
)
from node.forms.store import StoredForm
from node.ledger.service import Ledger
from node.people.access import may_see_class
from node.people.model import Asker, Child, Role
from node.people.service import People
from protocol.identity import SchoolId
from protocol.receipts import Receipt
from protocol.records import ConsentV1
from protocol.records import SignatureKind as RecordedKind

RESULTS = frozenset({Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.HEAD, Role.OFFICE})
LARGEST_DRAWING = 300_000  # bytes


class Act(enum.StrEnum):
    PAPER = "forms:answer:enter_paper"
    EXPORT = "forms:answer:export"
    DEADLINE = "forms:form:change_deadline"


class Forms:
    """The slice's face."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        blobs: Blobs,
        ledger: Ledger,
        people: People,
        *,
        school_id: SchoolId,
        school_name: str,
    ) -> None:
        self._db = db
        self._clock = clock
        self._blobs = blobs
        self._ledger = ledger
        self._people = people
        self._school_id = school_id
        self._school_name = school_name

    # Writing ---------------------------------------------------------------------------------

    editor = staticmethod(drafting.editor)
    draft_text = staticmethod(drafting.draft_text)

    # Opening ----------------------------------------------------------------------------------

    def attach(
        self,
        tx: Tx,
        asker: Asker,
        draft: FormDraft,
        *,
        subject: str,
        title: str,
        document: str,
        keys: set[str],
    ) -> str:
        """Open the form of a newsletter in the unit that publishes it; the form's id.

        `document` is the exact text that signers are shown: it is kept, by its hash, for as long as
        anybody may have to prove what was signed. Raises BadForm.
        """
        draft.check()
        if not any(key.startswith("guardians") for key in keys):
            raise BadForm(reason=_("동의서는 보호자에게 보내는 글에만 붙일 수 있습니다."))
        form = StoredForm(
            id=new_id(),
            subject=subject,
            title=title,
            draft=draft,
            document_hash=hashlib.sha256(document.encode()).hexdigest(),
            author_id=asker.id,
            opened_at=self._clock.now(),
            deadline_at=draft.deadline_at,
        )
        families = {key for key in keys if key.startswith("guardians")}
        store.add_form(tx, form, document, families)
        publish(tx, FormOpened(form.id, subject), form.opened_at)
        return form.id

    def close(self, tx: Tx, form_id: str) -> None:
        """End a form now, in the unit that withdraws its newsletter. Answers given stay."""
        store.set_deadline(tx, form_id, self._clock.now() - 1)

    # Seeing -----------------------------------------------------------------------------------

    def form_of(self, tx: Tx, subject: str, asker: Asker) -> FormView | None:
        """A newsletter's form as the asker sees it; None when it has none for them."""
        form = store.form_of(tx, subject)
        return None if form is None else self._view(tx, form, asker)

    async def for_child(
        self, asker: Asker, form_id: str, student_id: str
    ) -> tuple[FormView, ChildForm, str]:
        """A form for one child, with the exact text it is signed under. Raises NotFound."""

        def look(tx: Tx) -> tuple[FormView, ChildForm, str]:
            form = store.form(tx, form_id)
            view = None if form is None else self._view(tx, form, asker)
            if form is None or view is None:
                raise NotFound()
            for child in view.children:
                if child.student_id == student_id:
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
        is_open = self._is_open(form)
        children = tuple(
            self._child(tx, form, asker, child, is_open)
            for child in asker.children
            if child.student_id in asked
        )
        return FormView(
            id=form.id,
            subject=form.subject,
            title=form.title,
            draft=form.draft,
            deadline_at=form.deadline_at,
            is_open=is_open,
            children=children,
            agreed=store.agreement(tx, asker.id) is not None,
            sees_results=self._sees_results(asker, form),
        )

    def _child(
        self, tx: Tx, form: StoredForm, asker: Asker, child: Child, is_open: bool
    ) -> ChildForm:
        given = tuple(store.given(tx, form.id, child.student_id))
        reason = ""
        if not is_open:
            reason = FormClosed.text
        elif not child.may_sign:
            reason = MayNotSign.text
        return ChildForm(
            student_id=child.student_id,
            name=child.name,
            class_name=child.class_name,
            relation=child.relation,
            given=given,
            may_sign=not reason,
            reason=reason,
        )

    def _is_open(self, form: StoredForm) -> bool:
        return form.deadline_at is None or self._clock.now() <= form.deadline_at

    def _sees_results(self, asker: Asker, form: StoredForm) -> bool:
        return asker.is_staff and (
            form.author_id == asker.id or bool(asker.roles & RESULTS) or bool(asker.classes)
        )

    # Signing ----------------------------------------------------------------------------------

    async def sign(
        self,
        asker: Asker,
        form_id: str,
        student_id: str,
        values: Mapping[str, Sequence[str]],
        signature: Signature,
        *,
        submission: str,
        agree: bool = False,
    ) -> Signed:
        """Answer for a child and sign. Durable when it returns; sent twice, it is one answer.

        Raises NotFound, MayNotSign, FormClosed, BadAnswer, SignatureMissing, NameDiffers,
        AgreementNeeded. A refusal leaves nothing behind.
        """
        # The key of a page, or whatever a program sends, says "again" for this child and form only.
        again = f"{form_id}/{student_id}/{asker.id}/{submission}"

        def allowed(tx: Tx) -> tuple[StoredForm, Child] | int:
            earlier = store.submission(tx, again, asker.id)
            if earlier is not None:
                return earlier
            return self._signable(tx, asker, form_id, student_id, signature)

        if signature.kind is SignatureKind.DRAWN:
            await self._db.read(allowed)  # a stranger's drawing is not kept
        drawing_hash = await self._keep_drawing(signature)

        def work(tx: Tx) -> Signed:
            found = allowed(tx)
            if isinstance(found, int):
                return Signed(found, form_id, student_id)
            form, child = found
            version = self._agreement(tx, asker, agree)
            leaf = self._record(
                tx,
                form,
                child.name,
                student_id,
                guardian=(asker.id, asker.name, child.relation),
                answers=values,
                signature=signature,
                drawing_hash=drawing_hash,
                agreement=version,
            )
            store.add_submission(tx, again, asker.id, leaf)
            return Signed(leaf, form_id, student_id)

        return await self._db.write(work)

    def _signable(
        self, tx: Tx, asker: Asker, form_id: str, student_id: str, signature: Signature
    ) -> tuple[StoredForm, Child]:
        form = store.form(tx, form_id)
        if form is None or student_id not in store.children_asked(tx, form_id, asker.id):
            raise NotFound()
        child = next((c for c in asker.children if c.student_id == student_id), None)
        if child is None or not child.may_sign:
            raise MayNotSign()
        if not self._is_open(form):
            raise FormClosed()
        if _squeezed(signature.name) != _squeezed(asker.name):
            raise NameDiffers(name=asker.name)
        return form, child

    async def enter_paper(
        self,
        asker: Asker,
        form_id: str,
        student_id: str,
        guardian_id: str,
        values: Mapping[str, Sequence[str]],
    ) -> Signed:
        """A paper slip entered by staff for a family that answered on paper; audited.

        Also after the deadline: the slip may have come in time. Raises NotFound, Forbidden,
        MayNotSign, BadAnswer.
        """

        def work(tx: Tx) -> Signed:
            form = store.form(tx, form_id)
            row = self._asked(tx, form_id, student_id)
            if form is None or row is None or not asker.is_staff:
                raise NotFound()
            if not self._may_handle(asker, form, row[2]):
                raise Forbidden()
            guardian = store.guardians(tx, student_id).get(guardian_id)
            if guardian is None:
                raise MayNotSign()
            leaf = self._record(
                tx,
                form,
                row[1],
                student_id,
                guardian=(guardian_id, *guardian),
                answers=values,
                signature=Signature(SignatureKind.PAPER, guardian[0]),
                drawing_hash=None,
                agreement="",
                entered_by=asker,
            )
            self._note(tx, asker, Act.PAPER, form_id, student=student_id)
            return Signed(leaf, form_id, student_id)

        return await self._db.write(work)

    def _record(
        self,
        tx: Tx,
        form: StoredForm,
        child_name: str,
        student_id: str,
        *,
        guardian: tuple[str, str, str],
        answers: Mapping[str, Sequence[str]],
        signature: Signature,
        drawing_hash: str | None,
        agreement: str,
        entered_by: Asker | None = None,
    ) -> int:
        """Answer, leaf and event in the caller's unit; the leaf's position."""
        words = answers_of(form.draft, answers)
        guardian_id, guardian_name, relation = guardian
        slot = guardian_id if form.draft.both_guardians else ""
        held = [
            one
            for one in store.given(tx, form.id, student_id)
            if not slot or one.guardian_id == guardian_id
        ]
        before = held[0] if held else None
        now = self._clock.now()
        record = ConsentV1(
            school_id=self._school_id,
            school_name=self._school_name,
            form_id=form.id,
            newsletter_id=form.subject,
            title=form.title,
            text_hash=form.document_hash,
            answers=words,
            child_id=student_id,
            child_name=child_name,
            guardian_id=guardian_id,
            guardian_name=guardian_name,
            relation=relation,
            signed_at=now,
            signature_kind=RecordedKind(signature.kind.value),
            signature_name=signature.name,
            drawing_hash=drawing_hash,
            legal_basis=BASIS_LABELS[form.draft.legal_basis],
            agreement_version=agreement,
            supersedes=before.record_hash if before is not None else None,
            entered_by=entered_by.name if entered_by is not None else "",
        )
        leaf, digest = self._ledger.append(tx, record)
        answer = Given(
            student_id=student_id,
            guardian_id=guardian_id,
            guardian_name=guardian_name,
            answers=words,
            leaf=leaf,
            record_hash=digest,
            signed_at=now,
            revision=before.revision + 1 if before is not None else 1,
            on_paper_by=entered_by.name if entered_by is not None else "",
        )
        store.save_answer(tx, form.id, slot, answer, drawing_hash)
        signed = FormSigned(
            form.id, form.subject, student_id, guardian_id, leaf, now, for_family=not slot
        )
        publish(tx, signed, now)
        return leaf

    def _agreement(self, tx: Tx, asker: Asker, agree: bool) -> str:
        """The version of the agreement to sign electronically that holds for the asker."""
        version = store.agreement(tx, asker.id)
        if version is None and agree:
            self._people.invitations.agree(tx, asker.id)
            version = store.agreement(tx, asker.id)
        if version is None:
            raise AgreementNeeded()
        return f"signing.v{version}"

    async def _keep_drawing(self, signature: Signature) -> str | None:
        if not signature.name.strip():
            raise SignatureMissing()
        if signature.kind is not SignatureKind.DRAWN:
            return None
        is_png = signature.drawing.startswith(b"\x89PNG\r\n\x1a\n")
        if not is_png or len(signature.drawing) > LARGEST_DRAWING:
            raise SignatureMissing()
        return await asyncio.to_thread(self._blobs.put, signature.drawing)

    # Results ----------------------------------------------------------------------------------

    async def results(self, asker: Asker, form_id: str) -> Results:
        """The answers per child: whole for the author, heads and the office; own classes for a
        homeroom teacher. Raises NotFound."""
        return await self._db.read(lambda tx: self._results(tx, asker, form_id))

    async def export(self, asker: Asker, form_id: str) -> Results:
        """Results on their way out of the system: audited."""

        def work(tx: Tx) -> Results:
            found = self._results(tx, asker, form_id)
            self._note(tx, asker, Act.EXPORT, form_id, rows=len(found.rows))
            return found

        return await self._db.write(work)

    def _results(self, tx: Tx, asker: Asker, form_id: str) -> Results:
        form = store.form(tx, form_id)
        if form is None or not asker.is_staff:
            raise NotFound()
        given = store.all_given(tx, form_id)
        rows = []
        for student, name, class_id, grade, class_number, number in store.students_asked(
            tx, form_id
        ):
            if not self._may_handle(asker, form, class_id):
                continue
            for answer in given.get(student) or [None]:  # type: ignore[list-item]
                class_name = f"{grade}-{class_number}"
                rows.append(ResultRow(student, name, class_id, class_name, number, answer))
        if not rows and form.author_id != asker.id:
            raise NotFound()
        return Results(
            id=form.id,
            subject=form.subject,
            title=form.title,
            draft=form.draft,
            deadline_at=form.deadline_at,
            rows=tuple(rows),
            counts=tuple(_counts(form.draft, rows)),
        )

    async def paper_form(
        self, asker: Asker, form_id: str, student_id: str
    ) -> tuple[Results, ResultRow, dict[str, tuple[str, str]]]:
        """What staff need to enter a slip: the form, the child, guardians by id. Raises NotFound."""

        def look(tx: Tx) -> tuple[Results, ResultRow, dict[str, tuple[str, str]]]:
            found = self._results(tx, asker, form_id)
            row = next((r for r in found.rows if r.student_id == student_id), None)
            if row is None:
                raise NotFound()
            return found, row, store.guardians(tx, student_id)

        return await self._db.read(look)

    async def extend(self, asker: Asker, form_id: str, deadline_at: int) -> None:
        """Move the deadline: its author or an approver; publishes FormDeadlineMoved.

        Raises NotFound, Forbidden.
        """

        def work(tx: Tx) -> None:
            form = store.form(tx, form_id)
            if form is None or not asker.is_staff:
                raise NotFound()
            if form.author_id != asker.id and not asker.is_approver:
                raise Forbidden()
            store.set_deadline(tx, form_id, deadline_at)
            moved = FormDeadlineMoved(form_id, form.subject, form.deadline_at, deadline_at)
            publish(tx, moved, self._clock.now())
            self._note(tx, asker, Act.DEADLINE, form_id, deadline_at=deadline_at)

        await self._db.write(work)

    def _may_handle(self, asker: Asker, form: StoredForm, class_id: str) -> bool:
        return (
            form.author_id == asker.id
            or bool(asker.roles & RESULTS)
            or may_see_class(asker, class_id)
        )

    def _asked(self, tx: Tx, form_id: str, student_id: str) -> tuple[str, str, str] | None:
        """(student, name, class) of a child the form asks about."""
        for row in store.students_asked(tx, form_id):
            if row[0] == student_id:
                return row[0], row[1], row[2]
        return None

    # Receipts ---------------------------------------------------------------------------------

    async def receipt(self, asker: Asker, leaf: int) -> tuple[Receipt, bool]:
        """A receipt and whether its answer still holds. For the signer, the child's other guardian
        and the staff who handle the form. Raises NotFound."""

        def look(tx: Tx) -> tuple[Receipt, bool]:
            signed = store.signature(tx, leaf)
            if signed is None:
                raise NotFound()
            form_id, student_id, guardian_id = signed
            form = store.form(tx, form_id)
            own = guardian_id == asker.id
            family = any(child.student_id == student_id for child in asker.children)
            row = self._asked(tx, form_id, student_id) if asker.is_staff else None
            staff = form is not None and row is not None and self._may_handle(asker, form, row[2])
            if not (own or family or staff):
                raise NotFound()
            holds = any(one.leaf == leaf for one in store.given(tx, form_id, student_id))
            return self._ledger.receipt(tx, leaf), holds

        return await self._db.read(look)

    async def receipts(self, asker: Asker) -> list[ReceiptLine]:
        """The asker's own signatures."""
        return await self._db.read(lambda tx: store.receipts(tx, asker.id))

    def cards(self, tx: Tx, asker: Asker, now: int) -> list[Card]:
        """For guardians what waits for an answer; for staff how their open forms fare."""
        cards = []
        if asker.is_guardian:
            waiting = store.unanswered(tx, asker.id, now)
            if waiting:
                soon = any(row[3] is not None and row[3] - now < 2 * DAY for row in waiting)
                cards.append(waiting_card(waiting, soon))
        if asker.is_staff:
            own = store.own_open(tx, asker.id, now)
            if own:
                cards.append(own_card(own))
        return cards

    def _note(self, tx: Tx, asker: Asker, act: Act, subject: str, **detail: object) -> None:
        audit.record(
            tx,
            self._clock,
            actor=asker.id,
            actor_name=asker.name,
            action=act,
            subject=subject,
            detail=detail,
        )


def _squeezed(name: str) -> str:
    return "".join(name.split())


def _counts(draft: FormDraft, rows: list[ResultRow]) -> list[Count]:
    """How often each option was chosen."""
    found = []
    for field in draft.fields:
        if field.kind not in (FieldKind.CONSENT, FieldKind.CHOICE, FieldKind.CHOICES):
            continue
        chosen = [
            option
            for row in rows
            if row.given is not None
            for option in row.given.values().get(field.id, [])
        ]
        found += [
            Count(field.label, option, chosen.count(option)) for option in field.shown_options
        ]
    return found
