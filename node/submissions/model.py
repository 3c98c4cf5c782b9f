"""The words of papers: their states, what happened to them, what is said when one is refused."""

import enum
from datetime import date

import msgspec

from kit.event import Event
from kit.i18n import _
from node.files.model import Attachment
from node.submissions.kinds import SubmissionType

KIND = "submission"
"""Of its matters at approval, of what carries its files, of its documents in search."""
MOST_FILES = 10
LONGEST_WORD = 500  # characters


class PaperState(enum.StrEnum):
    """Where a paper stands, in the words of NEIS."""

    DRAFT = "draft"
    FAMILY_WAITS = "family_waits"  # another guardian has to agree first
    FAMILY_DIFFERS = "family_differs"  # another guardian refused
    FAMILY_REFUSED = "family_refused"  # one did, and any refusal wins
    RECEIVED = "received"
    IN_PROGRESS = "in_progress"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    REPORT_WAITS = "report_waits"
    REPORTED = "reported"


STATE_LABELS = {
    PaperState.DRAFT: _("제출 전"),
    PaperState.FAMILY_WAITS: _("보호자 동의 대기"),
    PaperState.FAMILY_DIFFERS: _("보호자 의견 다름"),
    PaperState.FAMILY_REFUSED: _("보호자 거절"),
    PaperState.RECEIVED: _("접수대기"),
    PaperState.IN_PROGRESS: _("처리중"),
    PaperState.RETURNED: _("보완요청"),
    PaperState.APPROVED: _("승인완료"),
    PaperState.REJECTED: _("반려"),
    PaperState.WITHDRAWN: _("접수취소"),
    PaperState.REPORT_WAITS: _("보고서 대기"),
    PaperState.REPORTED: _("보고서 완료"),
}
STATE_KINDS = {
    PaperState.DRAFT: "neutral",
    PaperState.FAMILY_DIFFERS: "danger",
    PaperState.FAMILY_REFUSED: "danger",
    PaperState.RETURNED: "warning",
    PaperState.APPROVED: "success",
    PaperState.REJECTED: "danger",
    PaperState.WITHDRAWN: "neutral",
    PaperState.REPORT_WAITS: "warning",
    PaperState.REPORTED: "success",
}
"""How a state is coloured; the others inform."""
WRITABLE = (PaperState.DRAFT, PaperState.RETURNED)
WAITING = (
    PaperState.FAMILY_WAITS,
    PaperState.FAMILY_DIFFERS,
    PaperState.RECEIVED,
    PaperState.IN_PROGRESS,
)
"""The school has it and has not decided."""
IN_FAMILY = (PaperState.FAMILY_WAITS, PaperState.FAMILY_DIFFERS, PaperState.FAMILY_REFUSED)
"""Guardians have the next word; it waits for nobody's decision."""
OPEN = (*IN_FAMILY, PaperState.RECEIVED, PaperState.IN_PROGRESS, PaperState.RETURNED)
"""Somebody still has to do something before it is decided."""
OVERDUE_DAYS = 60
"""So many days the school is shown what was not brought; then it is for the year's end."""
UNSETTLED = (PaperState.FAMILY_DIFFERS, PaperState.FAMILY_REFUSED)
"""Guardians disagree, and the school sees to it."""
FAMILY_DAYS = 2
"""So many days the other guardians have before they are reminded and the school is asked to see to it."""
GRANTED = (PaperState.APPROVED, PaperState.REPORT_WAITS, PaperState.REPORTED)
ENDED = (PaperState.REJECTED, PaperState.WITHDRAWN)
"""Nothing came of it; where it was a report, another is wanted."""
COUNTED = (*WAITING, PaperState.RETURNED, *GRANTED)
"""Whose days count against the year's allowance."""


class Half(enum.StrEnum):
    """Which part of a single day a paper is about."""

    WHOLE = ""
    MORNING = "am"
    AFTERNOON = "pm"


HALF_LABELS = {Half.WHOLE: _("하루 전체"), Half.MORNING: _("오전"), Half.AFTERNOON: _("오후")}


class Passage(enum.StrEnum):
    """What the timeline tells beside the decisions, which approval tells."""

    SENT = "sent"
    SENT_AGAIN = "sent_again"
    AGREED = "agreed"
    REFUSED = "refused"
    SETTLED = "settled"  # the office goes on although guardians differ
    MATCHED = "matched"
    RETURNED = "returned"
    ADVANCED = "advanced"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EVIDENCE = "evidence"
    REPORT_ASKED = "report_asked"
    REPORT_SENT = "report_sent"
    REPORTED = "reported"


PASSAGE_LABELS = {
    Passage.SENT: _("제출"),
    Passage.SENT_AGAIN: _("보완하여 다시 제출"),
    Passage.AGREED: _("다른 보호자 동의"),
    Passage.REFUSED: _("다른 보호자 반대"),
    Passage.SETTLED: _("보호자 의견 확인 후 계속 처리"),
    Passage.MATCHED: _("학생 확인"),
    Passage.RETURNED: _("보완요청"),
    Passage.ADVANCED: _("결재"),
    Passage.APPROVED: _("승인완료"),
    Passage.REJECTED: _("반려"),
    Passage.WITHDRAWN: _("접수취소"),
    Passage.EVIDENCE: _("증빙 서류 제출"),
    Passage.REPORT_ASKED: _("보고서 요청"),
    Passage.REPORT_SENT: _("보고서 제출"),
    Passage.REPORTED: _("보고서 완료"),
}


class PaperTold(enum.StrEnum):
    """Of what people are told."""

    RETURNED = "submission_returned"
    DECIDED = "submission_decided"
    FAMILY = "submission_family"
    DIFFERS = "submission_differs"
    EVIDENCE = "submission_evidence"
    REPORT = "submission_report"
    WITHDRAWN = "submission_withdrawn"
    EVIDENCE_CAME = "submission_evidence_came"
    UNMATCHED = "submission_unmatched"


TOLD_LABELS = {
    PaperTold.RETURNED: _("서류를 보완해 주세요"),
    PaperTold.DECIDED: _("서류 처리 결과"),
    PaperTold.FAMILY: _("서류에 동의해 주세요"),
    PaperTold.DIFFERS: _("보호자 의견이 다릅니다"),
    PaperTold.EVIDENCE: _("증빙 서류를 첨부해 주세요"),
    PaperTold.REPORT: _("결과보고서를 제출해 주세요"),
    PaperTold.WITHDRAWN: _("승인한 서류를 취소했습니다"),
    PaperTold.EVIDENCE_CAME: _("증빙 서류를 받았습니다"),
    PaperTold.UNMATCHED: _("어느 학생인지 확인해 주세요"),
}


class Milestone(msgspec.Struct, frozen=True):
    """Something that happened to a paper. `at` in ms."""

    at: int
    what: Passage
    by_id: str
    by_name: str
    word: str
    leaf: int | None = None
    """Where the school's log has it."""

    @property
    def label(self) -> str:
        return PASSAGE_LABELS[self.what]

    @property
    def said(self) -> str:
        """What somebody said in their own words; "" where the program names what happened."""
        if self.what in _SAID:
            return self.word
        if self.what in _AFTER_THE_STEP:
            return self.word.partition("\n")[2].strip()
        return ""


_SAID = frozenset({Passage.AGREED, Passage.REFUSED, Passage.SETTLED})
_AFTER_THE_STEP = frozenset({Passage.RETURNED, Passage.ADVANCED, Passage.APPROVED})
"""Their first line names the step."""


class PaperInput(msgspec.Struct, frozen=True):
    """What a page sends of a paper."""

    values: dict[str, list[str]]
    first_on: str = ""
    last_on: str = ""
    half: str = ""


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A paper as it is stored. Times in ms, days as ISO text; `halves` counts half school days.
    `number` counts the papers that the school received in a school year; 0: it has not."""

    id: str
    type_id: str
    type_version: int
    state: PaperState
    student_id: str | None
    student_name: str
    class_id: str | None
    by_id: str
    by_name: str
    relation: str
    parent_id: str | None
    typed: str
    first_on: str
    last_on: str
    half: Half
    halves: int
    year: int
    number: int
    revision: int
    evidence_until: int | None
    report_until: int | None
    created_at: int
    updated_at: int
    sent_at: int | None
    decided_at: int | None

    @property
    def input(self) -> PaperInput:
        """What stands in it, as its page sends it."""
        values = msgspec.json.decode(self.typed, type=dict[str, list[str]])
        return PaperInput(values, self.first_on, self.last_on, self.half)

    @property
    def receipt_number(self) -> str:
        """As families and the office name it."""
        return f"{self.year}-{self.number}" if self.number else ""

    @property
    def label(self) -> str:
        return STATE_LABELS[self.state]

    @property
    def kind(self) -> str:
        return STATE_KINDS.get(self.state, "info")

    @property
    def days(self) -> str:
        """How many school days it is about: 3, 0.5; empty where it is about none."""
        return days_text(self.halves) if self.halves else ""


def days_text(halves: int) -> str:
    """Half days as days."""
    return f"{halves / 2:g}"


class Allowance(msgspec.Struct, frozen=True):
    """Of a child and a kind of paper in a school year, in half days."""

    yearly: int
    used: int

    @property
    def left(self) -> int:
        return max(0, self.yearly - self.used)

    @property
    def yearly_days(self) -> str:
        return days_text(self.yearly)

    @property
    def used_days(self) -> str:
        return days_text(self.used)

    @property
    def left_days(self) -> str:
        return days_text(self.left)


class Span(msgspec.Struct, frozen=True):
    """The days of an earlier paper of the same kind and child."""

    first: date
    last: date
    half: Half
    halves: int
    number: str


class Opinion(msgspec.Struct, frozen=True):
    """What another guardian says to a paper; `agrees` None: nothing yet."""

    guardian_id: str
    name: str
    relation: str
    agrees: bool | None
    word: str
    at: int | None


class CasesWanted(msgspec.Struct, frozen=True):
    """Which of the papers that the school has: of a kind, of a class ('': of any), what is OPEN alone."""

    type_id: str = ""
    class_id: str = ""
    is_open: bool = False


class CaseLine(msgspec.Struct, frozen=True):
    """A line of a list of papers."""

    paper: Paper
    type_name: str
    class_name: str


class ListedPaper(msgspec.Struct, frozen=True):
    """A line of the list that a school enters into NEIS. `files`: how many were attached."""

    paper: Paper
    type_name: str
    class_name: str
    answers: tuple[tuple[str, str], ...]
    files: int


class ListedPupil(msgspec.Struct, frozen=True):
    """A student of this year on a list: their class and number."""

    id: str
    name: str
    grade: int
    room: int
    number: int

    @property
    def place(self) -> tuple[int, int, int, str]:
        """By which a list is in order."""
        return self.grade, self.room, self.number, self.name


class PaperView(msgspec.Struct, frozen=True, kw_only=True):
    """A paper as the asker sees it, with what they may do with it."""

    paper: Paper
    type: SubmissionType
    class_name: str
    answers: tuple[tuple[str, str], ...]
    """Labels of the questions and the answers in words."""
    answered: tuple[str, ...]
    """The ids of these questions."""
    files: tuple[Attachment, ...]
    trail: tuple[Milestone, ...]
    opinions: tuple[Opinion, ...]
    allowance: Allowance | None
    report: Paper | None
    parent: Paper | None
    waits_for: str
    """The step at which it waits, as it is called on paper."""
    may_write: bool = False
    may_withdraw: bool = False
    may_add_evidence: bool = False
    may_report: bool = False
    may_answer: bool = False
    """They are another guardian of whom an answer is wanted."""
    may_decide: bool = False
    may_settle: bool = False
    may_go_on: bool = False
    """The school may decide on it although guardians differ."""
    may_match: bool = False

    @property
    def is_valid(self) -> bool:
        """What it asks for may be done."""
        return self.paper.state in GRANTED


class TrayCard(msgspec.Struct, frozen=True):
    """A paper that waits for the asker's decision at a step; `for_name`: for whom they deputise."""

    view: PaperView
    step: str
    for_name: str


class Startable(msgspec.Struct, frozen=True):
    """A kind that the asker may begin, for which children."""

    id: str
    type: SubmissionType
    children: tuple[tuple[str, str], ...]
    allowances: tuple[tuple[str, Allowance], ...]
    """By the child's name where the year's days are limited."""


class DuePapers(msgspec.Struct, frozen=True):
    """Papers of a kind whose period of retention is over: those of the `year` in which the last thing happened
    to them."""

    type_id: str
    type_name: str
    year: int
    retention_years: int
    count: int

    @property
    def key(self) -> str:
        return f"{self.type_id}:{self.year}"

    @property
    def kept_until(self) -> int:
        """The last year of the period."""
        return self.year + self.retention_years


class Disposal(msgspec.Struct, frozen=True):
    """The disposal of what was due, as a person approved it. `done`: how many of `count` are gone; times in ms."""

    id: str
    type_id: str
    type_name: str
    year: int
    retention_years: int
    count: int
    done: int
    by_id: str
    by_name: str
    at: int
    done_at: int | None


class ClosedPaper(msgspec.Struct, frozen=True):
    """What is disposed of: a paper, and who began it."""

    id: str
    by_id: str


class SubmissionSent(Event, frozen=True, tag="submissions.sent"):
    """The school received a paper, or received it again."""

    submission_id: str
    by_id: str
    student_id: str


class SubmissionMoved(Event, frozen=True, tag="submissions.moved"):
    """A paper came into another state."""

    submission_id: str
    state: PaperState
    by_id: str
    student_id: str


class SubmissionDisposed(Event, frozen=True, tag="submissions.disposed"):
    """The period of a paper is over, and it is gone."""

    submission_id: str


class SubmissionTypesChanged(Event, frozen=True, tag="submissions.types_changed"):
    """A kind of paper came, changed or was closed."""

    type_id: str


class SubmissionAct(enum.StrEnum):
    """Acts for the audit log."""

    SAVE_TYPE = "submissions:type:save"
    OPEN_TYPE = "submissions:type:open"
    CLOSE_TYPE = "submissions:type:close"
    TAKE_TYPE = "submissions:type:take_over"
    MATCH = "submissions:paper:match"
    SETTLE = "submissions:paper:settle"
    EXPORT = "submissions:paper:export"
    DISPOSE = "submissions:disposal:approve"
    DISPOSED = "submissions:disposal:done"
