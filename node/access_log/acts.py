"""What the acts of this slice are called on the page of the audit log."""

from kit.i18n import _
from node.access_log.service import AccessLogAct

ACTS: dict[str, str] = {
    AccessLogAct.HEAD: _("접속기록 확인값 저장"),
}
