"""What the acts of this slice are called on the page of the audit log, and how it tells their details."""

from kit.detail import Detail
from kit.i18n import _
from node.privacy.case import CASE_LABELS
from node.privacy.cases import CaseAct
from node.privacy.copies import CopyAct
from node.privacy.service import PrivacyAct

ACTS: dict[str, str] = {
    CaseAct.RECEIVE: _("개인정보 요구 접수"),
    CaseAct.EXTEND: _("개인정보 요구 기한 연장"),
    CaseAct.FULFIL: _("개인정보 요구 처리"),
    CaseAct.REFUSE: _("개인정보 요구 거절"),
    CaseAct.RELEASE: _("개인정보 사본 제공"),
    CopyAct.MAKE: _("개인정보 사본 생성"),
    CopyAct.FETCH: _("개인정보 사본 내려받기"),
    PrivacyAct.REVIEW: _("접속기록 점검"),
}

DETAILS: dict[str, Detail | None] = {
    "kind": Detail(_("구분"), CASE_LABELS),
    "entries": Detail(_("점검한 기록"), counted=_("%(count)s건")),
    "odd": Detail(_("확인할 기록"), counted=_("%(count)s건")),
    "case": None,
}
