"""What the acts of this slice are called on the page of the audit log."""

from kit.i18n import _
from node.official.model import OfficialAct

ACTS: dict[str, str] = {
    OfficialAct.ACKNOWLEDGE: _("교육청 안내 확인"),
    OfficialAct.VETO: _("교육청 안내 발송 막음"),
    OfficialAct.DELAY: _("교육청 안내 발송 미룸"),
    OfficialAct.RELEASE: _("교육청 안내 발송"),
    OfficialAct.TURN: _("교육청 안내를 글로 옮김"),
    OfficialAct.ANSWER: _("교육청에 회신"),
    OfficialAct.SETTING: _("교육청 안내 설정 바꿈"),
}
