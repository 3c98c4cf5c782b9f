"""What the acts of this slice are called on the page of the audit log."""

from kit.i18n import _
from node.drive.model import DriveAct

ACTS: dict[str, str] = {
    DriveAct.SHARE: _("드라이브 공유"),
    DriveAct.UNSHARE: _("드라이브 공유 해제"),
    DriveAct.MOVE: _("드라이브 항목 이동"),
    DriveAct.ERASE: _("드라이브 항목 완전 삭제"),
    DriveAct.HAND_OVER: _("드라이브 인계"),
}
