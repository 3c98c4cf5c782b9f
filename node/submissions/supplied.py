"""Kinds of papers that the province sends: how each stands to the school's own, in words."""

import re
from collections.abc import Iterator, Sequence

from kit.db import Tx
from kit.i18n import _
from node.people.model import Asker
from node.ports.supplied import ComparedPart, Supplied, SupplyStanding, WeighedSupply
from node.submissions import type_store
from node.submissions.kinds import (
    AWAY_LABELS,
    CAUSE_LABELS,
    FAMILY_LABELS,
    SEAL_LABELS,
    STARTER_LABELS,
    NoTypeFile,
    PeriodRule,
    Starter,
    SubmissionType,
    TypeRow,
)
from node.submissions.types import SubmissionTypes, read_type, type_file
from protocol.supplies import SupplyKind

ID = re.compile(r"[0-9a-z-]{1,40}")  # as the pages of kinds take it
YES = _("예")


def supplied(types: SubmissionTypes) -> Supplied:
    def take(tx: Tx, asker: Asker, _key: str, _name: str, content: str, _what: object) -> None:
        types.take_supplied(tx, asker, content.encode())

    return Supplied(
        kind=SupplyKind.PAPER,
        title=_("서류 종류"),
        explained=_(
            "새 서류는 ‘사용 안 함’ 상태로 추가됩니다. 결재선을 확인한 뒤 사용을 시작해 주세요."
        ),
        taken=_("서류 종류를 가져왔습니다. 결재선을 확인해 주세요."),
        seen_at="/submissions/types",
        weigh=weigh,
        take=take,
    )


def weigh(tx: Tx, key: str, _name: str, content: str) -> WeighedSupply:
    """How a kind that came stands to the one that the school has under its id."""
    try:
        found = read_type(content.encode())
    except NoTypeFile as problem:
        return WeighedSupply(SupplyStanding.UNFIT, fault=problem.text)
    if found.id != key or not ID.fullmatch(key):
        return WeighedSupply(SupplyStanding.UNFIT, fault=NoTypeFile.text)
    if found.type.fault:
        return WeighedSupply(SupplyStanding.UNFIT, fault=found.type.fault)
    held = type_store.row(tx, key)
    if held is None:
        return WeighedSupply(SupplyStanding.NEW, _compared(None, found.type))
    standing = SupplyStanding.SAME if held.type == found.type else SupplyStanding.OTHER
    return WeighedSupply(standing, _compared(held.type, found.type), ours=_file(held))


def _file(row: TypeRow) -> str:
    return type_file(row).decode()


def _compared(ours: SubmissionType | None, theirs: SubmissionType) -> tuple[ComparedPart, ...]:
    before = {one[0]: one for one in _words(ours)} if ours is not None else {}
    after = {one[0]: one for one in _words(theirs)}
    found = []
    for label in dict.fromkeys([*after, *before]):
        _label, old, is_words = before.get(label, (label, (), False))
        _label, new, is_words = after.get(label, (label, (), is_words))
        found.append(ComparedPart(label, tuple(old), tuple(new), is_words))
    return tuple(found)


Part = tuple[str, Sequence[str], bool]
"""Label, lines, whether they are msgids."""


def _words(kind: SubmissionType) -> Iterator[Part]:
    """What the administrator sets, by the words of the editor; what is not set says nothing."""
    said = (*_texts(kind), *_numbers(kind), *_people(kind))
    return (part for part in said if part[1])


def _texts(kind: SubmissionType) -> Iterator[Part]:
    evidence = kind.evidence.label if kind.evidence is not None else ""
    yield _("서류 이름"), [kind.name], False
    yield _("작성 화면의 안내"), kind.lead.splitlines(), False
    yield _("질문"), list(_questions(kind)), False
    if kind.period is not None:
        days = [f"{one.when.answer}: {one.days}" for one in kind.period.by_answer]
        yield _("답마다 며칠까지인가요?"), days, False
    yield _("결재선"), list(_lines(kind)), False
    yield _("첨부할 서류 이름(비워 두면 묻지 않음)"), [evidence] if evidence else [], False
    yield _("인쇄할 때 날짜 위에 넣는 문장"), kind.declaration.splitlines(), False
    yield from _printed(kind)
    yield _("보완 요청에 자주 쓰는 문구(한 줄에 하나)"), kind.stock, False


def _printed(kind: SubmissionType) -> Iterator[Part]:
    rule = kind.printed
    unprinted = [field.label for field in kind.asked.fields if field.id in rule.without]
    yield _("제목(비워 두면 서류 이름)"), [rule.title] if rule.title else [], False
    yield _("받는 사람(비워 두면 넣지 않음)"), [rule.addressee] if rule.addressee else [], False
    yield _("승인한 뒤 학교장 이름의 줄"), [SEAL_LABELS[rule.seal]], True
    yield _("인쇄하지 않을 질문"), unprinted, False
    yield _("결재란을 인쇄합니다"), [YES] if rule.has_boxes else [], True
    yield _("첨부 파일 이름을 인쇄합니다"), [YES] if rule.has_files else [], True


def _numbers(kind: SubmissionType) -> Iterator[Part]:
    """What is a number or a choice of yes and no; without it where it is 0 or no."""
    period, evidence, report = kind.period or PeriodRule(), kind.evidence, kind.report
    for label, value in (
        (_("기간을 입력받습니다"), kind.period is not None),
        (_("반일을 받습니다"), period.half_days),
        (_("하루만 받습니다"), period.is_single),
        (_("학사일정에서 막은 날은 받지 않습니다"), period.keeps_blocked),
        (_("시작일 며칠 전까지 제출해야 하나요?"), period.notice_days),
        (_("종료일 뒤 며칠 안에 제출해야 하나요?"), period.within_days),
        (_("한 학년도에 며칠까지인가요?"), period.yearly_days),
        (_("한 달에 며칠까지인가요?"), period.monthly_days),
        (_("연속 며칠까지인가요?"), period.longest_days),
        (
            _("제출한 뒤 며칠 안에 올리면 되나요?(0: 제출할 때 바로)"),
            evidence.within_days if evidence else 0,
        ),
        (
            _("며칠 이상일 때 필수인가요?(0: 필수 아님)"),
            evidence.from_days if evidence else 0,
        ),
        (_("보고서는 종료일 뒤 며칠 안에 제출하나요?"), report.within_days if report else 0),
        (_("다른 서류의 보고서로 사용합니다"), kind.is_report),
        (_("허가 전에는 유효하지 않다고 안내합니다"), kind.is_permission),
        (_("메일 알림에 서류 이름을 표시하지 않습니다(건강 등 민감한 서류)"), kind.is_sensitive),
        (_("자녀의 다른 보호자에게도 표시합니다"), kind.is_shared),
        (_("보존 기간(년)"), kind.retention_years),
        (
            _("학생은 몇 학년부터 제출할 수 있나요?"),
            kind.student_from_grade if Starter.STUDENT in kind.starters else 0,
        ),
    ):
        if value is True:
            yield label, [YES], True
        else:
            yield label, [str(value)] if value else [], False


def _people(kind: SubmissionType) -> Iterator[Part]:
    yield _("누가 시작할 수 있나요?"), [STARTER_LABELS[one] for one in kind.starters], True
    yield _("보호자가 두 분 이상인 경우"), [FAMILY_LABELS[kind.family]], True
    if kind.attendance is not None:
        yield _("출결에 어떻게 반영하나요?"), [AWAY_LABELS[kind.attendance.presence]], True
        yield _("출결의 사유 구분"), [CAUSE_LABELS[kind.attendance.cause]], True


def _questions(kind: SubmissionType) -> Iterator[str]:
    for at, field in enumerate(kind.asked.fields, 1):
        options = " / ".join(field.options)
        rows = f" ({', '.join(field.rows)})" if field.rows else ""
        needed = " *" if field.required else ""
        yield f"{at}. {field.label}{rows}{needed}" + (f": {options}" if options else "")


def _lines(kind: SubmissionType) -> Iterator[str]:
    for line in kind.lines:
        when = f"‘{line.when.answer}’ " if line.when is not None else ""
        days = f"≤ {line.up_to_days} " if line.up_to_days else ""
        yield days + when + " → ".join(step.title for step in line.steps)
