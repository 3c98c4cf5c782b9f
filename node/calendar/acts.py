"""What the acts of this slice are called on the page of the audit log."""

from kit.i18n import _
from node.calendar.model import CalendarAct

ACTS: dict[str, str] = {
    CalendarAct.ADD: _("학사일정 추가"),
    CalendarAct.CHANGE: _("학사일정 수정"),
    CalendarAct.REMOVE: _("학사일정 삭제"),
    CalendarAct.IMPORT: _("나이스 학사일정 반영"),
    CalendarAct.UNDO: _("학사일정 되돌리기"),
    CalendarAct.STRIKE: _("공휴일 제외"),
    CalendarAct.KEEP: _("공휴일 다시 포함"),
    CalendarAct.SUBSCRIBE: _("달력 주소 생성"),
    CalendarAct.UNSUBSCRIBE: _("달력 주소 삭제"),
}
