"""What the messenger tells the doctor."""

from kit.finding import Finding, Level
from kit.i18n import _
from node.messenger.model import Compared, ServerStanding, ServerState

OFTEN = 3
EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 — where one listens, and nobody can go to


def of_messenger(standing: ServerStanding) -> list[Finding]:
    """Does the running node's Matrix homeserver answer, and does it keep answering?"""
    if standing.state is ServerState.STARTING and standing.reason:
        return [
            Finding(
                Level.WARNING,
                _("메신저가 아직 켜지지 않았습니다: %(reason)s"),
                _(
                    "madang.toml의 messenger_port를 다른 프로그램이 사용하고 있지 않은지 "
                    "확인하고, 자료 폴더의 messenger/synapse.log 를 확인하세요. 서버는 "
                    "계속 다시 시도합니다."
                ),
                {"reason": standing.reason},
            )
        ]
    if standing.state is not ServerState.READY:
        return []
    if standing.restarts >= OFTEN:
        return [
            Finding(
                Level.WARNING,
                _("서버를 켠 뒤 메신저가 %(count)s번 다시 시작했습니다."),
                _(
                    "메모리(RAM)가 부족하지 않은지, 자료 폴더의 messenger/synapse.log 에 "
                    "오류가 없는지 확인하세요. 주고받은 메시지는 그대로 있습니다."
                ),
                {"count": standing.restarts},
            )
        ]
    if standing.address.rpartition(":")[0].strip("[]") in EVERYWHERE and standing.address:
        return [
            Finding(
                Level.WARNING,
                _("다른 학교에서 우리 학교 메신저를 찾을 수 없습니다. 알려진 주소: %(address)s"),
                _(
                    "madang.toml의 messenger_address에 다른 학교에서 접속할 수 있는 이름과 포트를 입력하세요."
                    " 예: madang.hanbit.example:8448"
                ),
                {"address": standing.address},
            )
        ]
    return [Finding(Level.OK, _("메신저가 정상 작동 중입니다."))]


def of_accounts(compared: Compared) -> list[Finding]:
    """Does the homeserver have the accounts as the school's data have them?"""
    findings = []
    if compared.differing:
        findings.append(
            Finding(
                Level.WARNING,
                _("메신저 계정이 학교 자료와 달라 수정하고 있습니다: %(accounts)s"),
                _("몇 초 뒤에 다시 확인하세요. 계속 나오면 synapse.log 를 확인하세요."),
                {"accounts": ", ".join(compared.differing)},
            )
        )
    if compared.strangers:
        findings.append(
            Finding(
                Level.WARNING,
                _("학교 자료에 없는 메신저 계정이 있습니다: %(accounts)s"),
                _(
                    "이전 백업을 복원했다면 백업 이후에 등록된 분의 계정입니다. 아니라면 "
                    "누가 만들었는지 확인하세요."
                ),
                {"accounts": ", ".join(compared.strangers)},
            )
        )
    return findings
