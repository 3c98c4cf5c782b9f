"""What the acts of this slice are called on the page of the audit log, and how it tells their details."""

from kit.detail import SUBJECT, Detail
from kit.i18n import _
from node.releases.model import KIND_LABELS, ReleaseAct

ACTS: dict[str, str] = {
    ReleaseAct.BACK: _("배포 되돌리기"),
    ReleaseAct.RETRY: _("배포 다시 받기"),
}

DETAILS: dict[str, Detail | None] = {SUBJECT: Detail("", KIND_LABELS), "version": Detail(_("버전"))}
