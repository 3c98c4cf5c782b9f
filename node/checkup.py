"""What single slices tell the doctor: the signed records, files, the messenger, the province.

Wired by app.py; the doctor itself knows files, database and people.
"""

from cryptography import x509

from kit.archive.model import BackupError
from kit.audit import AuditFault
from kit.clock import DAY, HOUR, from_datetime
from kit.i18n import _
from kit.moves import Move
from node.access_log.model import State as AccessLogState
from node.backup import BackUp
from node.federation.model import Connection, Membership, PendingRotation
from node.findings import Finding, Level
from node.forms.model import Mismatch
from node.ledger.model import Fault
from node.messenger.model import Compared, Standing, State

SILENCE = 6 * HOUR
RUNS_OUT = 30 * DAY
OFTEN = 3
MOST_NAMED = 10  # faults of one kind of check that are told one by one
EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 — where one listens, and nobody can go to

NEW_BACKUP = _("지금 백업을 새로 만드세요: madang-node backup 폴더. 앞선 백업도 지우지 마세요.")


def of_ledger(faults: list[Fault]) -> list[Finding]:
    """Does the log still hold what was signed?"""
    if not faults:
        return [Finding(Level.OK, _("동의 기록이 서명된 그대로입니다."))]
    return [
        Finding(
            Level.DANGER,
            _("동의 기록 %(count)s곳이 서명된 뒤에 바뀌었습니다."),
            _("누가 데이터베이스를 고쳤는지 확인하고, 바뀌기 전의 백업을 지우지 말고 보관하세요."),
            {"count": len(faults)},
        )
    ]


def of_records(mismatches: list[Mismatch]) -> list[Finding]:
    """Do the stored answers, texts and letters say what was signed?"""
    if not mismatches:
        return [Finding(Level.OK, _("저장된 답과 글이 서명된 기록과 같습니다."))]
    return [
        Finding(
            Level.DANGER,
            one.text,
            _("화면과 엑셀은 서명된 기록을 따릅니다. 누가 데이터베이스를 고쳤는지 확인하세요."),
            one.params,
        )
        for one in mismatches[:MOST_NAMED]
    ]


def of_audit(faults: list[AuditFault]) -> list[Finding]:
    """Does the audit log still say what was done?"""
    if not faults:
        return [Finding(Level.OK, _("활동 기록(감사 기록)이 적힌 그대로입니다."))]
    return [
        Finding(
            Level.DANGER,
            one.text,
            _("누가 데이터베이스를 고쳤는지 확인하고, 바뀌기 전의 백업을 지우지 말고 보관하세요."),
            {"seq": one.seq},
        )
        for one in faults[:MOST_NAMED]
    ]


def of_moves(moves: list[Move]) -> list[Finding]:
    """Is data of an earlier release still on its way into its new shape?"""
    return [
        Finding(Level.OK, move.title, _("그동안에도 모두 평소처럼 쓸 수 있습니다."))
        if move.failures < OFTEN
        else Finding(
            Level.DANGER,
            _("이전 판의 자료를 새 형식으로 옮기지 못하고 있습니다: %(error)s"),
            _("기록(로그)과 함께 개발자에게 알려 주세요. 자료는 잃지 않습니다."),
            {"error": move.last_error},
        )
        for move in moves
    ]


def of_access_log(state: AccessLogState) -> list[Finding]:
    """Is it noted who looks at whose data, and is what was noted still so?"""
    findings = []
    if state.failing_since is not None:
        findings.append(
            Finding(
                Level.DANGER,
                _("접속기록 %(count)s건을 적지 못했습니다."),
                _(
                    "디스크에 빈 자리가 있는지, 자료 폴더의 access-log 폴더에 쓸 수 있는지 확인하세요."
                ),
                {"count": state.missed},
            )
        )
    if state.broken_at is not None:
        findings.append(
            Finding(
                Level.DANGER,
                _("접속기록이 %(seq)s번째부터 적힌 그대로가 아닙니다."),
                _(
                    "누가 데이터베이스를 고쳤는지 확인하고 개인정보 보호책임자에게 알리세요."
                    " 바뀌기 전의 백업을 지우지 말고 보관하세요."
                ),
                {"seq": state.broken_at},
            )
        )
    return findings or [Finding(Level.OK, _("접속기록이 적힌 그대로입니다."))]


def of_drive(missing: int) -> list[Finding]:
    """Is every file of the drive on the disk?"""
    if not missing:
        return [Finding(Level.OK, _("드라이브의 파일이 모두 있습니다."))]
    return [
        Finding(
            Level.DANGER,
            _("드라이브의 파일 %(count)s개를 찾을 수 없습니다."),
            _("최근 백업을 새 폴더에 되돌려 그 안의 blobs/drive 폴더를 옮겨 오세요."),
            {"count": missing},
        )
    ]


def of_search(others: int) -> list[Finding]:
    """Does the search index hold what the texts say?"""
    if not others:
        return [Finding(Level.OK, _("찾기 색인이 글과 맞습니다."))]
    return [
        Finding(
            Level.WARNING,
            _("찾기 색인에서 글 %(count)s건이 실제 글과 다릅니다."),
            _("따로 할 일은 없습니다. 밤마다 차례로 점검하면서 한 달 안에 색인을 새로 만듭니다."),
            {"count": others},
        )
    ]


async def of_backups(back_up: BackUp) -> list[Finding]:
    """Is the newest backup whole, with the files beside it?"""
    try:
        missing = await back_up.missing()
    except BackupError as error:
        return [Finding(Level.DANGER, error.text, NEW_BACKUP, error.params)]
    if not missing:
        return []
    return [
        Finding(
            Level.DANGER,
            _("마지막 백업의 파일 %(count)s개가 backups/files 폴더에 없습니다: %(name)s …"),
            NEW_BACKUP,
            {"count": len(missing), "name": missing[0]},
        )
    ]


def of_messenger(standing: Standing) -> list[Finding]:
    """Does the running node's Matrix homeserver answer, and does it keep answering?"""
    if standing.state is State.STARTING and standing.reason:
        return [
            Finding(
                Level.WARNING,
                _("메신저가 아직 켜지지 않았습니다: %(reason)s"),
                _(
                    "madang.toml의 messenger_port를 다른 프로그램이 쓰고 있지 않은지 보고,"
                    " 자료 폴더의 messenger/synapse.log 를 확인하세요. 노드는 계속 다시 시도합니다."
                ),
                {"reason": standing.reason},
            )
        ]
    if standing.state is not State.READY:
        return []
    if standing.restarts >= OFTEN:
        return [
            Finding(
                Level.WARNING,
                _("메신저가 노드를 켠 뒤로 %(count)s번 다시 시작했습니다."),
                _(
                    "기억 장치(RAM)가 모자라지 않은지 보고, 자료 폴더의 messenger/synapse.log 를"
                    " 확인하세요. 주고받은 말은 잃지 않습니다."
                ),
                {"count": standing.restarts},
            )
        ]
    if standing.address.rpartition(":")[0].strip("[]") in EVERYWHERE and standing.address:
        return [
            Finding(
                Level.WARNING,
                _("다른 학교가 우리 학교 메신저를 찾지 못합니다: 알린 주소가 %(address)s입니다."),
                _(
                    "madang.toml의 messenger_address에 다른 학교에서 닿는 이름과 포트를 적으세요."
                    " 예: madang.hanbit.example:8448"
                ),
                {"address": standing.address},
            )
        ]
    return [Finding(Level.OK, _("메신저가 잘 돌고 있습니다."))]


def of_accounts(compared: Compared) -> list[Finding]:
    """Does the homeserver have the accounts as the school's data have them?"""
    findings = []
    if compared.differing:
        findings.append(
            Finding(
                Level.WARNING,
                _("메신저 계정이 학교 자료와 달라 바로잡고 있습니다: %(accounts)s"),
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
                    "옛 백업을 되돌린 뒤라면 그 뒤에 온 분의 계정입니다. 아니라면 누가 만들었는지 확인하세요."
                ),
                {"accounts": ", ".join(compared.strangers)},
            )
        )
    return findings


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
            _("새 열쇠가 %(hours)s시간째 도교육청 허브의 답을 기다립니다: %(reason)s"),
            _("그때까지 지금 열쇠를 씁니다. 허브에 닿으면 스스로 바뀝니다."),
            {"hours": (now - pending.begun_at) // HOUR, "reason": pending.last_error or "-"},
        )
    ]


def of_province(connection: Connection, now: int) -> list[Finding]:
    """Is the hub heard, does it count on us, and how long does the certificate last?"""
    membership, conversation = connection.membership, connection.conversation
    if membership is None:
        return []
    findings = []
    if membership.standing != "active":
        findings.append(
            Finding(
                Level.DANGER,
                _("도교육청이 이 학교의 연결을 멈추었습니다: %(reason)s"),
                _("도교육청 담당자에게 문의하세요. 학교 안의 일은 그대로 할 수 있습니다."),
                {"reason": membership.standing_reason or membership.standing},
            )
        )
    if membership.two_machines_at is not None:
        findings.append(
            Finding(
                Level.DANGER,
                _("이 학교의 열쇠로 두 대의 서버가 도교육청과 말하고 있습니다."),
                _(
                    "옛 서버나 복원 연습용 서버가 켜져 있으면 끄고, 모르는 일이면 도교육청에"
                    " 알려 주세요. 누가 디스크를 복제했을 수 있습니다."
                ),
            )
        )
    lost = connection.lost_open
    if lost is not None:
        findings.append(
            Finding(
                Level.DANGER,
                _(
                    "도교육청은 이 학교의 기록을 %(size)s건까지 확인했는데, 지금 기록부는 그 기록을"
                    " 잇지 않습니다."
                ),
                _(
                    "백업에서 되살렸다면 도교육청 담당자에게 허브의 ‘기록 감시’에서 이 학교의 기록부를"
                    " 다시 시작해 달라고 하세요. 되살린 적이 없다면 누가 데이터베이스를 고쳤는지"
                    " 확인하세요."
                ),
                {"size": lost.size},
            )
        )
    elif membership.log_refused:
        findings.append(
            Finding(
                Level.DANGER,
                _("도교육청이 학교의 동의 기록을 받아들이지 않았습니다: %(reason)s"),
                _("데이터베이스를 고쳤거나 옛 백업을 되돌렸는지 확인하고 도교육청에 알려 주세요."),
                {"reason": membership.log_refused},
            )
        )
    heard = conversation.last_ok_at or membership.joined_at
    if now - heard > SILENCE:
        findings.append(
            Finding(
                Level.WARNING,
                _("도교육청 허브와 %(hours)s시간째 이야기하지 못했습니다: %(error)s"),
                _("인터넷과 방화벽을 확인하세요. 밖으로 나가는 연결만 있으면 됩니다."),
                {"hours": (now - heard) // HOUR, "error": conversation.last_error or "?"},
            )
        )
    certificate = x509.load_pem_x509_certificate(membership.grant.certificate_pem.encode())
    left = from_datetime(certificate.not_valid_after_utc) - now
    if left < RUNS_OUT:
        findings.append(
            Finding(
                Level.DANGER if left <= 0 else Level.WARNING,
                _("도교육청이 준 인증서가 %(days)s일 뒤에 끝납니다."),
                _("도교육청에 새 초대장을 요청해 다시 가입하세요."),
                {"days": max(0, left // DAY)},
            )
        )
    return findings or [Finding(Level.OK, _("도교육청과 잘 연결되어 있습니다."))]
