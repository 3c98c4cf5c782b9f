"""What papers explain that a child is not at school, for whoever marks attendance: those of the kinds that the
school has made to mean something there. One whose name alone would say why, or that the child's other guardians do
not see, is not named."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from kit.db import Tx
from node.ports.explaining import Explaining, Explanation
from node.questions.model import parts_of
from node.submissions import store, type_store
from node.submissions.days import MOST_DAYS
from node.submissions.kinds import AttendanceRule, AwayCause, AwayKind, SubmissionType
from node.submissions.model import GRANTED, Half, Paper

PRESENCES = {
    "결석": AwayKind.ABSENT,
    "지각": AwayKind.LATE,
    "조퇴": AwayKind.LEFT_EARLY,
    "결과": AwayKind.MISSED,
}
CAUSES = {
    "질병": AwayCause.SICK,
    "미인정": AwayCause.UNAPPROVED,
    "기타": AwayCause.OTHER,
    "출석인정": AwayCause.APPROVED,
}
"""Answers that are the words of attendance."""
UNNAMED = "서류"


def papers_of(tx: Tx, students: Collection[str], first: date, last: date) -> Sequence[Explanation]:
    """The papers of these students that the school has and that touch the days; a permission once it is
    given."""
    return [said for _paper, _name, said in explained(tx, students, first, last)]


def explained(
    tx: Tx, students: Collection[str], first: date, last: date
) -> list[tuple[Paper, str, Explanation]]:
    """The same with the papers themselves and the names of their kinds, for the staff who keep them."""
    kinds = {row.id: row.type for row in type_store.rows(tx) if row.type.attendance is not None}
    found = store.touching(tx, students, list(kinds), first - timedelta(MOST_DAYS), first, last)
    return [
        (paper, kind.name, _explanation(paper, kind, kind.attendance))
        for paper in found
        if (kind := kinds[paper.type_id]).attendance is not None
        and paper.student_id
        and (paper.state in GRANTED or not kind.is_permission)
    ]


def _explanation(paper: Paper, kind: SubmissionType, rule: AttendanceRule) -> Explanation:
    values = paper.input.values
    presence = rule.presence or _answered(kind, values, PRESENCES)
    is_part = presence == AwayKind.ABSENT and paper.half is not Half.WHOLE
    is_named = kind.is_shared and not kind.is_sensitive
    return Explanation(
        student_id=paper.student_id or "",
        first=date.fromisoformat(paper.first_on),
        last=date.fromisoformat(paper.last_on),
        title=kind.name if is_named else UNNAMED,
        href=f"/submissions/{paper.id}" if kind.is_shared else "",
        state=paper.label,
        presence="" if is_part else str(presence),
        cause=str(rule.cause or _answered(kind, values, CAUSES)),
    )


def _answered(
    kind: SubmissionType, values: Mapping[str, Sequence[str]], words: Mapping[str, str]
) -> str:
    """The first answer chosen that is one of the words; empty where there is none."""
    chosen = (
        value
        for field in parts_of(kind.asked.fields)
        if field.options
        for value in values.get(field.id, ())
    )
    return next((words[one] for one in chosen if one in words), "")


EXPLAINING = Explaining(papers_of, "/submissions")
