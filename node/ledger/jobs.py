"""The ledger checks itself and the audit log once a day, and keeps the audit log's head."""

from kit.i18n import _
from kit.jobs import Daily, Every
from node.ledger.audit_heads import AuditHeads
from node.ledger.passkeys import NamedPasskeys
from node.ledger.service import Ledger

KEEP_EVERY_S = 3600
CHECK = _("동의 기록 점검")
AUDIT_CHECK = _("활동 기록 점검")


def works(ledger: Ledger, audit_heads: AuditHeads, passkeys: NamedPasskeys) -> list[Every | Daily]:
    """The periodic work."""
    return [
        Daily("ledger.check", CHECK, 4, 10, ledger.check_now),
        Daily("audit.check", AUDIT_CHECK, 4, 15, audit_heads.check_now),
        Every("audit.keep", _("활동 기록 확인값 저장"), KEEP_EVERY_S, audit_heads.keep),
        Every("ledger.passkeys", _("패스키를 학교 기록부에 적기"), KEEP_EVERY_S, passkeys.name_all),
    ]
