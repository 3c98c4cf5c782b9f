"""Receipts: what somebody signed, or took back, with what it is worth today."""

from kit.db import Database, Tx
from kit.problem import NotFound
from node.files.model import Attachment
from node.files.service import Files
from node.forms import compared, retracting_store, rights, store
from node.forms.compared import Recorded, Retracted
from node.forms.model import AnswerStanding, Mismatch, ReceiptPage, ReceiptView
from node.forms.results import student_asked
from node.forms.signing import slip_of
from node.forms.store import StoredForm
from node.ledger.service import Ledger
from node.people.access import sees_child
from node.people.model import Asker
from protocol.records import ConsentV3, read_record

RECEIPTS_SHOWN = 100


class Receipts:
    """Of consents and of what takes them back."""

    def __init__(self, db: Database, ledger: Ledger, files: Files) -> None:
        self._db = db
        self._ledger = ledger
        self._files = files

    async def receipt(self, asker: Asker, leaf: int) -> ReceiptView:
        """A receipt with what it is worth today. For the signer for ever, frozen once they may no
        longer see the child; for its other guardians and the staff who handle the form while
        the letter stands. Raises NotFound."""

        def look(tx: Tx) -> ReceiptView:
            found = compared.recorded(leaf, self._ledger.record(tx, leaf).text)
            record = _consent_of(tx, found) if isinstance(found, Retracted) else found
            form = None if record is None else store.form(tx, record.consent.form_id)
            if found is None or record is None or form is None:
                raise NotFound()
            consent = record.consent
            own = consent.guardian_id == asker.id
            sees = sees_child(asker, consent.child_id)
            family = sees and form.closed_at is None
            child = student_asked(tx, form.id, consent.child_id) if asker.is_staff else None
            staff = child is not None and rights.may_handle(asker, form, child.group_id)
            if not (own or family or staff):
                raise NotFound()
            return self._view(tx, form, found, record, None if not (sees or staff) else asker)

        return await self._db.read(look)

    def _view(
        self,
        tx: Tx,
        form: StoredForm,
        found: Recorded | Retracted,
        record: Recorded,
        seen_by: Asker | None,
    ) -> ReceiptView:
        """`record`: the consent, where what was `found` takes it back. `seen_by` None: frozen, it says
        what was signed then, and nothing of what became of it."""
        facts, rows = compared.facts_of(tx, form), compared.rows_of(tx, form, record)
        wording = compared.wording_of(record, facts, rows)
        document = store.document(tx, record.consent.text_hash) or ""
        differs: list[Mismatch] = []
        standing, may_retract = AnswerStanding.FROZEN, False
        taken_back = retracting_store.retraction_of(tx, record.position)
        if seen_by is not None:
            kept = compared.child_answers(tx, form, record.consent.child_id, facts.wordings)
            held = next((one for one in kept if one.leaf == record.position), None)
            differs += compared.of_record(record, facts, rows)
            standing = AnswerStanding.HOLDS
            if form.closed_at is not None:
                standing = AnswerStanding.WITHDRAWN
            elif held is None:
                standing = AnswerStanding.CHANGED
            elif wording.version < form.valid_from:
                standing = AnswerStanding.ASKED_ANEW
            elif held.retraction is not None and found is record:
                standing = AnswerStanding.RETRACTED
            may_retract = held is not None and any(
                rights.may_retract(form, child, seen_by, held)
                for child in seen_by.children
                if child.student_id == held.asked_id
            )
        if not compared.is_document(record.consent.text_hash, document):
            differs.append(Mismatch("wording"))
        return ReceiptView(
            receipt=self._ledger.receipt(tx, found.position),
            standing=standing,
            wording=wording,
            is_newest=seen_by is None or wording.version == form.version,
            document=document,
            differs=tuple(dict.fromkeys(differs)),
            other=taken_back if found is record else record.position,
            may_retract=may_retract,
        )

    async def scan(self, asker: Asker, leaf: int) -> tuple[ReceiptView, Attachment]:
        """The scan of the slip that a consent was entered from, for whoever may see its receipt: the
        one whose hash the record holds. Raises NotFound."""
        view = await self.receipt(asker, leaf)
        record = read_record(view.receipt.record)
        if not isinstance(record, ConsentV3) or record.scan is None:
            raise NotFound()
        digest = record.scan.sha256
        attached = await self._db.read(lambda tx: self._files.attached(tx, slip_of(leaf)))
        found = next((one for one in attached if one.sha256 == digest), None)
        if found is None:
            raise NotFound()
        return view, found

    async def receipts(self, asker: Asker, before: int | None = None) -> ReceiptPage:
        """The asker's own signatures, the newest first; `before`: those before this leaf."""
        found = await self._db.read(
            lambda tx: store.receipts(tx, asker.id, before, RECEIPTS_SHOWN + 1)
        )
        shown = found[:RECEIPTS_SHOWN]
        return ReceiptPage(shown, shown[-1].leaf if len(found) > len(shown) else None)


def _consent_of(tx: Tx, back: Retracted) -> Recorded | None:
    """The consent that a record takes back."""
    record = back.retraction
    for position, text in store.recorded_of(tx, record.form_id, record.child_id):
        one = compared.recorded(position, text)
        if isinstance(one, Recorded) and one.digest == record.retracts:
            return one
    return None
