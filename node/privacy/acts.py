"""What the acts of this slice are called on the page of the audit log."""

from kit.i18n import _
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
