"""What the acts of this slice are called on the page of the audit log, and how it tells their details."""

from kit.detail import Detail
from kit.i18n import _
from node.submissions.model import SubmissionAct

ACTS: dict[str, str] = {
    SubmissionAct.SAVE_TYPE: _("서류 종류 저장"),
    SubmissionAct.OPEN_TYPE: _("서류 종류 사용 시작"),
    SubmissionAct.CLOSE_TYPE: _("서류 종류 사용 중지"),
    SubmissionAct.TAKE_TYPE: _("서류 종류 가져오기"),
    SubmissionAct.MATCH: _("서류의 학생 확인"),
    SubmissionAct.SETTLE: _("보호자 의견이 다른 서류 정리"),
    SubmissionAct.EXPORT: _("서류 목록 내려받기"),
    SubmissionAct.DISPOSE: _("보존 기간이 지난 서류 파기 승인"),
    SubmissionAct.DISPOSED: _("보존 기간이 지난 서류 파기 완료"),
}

DETAILS: dict[str, Detail | None] = {
    "name": Detail(_("이름")),
    "student": Detail(_("학생"), is_id=True),
    "goes_on": Detail(_("처리"), {"true": _("계속 처리"), "false": _("반려")}),
    "closed_in": Detail(_("완결 연도")),
    "rows": Detail(_("서류"), counted=_("%(count)s건")),
}
