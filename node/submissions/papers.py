"""What is seen of papers: one's own, one's child's, what waits for a decision, what the school has."""

from collections.abc import Iterable, Sequence
from datetime import date

from kit.clock import DAY, Clock, local_date, moment
from kit.db import Database, Tx
from kit.naming import compared
from kit.problem import NotFound
from kit.wording import class_words
from node.approval.lines import Lines
from node.approval.model import Matter
from node.files.model import Attachment, Carrier
from node.files.service import Files
from node.ledger.service import Ledger
from node.people.access import EVERY_CLASS, require_role, require_staff
from node.people.audience import classes
from node.people.model import Asker, Kind
from node.submissions import rights, store, type_store
from node.submissions.days import year_of
from node.submissions.kinds import Starter, SubmissionType, TypeRow
from node.submissions.model import (
    KIND,
    OVERDUE_DAYS,
    WRITABLE,
    Allowance,
    CaseLine,
    CasesWanted,
    ListedPaper,
    Paper,
    PaperState,
    PaperView,
    Startable,
    TrayCard,
)
from node.submissions.types import SubmissionTypes
from protocol.receipts import Receipt

PAGE = 30
TRAY = 40  # cards of one page
FOUND = 20  # students of one name


class Papers:
    """Each reading asks for the right itself; what is not the asker's to see is not found."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        types: SubmissionTypes,
        lines: Lines,
        files: Files,
        ledger: Ledger,
    ) -> None:
        self._db = db
        self._clock = clock
        self._types = types
        self._lines = lines
        self._files = files
        self._ledger = ledger

    # Families ---------------------------------------------------------------------------------

    async def front(self, asker: Asker, page: int) -> tuple[list[Startable], list[CaseLine], bool]:
        """What the asker can begin; what they and, for their children, others handed in, the latest
        first, with whether there is more."""

        def unit(tx: Tx) -> tuple[list[Startable], list[CaseLine], bool]:
            begun = store.of_person(tx, asker.id, PAGE + 1, (page - 1) * PAGE)
            found = [one for one in begun[:PAGE] if rights.is_own(asker, one)]
            if page == 1:
                for child in asker.children:
                    found += self._shared(tx, asker, child.student_id)
            found.sort(key=lambda one: one.updated_at, reverse=True)
            return self._startable(tx, asker), self._lines_of(tx, found), len(begun) > PAGE

        return await self._db.read(unit)

    def _shared(self, tx: Tx, asker: Asker, student_id: str) -> list[Paper]:
        return [
            one
            for one in store.of_child(tx, student_id, asker.id, PAGE)
            if rights.may_see(tx, asker, one, self._kind(tx, one))
        ]

    def _startable(self, tx: Tx, asker: Asker) -> list[Startable]:
        found = []
        for row in self._types.open_ones(tx):
            children = [] if row.type.is_report else self._children_for(tx, asker, row.type)
            is_staffs = asker.is_staff and Starter.STAFF in row.type.starters
            if children or (is_staffs and not row.type.is_report):
                left = tuple(
                    (name, allowance)
                    for student_id, name in children
                    if (allowance := self._allowance(tx, row, student_id)) is not None
                )
                found.append(Startable(row.id, row.type, tuple(children), left))
        return found

    def _children_for(self, tx: Tx, asker: Asker, kind: SubmissionType) -> list[tuple[str, str]]:
        """For whom the asker hands this kind in, without what staff do for others."""
        own = [(one.student_id, one.name) for one in asker.children]
        if Kind.STUDENT in asker.kinds:
            own.append((asker.id, asker.name))
        return [one for one in own if rights.relation_to(tx, asker, kind, one[0]) is not None]

    def _allowance(
        self, tx: Tx, row: TypeRow, student_id: str, day: date | None = None
    ) -> Allowance | None:
        rule = row.type.period
        if rule is None or not rule.yearly_days:
            return None
        year = year_of(day or local_date(self._clock.now()))
        spans = store.counted(tx, student_id, row.id, *year, but="")
        return Allowance(2 * rule.yearly_days, sum(one.halves for one in spans))

    async def students_for(
        self, asker: Asker, type_id: str, name: str
    ) -> list[tuple[str, str, str]]:
        """Students of a name of whom a member of staff may hand in this kind: id, name, class. Raises
        NotFound."""
        require_staff(asker)

        def unit(tx: Tx) -> list[tuple[str, str, str]]:
            kind = self._types.row(tx, type_id).type
            return [
                one
                for one in self._named(tx, name)
                if rights.relation_to(tx, asker, kind, one[0]) is not None
            ]

        return await self._db.read(unit)

    def _named(self, tx: Tx, name: str) -> list[tuple[str, str, str]]:
        rows = store.pupils_named(tx, compared(name), FOUND)
        return [
            (student, name, f"{class_words(grade, room)} {number}번")
            for student, name, grade, room, number in rows
        ]

    # One paper --------------------------------------------------------------------------------

    async def view(self, asker: Asker, paper_id: str) -> PaperView:
        """A paper with what the asker may do with it. Raises NotFound."""
        return await self._db.read(
            lambda tx: self._view(tx, asker, self._seen(tx, asker, paper_id))
        )

    def _seen(self, tx: Tx, asker: Asker, paper_id: str) -> Paper:
        paper = store.paper(tx, paper_id)
        if paper is None or not rights.may_see(tx, asker, paper, self._kind(tx, paper)):
            raise NotFound()
        return paper

    def _kind(self, tx: Tx, paper: Paper) -> SubmissionType:
        return self._types.wording(tx, paper.type_id, paper.type_version)

    def _view(self, tx: Tx, asker: Asker, paper: Paper, *, holds: bool = False) -> PaperView:
        """`holds`: it is known to wait for the asker."""
        kind = self._kind(tx, paper)
        is_own, goes_on = rights.is_own(asker, paper), rights.goes_on_with(asker, paper, kind)
        now = self._clock.now()
        row = TypeRow(paper.type_id, paper.type_version, True, kind)
        day = date.fromisoformat(paper.first_on) if paper.first_on else None
        knows = not is_own or bool(paper.relation)  # the child's other papers and its class
        opinions = store.opinions(tx, paper.id)
        position = self._lines.position(tx, Matter(KIND, paper.id))
        given = store.answers_by_field(tx, paper.id)
        return PaperView(
            paper=paper,
            type=kind,
            class_name=self._class_name(tx, paper) if knows else "",
            answers=tuple((label, answer) for _field, label, answer in given),
            answered=tuple(field for field, _label, _answer in given),
            files=tuple(self._files.attached(tx, Carrier(KIND, paper.id))),
            trail=tuple(store.trail(tx, paper.id)),
            opinions=tuple(opinions),
            allowance=(
                self._allowance(tx, row, paper.student_id, day)
                if paper.student_id and knows
                else None
            ),
            report=self._report(tx, asker, paper) if kind.report is not None else None,
            parent=store.paper(tx, paper.parent_id) if paper.parent_id is not None else None,
            waits_for="" if position is None else position.step,
            may_write=goes_on and paper.state in WRITABLE,
            may_withdraw=goes_on and rights.may_withdraw(paper, local_date(now)),
            may_add_evidence=goes_on
            and rights.takes_evidence(paper)
            and paper.state not in WRITABLE,
            may_report=goes_on and rights.may_report(paper, now),
            may_answer=(
                not is_own
                and rights.is_asked(tx, asker, paper)
                and rights.may_answer(paper, kind, opinions, local_date(now))
            ),
            may_decide=holds or self._lines.holds(tx, asker, Matter(KIND, paper.id)),
            may_settle=rights.may_settle(asker, paper),
            may_go_on=rights.may_go_on(paper),
            may_match=(
                paper.state is PaperState.RECEIVED
                and paper.student_id is None
                and bool(asker.roles & set(rights.MATCHERS))
            ),
        )

    async def file(self, asker: Asker, paper_id: str, file_id: str) -> Attachment:
        """A file of a paper that the asker may see. Raises NotFound."""

        def unit(tx: Tx) -> Attachment:
            paper = self._seen(tx, asker, paper_id)
            found = self._files.attachment(tx, KIND, file_id)
            if found is None or found.carrier_id != paper.id:
                raise NotFound()
            return found

        return await self._db.read(unit)

    async def receipt(self, asker: Asker, paper_id: str, leaf: int) -> tuple[PaperView, Receipt]:
        """A decision's record with what proves it. Raises NotFound, ReceiptNotMade."""

        def unit(tx: Tx) -> tuple[PaperView, Receipt]:
            paper = self._seen(tx, asker, paper_id)
            if leaf not in {one.leaf for one in store.trail(tx, paper.id)}:
                raise NotFound()
            return self._view(tx, asker, paper), self._ledger.receipt(tx, leaf)

        return await self._db.read(unit)

    # Staff ------------------------------------------------------------------------------------

    async def tray(self, asker: Asker, after: str) -> tuple[list[TrayCard], str]:
        """What waits for the asker's decision, the longest first, each with all that it takes to decide;
        where it goes on, "" at the end. Raises NotFound."""
        require_staff(asker)

        def unit(tx: Tx) -> tuple[list[TrayCard], str]:
            lines = self._lines.tray(tx, asker, (KIND,), TRAY + 1, after)
            cards = []
            for line in lines[:TRAY]:
                paper = store.paper(tx, line.id)
                if paper is not None:
                    view = self._view(tx, asker, paper, holds=True)
                    cards.append(TrayCard(view, line.step, line.for_name))
            return cards, lines[TRAY - 1].after if len(lines) > TRAY else ""

        return await self._db.read(unit)

    async def unsettled(
        self, asker: Asker
    ) -> tuple[list[CaseLine], list[CaseLine], list[CaseLine]]:
        """What waits for the office: papers of whose guardians one refused or says nothing, those of no
        known student, and those of which something is overdue, as far as they are the asker's to see.
        Raises NotFound."""
        require_staff(asker)

        def unit(tx: Tx) -> tuple[list[CaseLine], list[CaseLine], list[CaseLine]]:
            waiting = store.in_family(tx, self._clock.now() + 1, 100)
            differing = [
                one
                for one in (*store.differing(tx, 100), *waiting)
                if rights.sees_as_staff(tx, asker, one)
            ]
            is_matcher = bool(asker.roles & set(rights.MATCHERS))
            unmatched = store.unmatched(tx, 100) if is_matcher else []
            now = self._clock.now()
            classes = rights.sees_overdue(asker)
            overdue = store.overdue(tx, now - OVERDUE_DAYS * DAY, now, classes, 100)
            return (
                self._lines_of(tx, differing),
                self._lines_of(tx, unmatched),
                self._lines_of(tx, overdue),
            )

        return await self._db.read(unit)

    async def candidates(
        self, asker: Asker, paper_id: str, name: str
    ) -> tuple[PaperView, list[tuple[str, str, str]]]:
        """Of which students a paper may be: those of the name. Raises NotFound, Forbidden."""
        require_role(asker, *rights.MATCHERS)

        def unit(tx: Tx) -> tuple[PaperView, list[tuple[str, str, str]]]:
            paper = self._seen(tx, asker, paper_id)
            return self._view(tx, asker, paper), self._named(tx, name or paper.student_name)

        return await self._db.read(unit)

    async def cases(
        self, asker: Asker, wanted: CasesWanted, before: tuple[int, str]
    ) -> tuple[list[CaseLine], Paper | None]:
        """What the school has of the classes that are the asker's to see, the latest first, behind one:
        when it was sent (ms), its id; the last of the page where it goes on. Raises NotFound."""
        require_staff(asker)

        def unit(tx: Tx) -> tuple[list[CaseLine], Paper | None]:
            sees_all = not asker.roles.isdisjoint(EVERY_CLASS)
            if sees_all and not wanted.class_id:
                found = store.of_school(tx, wanted, before, PAGE + 1)
            else:
                found = []
                for class_id in {wanted.class_id} if sees_all else asker.classes:
                    if wanted.class_id in ("", class_id):
                        found += store.of_class(tx, class_id, wanted, before, PAGE + 1)
                found.sort(key=lambda one: (one.sent_at or 0, one.id), reverse=True)
            last = found[PAGE - 1] if len(found) > PAGE else None
            return self._lines_of(tx, found[:PAGE]), last

        return await self._db.read(unit)

    async def choices(self, asker: Asker) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Of which kinds, and of which classes, the asker may want to see what the school has: ids with
        names. Raises NotFound."""
        require_staff(asker)

        def unit(tx: Tx) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
            kinds = [(row.id, row.type.name) for row in type_store.rows(tx)]
            sees_all = not asker.roles.isdisjoint(EVERY_CLASS)
            return kinds, [
                (one.id, class_words(one.grade, one.number))
                for one in classes(tx)
                if sees_all or one.id in asker.classes
            ]

        return await self._db.read(unit)

    async def month(self, asker: Asker, year: int, month: int) -> list[ListedPaper]:
        """What was sent in a month of the classes that are the asker's to see, for the list that the
        school enters into NEIS. Raises NotFound."""
        require_staff(asker)
        begin = moment(year, month, 1)
        end = moment(year + month // 12, month % 12 + 1, 1)

        def unit(tx: Tx) -> list[ListedPaper]:
            if not asker.roles.isdisjoint(EVERY_CLASS):
                found = store.between(tx, begin, end)
            else:
                found = []
                for class_id in asker.classes:
                    found += store.of_class_between(tx, class_id, begin, end)
            return [self._listed(tx, line) for line in self._lines_of(tx, found)]

        return await self._db.read(unit)

    def _listed(self, tx: Tx, line: CaseLine) -> ListedPaper:
        answers = tuple(store.answers(tx, line.paper.id))
        files = len(self._files.attached(tx, Carrier(KIND, line.paper.id)))
        return ListedPaper(line.paper, line.type_name, line.class_name, answers, files)

    # Inside -----------------------------------------------------------------------------------

    def _lines_of(self, tx: Tx, papers: Sequence[Paper]) -> list[CaseLine]:
        classes = self._class_names(tx, papers)
        return [
            CaseLine(one, self._kind(tx, one).name, classes.get(one.class_id or "", ""))
            for one in papers
        ]

    def _report(self, tx: Tx, asker: Asker, paper: Paper) -> Paper | None:
        """The report on a paper; what is not sent yet, for who writes it alone."""
        return store.report_of(tx, paper.id, asker.id)

    def _class_name(self, tx: Tx, paper: Paper) -> str:
        return self._class_names(tx, [paper]).get(paper.class_id or "", "")

    def _class_names(self, tx: Tx, papers: Iterable[Paper]) -> dict[str, str]:
        ids = [one.class_id for one in papers if one.class_id is not None]
        return {one: class_words(*words) for one, words in store.class_names(tx, ids).items()}
