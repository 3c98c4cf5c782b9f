"""What the acts of this slice are called on the page of the audit log."""

from kit.i18n import _
from node.forms.model import Act

ACTS: dict[str, str] = {
    Act.PAPER: _("종이 회신 입력"),
    Act.EXPORT: _("회신 내려받음"),
    Act.DEADLINE: _("회신 마감 바꿈"),
    Act.TERMS: _("회신 조건 정함"),
}
