"""What the acts of this slice are called on the page of the audit log."""

from kit.i18n import _
from node.notify.service import ReachAct

ACTS: dict[str, str] = {
    ReachAct.REMIND: _("다시 알림"),
}
