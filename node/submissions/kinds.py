"""The kinds of papers as data: who may begin one, what is asked, what limits it, who decides.

A school's administrator edits them in the browser (`SubmissionTypes`); every number here is a school's own. They
are passed on to other schools as the JSON of `SubmissionType`.
"""

import enum

import msgspec

from kit.i18n import _
from kit.problem import Problem
from node.approval.line import Step
from node.questions.model import Condition, Questionnaire

LONGEST_NAME = 60  # characters
LONGEST_SENTENCE = 300
MOST_SENTENCES = 12
MOST_LINES = 8
MOST_STEPS = 4


class Starter(enum.StrEnum):
    """Who may begin a paper."""

    GUARDIAN = "guardian"
    STUDENT = "student"
    STAFF = "staff"  # for a family that cannot


STARTER_LABELS = {
    Starter.GUARDIAN: _("보호자"),
    Starter.STUDENT: _("학생"),
    Starter.STAFF: _("교직원(가정을 대신하여)"),
}


class FamilyRule(enum.StrEnum):
    """What the other guardians of a child who may sign have to say: nothing; they agree before the school
    decides; or they are asked, and a refusal stops it until the school has settled it, or wins: then none but
    who refused lets it go on."""

    ONE = "one"
    BOTH = "both"
    ANY_REFUSAL = "any_refusal"
    REFUSAL_WINS = "refusal_wins"


FAMILY_LABELS = {
    FamilyRule.ONE: _("보호자 한 명이면 충분합니다"),
    FamilyRule.BOTH: _("보호자 모두가 동의해야 학교가 처리합니다"),
    FamilyRule.ANY_REFUSAL: _("한 보호자라도 반대하면 처리를 보류하고 학교가 정합니다"),
    FamilyRule.REFUSAL_WINS: _("어느 한 분이라도 거절하면 거절로 처리합니다"),
}


class AnswerDays(msgspec.Struct, frozen=True):
    """So many school days at most where somebody answered so: 결혼 1, 입양 20."""

    when: Condition
    days: int


class PeriodRule(msgspec.Struct, frozen=True, kw_only=True):
    """The days that a paper is about. Days are school days, 0 is no limit: at least `notice_days` lie
    between the day of sending and the first day, at most `within_days` between the last day and that of
    sending; `yearly_days` in one school year, `monthly_days` in one month, `longest_days` in a row; `by_answer`
    in one paper. `is_single`: one day alone."""

    half_days: bool = False
    notice_days: int = 0
    within_days: int = 0
    yearly_days: int = 0
    monthly_days: int = 0
    longest_days: int = 0
    by_answer: tuple[AnswerDays, ...] = ()
    keeps_blocked: bool = False
    """Days that the school's calendar blocks are refused."""
    is_single: bool = False


class EvidenceRule(msgspec.Struct, frozen=True, kw_only=True):
    """What is attached: at once, or (`within_days` calendar days after sending) later. Asked for papers
    of at least `from_days` days; 0: never demanded."""

    label: str
    within_days: int = 0
    from_days: int = 1


class LineRule(msgspec.Struct, frozen=True, kw_only=True):
    """Who decides, one after the other; the last decides alone (전결). Of a kind's rules the first that
    fits a paper holds: of at most `up_to_days` school days (0: of any length), with this answer."""

    steps: tuple[Step, ...]
    up_to_days: int = 0
    when: Condition | None = None


class ReportRule(msgspec.Struct, frozen=True, kw_only=True):
    """A paper of the kind `type_id` is handed in within so many calendar days after the last day."""

    type_id: str
    within_days: int = 7


class AwayKind(enum.StrEnum):
    """What a day is for attendance of which a paper tells; SAID: its answer tells."""

    SAID = ""
    ABSENT = "absent"
    LATE = "late"
    LEFT_EARLY = "left_early"
    MISSED = "missed"


class AwayCause(enum.StrEnum):
    """Why, as attendance has it; SAID: the answer tells."""

    SAID = ""
    SICK = "sick"
    UNAPPROVED = "unapproved"
    OTHER = "other"
    APPROVED = "approved"


AWAY_LABELS = {
    AwayKind.SAID: _("답에 따라(결석·지각·조퇴·결과)"),
    AwayKind.ABSENT: _("결석으로"),
    AwayKind.LATE: _("지각으로"),
    AwayKind.LEFT_EARLY: _("조퇴로"),
    AwayKind.MISSED: _("결과로"),
}
CAUSE_LABELS = {
    AwayCause.SAID: _("답에 따라(질병·미인정·기타·출석인정)"),
    AwayCause.SICK: _("질병으로"),
    AwayCause.UNAPPROVED: _("미인정으로"),
    AwayCause.OTHER: _("기타로"),
    AwayCause.APPROVED: _("출석인정으로"),
}


class AttendanceRule(msgspec.Struct, frozen=True, kw_only=True):
    """Papers of this kind explain days on which a child is away."""

    presence: AwayKind = AwayKind.SAID
    cause: AwayCause = AwayCause.SAID


SCHOOL_HERE = "○○학교"
"""Stands for the school's name in what is printed, so that a kind can go to another school."""


class SealLine(enum.StrEnum):
    """The line with which a school sends a decided paper back."""

    NONE = "none"
    OMITTED = "omitted"
    PLACE = "place"


SEAL_LABELS = {
    SealLine.NONE: _("인쇄하지 않습니다"),
    SealLine.OMITTED: _("승인한 날짜와 ‘○○학교장 (직인생략)’"),
    SealLine.PLACE: _("승인한 날짜와 ‘○○학교장 (직인)’: 인쇄한 뒤 직인을 찍습니다"),
}
SEALED = {SealLine.OMITTED: "(직인생략)", SealLine.PLACE: "(직인)"}
"""What stands behind the head of the school, on paper."""


class PrintRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a paper of this kind has when it is printed, beside what it says."""

    title: str = ""
    """Empty: the name of the kind."""
    addressee: str = SCHOOL_HERE + "장 귀하"
    """Whom it is for; empty: no such line."""
    without: tuple[str, ...] = ()
    """Ids of questions that are answered and not printed."""
    has_boxes: bool = True
    """The boxes of the approval line."""
    has_files: bool = True
    """The names of what is attached."""
    seal: SealLine = SealLine.NONE


USUAL_PRINT = PrintRule()


class SubmissionType(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A kind of paper (서류 종류)."""

    name: str
    asked: Questionnaire
    lines: tuple[LineRule, ...]
    lead: str = ""
    """Said above the questions."""
    declaration: str = ""
    """What stands above the date on paper: 위와 같이 … 신청합니다."""
    printed: PrintRule = USUAL_PRINT
    starters: tuple[Starter, ...] = (Starter.GUARDIAN,)
    student_from_grade: int = 1
    """Students begin it from this grade on. A school keeps no dates of birth here."""
    period: PeriodRule | None = None
    evidence: EvidenceRule | None = None
    family: FamilyRule = FamilyRule.ONE
    report: ReportRule | None = None
    attendance: AttendanceRule | None = None
    """None: it says nothing about attendance."""
    is_report: bool = False
    """It is handed in after the paper that asks for it, never by itself."""
    is_permission: bool = False
    """What it asks for is not valid before it is decided."""
    is_sensitive: bool = False
    """Its name stands in no mail."""
    is_shared: bool = True
    """The child's other guardians see it."""
    retention_years: int = 3
    stock: tuple[str, ...] = ()
    """Sentences with which a paper is sent back to be completed."""

    @property
    def fault(self) -> str:
        """What keeps it from being used, as a msgid; empty when nothing does."""
        if not self.name.strip():
            return _("서류 이름을 입력해 주세요.")
        if not self.starters:
            return _("누가 시작할 수 있는지 하나 이상 선택해 주세요.")
        if not self.lines or any(not line.steps for line in self.lines):
            return _("결재선을 하나 이상 만들고 단계마다 결재할 사람을 정해 주세요.")
        last = self.lines[-1]
        if last.up_to_days or last.when is not None:
            return _("마지막 결재선은 모든 경우에 쓰이도록 일수와 조건을 비워 주세요.")
        if any(line.up_to_days for line in self.lines) and self.period is None:
            return _(
                "일수로 나눈 결재선에는 기간이 필요합니다. ‘기간을 입력받습니다’를 선택해 주세요."
            )
        if self.report is not None and self.period is None:
            return _("보고서를 받으려면 기간을 입력받아야 합니다.")
        if self.attendance is not None and self.period is None:
            return _("출결에 반영하려면 기간을 입력받아야 합니다.")
        return self.asked.fault

    def line_for(self, halves: int, answers: dict[str, list[str]]) -> LineRule:
        """The line of a paper of so many half days with these answers."""
        for line in self.lines:
            fits_days = not line.up_to_days or halves <= 2 * line.up_to_days
            fits_answer = line.when is None or line.when.answer in answers.get(line.when.field, [])
            if fits_days and fits_answer:
                return line
        return self.lines[-1]

    def wants_evidence(self, halves: int) -> bool:
        """Whether something has to be attached to a paper of so many half days (0: of no period)."""
        rule = self.evidence
        if rule is None or not rule.from_days:
            return False
        return self.period is None or halves >= 2 * rule.from_days


NO_REPORT = _(
    "끝난 뒤 받을 보고서가 우리 학교에 없습니다. 보고서 서류를 먼저 가져오거나 다른 보고서를 선택해 주세요."
)
"""A kind that came from another school names a report of that school."""


class TypeRow(msgspec.Struct, frozen=True):
    """A kind as the school has it. `version` counts its changes from 1 on."""

    id: str
    version: int
    is_open: bool
    type: SubmissionType


class BadType(Problem):
    code = "bad-submission-type"
    status = 422
    text = _("서류 종류를 저장하지 못했습니다. %(reason)s")


class NoTypeFile(Problem):
    code = "no-submission-type-file"
    status = 422
    field = "file"
    text = _("마당에서 내보낸 서류 종류 파일(JSON)이 아니거나 손상되었습니다.")
