"""The absences of a month as a school enters them into NEIS: whose, of what kind, on which days, by which
paper and with what evidence. Attendance itself is marked elsewhere; this is what the papers say."""

import calendar
from collections.abc import Iterable, Iterator
from datetime import date

import msgspec

from kit.db import Database, Tx
from kit.i18n import _
from kit.sheets import Cell
from node.files.model import Carrier
from node.files.service import Files
from node.people.access import EVERY_CLASS, require_staff
from node.people.model import Asker
from node.ports.explaining import Explanation
from node.submissions import explaining, store
from node.submissions.days import SchoolDays
from node.submissions.kinds import AwayCause, AwayKind
from node.submissions.model import KIND, ListedPupil, Paper

ABSENCE_HEADS = (
    _("학년"),
    _("반"),
    _("번호"),
    _("이름"),
    _("출결"),
    _("사유 구분"),
    _("이 달의 수업일"),
    _("기간"),
    _("서류"),
    _("접수번호"),
    _("상태"),
    _("증빙"),
)
_PRESENCES = {
    AwayKind.ABSENT: "결석",
    AwayKind.LATE: "지각",
    AwayKind.LEFT_EARLY: "조퇴",
    AwayKind.MISSED: "결과",
}
_CAUSES = {
    AwayCause.SICK: "질병",
    AwayCause.UNAPPROVED: "미인정",
    AwayCause.OTHER: "기타",
    AwayCause.APPROVED: "출석인정",
}
"""As NEIS has them, whoever downloads."""


class ListedAbsence(msgspec.Struct, frozen=True):
    """What one paper says of one child in a month; `days`: those of school."""

    pupil: ListedPupil
    paper: Paper
    type_name: str
    said: Explanation
    days: tuple[date, ...]
    evidence: tuple[str, ...]
    """Names of the files."""


class ListOfAbsences:
    """Reads what papers say of absences."""

    def __init__(self, db: Database, files: Files, calendar: SchoolDays) -> None:
        self._db = db
        self._files = files
        self._calendar = calendar

    async def month(self, asker: Asker, year: int, month: int) -> list[ListedAbsence]:
        """Of the children of the classes that are the asker's to see, by class and number. Raises
        NotFound."""
        require_staff(asker)
        first = date(year, month, 1)
        last = date(year, month, calendar.monthrange(year, month)[1])
        classes = None if not asker.roles.isdisjoint(EVERY_CLASS) else asker.classes

        def unit(tx: Tx) -> list[ListedAbsence]:
            pupils = {one.id: one for one in store.pupils(tx, classes)}
            found = [
                self._absence(tx, pupils[paper.student_id or ""], paper, name, said, (first, last))
                for paper, name, said in explaining.explained(tx, pupils, first, last)
            ]
            return sorted(found, key=lambda one: (*one.pupil.place, one.paper.first_on))

        return await self._db.read(unit)

    def _absence(
        self,
        tx: Tx,
        pupil: ListedPupil,
        paper: Paper,
        type_name: str,
        said: Explanation,
        month: tuple[date, date],
    ) -> ListedAbsence:
        first, last = max(said.first, month[0]), min(said.last, month[1])
        days = tuple(self._calendar.school_days(tx, first, last, pupil.grade))
        files = self._files.attached(tx, Carrier(KIND, paper.id))
        return ListedAbsence(pupil, paper, type_name, said, days, tuple(one.name for one in files))


def absence_rows(found: Iterable[ListedAbsence]) -> Iterator[list[Cell]]:
    """A row for each; in Korean, as NEIS is."""
    for one in found:
        paper, said = one.paper, one.said
        yield [
            one.pupil.grade,
            one.pupil.room,
            one.pupil.number,
            one.pupil.name,
            _PRESENCES[AwayKind(said.presence)] if said.presence else "",
            _CAUSES[AwayCause(said.cause)] if said.cause else "사유 미확인",
            ", ".join(f"{day.month}.{day.day}." for day in one.days),
            said.first.isoformat()
            if said.first == said.last
            else f"{said.first.isoformat()} ~ {said.last.isoformat()}",
            one.type_name,
            paper.receipt_number,
            paper.label,
            _evidence(one),
        ]


def _evidence(one: ListedAbsence) -> str:
    if one.evidence:
        return ", ".join(one.evidence)
    return "미제출" if one.paper.evidence_until is not None else "없음"
