"""What the log of who looked tells the doctor."""

from kit.finding import Finding, Level
from kit.i18n import _
from node.access_log.model import LogState


def of_access_log(state: LogState) -> list[Finding]:
    """Is it noted who looks at whose data, and is what was noted still so?"""
    findings = []
    if state.failing_since is not None:
        findings.append(
            Finding(
                Level.DANGER,
                _("접속기록 %(count)s건을 기록하지 못했습니다."),
                _(
                    "디스크에 여유 공간이 있는지, 자료 폴더의 access-log 폴더에 쓸 수 "
                    "있는지 확인하세요."
                ),
                {"count": state.missed},
            )
        )
    if state.broken_at is not None:
        findings.append(
            Finding(
                Level.DANGER,
                _("접속기록이 %(seq)s번째부터 변조되었습니다."),
                _(
                    "누가 데이터베이스를 변경했는지 확인하고 개인정보 보호책임자에게 "
                    "알리세요. 변경되기 전의 백업을 삭제하지 말고 보관하세요."
                ),
                {"seq": state.broken_at},
            )
        )
    return findings or [Finding(Level.OK, _("접속기록이 변조되지 않았습니다."))]
