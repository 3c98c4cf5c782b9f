"""What the acts of this slice are called on the page of the audit log."""

from kit.i18n import _
from node.approval.model import ApprovalAct

ACTS: dict[str, str] = {ApprovalAct.RULES: _("전결 규정 변경")}
