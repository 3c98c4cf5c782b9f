"""What the acts of this slice are called on the page of the audit log, and how it tells their details."""

from kit.detail import SUBJECT, Detail
from kit.i18n import _
from node.approval.model import ApprovalAct
from node.approval.office import DUTIES
from node.approval.service import LINES, RULES

ACTS: dict[str, str] = {
    ApprovalAct.RULES: _("전결 규정 변경"),
    ApprovalAct.LINE: _("결재선 변경"),
    ApprovalAct.DUTY: _("업무분장 변경"),
    ApprovalAct.UNDO: _("업무분장 변경 되돌리기"),
    ApprovalAct.ABSENCE: _("부재 등록"),
    ApprovalAct.PRESENT: _("부재 삭제"),
    ApprovalAct.ENTRUST: _("미지정 문서의 결재자 지정"),
}

_MAY = {"true": _("허용"), "false": _("허용 안 함")}
DETAILS: dict[str, Detail | None] = {
    SUBJECT: Detail("", {RULES: _("전결 규정"), LINES: _("결재선"), DUTIES: _("업무분장")}),
    "line": Detail(_("결재선")),
    "duty": Detail(_("업무")),
    "from_on": Detail(_("시작")),
    "until_on": Detail(_("끝")),
    "entrusted": Detail(_("지정한 결재자"), is_id=True),
    "own_class_at_once": Detail(_("담임교사가 담임 반에 바로 발행"), _MAY),
    "own_group_at_once": Detail(_("모임·부서 구성원이 소속 모임·부서에 바로 발행"), _MAY),
    "grade_by_head": Detail(_("부장교사가 학년에 바로 발행"), _MAY),
    "school_by_head": Detail(_("부장교사가 학교 전체에 바로 발행"), _MAY),
}
