"""What the signed records tell the doctor."""

from kit.audit import AuditFault
from kit.finding import Finding, Level
from kit.i18n import _
from node.ledger.model import LedgerFault

MOST_NAMED = 10  # faults that are told one by one


def of_ledger(faults: list[LedgerFault]) -> list[Finding]:
    """Does the log still hold what was signed?"""
    if not faults:
        return [Finding(Level.OK, _("동의 기록이 서명된 뒤 변경되지 않았습니다."))]
    return [
        Finding(
            Level.DANGER,
            _("동의 기록 %(count)s곳이 서명된 뒤에 변경되었습니다."),
            _(
                "누가 데이터베이스를 변경했는지 확인하고, 변경되기 전의 백업을 삭제하지 말고 "
                "보관하세요."
            ),
            {"count": len(faults)},
        )
    ]


def of_audit(faults: list[AuditFault]) -> list[Finding]:
    """Does the audit log still say what was done?"""
    if not faults:
        return [Finding(Level.OK, _("활동 기록(감사 기록)이 변조되지 않았습니다."))]
    return [
        Finding(
            Level.DANGER,
            one.text,
            _(
                "누가 데이터베이스를 변경했는지 확인하고, 변경되기 전의 백업을 삭제하지 말고 "
                "보관하세요."
            ),
            {"seq": one.seq},
        )
        for one in faults[:MOST_NAMED]
    ]
