"""What the acts of this slice are called on the page of the audit log, and how it tells their details."""

from kit.detail import Detail
from kit.i18n import _
from node.attendance.model import AttendanceAct

ACTS: dict[str, str] = {
    AttendanceAct.CORRECT: _("출결 수정"),
    AttendanceAct.CLOSE: _("월 출결 마감"),
    AttendanceAct.EXPORT: _("월 출결 내려받기"),
}

DETAILS: dict[str, Detail | None] = {
    "day": Detail(_("날짜")),
    "month": Detail(_("연월")),
}
