"""What the school does with a paper that comes in: other guardians are asked, it waits for who decides, and
may be taken back."""

from collections.abc import Sequence
from datetime import date

from kit.clock import local_date
from kit.db import Database, Tx
from kit.problem import NotFound
from kit.typed import whole
from node.approval.line import Line
from node.approval.lines import Lines
from node.approval.model import Matter
from node.people.access import of_now
from node.people.model import Asker
from node.submissions import rights, store
from node.submissions.course import PaperCourse
from node.submissions.days import SchoolDays, deadline
from node.submissions.kinds import FamilyRule, SubmissionType
from node.submissions.model import (
    IN_FAMILY,
    KIND,
    LONGEST_WORD,
    Opinion,
    Paper,
    PaperState,
    PaperTold,
    Passage,
)
from node.submissions.refusals import NotInState
from node.submissions.types import SubmissionTypes


class Receiving:
    """Verbs around a paper that was sent. Each asks for the right in the unit that writes."""

    def __init__(
        self,
        db: Database,
        course: PaperCourse,
        types: SubmissionTypes,
        lines: Lines,
        calendar: SchoolDays,
    ) -> None:
        self._db = db
        self._course = course
        self._types = types
        self._lines = lines
        self._calendar = calendar

    def kind_of(self, tx: Tx, paper: Paper) -> SubmissionType:
        """Its kind as it was when the paper was begun."""
        return self._types.wording(tx, paper.type_id, paper.type_version)

    def due(self, tx: Tx, paper: Paper, day: date, days: int) -> int:
        """Until when (ms) something is owed that is due so many days after one: a day of school of the
        child's grade."""
        pupil = store.pupil(tx, paper.student_id) if paper.student_id else None
        return deadline(tx, self._calendar, pupil[2] if pupil else None, day, days)

    def receive(
        self,
        tx: Tx,
        asker: Asker,
        paper: Paper,
        kind: SubmissionType,
        what: Passage,
        word: str = "",
    ) -> Paper:
        """Take in what was sent, or what turned out to be of a student: ask the other guardians as the
        kind's rule says, and let it wait for who decides where that may begin."""
        others: list[tuple[str, str, str]] = []
        if kind.family is not FamilyRule.ONE and paper.student_id:
            guardians = store.other_guardians(tx, paper.student_id, paper.by_id)
            others = [one for one in guardians if one[0] != asker.id]
        store.ask_guardians(tx, paper.id, others)
        asked = [guardian for guardian, _name, _relation in others]
        self._course.tell(tx, asked, PaperTold.FAMILY, paper)
        if kind.family is FamilyRule.BOTH and others:
            return self._course.move(tx, paper, PaperState.FAMILY_WAITS, what, asker, word)
        received = self._course.move(tx, paper, PaperState.RECEIVED, what, asker, word)
        return self.put_before(tx, received, kind)

    def put_before(self, tx: Tx, paper: Paper, kind: SubmissionType) -> Paper:
        """Let a paper that the school has wait for who decides; one of no known student waits for the
        office first."""
        if paper.student_id is None:
            self._course.tell(tx, rights.matchers(tx), PaperTold.UNMATCHED, paper)
        else:
            line = kind.line_for(paper.halves, paper.input.values)
            # Titles come into notices: what is sensitive is not named there.
            title = f"{paper.student_name} {'서류' if kind.is_sensitive else kind.name}"
            matter = Matter(KIND, paper.id)
            self._lines.start(tx, matter, Line(line.steps), title, paper.by_id, paper.class_id)
        return paper

    async def withdraw(self, asker: Asker, paper_id: str, word: str = "") -> None:
        """Take a paper back (접수취소): while nothing was decided, and a permission before its first
        day. Raises NotFound, NotInState, TooLong."""
        word = whole("word", word.strip(), LONGEST_WORD)

        def unit(tx: Tx, now: Asker) -> None:
            paper = store.paper(tx, paper_id)
            if paper is None or not rights.goes_on_with(now, paper, self.kind_of(tx, paper)):
                raise NotFound()
            if not rights.may_withdraw(paper, local_date(self._course.clock.now())):
                raise NotInState()
            if paper.state in (PaperState.RECEIVED, PaperState.IN_PROGRESS) and paper.student_id:
                self._lines.withdraw(tx, Matter(KIND, paper.id))
            moved = self._course.move(tx, paper, PaperState.WITHDRAWN, Passage.WITHDRAWN, now, word)
            if paper.state is PaperState.APPROVED:
                self.tell_staff(tx, now, PaperTold.WITHDRAWN, moved)

        await self._db.write(of_now(asker, unit))

    def tell_staff(self, tx: Tx, by: Asker, told: PaperTold, paper: Paper) -> None:
        """Tell the homeroom teacher and those who decided on a paper what `by` did with it."""
        deciders = [one.by_id for one in self._lines.trail(tx, Matter(KIND, paper.id))]
        self._course.tell(tx, rights.concerned(tx, paper, deciders) - {by.id}, told, paper)

    async def answer(self, asker: Asker, paper_id: str, *, agrees: bool, word: str = "") -> None:
        """What another guardian says to a paper. A refusal stops it until they agree after all or, unless
        any refusal wins, the school has spoken with both. Raises NotFound, NotInState, TooLong."""
        word = whole("word", word.strip(), LONGEST_WORD)

        def unit(tx: Tx, now: Asker) -> None:
            paper = store.paper(tx, paper_id)
            if paper is None or not rights.is_asked(tx, now, paper):
                raise NotFound()
            at = self._course.clock.now()
            kind, said = self.kind_of(tx, paper), store.opinions(tx, paper.id)
            if not rights.may_answer(paper, kind, said, local_date(at)):
                raise NotInState()
            store.answer_guardian(tx, paper.id, now.id, word, at, agrees=agrees)
            self._course.settled(tx, now.id, paper)
            self._heard(tx, now, paper, store.opinions(tx, paper.id), word, agrees=agrees)

        await self._db.write(of_now(asker, unit))

    def _heard(
        self,
        tx: Tx,
        asker: Asker,
        paper: Paper,
        opinions: Sequence[Opinion],
        word: str,
        *,
        agrees: bool,
    ) -> None:
        kind = self.kind_of(tx, paper)
        refused = any(one.agrees is False for one in opinions)
        waits = paper.state in IN_FAMILY
        if refused:
            if paper.state in (PaperState.RECEIVED, PaperState.IN_PROGRESS) and paper.student_id:
                self._lines.withdraw(tx, Matter(KIND, paper.id))
            wins = kind.family is FamilyRule.REFUSAL_WINS
            state = PaperState.FAMILY_REFUSED if wins else PaperState.FAMILY_DIFFERS
            what = Passage.AGREED if agrees else Passage.REFUSED
            stopped = self._course.move(tx, paper, state, what, asker, word)
            if not agrees:
                agreed = {one.guardian_id for one in opinions if one.agrees}
                told = {*rights.family_of(tx, paper), *agreed, *rights.office_for(tx, paper)}
                self._course.tell(tx, told, PaperTold.DIFFERS, stopped)
            return
        missing = kind.family is FamilyRule.BOTH and any(one.agrees is None for one in opinions)
        if waits and not missing:
            moved = self._course.move(tx, paper, PaperState.RECEIVED, Passage.AGREED, asker, word)
            self.put_before(tx, moved, kind)
        else:
            self._course.move(tx, paper, paper.state, Passage.AGREED, asker, word)
