"""What the acts of this slice are called on the page of the audit log, and how it tells their details."""

from kit.detail import SUBJECT, Detail
from kit.i18n import _
from node.official.model import OfficialAct
from node.official.service import SETTING

ACTS: dict[str, str] = {
    OfficialAct.ACKNOWLEDGE: _("교육청 공문 확인"),
    OfficialAct.VETO: _("교육청 공문 발송 거부"),
    OfficialAct.DELAY: _("교육청 공문 발송 연기"),
    OfficialAct.RELEASE: _("교육청 공문 발송"),
    OfficialAct.TURN: _("교육청 공문을 가정통신문으로 작성"),
    OfficialAct.ANSWER: _("교육청에 회신"),
    OfficialAct.SETTING: _("교육청 공문 설정 변경"),
}

DETAILS: dict[str, Detail | None] = {SUBJECT: Detail("", {SETTING: _("교육청 공문 설정")})}
