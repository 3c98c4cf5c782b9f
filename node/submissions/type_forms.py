"""The editor of a kind of paper: what its page sends, as a `SubmissionType`. It works without JavaScript:
empty rows at the end, saved to get more."""

from typing import Any

from multidict import MultiMapping

from kit.i18n import _
from kit.problem import UNFIT, Invalid
from kit.typed import one_line, whole
from node.approval.line import Step
from node.questions.editing import LONGEST_ID, questionnaire_of
from node.questions.model import MAX_FIELDS, Condition
from node.submissions.delivered import SEATS
from node.submissions.kinds import (
    AWAY_LABELS,
    LONGEST_NAME,
    LONGEST_SENTENCE,
    MOST_LINES,
    MOST_SENTENCES,
    MOST_STEPS,
    USUAL_PRINT,
    AnswerDays,
    AttendanceRule,
    AwayCause,
    AwayKind,
    EvidenceRule,
    FamilyRule,
    LineRule,
    PeriodRule,
    PrintRule,
    ReportRule,
    SealLine,
    Starter,
    SubmissionType,
)

LONGEST_LEAD = 2_000
MOST_DAYS = 366
MOST_YEARS = 100
SAID = "said"  # the choice of a page where the answer says what a day is for attendance
MOST_ANSWERS = 12
ROWS = 3  # lines of approval that are offered, and one more than there are


def seats_for(kind: SubmissionType) -> list[Step]:
    """Who can decide a step, as the editor offers it: the usual seats, and those that the kind has."""
    own = [step for line in kind.lines for step in line.steps if step not in SEATS]
    return [*SEATS, *dict.fromkeys(own)]


def type_of(sent: MultiMapping[Any], seats: list[Step]) -> SubmissionType:
    """What the page sent, half done as it may be. Raises Invalid, TooLong."""
    return SubmissionType(
        name=one_line("name", _sent(sent, "name"), LONGEST_NAME),
        lead=whole("lead", _sent(sent, "lead"), LONGEST_LEAD),
        declaration=whole("declaration", _sent(sent, "declaration"), LONGEST_SENTENCE),
        printed=_printed(sent),
        starters=tuple(one for one in Starter if one.value in sent.getall("starters", [])),
        student_from_grade=_number(sent, "student_from_grade", 12) or 1,
        asked=questionnaire_of(sent),
        period=_period(sent),
        evidence=_evidence(sent),
        lines=_lines(sent, seats),
        family=_family(sent),
        report=_report(sent),
        attendance=_attendance(sent),
        is_report="is_report" in sent,
        is_permission="is_permission" in sent,
        is_sensitive="is_sensitive" in sent,
        is_shared="is_shared" in sent,
        retention_years=_number(sent, "retention_years", MOST_YEARS),
        stock=_stock(sent),
    )


def _sent(sent: MultiMapping[Any], name: str) -> str:
    return str(sent.get(name, "")).strip()


def _number(sent: MultiMapping[Any], name: str, most: int) -> int:
    typed = _sent(sent, name)
    if not typed:
        return 0
    if not (typed.isascii() and typed.isdecimal() and int(typed[:6]) <= most):
        raise Invalid({name: UNFIT})
    return int(typed)


def _printed(sent: MultiMapping[Any]) -> PrintRule:
    seal = _sent(sent, "print_seal")
    rule = PrintRule(
        title=one_line("print_title", _sent(sent, "print_title"), LONGEST_NAME),
        addressee=one_line("print_addressee", _sent(sent, "print_addressee"), LONGEST_NAME),
        without=tuple(
            whole("print_without", str(one), LONGEST_ID)
            for one in sent.getall("print_without", [])[:MAX_FIELDS]
        ),
        has_boxes="print_boxes" in sent,
        has_files="print_files" in sent,
        seal=SealLine(seal) if seal in set(SealLine) else SealLine.NONE,
    )
    return USUAL_PRINT if rule == USUAL_PRINT else rule


def _period(sent: MultiMapping[Any]) -> PeriodRule | None:
    if "has_period" not in sent:
        return None
    return PeriodRule(
        half_days="half_days" in sent,
        is_single="is_single" in sent,
        keeps_blocked="keeps_blocked" in sent,
        notice_days=_number(sent, "notice_days", MOST_DAYS),
        within_days=_number(sent, "within_days", MOST_DAYS),
        yearly_days=_number(sent, "yearly_days", MOST_DAYS),
        monthly_days=_number(sent, "monthly_days", MOST_DAYS),
        longest_days=_number(sent, "longest_days", MOST_DAYS),
        by_answer=_by_answer(sent),
    )


def _by_answer(sent: MultiMapping[Any]) -> tuple[AnswerDays, ...]:
    """Rows `by_answer_<n>_…`; a row without an answer or days is left out."""
    found = []
    for at in range(MOST_ANSWERS):
        when = _condition(sent, f"by_answer_{at}_when")
        days = _number(sent, f"by_answer_{at}_days", MOST_DAYS)
        if when is not None and days:
            found.append(AnswerDays(when, days))
    return tuple(found)


def _condition(sent: MultiMapping[Any], name: str) -> Condition | None:
    field, _equals, answer = _sent(sent, name).partition("=")
    when = Condition(whole("when", field, 40), whole("when", answer, 300))
    return when if field and answer else None


def _evidence(sent: MultiMapping[Any]) -> EvidenceRule | None:
    label = one_line("evidence_label", _sent(sent, "evidence_label"), LONGEST_NAME)
    if not label:
        return None
    return EvidenceRule(
        label=label,
        within_days=_number(sent, "evidence_within", MOST_DAYS),
        from_days=_number(sent, "evidence_from", MOST_DAYS),
    )


def _report(sent: MultiMapping[Any]) -> ReportRule | None:
    type_id = _sent(sent, "report_type")
    if not type_id:
        return None
    within = _number(sent, "report_within", MOST_DAYS)
    return ReportRule(type_id=whole("report_type", type_id, 40), within_days=within)


def _attendance(sent: MultiMapping[Any]) -> AttendanceRule | None:
    presence, cause = _sent(sent, "attendance"), _sent(sent, "attendance_cause")
    if presence != SAID and presence not in set(AwayKind) - {AwayKind.SAID}:
        return None
    return AttendanceRule(
        presence=AwayKind.SAID if presence == SAID else AwayKind(presence),
        cause=AwayCause(cause) if cause in set(AwayCause) else AwayCause.SAID,
    )


def _family(sent: MultiMapping[Any]) -> FamilyRule:
    typed = _sent(sent, "family")
    return FamilyRule(typed) if typed in set(FamilyRule) else FamilyRule.ONE


def _lines(sent: MultiMapping[Any], seats: list[Step]) -> tuple[LineRule, ...]:
    """Rows `line_<n>_…`; a row without a step is left out."""
    by_seat = {one.by: one for one in seats}
    found = []
    for at in range(MOST_LINES):
        steps = []
        for step in range(MOST_STEPS):
            seat = by_seat.get(_sent(sent, f"line_{at}_step_{step}"))
            if seat is not None:
                steps.append(seat)
        if steps:
            found.append(
                LineRule(
                    steps=tuple(steps),
                    up_to_days=_number(sent, f"line_{at}_days", MOST_DAYS),
                    when=_condition(sent, f"line_{at}_when"),
                )
            )
    return tuple(found)


def _stock(sent: MultiMapping[Any]) -> tuple[str, ...]:
    lines = [line.strip() for line in _sent(sent, "stock").splitlines() if line.strip()]
    if len(lines) > MOST_SENTENCES:
        raise Invalid({"stock": _("문구는 12개까지 저장할 수 있습니다.")})
    return tuple(whole("stock", line, LONGEST_SENTENCE) for line in lines)


def offered_presences() -> list[tuple[str, str]]:
    """What a kind may mean for attendance: value and msgid."""
    return [(one.value or SAID, label) for one, label in AWAY_LABELS.items()]


def chosen_presence(kind: SubmissionType) -> str:
    return "" if kind.attendance is None else kind.attendance.presence.value or SAID


def offered_answers(kind: SubmissionType) -> list[AnswerDays | None]:
    """The answers with days of their own, and empty rows to go on writing."""
    own = kind.period.by_answer if kind.period is not None else ()
    return [*own, None, None][:MOST_ANSWERS]


def offered_lines(kind: SubmissionType) -> list[LineRule]:
    """The lines there are, and empty ones to go on writing."""
    more = max(1, ROWS - len(kind.lines))
    return [*kind.lines, *[LineRule(steps=())] * more][:MOST_LINES]
