"""How a consent is taken back (동의 철회), and that the school stops what rested on it.

개인정보 보호법 37조: at any time, so also when the form takes answers no more, and by no harder way
than it was given: one press, no signature. The consent's record stays as it is; another stands beside it.
"""

from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx
from kit.outbox import publish
from kit.problem import Forbidden, NotFound
from node.forms import compared, retracting_store, store
from node.forms.compared import Recorded
from node.forms.model import (
    RETRACTION_EFFECT,
    ConsentRetracted,
    FormAct,
    NothingToRetract,
    Retraction,
    SignedAnswer,
)
from node.forms.rights import may_handle, may_retract, may_stop, require_standing
from node.forms.store import StoredForm
from node.ground import School
from node.ledger.service import Ledger
from node.people.access import of_now
from node.people.model import Asker
from protocol.records import RetractionV1


class Retracting:
    """Each verb is one unit."""

    def __init__(self, db: Database, clock: Clock, ledger: Ledger, *, school: School) -> None:
        self._db = db
        self._clock = clock
        self._ledger = ledger
        self._school = school

    async def retract(self, asker: Asker, leaf: int) -> int:
        """Take back the consent that the asker signed on a place of the ledger, if it holds; the place
        of that record. Once more it is the same one. Publishes ConsentRetracted.

        Raises NotFound, NothingToRetract, FormWithdrawn.
        """

        def work(tx: Tx, signer: Asker) -> int:
            found = compared.recorded(leaf, self._ledger.record(tx, leaf).text)
            if not isinstance(found, Recorded):
                raise NotFound()
            consent = found.consent
            form = store.form(tx, consent.form_id)
            child = next((c for c in signer.children if c.student_id == consent.child_id), None)
            if form is None or child is None:
                raise NotFound()
            require_standing(form)
            wordings = store.wordings(tx, form.id)
            kept = compared.child_answers(tx, form, child.student_id, wordings)
            given = next((one for one in kept if one.leaf == leaf), None)
            if given is not None and given.by_id == signer.id and given.retraction is not None:
                return given.retraction
            if given is None or not may_retract(form, child, signer, given):
                raise NothingToRetract()
            return self._record(tx, form, found, given)

        return await self._db.write(of_now(asker, work))

    def _record(self, tx: Tx, form: StoredForm, found: Recorded, given: SignedAnswer) -> int:
        """Leaf, signature, task and event in the caller's unit; the leaf's position."""
        consent, now = found.consent, self._clock.now()
        record = RetractionV1(
            school_id=self._school.id,
            school_name=self._school.name,
            form_id=form.id,
            newsletter_id=form.newsletter_id,
            title=consent.title,
            child_id=consent.child_id,
            child_name=consent.child_name,
            guardian_id=consent.guardian_id,
            guardian_name=consent.guardian_name,
            relation=consent.relation,
            retracts=found.digest,
            effect="\n".join(RETRACTION_EFFECT),
            at=now,
        )
        leaf, _digest = self._ledger.append(tx, record)
        retracting_store.add(tx, form.id, given, leaf, child_name=consent.child_name, at=now)
        publish(
            tx,
            ConsentRetracted(
                form.id, form.newsletter_id, consent.child_id, consent.guardian_id, leaf
            ),
            now,
        )
        return leaf

    async def stopped(self, asker: Asker, leaf: int) -> str:
        """Say that what rested on a retracted consent has stopped: the form's author, or who
        approves; audited. The form's id. Raises NotFound, Forbidden."""

        def work(tx: Tx, teller: Asker) -> str:
            found = retracting_store.form_of(tx, leaf)
            form = None if found is None else store.form(tx, found[0])
            if found is None or form is None or not teller.is_staff:
                raise NotFound()
            if not may_stop(teller, form):
                raise Forbidden()
            if retracting_store.stop(tx, leaf, teller.name, self._clock.now()):
                audit.record(tx, self._clock, teller, FormAct.STOPPED, form.id, student=found[1])
            return form.id

        return await self._db.write(of_now(asker, work))


def retractions_of(tx: Tx, asker: Asker, form: StoredForm) -> tuple[Retraction, ...]:
    """Of a form, as far as the asker handles its answers, the newest first."""
    return tuple(
        one
        for class_id, one in retracting_store.of_form(tx, form.id)
        if may_handle(asker, form, class_id)
    )
