"""What the acts of this slice are called on the page of the audit log, and how it tells their details."""

from kit.detail import Detail
from kit.i18n import _
from node.consultations.model import ConsultationAct

ACTS: dict[str, str] = {
    ConsultationAct.OPEN: _("상담주간 열기"),
    ConsultationAct.CHANGE: _("상담주간 수정"),
    ConsultationAct.WITHDRAW: _("상담주간 취소"),
    ConsultationAct.ENTER: _("상담 예약 대신 입력"),
    ConsultationAct.MOVE: _("상담 시간 변경"),
    ConsultationAct.STRIKE: _("상담 취소 처리"),
    ConsultationAct.ADD: _("상담주간에 다른 선생님 추가"),
}

DETAILS: dict[str, Detail | None] = {"title": Detail(_("제목")), "name": Detail(_("이름"))}
