"""Disposal of consents whose period of retention is over (ADR 41): listed each night, approved by a person, said
in the log, then done in small units.

    due, disposals = await disposing.due(asker)
    await disposing.approve(asker, [one.form_id for one in due])
    await disposing.run()                      # the periodic job: goes on where it stopped

A form is kept for as many years as it says itself, else as the school has set for its legal basis, from the first of
January after the last thing that happened to it (`kit.retention`). What was answered and signed goes: answers,
signatures, drawings, scans, notices, and the records' texts in the log, of which the hashes stay. The
form itself and the text that was signed stay, for they name nobody; who holds a receipt proves it as before.
"""

from collections.abc import Collection, Mapping
from functools import partial

from kit import audit, retention
from kit.card import Card, Weight
from kit.clock import Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.portion import Portion
from kit.problem import NotFound
from node.files.service import Files
from node.forms import disposal_store, terms
from node.forms.disposal_store import DueForm, FormDisposal, FoundDue
from node.forms.drafting import RETENTIONS
from node.forms.model import FormAct
from node.forms.signing import slip_of
from node.ground import School
from node.ledger.service import LedgerDisposing
from node.notices.service import Notices
from node.people.access import require_role, with_role
from node.people.model import Asker, Role
from node.questions.model import LegalBasis
from node.questions.service import Questions
from protocol.receipts import Receipt
from protocol.records import DisposalV1, disposal_hash

SHOWN = 50  # of what was disposed of
WHO = (Role.ADMINISTRATOR,)
YEARS = {basis: 5 if basis is LegalBasis.CONSENT else 3 for basis in LegalBasis}
"""Where the school has set nothing."""
MOST_YEARS = 100
BATCH = 20  # children or forms looked at for one unit
LISTED_AT_ONCE = 500


class FormDisposing:
    """The administrator's verbs, and the work they lead to."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        ledger: LedgerDisposing,
        questions: Questions,
        files: Files,
        notices: Notices,
        school: School,
    ) -> None:
        self._db = db
        self._clock = clock
        self._ledger = ledger
        self._questions = questions
        self._files = files
        self._notices = notices
        self._school = school

    def cards(self, tx: Tx, asker: Asker, _now: int) -> list[Card]:
        """That something is due."""
        if Role.ADMINISTRATOR not in asker.roles or not disposal_store.is_any_due(tx):
            return []
        return [
            Card(
                name="forms-disposal",
                title=_("보존 기간이 지난 동의서"),
                icon="trash",
                href="/forms/disposal",
                weight=Weight.TASK,
            )
        ]

    async def due(self, asker: Asker) -> tuple[list[DueForm], list[FormDisposal]]:
        """What may be disposed of now, and what was, the latest first. Raises NotFound, Forbidden."""
        require_role(asker, *WHO)
        return await self._db.read(
            lambda tx: (disposal_store.due(tx), disposal_store.latest(tx, SHOWN))
        )

    async def years(self, asker: Asker) -> Mapping[LegalBasis, int]:
        """For how many years forms are kept that do not say so themselves. Raises NotFound, Forbidden."""
        require_role(asker, *WHO)
        return await self._db.read(_years)

    async def set_years(self, asker: Asker, years: Mapping[LegalBasis, int]) -> None:
        """From tonight on; audited. Raises NotFound, Forbidden."""

        def unit(tx: Tx, now: Asker) -> None:
            before = _years(tx)
            for basis, count in years.items():
                if before[basis] != count:
                    disposal_store.set_retention(tx, basis, count)
                    audit.record(
                        tx, self._clock, now, FormAct.RETENTION, "forms", basis=basis, years=count
                    )

        await self._db.write(with_role(asker, WHO, unit))

    async def approve(self, asker: Asker, form_ids: Collection[str]) -> int:
        """Let what is due be disposed of; how many forms. What is not due, or was approved already, is passed
        over. Raises NotFound, Forbidden."""

        def unit(tx: Tx, now: Asker) -> int:
            chosen = [one for one in disposal_store.due(tx) if one.form_id in form_ids]
            for one in chosen:
                new = FormDisposal(
                    id=new_id(),
                    form_id=one.form_id,
                    title=one.title,
                    year=one.year,
                    retention_years=one.retention_years,
                    count=one.count,
                    done=0,
                    by_id=now.id,
                    by_name=now.name,
                    at=self._clock.now(),
                )
                disposal_store.add(tx, new)
                disposal_store.drop_due(tx, one.form_id)
                self._noted(tx, now, FormAct.DISPOSE, new, one.count)
            return len(chosen)

        return await self._db.write(with_role(asker, WHO, unit))

    def _noted(
        self, tx: Tx, who: audit.Acting, act: FormAct, of: FormDisposal, records: int
    ) -> None:
        audit.record(
            tx,
            self._clock,
            who,
            act,
            of.form_id,
            title=of.title,
            closed_in=of.year,
            records=records,
        )

    async def proof(self, asker: Asker, disposal_id: str) -> Receipt:
        """The record by which something was disposed of, as anybody can verify it. Raises NotFound,
        Forbidden, ReceiptNotMade."""
        require_role(asker, *WHO)

        def unit(tx: Tx) -> Receipt:
            found = disposal_store.one(tx, disposal_id)
            if found is None or found.record is None:
                raise NotFound()
            return self._ledger.proof(tx, found.record)

        return await self._db.read(unit)

    # By itself -----------------------------------------------------------------------------------

    async def look(self) -> None:
        """Nightly: what is due now. It is read in portions; what is otherwise than last night is written."""
        after: str | None = ""
        while after is not None:
            found, after = await self._db.read(partial(self._look, after=after))
            if found:
                await self._db.write(partial(disposal_store.put_due, found=found))

    def _look(self, tx: Tx, after: str) -> tuple[list[FoundDue], str | None]:
        """What of the next forms is due, or is no more; where to go on, None at the end."""
        now = self._clock.now()
        before = retention.bounds(retention.year_of(now))[0]
        rows = disposal_store.opened_behind(tx, after, before, BATCH)
        found = [self._weighed(tx, *row) for row in rows]
        known = disposal_store.known_due(tx)
        new = [one for one in found if one.due != known.get(one.form_id)]
        return new, str(rows[-1][0]) if len(rows) == BATCH else None

    def _weighed(
        self, tx: Tx, form_id: str, basis: str, own: int | None, last: int, holds: int
    ) -> FoundDue:
        """A row of `disposal_store.opened_behind`."""
        kept = own if own in RETENTIONS else _years(tx)[LegalBasis(basis)]
        until = retention.last_year(self._clock.now(), kept)
        if holds or until is None or retention.year_of(last) > until:
            return FoundDue(form_id, None)
        year = retention.year_of(max(last, disposal_store.last_signed(tx, form_id)))
        records = disposal_store.count(tx, form_id)
        is_due = year <= until and records
        return FoundDue(form_id, (year, kept, records) if is_due else None)

    async def run(self) -> int:
        """The periodic job: go on with what was approved; how many records went."""
        gone = 0
        for disposal in await self._db.read(disposal_store.open_ones):
            more = int(disposal.record is not None or await self._say(disposal))
            while more:
                more = await self._db.write(partial(self._portion, disposal=disposal))
                gone += more
        if gone:
            await self._files.erase()
        return gone

    async def _say(self, disposal: FormDisposal) -> bool:
        """List the form's records in portions, and have the log say that they go; False where something has
        happened to the form since it was approved: then it is due no more."""
        is_said = False
        while not is_said:
            if not await self._db.read(partial(self._is_due, form_id=disposal.form_id)):
                await self._db.write(partial(self._give_up, disposal=disposal))
                return False
            after = -1
            while found := await self._db.write(
                partial(self._list, disposal=disposal, after=after)
            ):
                after = found
            listed = await self._db.read(lambda tx: self._ledger.listed(tx, disposal.id))
            is_said = await self._db.write(
                partial(
                    self._record, disposal=disposal, count=len(listed), said=disposal_hash(listed)
                )
            )
        return True

    def _is_due(self, tx: Tx, form_id: str) -> bool:
        row = disposal_store.opened(tx, form_id)
        return row is not None and self._weighed(tx, *row).due is not None

    def _give_up(self, tx: Tx, disposal: FormDisposal) -> None:
        self._ledger.give_up(tx, disposal.id)
        disposal_store.drop(tx, disposal.id)
        self._noted(tx, audit.PROGRAM, FormAct.KEPT, disposal, disposal.count)

    def _list(self, tx: Tx, disposal: FormDisposal, after: int) -> int:
        """List the next records behind a place; the last one's, 0 at the end."""
        found = disposal_store.positions(tx, disposal.form_id, after, LISTED_AT_ONCE)
        self._ledger.plan(tx, disposal.id, found)
        return found[-1] if found else 0

    def _record(self, tx: Tx, disposal: FormDisposal, count: int, said: str) -> bool:
        """The log says what goes, and nobody is asked any more; False where a record came meanwhile."""
        if disposal_store.count(tx, disposal.form_id) != count:
            return False
        now = self._clock.now()
        record = DisposalV1(
            school_id=self._school.id,
            school_name=self._school.name,
            title=disposal.title,
            closed_in=disposal.year,
            retention_years=disposal.retention_years,
            count=count,
            list_hash=said,
            approved_by_id=disposal.by_id,
            approved_by_name=disposal.by_name,
            approved_at=disposal.at,
            at=now,
        )
        disposal_store.recorded(tx, disposal.id, self._ledger.close(tx, disposal.id, record), count)
        disposal_store.end(tx, disposal.form_id, now)
        terms.note(tx, self._clock, disposal.form_id)
        return True

    def _portion(self, tx: Tx, disposal: FormDisposal) -> int:
        """Records that go in one unit, those of a child together; none: the disposal is done."""
        portion, gone = Portion(), 0
        form_id = disposal.form_id
        children = disposal_store.children(tx, form_id, BATCH) or disposal_store.unrecorded(
            tx, form_id, BATCH
        )
        for child in children:
            gone += self._dispose(tx, disposal, child)
            if portion.is_full():
                break
        if not children:
            self._questions.forget(tx, form_id)
            found = disposal_store.one(tx, disposal.id)
            done = disposal.done if found is None else found.done
            self._noted(tx, audit.PROGRAM, FormAct.DISPOSED, disposal, done)
        ended = None if children else self._clock.now()
        disposal_store.more_done(tx, disposal.id, gone, ended)
        return len(children)

    def _dispose(self, tx: Tx, disposal: FormDisposal, child: str) -> int:
        records = disposal_store.records_of(tx, disposal.form_id, child)
        signatures = disposal_store.signatures_of(tx, disposal.form_id, child)
        for leaf, _guardian, _drawing in signatures:
            self._files.detach_all(tx, slip_of(leaf))
        self._files.let_go(tx, {drawing for _leaf, _by, drawing in signatures if drawing})
        self._notices.forget(tx, {guardian for _leaf, guardian, _d in signatures}, disposal.form_id)
        self._questions.forget_of(tx, disposal.form_id, child)
        disposal_store.forget(tx, disposal.form_id, child)
        self._ledger.erase(tx, disposal.id, records)
        return len(records)


def _years(tx: Tx) -> Mapping[LegalBasis, int]:
    held = disposal_store.retention(tx)
    return {basis: held.get(basis, YEARS[basis]) for basis in LegalBasis}
