"""What the acts of this slice are called on the page of the audit log."""

from kit.i18n import _
from node.settings.model import SettingsAct

ACTS: dict[str, str] = {
    SettingsAct.CHANGE: _("학교 설정 변경"),
    SettingsAct.TRY_MAIL: _("시험 메일 보내기"),
}
