"""How an answer comes in: signed by a guardian, or entered by staff from a paper slip."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from kit import audit, naming
from kit.clock import Clock
from kit.db import Database, Tx
from kit.outbox import publish
from kit.problem import Forbidden, NotFound
from node.files.model import Carrier, File
from node.files.service import Files
from node.forms import compared, results, store
from node.forms.model import (
    AgreementNeeded,
    DocumentAltered,
    FormAct,
    FormSigned,
    MayNotSign,
    NameDiffers,
    Signature,
    SignatureKind,
    SignatureMissing,
    Signed,
    SignedAnswer,
    Wording,
    WordingChanged,
)
from node.forms.rights import may_handle, require_open, require_standing
from node.forms.store import StoredForm
from node.ground import School
from node.ledger.service import Ledger
from node.people.access import as_now, of_now
from node.people.model import Asker, Child
from node.people.service import People
from node.questions.filling import answers_of
from node.questions.model import BASIS_LABELS, Answerer, Proof, Respondent
from node.questions.service import Questions
from protocol.records import Attachment, ConsentV3
from protocol.records import SignatureKind as RecordedKind

LARGEST_DRAWING = 300_000  # bytes


class Sent(msgspec.Struct, frozen=True):
    """A file as it was sent."""

    name: str
    content: bytes


def slip_of(leaf: int) -> Carrier:
    """What carries the scan of the slip that stands on a place of the ledger."""
    return Carrier("slip", str(leaf))


class Signing:
    """Each way is one unit: right and state; the answer; the ledger's leaf; the event."""

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
        self._files = files
        self._ledger = ledger
        self._people = people
        self._questions = questions
        self._school = school

    async def sign(
        self,
        asker: Asker,
        form_id: str,
        student_id: str,
        values: Mapping[str, Sequence[str]],
        signature: Signature,
        *,
        submission: str,
        agree: int | None = None,
        wording: int | None = None,
    ) -> Signed:
        """Answer for a child and sign. Durable when it returns; the same sent twice is one answer.

        `wording` is the version of the text that the signer was shown; None: the newest. `agree`: the
        version of the agreement to sign electronically that they read and agreed to.
        Raises NotFound, MayNotSign, FormClosed, FormWithdrawn, DocumentAltered, WordingChanged,
        BadAnswer, SignatureMissing, NameDiffers, AgreementNeeded, AgreementChanged. A refusal leaves nothing behind.
        """
        # The key of a page, or whatever a program sends, says "again" for this child and form only,
        # and for these values while the page sent no others since: who corrects them on the same page,
        # its answer lost on the way, has not sent them yet, nor has who goes back to the first.
        page = f"{form_id}/{student_id}/{asker.id}/{submission}"
        digest = _digest(values)

        def allowed(tx: Tx) -> tuple[StoredForm, Asker, Child] | int:
            earlier = store.submission(tx, page, digest, asker.id)
            if earlier is not None:
                return earlier
            signer = as_now(tx, asker)
            form, child = self._signable(tx, signer, form_id, student_id)
            answers_of(form.draft.fields, values)
            self._require_name(signer, signature)
            if wording is not None and wording != form.version:
                raise WordingChanged()
            return form, signer, child

        if signature.kind is SignatureKind.DRAWN:
            await self._db.read(allowed)  # a stranger's drawing is not kept
        drawing_hash = await self._keep_drawing(signature)

        def work(tx: Tx) -> Signed:
            found = allowed(tx)
            if isinstance(found, int):
                return Signed(found, form_id, student_id)
            form, signer, child = found
            version = self._agreement(tx, signer, agree)
            leaf = self._record(
                tx,
                form,
                child.name,
                student_id,
                guardian=Answerer(signer.id, signer.name, child.relation),
                answers=values,
                signature=signature,
                drawing_hash=drawing_hash,
                agreement=version,
            )
            store.add_submission(tx, page, digest, asker.id, leaf)
            return Signed(leaf, form_id, student_id)

        return await self._db.write(work)

    def _signable(
        self, tx: Tx, asker: Asker, form_id: str, student_id: str
    ) -> tuple[StoredForm, Child]:
        form = store.form(tx, form_id)
        if form is None or student_id not in store.children_asked(tx, form_id, asker.id):
            raise NotFound()
        child = next((c for c in asker.children if c.student_id == student_id), None)
        if child is None or not child.may_sign:
            raise MayNotSign()
        require_open(form, self._clock.now())
        if not compared.is_document(form.document_hash, store.document(tx, form.document_hash)):
            raise DocumentAltered()
        return form, child

    def _require_name(self, asker: Asker, signature: Signature) -> None:
        if not naming.composed(signature.name):
            raise SignatureMissing()
        if naming.compared(signature.name) != naming.compared(asker.name):
            raise NameDiffers(name=asker.name)

    async def enter_paper(
        self,
        asker: Asker,
        form_id: str,
        student_id: str,
        guardian_id: str,
        values: Mapping[str, Sequence[str]],
        wording: int | None = None,
        scan: Sent | None = None,
    ) -> Signed:
        """A paper slip entered by staff for a family that answered on paper; audited.

        Also after the deadline: the slip may have come in time. `wording` is the version that
        the slip carries; None: the newest. `scan`: what the slip looks like; the record has its hash.
        Raises NotFound, Forbidden, FormWithdrawn, MayNotSign, BadAnswer, BadFile, TooLargeToAttach.
        """

        def allowed(tx: Tx, enterer: Asker) -> tuple[StoredForm, Respondent]:
            form = store.form(tx, form_id)
            child = results.student_asked(tx, form_id, student_id)
            if form is None or child is None or not enterer.is_staff:
                raise NotFound()
            if not may_handle(enterer, form, child.group_id):
                raise Forbidden()
            require_standing(form)
            return form, child

        kept: File | None = None
        if scan is not None:
            await self._db.read(of_now(asker, allowed))  # a stranger's file is not kept
            kept = await asyncio.to_thread(self._files.keep, scan.name, scan.content)

        def work(tx: Tx, enterer: Asker) -> Signed:
            form, child = allowed(tx, enterer)
            signers = store.guardians(tx, student_id)
            guardian = next((one for one in signers if one.id == guardian_id), None)
            if guardian is None:
                raise MayNotSign()
            leaf = self._record(
                tx,
                form,
                child.name,
                student_id,
                guardian=guardian,
                answers=values,
                signature=Signature(SignatureKind.PAPER, guardian.name),
                drawing_hash=None,
                agreement="",
                entered_by=enterer,
                version=wording,
                scan=None if kept is None else Attachment(name=kept.name, sha256=kept.sha256),
            )
            if kept is not None:
                self._files.attach(tx, slip_of(leaf), kept)
            audit.record(tx, self._clock, enterer, FormAct.PAPER, form_id, student=student_id)
            return Signed(leaf, form_id, student_id)

        return await self._db.write(of_now(asker, work))

    def _record(
        self,
        tx: Tx,
        form: StoredForm,
        child_name: str,
        student_id: str,
        *,
        guardian: Answerer,
        answers: Mapping[str, Sequence[str]],
        signature: Signature,
        drawing_hash: str | None,
        agreement: str,
        entered_by: Asker | None = None,
        version: int | None = None,
        scan: Attachment | None = None,
    ) -> int:
        """Answer, leaf and event in the caller's unit; the leaf's position."""
        words = answers_of(form.draft.fields, answers)
        slot = guardian.id if form.draft.both_guardians else ""
        wordings = store.wordings(tx, form.id)
        held = [
            one
            for one in compared.child_answers(tx, form, student_id, wordings)
            if one.counts and (not slot or one.by_id == guardian.id)
        ]
        before = held[0] if held else None
        wording = _wording(wordings, form, version)
        now = self._clock.now()
        record = ConsentV3(
            school_id=self._school.id,
            school_name=self._school.name,
            form_id=form.id,
            newsletter_id=form.newsletter_id,
            title=wording.title,
            text_hash=wording.document_hash,
            answers=words,
            child_id=student_id,
            child_name=child_name,
            guardian_id=guardian.id,
            guardian_name=guardian.name,
            relation=guardian.relation,
            signed_at=now,
            signature_kind=RecordedKind(signature.kind.value),
            signature_name=naming.composed(signature.name),
            drawing_hash=drawing_hash,
            legal_basis=BASIS_LABELS[form.draft.legal_basis],
            agreement_version=agreement,
            supersedes=before.record_hash if before is not None else None,
            entered_by=entered_by.name if entered_by is not None else "",
            privacy=form.draft.recorded_privacy,
            attachments=form.files,
            both_guardians=form.draft.both_guardians,
            scan=scan,
        )
        leaf, digest = self._ledger.append(tx, record)
        answer = SignedAnswer(
            asked_id=student_id,
            by_id=guardian.id,
            by_name=guardian.name,
            answers=words,
            leaf=leaf,
            record_hash=digest,
            given_at=now,
            revision=before.revision + 1 if before and before.version >= form.valid_from else 1,
            on_paper_by=entered_by.name if entered_by is not None else "",
            version=wording.version,
            slot=slot,
        )
        self._questions.keep(tx, form.id, answer, Proof(leaf, digest))
        store.add_signature(tx, form.id, answer, child_name=child_name, drawing_hash=drawing_hash)
        signed = FormSigned(
            form.id, form.newsletter_id, student_id, guardian.id, leaf, now, for_family=not slot
        )
        publish(tx, signed, now)
        return leaf

    def _agreement(self, tx: Tx, asker: Asker, agree: int | None) -> str:
        """The version of the agreement to sign electronically that holds for the asker."""
        version = store.agreement(tx, asker.id)
        if version is None:
            if agree is None:
                raise AgreementNeeded()
            self._people.invitations.agree(tx, asker.id, agree)
            version = agree
        self._people.invitations.relied_on(tx, asker.id)
        return f"signing.v{version}"

    async def _keep_drawing(self, signature: Signature) -> str | None:
        if signature.kind is not SignatureKind.DRAWN:
            return None
        is_png = signature.drawing.startswith(b"\x89PNG\r\n\x1a\n")
        if not is_png or len(signature.drawing) > LARGEST_DRAWING:
            raise SignatureMissing()
        return await asyncio.to_thread(self._files.blobs.put, signature.drawing)


def _wording(wordings: Sequence[Wording], form: StoredForm, version: int | None) -> Wording:
    """The wording that is signed: the newest, or an earlier one whose answers still hold."""
    for one in wordings:
        if one.version == (version or form.version) and one.version >= form.valid_from:
            return one
    raise WordingChanged()


def _digest(values: Mapping[str, Sequence[str]]) -> str:
    named = [(field, list(given)) for field, given in sorted(values.items())]
    return hashlib.sha256(msgspec.json.encode(named)).hexdigest()
