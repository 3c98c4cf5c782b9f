"""What the acts of this slice are called on the page of the audit log, and how it tells their details."""

from kit.detail import Detail
from kit.i18n import _
from node.forms.model import FormAct

ACTS: dict[str, str] = {
    FormAct.PAPER: _("종이 회신 입력"),
    FormAct.STOPPED: _("동의 철회로 중단한 일 표시"),
    FormAct.EXPORT: _("회신 내려받기"),
    FormAct.DEADLINE: _("회신 마감 변경"),
    FormAct.TERMS: _("회신 조건 설정"),
}

DETAILS: dict[str, Detail | None] = {
    "rows": Detail(_("회신"), counted=_("%(count)s건")),
    "deadline_at": Detail(_("새 마감 일시"), is_moment=True),
    "student": Detail(_("학생"), is_id=True),
    "terms": None,
}
