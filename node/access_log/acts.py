"""What the acts of this slice are called on the page of the audit log."""

from kit.i18n import _
from node.access_log.service import Act

ACTS: dict[str, str] = {
    Act.HEAD: _("접속기록 상태 남김"),
}
