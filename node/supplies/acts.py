"""What the acts of this slice are called on the page of the audit log, and how it tells their details."""

from kit.detail import SUBJECT, Detail
from kit.i18n import _
from node.supplies.model import SupplyAct
from protocol.supplies import SupplyKind

ACTS: dict[str, str] = {
    SupplyAct.TAKE: _("교육청 자료 가져오기"),
    SupplyAct.LEAVE: _("교육청 자료 사용하지 않기"),
    SupplyAct.BRING_BACK: _("교육청 자료로 바꾸기 전으로 되돌리기"),
    SupplyAct.LET_COME: _("교육청 자료 자동 반영"),
    SupplyAct.LET_WAIT: _("교육청 자료 확인 후 반영"),
}

_KINDS = {
    SupplyKind.PAPER: _("서류 종류"),
    SupplyKind.LETTER: _("글 양식"),
    SupplyKind.HOLIDAY: _("공휴일"),
    SupplyKind.CALENDAR: _("학사일정"),
    SupplyKind.MEALS: _("급식"),
    SupplyKind.TIMETABLE: _("시간표"),
}
DETAILS: dict[str, Detail | None] = {
    SUBJECT: Detail("", _KINDS, parts=("kind", "key")),
    "kind": Detail(_("종류"), _KINDS),
    "key": Detail(_("날짜"), is_day=True),
    "name": Detail(_("이름")),
}
