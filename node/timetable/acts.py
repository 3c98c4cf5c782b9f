"""What the acts of this slice are called on the page of the audit log."""

from kit.i18n import _
from node.timetable.model import TimetableAct

ACTS: dict[str, str] = {
    TimetableAct.WRITE: _("시간표 입력·수정"),
    TimetableAct.DAY: _("하루 시간표 변경"),
    TimetableAct.MOVE: _("요일 변경"),
    TimetableAct.IMPORT: _("시간표 파일 반영"),
}
