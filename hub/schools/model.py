"""Words of the schools: what they are to the province, invitations, what can go wrong in joining."""

import enum

import msgspec

from kit.detail import Detail
from kit.event import Event
from kit.i18n import _
from kit.problem import Problem
from protocol.enrolment import Invitation
from protocol.identity import SchoolKind, fingerprint, public_key
from protocol.sync import FailingJob
from protocol.sync import Standing as Standing

LONGEST_NAME = 100


class State(enum.StrEnum):
    """A school in the province's eyes: a `Standing`, or not joined yet."""

    INVITED = "invited"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


STATE_LABELS = {
    State.INVITED: _("가입 전"),
    State.ACTIVE: _("사용 중"),
    State.SUSPENDED: _("일시 중지됨"),
    State.REVOKED: _("해지"),
}
STATE_CHIPS = {
    State.INVITED: "neutral",
    State.ACTIVE: "success",
    State.SUSPENDED: "warning",
    State.REVOKED: "danger",
}
KIND_LABELS = {
    SchoolKind.KINDERGARTEN: _("유치원"),
    SchoolKind.ELEMENTARY: _("초등학교"),
    SchoolKind.MIDDLE: _("중학교"),
    SchoolKind.HIGH: _("고등학교"),
    SchoolKind.SPECIAL: _("특수학교"),
}


class Ring(enum.StrEnum):
    """Who gets new releases first."""

    PILOT = "pilot"
    ALL = "all"


RING_LABELS = {Ring.PILOT: _("시범 학교"), Ring.ALL: _("일반")}


class School(msgspec.Struct, frozen=True):
    """A school as the province keeps it. Times in ms."""

    school_id: str
    name: str
    kind: SchoolKind
    district: str
    ring: Ring
    state: State
    reason: str
    standing_at: int
    enrolled_at: int | None


KEY_FOLLOWED = _(
    "이 서버의 키는 새 키로 교체되었습니다. 이전 백업을 복원했거나 다른 서버에서 교체한 "
    "것이므로 도교육청에 문의해 주세요."
)
"""What whoever still speaks with a key that another one followed is told."""


class KeyLine(msgspec.Struct, frozen=True):
    """A key that speaks or spoke for a school (`signing`: Ed25519, base64url), and why it ended."""

    school_id: str
    signing: str
    since_at: int
    ended_at: int | None
    ending: str

    @property
    def fingerprint(self) -> str:
        return fingerprint(public_key(self.signing))


class SchoolKey(msgspec.Struct, frozen=True):
    """Whose key it is and how that school stands at this moment. An ended key stands revoked."""

    school_id: str
    key_id: str
    signing_key: bytes
    standing: Standing
    reason: str


class Addressee(msgspec.Struct, frozen=True):
    """A school that joined once, with what it is chosen by."""

    school_id: str
    name: str
    kind: str
    district: str
    ring: str
    standing: Standing


class SchoolReport(msgspec.Struct, frozen=True):
    """What a node last said of itself. Sizes in bytes, times in ms."""

    heard_at: int
    version: str
    started_at: int
    disk_free: int
    disk_total: int
    last_backup_at: int | None
    failing_jobs: tuple[FailingJob, ...]
    counts: dict[str, int]

    @property
    def free_percent(self) -> int:
        return 100 * self.disk_free // self.disk_total if self.disk_total else 100


class Trouble(enum.StrEnum):
    """Why a school that is active needs attention, the gravest first."""

    SILENT = "silent"
    FAILING = "failing"
    LOW_DISK = "low_disk"
    OLD_BACKUP = "old_backup"
    ANY = "any"


TROUBLE_LABELS = {
    Trouble.SILENT: _("응답 없음"),
    Trouble.FAILING: _("작업 실패"),
    Trouble.LOW_DISK: _("저장 공간 부족"),
    Trouble.OLD_BACKUP: _("백업 오래됨"),
    Trouble.ANY: _("확인이 필요한 학교"),
}
TROUBLE_CHIPS = {
    Trouble.SILENT: "danger",
    Trouble.FAILING: "danger",
    Trouble.LOW_DISK: "warning",
    Trouble.OLD_BACKUP: "warning",
}


class Limits(msgspec.Struct, frozen=True):
    """From where on a school is in trouble: last heard or backed up before these moments (ms), less than
    so many percent of its disk free."""

    silent_before: int
    backup_before: int
    low_percent: int


class SchoolLine(msgspec.Struct, frozen=True):
    """A school in the table. The node's words are None until it spoke."""

    school_id: str
    name: str
    kind: SchoolKind
    district: str
    ring: Ring
    state: State
    heard_at: int | None
    version: str | None
    disk_free: int | None
    disk_total: int | None
    last_backup_at: int | None
    failing: int | None
    online: bool = False

    @property
    def free_percent(self) -> int | None:
        if self.disk_free is None or not self.disk_total:
            return None
        return 100 * self.disk_free // self.disk_total

    def trouble(self, limits: Limits) -> Trouble:
        """The gravest of a school that has one (`store.needing_attention`)."""
        if (self.heard_at or 0) < limits.silent_before:
            return Trouble.SILENT
        if self.failing:
            return Trouble.FAILING
        if self.free_percent is not None and self.free_percent < limits.low_percent:
            return Trouble.LOW_DISK
        return Trouble.OLD_BACKUP


class SchoolFilter(msgspec.Struct, frozen=True):
    """Which schools of the table are wanted."""

    q: str = ""
    state: State | None = None
    kind: SchoolKind | None = None
    district: str = ""
    trouble: Trouble | None = None
    page: int = 1


class SchoolTotals(msgspec.Struct, frozen=True):
    """Counts over the province. `silent`, `low_disk`, `old_backup`, `failing` of active schools."""

    invited: int
    active: int
    suspended: int
    revoked: int
    online: int
    silent: int
    low_disk: int
    old_backup: int
    failing: int
    open_invitations: int


class Day(msgspec.Struct, frozen=True):
    """A school's day in the charts. Sizes in bytes."""

    day_on: str
    disk_free: int
    disk_total: int
    failing: int
    reports: int


class CertificateLine(msgspec.Struct, frozen=True):
    """A certificate issued to a school's server."""

    serial: str
    server_name: str
    issued_at: int
    expires_at: int


class InvitationState(enum.StrEnum):
    """Where an invitation stands."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


INVITATION_LABELS = {
    InvitationState.OPEN: _("사용 전"),
    InvitationState.USED: _("가입함"),
    InvitationState.EXPIRED: _("기간 만료"),
    InvitationState.REVOKED: _("취소됨"),
}


class InvitationLine(msgspec.Struct, frozen=True):
    """An invitation in the list; its code is not known any more."""

    id: str
    school_id: str
    school_name: str
    created_at: int
    created_by_name: str
    expires_at: int
    used_at: int | None
    revoked_at: int | None

    def state(self, now: int) -> InvitationState:
        if self.used_at is not None:
            return InvitationState.USED
        if self.revoked_at is not None:
            return InvitationState.REVOKED
        return InvitationState.OPEN if now < self.expires_at else InvitationState.EXPIRED


class NewInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer says of the school to invite."""

    school_id: str
    name: str
    kind: SchoolKind
    district: str = ""
    ring: Ring = Ring.ALL
    days: int | None = None


class Invited(msgspec.Struct, frozen=True):
    """A fresh invitation with its secret: to be shown once, in a letter."""

    id: str
    school_name: str
    invitation: Invitation


class SchoolPage(msgspec.Struct, frozen=True):
    """Everything the console knows of one school."""

    school: School
    report: SchoolReport | None
    online: bool
    days: tuple[Day, ...]
    invitations: tuple[InvitationLine, ...]
    certificates: tuple[CertificateLine, ...]
    keys: tuple[KeyLine, ...] = ()


# What has happened ------------------------------------------------------------------------------


class StandingChanged(Event, frozen=True, tag="schools.standing"):
    """A school was suspended, resumed or revoked; holds from the next request on."""

    school_id: str
    standing: str


class SchoolEnrolled(Event, frozen=True, tag="schools.enrolled"):
    """A school's node joined."""

    school_id: str


class KeyRotated(Event, frozen=True, tag="schools.key_rotated"):
    """A school's node exchanged its keys."""

    school_id: str


class SchoolPlaced(Event, frozen=True, tag="schools.placed"):
    """A school was given another district office or ring."""

    school_id: str


class SchoolReported(Event, frozen=True, tag="schools.reported"):
    """Signal only: a node's state was written anew."""

    school_id: str


class SchoolAct(enum.StrEnum):
    """What of this slice is written to the audit log."""

    INVITE = "schools:invitation:create"
    WITHDRAW = "schools:invitation:revoke"
    ENROL = "schools:school:enrol"
    ROTATE = "schools:key:rotate"
    SUSPEND = "schools:school:suspend"
    RESUME = "schools:school:resume"
    REVOKE = "schools:school:revoke"
    PLACE = "schools:school:place"


ACT_LABELS: dict[str, str] = {
    SchoolAct.INVITE: _("학교 초대"),
    SchoolAct.WITHDRAW: _("초대장 취소"),
    SchoolAct.ENROL: _("학교 가입"),
    SchoolAct.ROTATE: _("학교 키 교체"),
    SchoolAct.SUSPEND: _("일시 중지"),
    SchoolAct.RESUME: _("다시 시작"),
    SchoolAct.REVOKE: _("가입 해지"),
    SchoolAct.PLACE: _("소속과 배포 순서 변경"),
}
DETAILS: dict[str, Detail | None] = {
    "until": Detail(_("기한"), is_moment=True),
    "reason": Detail(_("사유")),
    "was": Detail(_("이전 상태"), STATE_LABELS),
    "district": Detail(_("교육지원청")),
    "ring": Detail(_("배포 순서"), RING_LABELS),
    "invitation": None,
    "key": None,
}


# What can go wrong for officers -----------------------------------------------------------------


class SchoolIdWrong(Problem):
    code = "school-id-wrong"
    status = 422
    field = "school_id"
    text = _("학교 코드는 J107530101처럼 교육청 코드와 숫자 7자리, 유치원은 K와 숫자입니다.")


class SchoolNameMissing(Problem):
    code = "school-name-missing"
    status = 422
    field = "name"
    text = _("학교 이름을 입력해 주세요.")


class DaysWrong(Problem):
    code = "invitation-days-wrong"
    status = 422
    field = "days"
    text = _("초대장의 기한은 1일에서 60일까지 정할 수 있습니다.")


class AlreadyMember(Problem):
    """An officer invites a school that is in good standing or only suspended."""

    code = "school-already-enrolled"
    status = 409
    text = _("이미 가입한 학교입니다. 서버를 교체하는 학교라면 먼저 해지한 뒤 초대해 주세요.")


class ReasonMissing(Problem):
    code = "reason-missing"
    status = 422
    field = "reason"
    text = _("사유를 입력해 주세요. 학교 화면과 감사 기록에 남습니다.")


class NotInThisState(Problem):
    code = "school-state"
    status = 409
    text = _("현재 학교 상태에서는 할 수 없는 작업입니다. 화면을 새로 고쳐 확인해 주세요.")


class InvitationClosed(Problem):
    code = "invitation-closed"
    status = 409
    text = _("이미 사용했거나 기한이 지났거나 취소된 초대장입니다.")


# What can go wrong for a node that joins --------------------------------------------------------


class EnrolmentRefused(Problem):
    """Root of the hub's reasons to refuse an enrolment, or new keys; nothing of it was kept."""

    code = "enrolment-refused"
    status = 403
    text = _("가입할 수 없습니다.")


class EnrolmentUnreadable(EnrolmentRefused):
    code = "enrolment-unreadable"
    status = 400
    text = _("가입 요청을 읽을 수 없습니다: %(reason)s")


class UnknownVersion(EnrolmentRefused):
    code = "enrolment-version"
    status = 400
    text = _(
        "허브가 지원하지 않는 버전의 가입 요청입니다(%(found)s). 허브나 학교 서버를 최신 "
        "버전으로 올려 주세요."
    )


class SignatureWrong(EnrolmentRefused):
    code = "enrolment-signature"
    status = 401
    text = _("가입 요청의 서명이 맞지 않습니다(%(reason)s). 다시 시도해 주세요.")


class WrongCode(EnrolmentRefused):
    code = "invitation-unknown"
    text = _("초대 코드가 맞지 않습니다. 안내장의 코드를 다시 확인해 주세요.")


class CodeUsed(EnrolmentRefused):
    code = "invitation-used"
    status = 409
    text = _("이 초대 코드는 %(at)s에 이미 사용되었습니다. 도교육청에 새 초대장을 요청해 주세요.")


class CodeExpired(EnrolmentRefused):
    code = "invitation-expired"
    status = 410
    text = _("이 초대 코드는 %(at)s에 기한이 지났습니다. 도교육청에 새 초대장을 요청해 주세요.")


class CodeRevoked(EnrolmentRefused):
    code = "invitation-revoked"
    status = 410
    text = _("도교육청이 취소한 초대 코드입니다. 도교육청에 새 초대장을 요청해 주세요.")


class OtherSchoolsCode(EnrolmentRefused):
    code = "invitation-other-school"
    text = _("이 초대 코드는 %(invited)s 학교의 것입니다. 요청한 학교는 %(asked)s입니다.")


class OtherName(EnrolmentRefused):
    code = "school-name-differs"
    status = 409
    text = _(
        "초대장의 학교는 '%(invited)s', 이 서버의 학교는 '%(asked)s'입니다."
        " 이름과 학교급을 맞춘 뒤 다시 시도해 주세요."
    )


class AlreadyEnrolled(EnrolmentRefused):
    code = "school-already-enrolled"
    status = 409
    text = _("이 학교는 다른 서버로 이미 가입했습니다. 서버를 바꾸려면 도교육청에 문의해 주세요.")


class KeyTaken(EnrolmentRefused):
    code = "key-taken"
    status = 409
    text = _("다른 학교에서 사용 중인 키입니다. 이 서버의 키를 새로 만든 뒤 다시 시도해 주세요.")


class KeyEnded(EnrolmentRefused):
    """A key that ended once speaks for nobody again; a node makes a new one and asks anew."""

    code = "key-ended"
    status = 409
    text = _(
        "이 서버의 키는 사용이 종료되어 다시 쓸 수 없습니다. 학교 서버를 최신 버전으로 "
        "올리면 가입할 때 새 키를 만듭니다."
    )


class SchoolRevoked(EnrolmentRefused):
    code = "school-revoked"
    text = _("이 학교의 가입은 해지되었습니다. 도교육청에 문의해 주세요.")


class ClockOff(EnrolmentRefused):
    """The signature holds, but was made at another time than ours: the node's clock is behind."""

    code = "clock-off"
    status = 409
    text = _(
        "학교 서버의 시계가 허브보다 %(hours)s시간 %(minutes)s분 느립니다."
        " 시계를 맞춘 뒤 다시 시도해 주세요. 허브의 지금 시각: %(now)s"
    )


class ClockAhead(ClockOff):
    """The node's clock is ahead."""

    text = _(
        "학교 서버의 시계가 허브보다 %(hours)s시간 %(minutes)s분 빠릅니다."
        " 시계를 맞춘 뒤 다시 시도해 주세요. 허브의 지금 시각: %(now)s"
    )


class CertificateRequestWrong(EnrolmentRefused):
    code = "certificate-request-wrong"
    status = 422
    text = _("인증서 요청(CSR)을 쓸 수 없습니다: %(reason)s")


class KeyWrong(EnrolmentRefused):
    code = "key-wrong"
    status = 422
    text = _("보낸 공개 키의 형식이 올바르지 않습니다.")


# What can go wrong for a node that exchanges its keys -------------------------------------------


class RotationUnreadable(EnrolmentRefused):
    code = "rotation-unreadable"
    status = 400
    text = _("키 교체 요청을 읽을 수 없습니다: %(reason)s")


class RotationWrong(EnrolmentRefused):
    code = "rotation-wrong"
    status = 422
    text = _("이전 키와 새 키로 함께 서명한 요청이 아닙니다(%(reason)s).")


class KeyUnknown(EnrolmentRefused):
    code = "key-unknown"
    text = _("이 학교의 키로 등록된 적이 없는 키입니다.")


class SchoolSuspended(EnrolmentRefused):
    code = "school-suspended"
    text = _("도교육청이 이 학교의 연결을 중지했습니다. 연결이 다시 시작되면 키가 교체됩니다.")
