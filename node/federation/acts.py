"""What the acts of this slice are called on the page of the audit log."""

from kit.i18n import _
from node.federation.service import Act

ACTS: dict[str, str] = {
    Act.JOIN: _("도교육청 가입"),
    Act.ROTATE: _("학교 열쇠 교체"),
}
