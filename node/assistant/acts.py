"""What the acts of this slice are called on the page of the audit log."""

from kit.i18n import _
from node.assistant.model import AssistantAct

ACTS: dict[str, str] = {
    AssistantAct.REPLY: _("도우미 질문 답변"),
}
