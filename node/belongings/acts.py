"""What the acts of this slice are called on the page of the audit log, and how it tells their details."""

from kit.detail import Detail
from kit.i18n import _
from node.belongings.model import ENDING_LABELS, BelongingsAct

ACTS: dict[str, str] = {
    BelongingsAct.EDIT: _("습득물 내용 수정"),
    BelongingsAct.HAND_OVER: _("분실물 반환"),
    BelongingsAct.CLEAR: _("분실물 정리"),
    BelongingsAct.REOPEN: _("분실물 처리 취소"),
    BelongingsAct.SETTING: _("분실물 보관 기간 변경"),
}

DETAILS: dict[str, Detail | None] = {
    "ending": Detail(_("처리"), words=ENDING_LABELS),
    "days": Detail(_("보관 기간"), counted=_("%(count)s일")),
}
