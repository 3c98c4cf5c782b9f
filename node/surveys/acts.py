"""What the acts of this slice are called on the page of the audit log, and how it tells their details."""

from kit.detail import Detail
from kit.i18n import _
from node.surveys.model import SurveyAct

ACTS: dict[str, str] = {
    SurveyAct.PUBLISH: _("설문 시작"),
    SurveyAct.CLOSING: _("설문 마감 변경"),
    SurveyAct.CLOSE: _("설문 마감"),
    SurveyAct.EXPORT: _("설문 결과 내려받기"),
}

DETAILS: dict[str, Detail | None] = {
    "title": Detail(_("제목")),
    "closes_at": Detail(_("새 마감 일시"), is_moment=True),
}
