"""What the acts of this slice are called on the page of the audit log, and how it tells their details."""

from kit.detail import SUBJECT, Detail
from kit.i18n import _
from node.settings.model import SettingsAct
from node.settings.service import CHOSEN

ACTS: dict[str, str] = {
    SettingsAct.CHANGE: _("학교 설정 변경"),
    SettingsAct.TRY_MAIL: _("시험 메일 보내기"),
}

DETAILS: dict[str, Detail | None] = {
    SUBJECT: Detail("", {CHOSEN: _("학교 설정")}),
    "telephone": Detail(_("대표 전화번호")),
    "public_url": Detail(_("인터넷 주소")),
    "language": Detail(_("기본 언어"), {"ko": "한국어", "en": "English"}),
    "quiet_from_hour": Detail(_("알림 메일을 보내지 않는 시간"), counted=_("%(count)s시부터")),
    "quiet_until_hour": Detail(_("알림 메일을 보내지 않는 시간"), counted=_("%(count)s시까지")),
    "smtp_host": Detail(_("서버 이름")),
    "smtp_port": Detail(_("포트")),
    "smtp_security": Detail(
        _("보안 방식"), {"starttls": "STARTTLS", "tls": "TLS", "none": _("암호화하지 않음")}
    ),
    "smtp_user": Detail(_("아이디")),
    "smtp_password": Detail(_("비밀번호")),
    "smtp_sender": Detail(_("보내는 주소")),
}
