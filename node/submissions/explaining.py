"""What papers explain that a child is not at school, for whoever marks attendance: the kinds that the school has
from the start and that are about days away. None that is sensitive is told of, for its name alone would say why;
nor one that the child's other guardians do not see."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from kit.db import Tx
from node.ports.explaining import Explaining, Explanation
from node.submissions import store, type_store
from node.submissions.days import MOST_DAYS
from node.submissions.kinds import SubmissionType
from node.submissions.model import GRANTED, Half, Paper

ABSENCES = {"absence": "", "off-campus": "approved", "family-event": "approved"}
"""Kinds about whole days, with the cause that each gives; empty: the paper says it."""
PART_OF_A_DAY = "partial"
TYPES = (*ABSENCES, PART_OF_A_DAY)
_PRESENCES = {"지각": "late", "조퇴": "left_early", "결과": "missed"}
_CAUSES = {"질병": "sick", "미인정": "unapproved", "기타": "other", "출석인정": "approved"}
"""The answers of the delivered kinds in the words of attendance."""


def papers_of(tx: Tx, students: Collection[str], first: date, last: date) -> Sequence[Explanation]:
    """The papers of these students that the school has and that touch the days; a permission once it is
    given."""
    found = store.touching(tx, students, TYPES, first - timedelta(MOST_DAYS), first, last)
    kinds = {one: row.type for one in TYPES if (row := type_store.row(tx, one)) is not None}
    return [
        _explanation(paper, kinds[paper.type_id])
        for paper in found
        if paper.student_id and _counts(paper, kinds.get(paper.type_id))
    ]


def _counts(paper: Paper, kind: SubmissionType | None) -> bool:
    if kind is None or kind.is_sensitive or not kind.is_shared:
        return False
    return paper.state in GRANTED or not kind.is_permission


def _explanation(paper: Paper, kind: SubmissionType) -> Explanation:
    values = paper.input.values
    is_part = paper.type_id == PART_OF_A_DAY
    if is_part:
        presence = _PRESENCES.get(_answer(values, "what"), "")
    else:
        presence = "absent" if paper.half is Half.WHOLE else ""
    cause = ABSENCES.get(paper.type_id, "") or _CAUSES.get(_answer(values, "kind"), "")
    return Explanation(
        student_id=paper.student_id or "",
        first=date.fromisoformat(paper.first_on),
        last=date.fromisoformat(paper.last_on),
        title=kind.name,
        href=f"/submissions/{paper.id}",
        state=paper.label,
        presence=presence,
        cause=cause,
    )


def _answer(values: dict[str, list[str]], field: str) -> str:
    return next(iter(values.get(field, ())), "")


EXPLAINING = Explaining(papers_of, "/submissions")
