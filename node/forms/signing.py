"""How an answer comes in: signed by a guardian, or entered by staff from a paper slip."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from kit import audit, naming
from kit.clock import Clock
from kit.db import Database, Tx
from kit.outbox import publish
from kit.problem import NotFound
from node.files.model import Carrier
from node.files.service import Files
from node.forms import compared, slips, store
from node.forms.model import (
    AgreementNeeded,
    DocumentAltered,
    FormAct,
    FormSigned,
    MayNotSign,
    NameDiffers,
    RecordChanged,
    Signature,
    SignatureKind,
    SignatureMissing,
    Signed,
    SignedAnswer,
    ToSign,
    Wording,
    WordingChanged,
)
from node.forms.rights import require_open
from node.forms.store import StoredForm
from node.ground import School
from node.ledger.service import Ledger
from node.people.access import as_now, of_now
from node.people.model import Asker, Child
from node.people.service import People
from node.questions.filling import answers_of
from node.questions.model import BASIS_LABELS, Answerer, Proof
from node.questions.service import Questions
from protocol.canonical import canonical_bytes
from protocol.records import Attachment, ConsentV4, passkey_challenge
from protocol.records import SignatureKind as RecordedKind

LARGEST_DRAWING = 300_000  # bytes


class _Given(msgspec.Struct, frozen=True):
    """What somebody says to a form for a child, and how they sign it."""

    form: StoredForm
    student_id: str
    child_name: str
    guardian: Answerer
    answers: Mapping[str, Sequence[str]]
    signature: Signature
    agreement: str = ""
    drawing_hash: str | None = None
    entered_by: str = ""
    version: int | None = None
    scan: Attachment | None = None


def slip_of(leaf: int) -> Carrier:
    """What carries the scan of the slip that stands on a place of the ledger."""
    return Carrier("slip", str(leaf))


class _Page(msgspec.Struct, frozen=True):
    """What a page sent. Its key, or whatever a program sends, says "again" for this child and form only,
    and for these values while the page sent no others since: who corrects them on the same page, its
    answer lost on the way, has not sent them yet, nor has who goes back to the first."""

    key: str
    values: str
    guardian_id: str

    def earlier(self, tx: Tx) -> int | None:
        """Place of the record that came of it already."""
        return store.submission(tx, self.key, self.values, self.guardian_id)

    def answered(self, tx: Tx, leaf: int) -> None:
        store.add_submission(tx, self.key, self.values, self.guardian_id, leaf)


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
        Raises NotFound, MayNotSign, FormClosed, FormWithdrawn, DocumentAltered, WordingChanged, BadAnswer,
        SignatureMissing, NameDiffers, AgreementNeeded, AgreementChanged; by passkey also RecordChanged,
        PasskeyRefused. A refusal leaves nothing behind.
        """
        page = _Page(f"{form_id}/{student_id}/{asker.id}/{submission}", _digest(values), asker.id)

        def allowed(tx: Tx) -> _Given | int:
            earlier = page.earlier(tx)
            if earlier is not None:
                return earlier
            return self._allowed(tx, asker, form_id, student_id, values, signature, wording)

        if signature.kind is SignatureKind.DRAWN:
            await self._db.read(allowed)  # a stranger's drawing is not kept
        drawing_hash = await self._keep_drawing(signature)

        def work(tx: Tx) -> Signed:
            given = allowed(tx)
            if isinstance(given, int):
                return Signed(given, form_id, student_id)
            at = signature.passkey.signed_at if signature.passkey else self._clock.now()
            version = self._agreement(tx, asker, agree, at)
            given = replace(given, agreement=version, drawing_hash=drawing_hash)
            leaf = self._record(tx, given)
            page.answered(tx, leaf)
            return Signed(leaf, form_id, student_id)

        return await self._db.write(work)

    async def to_sign(
        self,
        asker: Asker,
        form_id: str,
        student_id: str,
        values: Mapping[str, Sequence[str]],
        *,
        submission: str,
        agree: int | None = None,
        wording: int | None = None,
    ) -> ToSign | Signed:
        """What a passkey of the asker's is to sign: the record that `sign` would keep now. Keeps
        nothing. What the page sent already is `Signed`. Raises as `sign` does."""
        page = _Page(f"{form_id}/{student_id}/{asker.id}/{submission}", _digest(values), asker.id)
        signature = Signature(SignatureKind.PASSKEY, asker.name)
        now = self._clock.now()

        def look(tx: Tx) -> ToSign | Signed:
            earlier = page.earlier(tx)
            if earlier is not None:
                return Signed(earlier, form_id, student_id)
            given = self._allowed(tx, asker, form_id, student_id, values, signature, wording)
            version = store.agreement(tx, asker.id) or agree
            if version is None:
                raise AgreementNeeded()
            record, _before, _wording = self._consent(
                tx, replace(given, agreement=f"signing.v{version}"), now
            )
            return ToSign(now, passkey_challenge(canonical_bytes(record)))

        return await self._db.read(look)

    def _allowed(
        self,
        tx: Tx,
        asker: Asker,
        form_id: str,
        student_id: str,
        values: Mapping[str, Sequence[str]],
        signature: Signature,
        wording: int | None,
    ) -> _Given:
        """Right and state, as they are in this unit."""
        signer = as_now(tx, asker)
        form, child = self._signable(tx, signer, form_id, student_id)
        answers_of(form.draft.fields, values)
        self._require_name(signer, signature)
        if wording is not None and wording != form.version:
            raise WordingChanged()
        guardian = Answerer(signer.id, signer.name, child.relation)
        return _Given(form, student_id, child.name, guardian, values, signature)

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
        scan: str = "",
    ) -> Signed:
        """A paper slip entered by staff for a family that answered on paper; audited.

        Also after the deadline: the slip may have come in time. `wording` is the version that
        the slip carries; None: the newest. `scan`: the id of what waits for this slip (`node.forms.slips`);
        the record has its hash. Raises NotFound, Forbidden, FormWithdrawn, MayNotSign, BadAnswer, ScanChanged.
        """

        def work(tx: Tx, enterer: Asker) -> Signed:
            form, child = slips.enterable(tx, enterer, form_id, student_id)
            kept = slips.take(tx, self._files, form_id, student_id, scan) if scan else None
            signers = store.guardians(tx, student_id)
            guardian = next((one for one in signers if one.id == guardian_id), None)
            if guardian is None:
                raise MayNotSign()
            given = _Given(
                form,
                student_id,
                child.name,
                guardian,
                values,
                Signature(SignatureKind.PAPER, guardian.name),
                entered_by=enterer.name,
                version=wording,
                scan=None if kept is None else Attachment(name=kept.name, sha256=kept.sha256),
            )
            leaf = self._record(tx, given)
            if kept is not None:
                self._files.attach(tx, slip_of(leaf), kept)
            audit.record(tx, self._clock, enterer, FormAct.PAPER, form_id, student=student_id)
            return Signed(leaf, form_id, student_id)

        return await self._db.write(of_now(asker, work))

    def _consent(
        self, tx: Tx, given: _Given, at: int
    ) -> tuple[ConsentV4, SignedAnswer | None, Wording]:
        """The record of what is said at a moment (ms), the answer it takes the place of, its wording."""
        form, guardian, signature = given.form, given.guardian, given.signature
        slot = guardian.id if form.draft.is_apart else ""
        wordings = store.wordings(tx, form.id)
        held = [
            one
            for one in compared.child_answers(tx, form, given.student_id, wordings)
            if one.counts and (not slot or one.by_id == guardian.id)
        ]
        before = held[0] if held else None
        wording = _wording(wordings, form, given.version)
        record = ConsentV4(
            school_id=self._school.id,
            school_name=self._school.name,
            form_id=form.id,
            newsletter_id=form.newsletter_id,
            title=wording.title,
            text_hash=wording.document_hash,
            answers=answers_of(form.draft.fields, given.answers),
            child_id=given.student_id,
            child_name=given.child_name,
            guardian_id=guardian.id,
            guardian_name=guardian.name,
            relation=guardian.relation,
            signed_at=at,
            signature_kind=RecordedKind(signature.kind.value),
            signature_name=naming.composed(signature.name),
            drawing_hash=given.drawing_hash,
            legal_basis=BASIS_LABELS[form.draft.legal_basis],
            agreement_version=given.agreement,
            supersedes=before.record_hash if before is not None else None,
            entered_by=given.entered_by,
            privacy=form.draft.recorded_privacy,
            attachments=form.files,
            both_guardians=form.draft.is_apart,
            scan=given.scan,
        )
        return record, before, wording

    def _record(self, tx: Tx, given: _Given) -> int:
        """Answer, leaf and event in the caller's unit; the leaf's position. Raises RecordChanged."""
        form, guardian, passkey = given.form, given.guardian, given.signature.passkey
        now = self._clock.now() if passkey is None else passkey.signed_at
        record, before, wording = self._consent(tx, given, now)
        if passkey is not None:
            if passkey.challenge != passkey_challenge(canonical_bytes(record)):
                raise RecordChanged()
            passkey.settle(tx)
            record = replace(record, passkey=passkey.assertion)
        leaf, digest = self._ledger.append(tx, record)
        answer = SignedAnswer(
            asked_id=given.student_id,
            by_id=guardian.id,
            by_name=guardian.name,
            answers=record.answers,
            leaf=leaf,
            record_hash=digest,
            given_at=now,
            revision=before.revision + 1 if before and before.version >= form.valid_from else 1,
            on_paper_by=given.entered_by,
            version=wording.version,
            slot=guardian.id if form.draft.is_apart else "",
        )
        self._questions.keep(tx, form.id, answer, Proof(leaf, digest))
        store.add_signature(
            tx, form.id, answer, child_name=given.child_name, drawing_hash=given.drawing_hash
        )
        signed = FormSigned(
            form.id,
            form.newsletter_id,
            given.student_id,
            guardian.id,
            leaf,
            now,
            for_family=not form.draft.both_guardians,
        )
        publish(tx, signed, self._clock.now())
        return leaf

    def _agreement(self, tx: Tx, asker: Asker, agree: int | None, at: int) -> str:
        """The version of the agreement to sign electronically that holds for the asker at a moment (ms)."""
        version = store.agreement(tx, asker.id)
        if version is None:
            if agree is None:
                raise AgreementNeeded()
            self._people.invitations.agree(tx, asker.id, agree)
            version = agree
        self._people.invitations.relied_on(tx, asker.id, at)
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
