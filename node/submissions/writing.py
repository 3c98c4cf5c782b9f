"""How a paper comes to the school: begun, kept while one writes, sent with a number, taken back."""

from datetime import date

import msgspec
from msgspec.structs import replace

from kit.clock import DAY, Clock, local_date, school_year
from kit.db import Database, Tx, encode
from kit.ids import new_id
from kit.naming import composed
from kit.outbox import publish
from kit.problem import NotFound
from kit.seen import check_seen, seen_of
from kit.typed import one_line, whole
from node.files.model import Carrier, File
from node.files.service import Files
from node.people.access import of_now
from node.people.model import Asker
from node.questions.filling import answers_of
from node.questions.model import Given
from node.questions.service import Questions
from node.submissions import rights, store, type_store
from node.submissions.course import PaperCourse
from node.submissions.days import Counting, Period, SchoolDays, period_of, year_of
from node.submissions.kinds import Starter, SubmissionType
from node.submissions.model import (
    KIND,
    MOST_FILES,
    WRITABLE,
    Half,
    Paper,
    PaperInput,
    PaperState,
    PaperTold,
    Passage,
    SubmissionSent,
)
from node.submissions.receiving import Receiving
from node.submissions.refusals import (
    ChildMissing,
    EvidenceMissing,
    NotStartable,
    NotWritable,
    TooManyAttached,
)
from node.submissions.types import SubmissionTypes
from node.submissions.wording import document_of

LONGEST_TYPED = 60_000  # characters of all that was typed into one paper
KEPT_DRAFT = 60 * DAY
BATCH = 100


class Writing:
    """Verbs of who hands papers in. Each asks for their right in the unit that writes."""

    def __init__(
        self,
        db: Database,
        course: PaperCourse,
        types: SubmissionTypes,
        receiving: Receiving,
        questions: Questions,
        files: Files,
        calendar: SchoolDays,
    ) -> None:
        self._db = db
        self._course = course
        self._types = types
        self._receiving = receiving
        self._questions = questions
        self._files = files
        self._calendar = calendar

    @property
    def _clock(self) -> Clock:
        return self._course.clock

    # Begun ------------------------------------------------------------------------------------

    async def begin(self, asker: Asker, type_id: str, student_id: str, name: str = "") -> str:
        """A draft for one's child, oneself or, by staff, for a student; the one there is, if it is; its
        id. A guardian may name a child whom the school does not have beside theirs: `name`, with no
        `student_id`. Raises NotFound, NotStartable, ChildMissing, TooLong."""

        def unit(tx: Tx, now: Asker) -> str:
            row = self._types.row(tx, type_id)
            if not row.is_open or row.type.is_report:
                raise NotStartable()
            student = self._student(tx, now, row.type, student_id, name)
            found = store.draft_of(tx, now.id, type_id, student_id or None)
            if found is not None and (student_id or found.student_name == student.name):
                return found.id
            return self._add(tx, now, (type_id, row.version), student)

        return await self._db.write(of_now(asker, unit))

    async def begin_report(self, asker: Asker, paper_id: str) -> str:
        """The report on a permitted paper, or the one that was begun or handed in; its id. After one that
        was refused or taken back another is begun. Raises NotFound, NotStartable."""

        def unit(tx: Tx, now: Asker) -> str:
            parent = self._own(tx, now, paper_id)
            wanted = self._receiving.kind_of(tx, parent).report
            if wanted is None or not rights.may_report(parent, self._clock.now()):
                raise NotStartable()
            found = store.report_of(tx, parent.id, now.id)
            if found is not None:
                return found.id
            row = type_store.row(tx, wanted.type_id)
            if row is None:
                raise NotStartable()
            relation = parent.relation
            if parent.student_id and now.id != parent.by_id:
                relation = rights.relation_to(tx, now, row.type, parent.student_id) or relation
            student = _Student(
                parent.student_id or "", parent.student_name, parent.class_id, relation
            )
            return self._add(tx, now, (row.id, row.version), student, parent)

        return await self._db.write(of_now(asker, unit))

    def _student(
        self, tx: Tx, asker: Asker, kind: SubmissionType, student_id: str, name: str
    ) -> "_Student":
        if student_id:
            found = store.pupil(tx, student_id)
            relation = rights.relation_to(tx, asker, kind, student_id)
            if found is None or relation is None:
                raise NotStartable()
            return _Student(student_id, found[0], found[1], relation)
        if not asker.is_guardian or Starter.GUARDIAN not in kind.starters:
            raise ChildMissing()
        typed = composed(one_line("name", name, 40))
        if not typed:
            raise ChildMissing()
        return _Student("", typed, None, "")

    def _add(
        self,
        tx: Tx,
        asker: Asker,
        of_type: tuple[str, int],
        student: "_Student",
        parent: Paper | None = None,
    ) -> str:
        now = self._clock.now()
        paper = Paper(
            id=new_id(),
            type_id=of_type[0],
            type_version=of_type[1],
            state=PaperState.DRAFT,
            student_id=student.id or None,
            student_name=student.name,
            class_id=student.class_id,
            by_id=asker.id,
            by_name=asker.name,
            relation=student.relation,
            parent_id=None if parent is None else parent.id,
            typed="{}",
            first_on="" if parent is None else parent.first_on,
            last_on="" if parent is None else parent.last_on,
            half=Half.WHOLE if parent is None else parent.half,
            halves=0,
            year=school_year(local_date(now)),
            number=0,
            revision=0,
            evidence_until=None,
            report_until=None,
            created_at=now,
            updated_at=now,
            sent_at=None,
            decided_at=None,
        )
        store.add(tx, paper)
        return paper.id

    # Written ----------------------------------------------------------------------------------

    async def save(self, asker: Asker, paper_id: str, typed: PaperInput, seen: str = "") -> Paper:
        """Keep what is typed so far. Raises NotFound, NotWritable, TooLong, ChangedMeanwhile."""

        def unit(tx: Tx, now: Asker) -> Paper:
            paper = self._writable(tx, now, paper_id)
            check_seen(seen, *seen_parts(paper))
            return self._keep(tx, paper, typed)

        return await self._db.write(of_now(asker, unit))

    def _keep(self, tx: Tx, paper: Paper, typed: PaperInput) -> Paper:
        half = Half(typed.half) if typed.half in set(Half) else Half.WHOLE
        kept = replace(
            paper,
            typed=whole("answers", encode(typed.values), LONGEST_TYPED),
            first_on=_day(typed.first_on),
            last_on=_day(typed.last_on),
            half=half,
            updated_at=self._clock.now(),
        )
        store.save(tx, kept)
        return kept

    async def attach(self, asker: Asker, paper_id: str, *files: File) -> None:
        """Attach stored files to what one writes, or the evidence that was to follow. Raises NotFound,
        NotWritable, TooManyAttached."""

        await self._db.write(of_now(asker, lambda tx, now: self._attach(tx, now, paper_id, *files)))

    def attach_to(self, tx: Tx, asker: Asker, paper_id: str, file: File, /) -> str:
        """`attach` one that came in parts, within a unit; the attachment's id."""
        [attached] = self._attach(tx, asker, paper_id, file)
        return attached

    def require_attachable(self, tx: Tx, asker: Asker, paper_id: str, /, count: int = 1) -> None:
        """Raises NotFound, NotWritable, TooManyAttached where the asker may not attach so many files."""
        paper = self._own(tx, asker, paper_id)
        if paper.state not in WRITABLE and not self._takes_evidence(tx, asker, paper):
            raise NotWritable()
        if len(self._files.attached(tx, Carrier(KIND, paper.id))) + count > MOST_FILES:
            raise TooManyAttached(most=MOST_FILES)

    def _takes_evidence(self, tx: Tx, asker: Asker, paper: Paper) -> bool:
        """What is owed is brought; the pages behind the first one follow it one by one."""
        if rights.takes_evidence(paper):
            return True
        brought = store.brought_evidence_at(tx, paper.id, asker.id)
        return rights.may_add_to_evidence(paper, brought, self._clock.now())

    def _attach(self, tx: Tx, asker: Asker, paper_id: str, *files: File) -> list[str]:
        self.require_attachable(tx, asker, paper_id, len(files))
        paper = self._own(tx, asker, paper_id)
        attached = [self._files.attach(tx, Carrier(KIND, paper.id), file) for file in files]
        if paper.state not in WRITABLE:
            brought = replace(paper, evidence_until=None)
            names = ", ".join(file.name for file in files)
            self._course.move(tx, brought, paper.state, Passage.EVIDENCE, asker, names)
            self._course.settled(tx, asker.id, paper)
            self._receiving.tell_staff(tx, asker, PaperTold.EVIDENCE_CAME, paper)
        return attached

    async def detach(self, asker: Asker, paper_id: str, file_id: str) -> None:
        """Take a file off what one writes. Raises NotFound, NotWritable."""

        def unit(tx: Tx, now: Asker) -> None:
            paper = self._writable(tx, now, paper_id)
            if not self._files.detach(tx, Carrier(KIND, paper.id), file_id):
                raise NotFound()

        await self._db.write(of_now(asker, unit))

    async def discard(self, asker: Asker, paper_id: str) -> None:
        """Remove a draft that was never sent. Raises NotFound, NotWritable."""

        def unit(tx: Tx, now: Asker) -> None:
            paper = self._own(tx, now, paper_id)
            if paper.state is not PaperState.DRAFT:
                raise NotWritable()
            self._remove(tx, paper.id)

        await self._db.write(of_now(asker, unit))

    async def forget_drafts(self) -> int:
        """Daily: drafts that nobody touched for two months go; how many."""
        before, gone = self._clock.now() - KEPT_DRAFT, 0

        def unit(tx: Tx) -> int:
            found = store.old_drafts(tx, before, BATCH)
            for paper_id in found:
                self._remove(tx, paper_id)
            return len(found)

        while portion := await self._db.write(unit):
            gone += portion
        return gone

    def _remove(self, tx: Tx, paper_id: str) -> None:
        self._files.detach_all(tx, Carrier(KIND, paper_id))
        store.forget(tx, paper_id)

    # Sent -------------------------------------------------------------------------------------

    async def send(self, asker: Asker, paper_id: str, typed: PaperInput) -> Paper:
        """Hand a paper in; with its number and durable when it returns. What was sent already is sent
        once. Raises NotFound, NotStartable, BadAnswer, the refusals of `days`, EvidenceMissing;
        publishes SubmissionSent."""

        def unit(tx: Tx, now: Asker) -> Paper:
            paper = self._own(tx, now, paper_id)
            if paper.state not in WRITABLE:
                return paper
            is_first = paper.parent_id is not None and not paper.number
            if is_first and store.is_reported(tx, paper.parent_id or ""):
                raise NotWritable()
            kind = self._receiving.kind_of(tx, paper)
            if paper.student_id and rights.relation_to(tx, now, kind, paper.student_id) is None:
                raise NotStartable()
            return self._send(tx, now, self._keep(tx, paper, typed), kind, typed)

        return await self._db.write(of_now(asker, unit))

    def _send(
        self, tx: Tx, asker: Asker, paper: Paper, kind: SubmissionType, typed: PaperInput
    ) -> Paper:
        answers = answers_of(kind.asked.fields, typed.values)
        now = self._clock.now()
        today = local_date(now)
        period = period_of(kind.period, typed) if kind.period else None
        halves = self._checked(tx, paper, kind, period, today)
        files = self._files.attached(tx, Carrier(KIND, paper.id))
        days = None if files else self._evidence_days(kind, halves)
        evidence_until = None if days is None else self._receiving.due(tx, paper, today, days)
        year = school_year(period.first if period else today)
        is_again = paper.number > 0
        store.reminded(tx, paper.id, 0)  # what is owed is owed anew, until another day
        store.reminded_of_evidence(tx, paper.id, 0)
        sent = replace(
            paper,
            first_on=period.first.isoformat() if period else paper.first_on,
            last_on=period.last.isoformat() if period else paper.last_on,
            half=period.half if period else paper.half,
            halves=halves,
            year=paper.year if is_again else year,
            number=paper.number or store.next_number(tx, year),
            revision=paper.revision + 1,
            evidence_until=evidence_until,
            sent_at=paper.sent_at or now,
        )
        given = Given(
            asked_id=paper.student_id or paper.by_id,
            by_id=asker.id,
            by_name=asker.name,
            answers=answers,
            given_at=now,
            revision=sent.revision,
            on_paper_by="",
            version=paper.type_version,
        )
        self._questions.keep(tx, paper.id, given)
        text = document_of(kind, sent, answers, files)
        store.keep_document(tx, paper.id, sent.revision, text)
        what = Passage.SENT_AGAIN if is_again else Passage.SENT
        self._course.settled(tx, asker.id, sent)
        publish(tx, SubmissionSent(paper.id, asker.id, paper.student_id or ""), now)
        if paper.parent_id is not None and not is_again:
            self._report_sent(tx, asker, paper.parent_id)
        return self._receiving.receive(tx, asker, sent, kind, what)

    def _checked(
        self, tx: Tx, paper: Paper, kind: SubmissionType, period: Period | None, today: date
    ) -> int:
        if kind.period is None or period is None:
            return 0
        pupil = store.pupil(tx, paper.student_id) if paper.student_id else None
        counting = Counting(tx, self._calendar, pupil[2] if pupil else None, kind.period)
        earlier = []
        if paper.student_id:
            year = year_of(period.first)
            earlier = store.counted(tx, paper.student_id, paper.type_id, *year, paper.id)
        return counting.checked(period, earlier, today, paper.input.values)

    def _evidence_days(self, kind: SubmissionType, halves: int) -> int | None:
        """Within how many days something is to be attached; None: nothing is. Raises EvidenceMissing where
        it is wanted at once."""
        rule = kind.evidence
        if rule is None or not kind.wants_evidence(halves):
            return None
        if not rule.within_days:
            raise EvidenceMissing(label=rule.label)
        return rule.within_days

    def _report_sent(self, tx: Tx, asker: Asker, parent_id: str) -> None:
        parent = store.paper(tx, parent_id)
        if parent is not None:
            self._course.note(tx, parent, Passage.REPORT_SENT, asker)
            self._course.settled(tx, asker.id, parent)

    # Inside -----------------------------------------------------------------------------------

    def _own(self, tx: Tx, asker: Asker, paper_id: str) -> Paper:
        paper = store.paper(tx, paper_id)
        if paper is None or not rights.goes_on_with(
            asker, paper, self._receiving.kind_of(tx, paper)
        ):
            raise NotFound()
        return paper

    def _writable(self, tx: Tx, asker: Asker, paper_id: str) -> Paper:
        paper = self._own(tx, asker, paper_id)
        if paper.state not in WRITABLE:
            raise NotWritable()
        return paper


class _Student(msgspec.Struct, frozen=True):
    """Of whom a paper is; `id` is empty of whom the school does not know yet."""

    id: str
    name: str
    class_id: str | None
    relation: str


def seen_parts(paper: Paper) -> tuple[object, ...]:
    """What the version guard of a paper's page compares."""
    return paper.typed, paper.first_on, paper.last_on, paper.half, paper.state


def seen(paper: Paper) -> str:
    return seen_of(*seen_parts(paper))


def _day(typed: str) -> str:
    """A day as typed into a date input; empty where it is none."""
    try:
        return date.fromisoformat(typed).isoformat()
    except ValueError:
        return ""
