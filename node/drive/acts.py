"""What the acts of this slice are called on the page of the audit log, and how it tells their details."""

from kit.detail import Detail
from kit.i18n import _
from node.drive.model import RIGHT_LABELS, DriveAct

ACTS: dict[str, str] = {
    DriveAct.SHARE: _("드라이브 공유"),
    DriveAct.UNSHARE: _("드라이브 공유 해제"),
    DriveAct.MOVE: _("드라이브 항목 이동"),
    DriveAct.ERASE: _("드라이브 항목 완전 삭제"),
    DriveAct.HAND_OVER: _("드라이브 인계"),
    DriveAct.APP_PASSWORD: _("드라이브 앱 암호 생성"),
}

DETAILS: dict[str, Detail | None] = {
    "name": Detail(_("이름")),
    "key": Detail(_("공유 대상"), is_id=True),
    "right": Detail(_("권한"), {str(int(right)): said for right, said in RIGHT_LABELS.items()}),
    "from": Detail(_("옮기기 전 위치"), is_id=True),
    "to": Detail(_("옮긴 위치"), is_id=True),
    "area": Detail(_("위치"), is_id=True),
    "of": Detail(_("인계한 자료")),
    "files": Detail(_("파일"), counted=_("%(count)s개")),
}
