"""The words of absences (부재): who is away, from a day to a day, and who stands in for them."""

import enum
from collections.abc import Mapping

import msgspec

from kit.i18n import _
from kit.problem import Problem


class AbsenceKind(enum.StrEnum):
    """Why somebody is away. Colleagues learn that they are, not why."""

    TRIP = "trip"
    LEAVE = "leave"
    SICK = "sick"
    OFFICIAL = "official"
    SPECIAL = "special"
    TRAINING = "training"
    LONG = "long"


ABSENCE_LABELS: Mapping[AbsenceKind, str] = {
    AbsenceKind.TRIP: _("출장"),
    AbsenceKind.LEAVE: _("연가"),
    AbsenceKind.SICK: _("병가"),
    AbsenceKind.OFFICIAL: _("공가"),
    AbsenceKind.SPECIAL: _("특별휴가"),
    AbsenceKind.TRAINING: _("연수"),
    AbsenceKind.LONG: _("휴직"),
}


class Absence(msgspec.Struct, frozen=True):
    """Days are included, as YYYY-MM-DD. `stand_in_id`: whom they named, "" where the table of duties
    says it; `by_name`: of who entered it."""

    id: str
    person_id: str
    name: str
    kind: AbsenceKind
    from_on: str
    until_on: str
    stand_in_id: str = ""
    stand_in: str = ""
    by_name: str = ""

    def covers(self, day: str) -> bool:
        return self.from_on <= day <= self.until_on


class NotOwnStandIn(Problem):
    """Who keeps the lists lets others decide for nobody but themselves."""

    code = "not-own-stand-in"
    status = 403
    text = _(
        "대결자는 본인이나 교장, 교감, 관리자가 정합니다. 비워 두면 업무분장의 대결 순서를 따릅니다."
    )
