"""What the acts of this slice are called on the page of the audit log, and how it tells their details."""

from kit.detail import Detail
from kit.i18n import _
from node.notify.service import ReachAct

ACTS: dict[str, str] = {
    ReachAct.REMIND: _("다시 알림"),
}

DETAILS: dict[str, Detail | None] = {"people": Detail(_("받은 사람"), counted=_("%(count)s명"))}
