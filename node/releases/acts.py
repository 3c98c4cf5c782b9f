"""What the acts of this slice are called on the page of the audit log."""

from kit.i18n import _
from node.releases.model import ReleaseAct

ACTS: dict[str, str] = {
    ReleaseAct.BACK: _("배포 되돌리기"),
    ReleaseAct.RETRY: _("배포 다시 받기"),
}
