"""What the acts of this slice are called on the page of the audit log."""

from kit.i18n import _
from node.federation.model import FederationAct

ACTS: dict[str, str] = {
    FederationAct.JOIN: _("도교육청 가입"),
    FederationAct.ROTATE: _("학교 키 교체"),
}
