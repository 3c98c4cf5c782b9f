"""How the school decides on papers: one by one or many, each decision a record of the school's log.

await deciding.decide(asker, paper_id, Verdict.APPROVE)
await deciding.decide_all(asker, ids)          # each in a unit of its own
"""

from collections.abc import Sequence
from datetime import date

from msgspec.structs import replace

from kit import audit
from kit.db import Database, Tx
from kit.problem import Forbidden, NotFound, Problem
from kit.typed import whole
from node.approval.line import Capacity, Outcome, Verdict, Went
from node.approval.lines import Lines
from node.approval.model import Matter
from node.files.model import Carrier
from node.files.service import Files
from node.ground import School
from node.ledger.service import Ledger
from node.people.access import of_now, require_role
from node.people.model import Asker
from node.submissions import rights, store
from node.submissions.course import PaperCourse
from node.submissions.kinds import SubmissionType
from node.submissions.model import (
    IN_FAMILY,
    KIND,
    LONGEST_WORD,
    Paper,
    PaperState,
    PaperTold,
    Passage,
    SubmissionAct,
)
from node.submissions.receiving import Receiving
from node.submissions.refusals import NotInState, RefusalHolds, WordMissing
from node.submissions.wording import hash_of
from protocol.records import ApprovalV2
from protocol.records import Attachment as RecordedFile

MOST_AT_ONCE = 100
_PASSAGES = {
    Went.NEXT: Passage.ADVANCED,
    Went.DONE: Passage.APPROVED,
    Went.RETURNED: Passage.RETURNED,
    Went.REFUSED: Passage.REJECTED,
}
_STATES = {
    Went.NEXT: PaperState.IN_PROGRESS,
    Went.DONE: PaperState.APPROVED,
    Went.RETURNED: PaperState.RETURNED,
    Went.REFUSED: PaperState.REJECTED,
}
_DECISIONS = {Went.RETURNED: "returned", Went.REFUSED: "rejected"}
_CAPACITIES = {
    Capacity.OWN: "approved",
    Capacity.DELEGATED: "delegated",
    Capacity.DEPUTY: "by_deputy",
}


class Deciding:
    """Verbs of the staff. Each asks for the right in the unit that writes."""

    def __init__(
        self,
        db: Database,
        course: PaperCourse,
        receiving: Receiving,
        lines: Lines,
        files: Files,
        ledger: Ledger,
        school: School,
    ) -> None:
        self._db = db
        self._course = course
        self._receiving = receiving
        self._lines = lines
        self._files = files
        self._ledger = ledger
        self._school = school

    async def decide(
        self, asker: Asker, paper_id: str, verdict: Verdict, word: str = ""
    ) -> PaperState:
        """Decide on the step at which a paper waits for the asker; where it stands then. Who sends it
        back or refuses says why. Raises NotFound, NotAsked, Forbidden, WordMissing, TooLong; publishes
        SubmissionMoved."""
        word = whole("word", word.strip(), LONGEST_WORD)
        if verdict is not Verdict.APPROVE and not word:
            raise WordMissing()

        def unit(tx: Tx, now: Asker) -> PaperState:
            paper = store.paper(tx, paper_id)
            if paper is None or not now.is_staff:
                raise NotFound()
            outcome = self._lines.decide(tx, now, Matter(KIND, paper.id), verdict, word)
            return self._carry_out(tx, now, paper, outcome, word)

        return await self._db.write(of_now(asker, unit))

    async def decide_all(self, asker: Asker, ids: Sequence[str]) -> tuple[int, list[str]]:
        """Approve many, each for itself; how many, and the ids of those that somebody else had decided
        meanwhile or that are not the asker's."""
        done, left = 0, []
        for paper_id in dict.fromkeys(ids[:MOST_AT_ONCE]):
            try:
                await self.decide(asker, paper_id, Verdict.APPROVE)
            except Problem:
                left.append(paper_id)
            else:
                done += 1
        return done, left

    def _carry_out(
        self, tx: Tx, asker: Asker, paper: Paper, outcome: Outcome, word: str
    ) -> PaperState:
        kind = self._receiving.kind_of(tx, paper)
        state = _STATES[outcome.went]
        decided = replace(paper, decided_at=self._course.clock.now())
        if outcome.went is Went.DONE:
            if kind.is_report:
                state = PaperState.REPORTED
            elif kind.report is not None:
                last = date.fromisoformat(paper.last_on)
                until = self._receiving.due(tx, paper, last, kind.report.within_days)
                decided = replace(decided, report_until=until)
        decisions = self._lines.trail(tx, Matter(KIND, paper.id))
        decision = _DECISIONS.get(outcome.went) or _CAPACITIES[outcome.capacity]
        leaf = self._record(tx, asker, paper, kind, decision, len(decisions), word)
        said = step_words(decisions[-1].step, outcome)
        told = f"{said}\n{word}" if word else said
        self._course.move(tx, decided, state, _PASSAGES[outcome.went], asker, told, leaf)
        if outcome.went is not Went.NEXT:
            is_returned = outcome.went is Went.RETURNED
            topic = PaperTold.RETURNED if is_returned else PaperTold.DECIDED
            self._course.tell_family(tx, topic, paper)
        if state is PaperState.REPORTED and paper.parent_id is not None:
            parent = store.paper(tx, paper.parent_id)
            if parent is not None:
                self._course.move(tx, parent, PaperState.REPORTED, Passage.REPORTED, asker)
        return state

    def _record(
        self,
        tx: Tx,
        asker: Asker,
        paper: Paper,
        kind: SubmissionType,
        decision: str,
        number: int,
        word: str,
    ) -> int:
        """The decision as a record of the school's log; its position there."""
        files = self._files.attached(tx, Carrier(KIND, paper.id))
        record = ApprovalV2(
            school_id=self._school.id,
            school_name=self._school.name,
            document_kind=KIND,
            document_id=paper.id,
            title=f"{paper.student_name} {kind.name} {paper.receipt_number}",
            text_hash=hash_of(store.document(tx, paper.id, paper.revision)),
            decision=decision,
            approver_id=asker.id,
            approver_name=asker.name,
            position=asker.position,
            step=number,
            decided_at=self._course.clock.now(),
            comment=word,
            attachments=tuple(RecordedFile(name=one.name, sha256=one.sha256) for one in files),
        )
        leaf, _hash = self._ledger.append(tx, record)
        return leaf

    # What the office sees to --------------------------------------------------------------------

    async def settle(self, asker: Asker, paper_id: str, *, goes_on: bool, word: str) -> None:
        """Say how a paper goes on of which guardians differ or one says nothing, once the school has spoken
        with them: to who decides, or that it ends; where any refusal wins, that alone. Raises NotFound, Forbidden, NotInState,
        RefusalHolds, WordMissing, TooLong."""
        word = whole("word", word.strip(), LONGEST_WORD)
        if not word:
            raise WordMissing()

        def unit(tx: Tx, now: Asker) -> None:
            paper = self._seen(tx, now, paper_id)
            if paper.state not in IN_FAMILY:
                raise NotInState()
            if not rights.may_settle(now, paper):
                raise Forbidden()
            if goes_on and not rights.may_go_on(paper):
                raise RefusalHolds()
            audit.record(
                tx, self._course.clock, now, SubmissionAct.SETTLE, paper.id, goes_on=goes_on
            )
            store.ask_no_more(tx, paper.id)
            kind = self._receiving.kind_of(tx, paper)
            if goes_on:
                moved = self._course.move(
                    tx, paper, PaperState.RECEIVED, Passage.SETTLED, now, word
                )
                self._receiving.put_before(tx, moved, kind)
                return
            number = len(self._lines.trail(tx, Matter(KIND, paper.id))) + 1
            leaf = self._record(tx, now, paper, kind, "rejected", number, word)
            self._course.move(tx, paper, PaperState.REJECTED, Passage.REJECTED, now, word, leaf)
            self._course.tell_family(tx, PaperTold.DECIDED, paper)

        await self._db.write(of_now(asker, unit))

    async def match(self, asker: Asker, paper_id: str, student_id: str) -> None:
        """Say of which student a paper is that named nobody the school knew; it goes to who decides.
        Raises NotFound, Forbidden, NotInState."""
        require_role(asker, *rights.MATCHERS)

        def unit(tx: Tx, now: Asker) -> None:
            require_role(now, *rights.MATCHERS)
            paper = store.paper(tx, paper_id)
            pupil = store.pupil(tx, student_id)
            if paper is None or paper.sent_at is None or pupil is None:
                raise NotFound()
            if paper.state is not PaperState.RECEIVED or paper.student_id is not None:
                raise NotInState()
            matched = replace(
                paper, student_id=student_id, student_name=pupil[0], class_id=pupil[1]
            )
            audit.record(
                tx, self._course.clock, now, SubmissionAct.MATCH, paper.id, student=student_id
            )
            kind = self._receiving.kind_of(tx, matched)
            self._receiving.receive(tx, now, matched, kind, Passage.MATCHED, paper.student_name)

        await self._db.write(of_now(asker, unit))

    def _seen(self, tx: Tx, asker: Asker, paper_id: str) -> Paper:
        paper = store.paper(tx, paper_id)
        if paper is None or not asker.is_staff or not rights.sees_as_staff(tx, asker, paper):
            raise NotFound()
        return paper


def step_words(step: str, outcome: Outcome) -> str:
    """A decided step as the timeline has it: 교감(대결: 김교장)."""
    if outcome.capacity is Capacity.DEPUTY:
        return f"{step}(대결: {outcome.for_name})" if outcome.for_name else f"{step}(대결)"
    return f"{step}(전결)" if outcome.capacity is Capacity.DELEGATED else step
