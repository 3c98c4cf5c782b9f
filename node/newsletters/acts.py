"""What the acts of this slice are called on the page of the audit log, and how it tells their details."""

from kit.detail import Detail
from kit.i18n import _
from node.newsletters.model import NewsletterAct

ACTS: dict[str, str] = {
    NewsletterAct.PUBLISH: _("글 발행"),
    NewsletterAct.SUBMIT: _("결재 상신"),
    NewsletterAct.RECALL: _("결재 회수"),
    NewsletterAct.SCHEDULE: _("예약 발행"),
    NewsletterAct.UNSCHEDULE: _("예약 취소"),
    NewsletterAct.CHANGE_DECIDED: _("결재된 글 변경"),
    NewsletterAct.APPROVE: _("결재 승인"),
    NewsletterAct.RETURN: _("결재 반려"),
    NewsletterAct.HOLD: _("발행 보류"),
    NewsletterAct.CORRECT: _("글 정정"),
    NewsletterAct.APPROVE_CORRECTION: _("정정 승인"),
    NewsletterAct.WITHDRAW: _("글 회수"),
    NewsletterAct.DISCARD: _("초안 삭제"),
}

DETAILS: dict[str, Detail | None] = {
    "at": Detail(_("예약 일시"), is_moment=True),
    "version": Detail(_("버전")),
    "text": None,
    "files": None,
}
