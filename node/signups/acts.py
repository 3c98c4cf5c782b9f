"""What the acts of this slice are called on the page of the audit log, and how it tells their details."""

from kit.detail import Detail
from kit.i18n import _
from node.signups.model import SignupAct

ACTS: dict[str, str] = {
    SignupAct.PUBLISH: _("모집 공개"),
    SignupAct.WITHDRAW: _("모집 취소"),
    SignupAct.CLOSING: _("모집 마감 변경"),
    SignupAct.PLACES: _("강좌 정원 변경"),
    SignupAct.PROMOTE: _("대기자 선정"),
    SignupAct.CANCEL: _("신청 취소 처리"),
    SignupAct.EXPORT: _("신청 명단 내려받기"),
    SignupAct.DRAW: _("추첨 실시"),
}

DETAILS: dict[str, Detail | None] = {
    "title": Detail(_("제목")),
    "closes_at": Detail(_("새 마감 일시"), is_moment=True),
    "course": Detail(_("강좌")),
    "places": Detail(_("정원"), counted=_("%(count)s명")),
    "number": Detail(_("신청 번호")),
    "entries": Detail(_("신청"), counted=_("%(count)s건")),
}
