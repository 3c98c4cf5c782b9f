"""What the audit log's actions are called on its page."""

from hub.broadcasts.model import Act as BroadcastAct
from hub.knowledge.model import KNOWLEDGE_ACT_LABELS
from hub.officers.model import ACT_LABELS as OFFICER_ACTS
from hub.releases.model import RELEASE_ACT_LABELS
from hub.schools.model import ACT_LABELS as SCHOOL_ACTS
from hub.sync.model import Act as SyncAct
from kit.audit import Act as AuditAct
from kit.i18n import _

ACTS: dict[str, str] = {
    **OFFICER_ACTS,
    **SCHOOL_ACTS,
    **KNOWLEDGE_ACT_LABELS,
    **RELEASE_ACT_LABELS,
    BroadcastAct.SEND: _("공문 발송"),
    BroadcastAct.CORRECT: _("공문 정정"),
    BroadcastAct.REVOKE: _("공문 회수"),
    BroadcastAct.REMIND: _("공문 다시 알림"),
    SyncAct.FORK_FOUND: _("기록부 어긋남 발견"),
    AuditAct.BEGIN: _("감사 기록을 사슬로 잇기 시작"),
    SyncAct.LOG_RESTARTED: _("기록부 새로 받아들임"),
    SyncAct.MACHINES_FOUND: _("한 열쇠로 두 서버가 말함"),
    SyncAct.MACHINES_SETTLED: _("두 서버 경보 처리"),
}
