"""What the connection with the province tells the doctor."""

from cryptography import x509

from kit.clock import DAY, HOUR, from_datetime
from kit.finding import Finding, Level
from kit.i18n import _
from node.federation.model import Membership, PendingRotation, ProvinceConnection

SILENCE = 6 * HOUR
RUNS_OUT = 30 * DAY


def of_keys(
    pending: PendingRotation | None, membership: Membership | None, now: int
) -> list[Finding]:
    """Do new keys wait for the hub's yes? Those that a school is to join with wait for an invitation."""
    is_member = membership is not None and membership.standing != "revoked"
    if pending is None or not is_member or now - pending.begun_at < HOUR:
        return []
    return [
        Finding(
            Level.WARNING,
            _("새 키가 %(hours)s시간째 도교육청 허브의 답을 기다립니다: %(reason)s"),
            _("그때까지 현재 키를 사용합니다. 허브와 연결되면 자동으로 교체됩니다."),
            {"hours": (now - pending.begun_at) // HOUR, "reason": pending.last_error or "-"},
        )
    ]


def of_province(connection: ProvinceConnection, now: int) -> list[Finding]:
    """Is the hub heard, does it count on us, and how long does the certificate last?"""
    membership, conversation = connection.membership, connection.conversation
    if membership is None:
        return []
    findings = []
    if membership.standing != "active":
        findings.append(
            Finding(
                Level.DANGER,
                _("도교육청이 이 학교의 연결을 중지했습니다: %(reason)s"),
                _("도교육청 담당자에게 문의하세요. 학교 안의 기능은 그대로 사용할 수 있습니다."),
                {"reason": membership.standing_reason or membership.standing},
            )
        )
    if membership.two_machines_at is not None:
        findings.append(
            Finding(
                Level.DANGER,
                _("서버 두 대가 이 학교의 키로 도교육청에 접속하고 있습니다."),
                _(
                    "이전 서버나 복원 연습용 서버가 켜져 있으면 끄고, 모르는 서버라면 "
                    "도교육청에 알려 주세요. 누군가 디스크를 복제했을 수 있습니다."
                ),
            )
        )
    lost = connection.lost_open
    if lost is not None:
        findings.append(
            Finding(
                Level.DANGER,
                _(
                    "도교육청은 이 학교의 기록을 %(size)s건까지 확인했는데, 현재 기록부가 "
                    "그 기록과 이어지지 않습니다."
                ),
                _(
                    "백업을 복원했다면 도교육청 담당자에게 허브의 ‘기록 감시’에서 이 "
                    "학교의 기록부를 다시 시작해 달라고 요청하세요. 복원한 적이 없다면 "
                    "누가 데이터베이스를 변경했는지 확인하세요."
                ),
                {"size": lost.size},
            )
        )
    elif membership.log_refused:
        findings.append(
            Finding(
                Level.DANGER,
                _("도교육청이 학교의 동의 기록을 접수하지 않았습니다: %(reason)s"),
                _(
                    "데이터베이스를 변경했거나 이전 백업을 복원했는지 확인하고 도교육청에 알려 "
                    "주세요."
                ),
                {"reason": membership.log_refused},
            )
        )
    heard = conversation.last_ok_at or membership.joined_at
    if now - heard > SILENCE:
        findings.append(
            Finding(
                Level.WARNING,
                _("%(hours)s시간째 도교육청 허브와 통신하지 못했습니다."),
                _("인터넷과 방화벽을 확인하세요. 밖으로 나가는 연결만 있으면 됩니다."),
                {"hours": (now - heard) // HOUR},
                conversation.last_error,
            )
        )
    certificate = x509.load_pem_x509_certificate(membership.grant.certificate_pem.encode())
    left = from_datetime(certificate.not_valid_after_utc) - now
    if left < RUNS_OUT:
        findings.append(
            Finding(
                Level.DANGER if left <= 0 else Level.WARNING,
                _("도교육청이 발급한 인증서가 %(days)s일 뒤에 만료됩니다."),
                _("학교 키를 교체하면 새 인증서를 함께 받습니다: madang-node keys rotate"),
                {"days": max(0, left // DAY)},
            )
        )
    return findings or [Finding(Level.OK, _("도교육청과 정상적으로 연결되어 있습니다."))]
