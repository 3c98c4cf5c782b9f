"""What the acts of this slice are called on the page of the audit log, and how it tells their details."""

from kit.detail import Detail
from kit.i18n import _
from node.messenger.model import MessengerAct

ACTS: dict[str, str] = {
    MessengerAct.LOCK: _("메신저 계정 잠금"),
    MessengerAct.UNLOCK: _("메신저 계정 잠금 해제"),
    MessengerAct.APP_PASSWORD: _("앱 암호 생성"),
    MessengerAct.ALLOW: _("앱 로그인 허용"),
    MessengerAct.TAKE_BACK: _("메신저 메시지 삭제"),
    MessengerAct.ADD_GATEWAY: _("휴대전화 알림 서버 추가"),
    MessengerAct.REMOVE_GATEWAY: _("휴대전화 알림 서버 삭제"),
}

DETAILS: dict[str, Detail | None] = {
    "log_out": Detail(_("연결된 기기"), {"true": _("모두 로그아웃")}),
    "to": Detail(_("앱 주소")),
    "room": Detail(_("대화방")),
    "said_by": Detail(_("작성자")),
    "reason": Detail(_("사유")),
}
