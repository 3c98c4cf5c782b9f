"""What the acts of this slice are called on the page of the audit log, and how it tells their details."""

from kit.detail import Detail
from kit.i18n import _
from node.forms.model import FormAct
from node.questions.model import BASIS_LABELS

ACTS: dict[str, str] = {
    FormAct.PAPER: _("종이 회신 입력"),
    FormAct.STOPPED: _("동의 철회로 중단한 일 표시"),
    FormAct.EXPORT: _("회신 내려받기"),
    FormAct.DEADLINE: _("회신 마감 변경"),
    FormAct.TERMS: _("회신 조건 설정"),
    FormAct.DISPOSE: _("보존 기간이 지난 동의서 파기 승인"),
    FormAct.DISPOSED: _("보존 기간이 지난 동의서 파기 완료"),
    FormAct.KEPT: _("파기하지 않고 보존(승인 뒤에 새 회신이 있음)"),
    FormAct.RETENTION: _("동의서 보존 기간 설정"),
}

DETAILS: dict[str, Detail | None] = {
    "rows": Detail(_("회신"), counted=_("%(count)s건")),
    "deadline_at": Detail(_("새 마감 일시"), is_moment=True),
    "student": Detail(_("학생"), is_id=True),
    "terms": None,
    "title": Detail(_("제목")),
    "closed_in": Detail(_("완결 연도")),
    "records": Detail(_("기록"), counted=_("%(count)s건")),
    "basis": Detail(_("처리 근거"), BASIS_LABELS),
    "years": Detail(_("보존 기간"), counted=_("%(count)s년")),
}
