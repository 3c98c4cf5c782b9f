"""What the acts of this slice are called on the page of the audit log."""

from kit.i18n import _
from node.notify.service import Act

ACTS: dict[str, str] = {
    Act.REMIND: _("다시 알림"),
}
