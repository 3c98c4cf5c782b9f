"""The words of the conversation with the province."""

import enum

import msgspec

from kit.event import Event
from kit.i18n import _
from kit.problem import Problem
from node.ledger.model import LedgerKey, LostHistory
from protocol.enrolment import EnrolmentGrant, Invitation
from protocol.heads import Witness
from protocol.rotation import SignedRotation


class Membership(msgspec.Struct, frozen=True):
    """This school's place in its province. `standing` as in protocol.sync.Standing;
    `two_machines_at`: since when the hub hears two machines speak with this school's key."""

    grant: EnrolmentGrant
    joined_at: int
    standing: str
    standing_reason: str
    accepted_size: int | None
    log_refused: str
    witness: Witness | None
    two_machines_at: int | None = None


class Conversation(msgspec.Struct, frozen=True):
    """How talking to the hub goes. Times in ms."""

    last_try_at: int | None = None
    last_ok_at: int | None = None
    failures: int = 0
    last_error: str = ""
    next_try_at: int | None = None


class ProvinceConnection(msgspec.Struct, frozen=True):
    """What the administrator sees of it. `lost`: histories of the school's log that the hub has
    seen and the log does not have, the last found first."""

    membership: Membership | None
    conversation: Conversation
    lost: list[LostHistory]

    @property
    def lost_open(self) -> LostHistory | None:
        """The history that the hub still holds to."""
        return next((one for one in self.lost if one.settled_at is None), None)


class EnrolmentBegun(msgspec.Struct, frozen=True):
    """A request to join that was begun and may have to be repeated."""

    invitation: Invitation
    request_json: str


class PendingRotation(msgspec.Struct, frozen=True):
    """New keys that the hub has not accepted yet; the old ones go on being used."""

    statement: SignedRotation
    begun_at: int
    last_error: str = ""


class KeysState(msgspec.Struct, frozen=True):
    """The school's keys, the first one first, and those that are to follow the last one."""

    keys: tuple[LedgerKey, ...]
    pending: PendingRotation | None

    @property
    def in_force(self) -> LedgerKey:
        return self.keys[-1]


class StaffFound(msgspec.Struct, frozen=True):
    """A member of staff of this school or of another, as the directory has them."""

    school_id: str
    school_name: str
    name: str
    position: str
    department: str
    duty: str
    extension: str = ""
    matrix_id: str = ""


class StandingChanged(Event, frozen=True, tag="federation.standing_changed"):
    """The province suspended, revoked or resumed this school, or it joined."""

    standing: str
    reason: str


class JoinProblem(Problem):
    """Root of what can go wrong while joining."""

    code = "join-failed"
    status = 409
    field = "invitation"
    text = _("도교육청에 가입하지 못했습니다. %(reason)s")


class AlreadyJoined(JoinProblem):
    code = "already-joined"
    text = _("이 학교는 이미 %(hub)s에 가입되어 있습니다.")


class CodeUnreadable(JoinProblem):
    code = "invitation-unreadable"
    status = 422
    text = _("초대 코드를 읽을 수 없습니다. 안내장의 코드를 다시 확인해 주세요.")


class CodeMistyped(JoinProblem):
    code = "invitation-mistyped"
    status = 422
    text = _("초대 코드의 %(group)s번째 부분이 잘못 입력되었습니다.")


class HubAddressNeeded(JoinProblem):
    code = "hub-address-needed"
    status = 422
    text = _("코드를 직접 입력할 때는 허브 주소도 필요합니다. 안내장에 적힌 주소를 입력해 주세요.")


class HubUnreachable(JoinProblem):
    code = "hub-unreachable"
    status = 502
    text = _(
        "허브 %(url)s에 연결할 수 없습니다. 인터넷 연결과 주소를 확인한 뒤 다시 시도해 주세요."
    )


class HubNotGenuine(JoinProblem):
    code = "hub-not-genuine"
    text = _(
        "연결된 서버가 초대장에 적힌 허브가 아닙니다. 가입하지 않았습니다. 도교육청에 확인해 주세요."
    )


class HubRefused(JoinProblem):
    code = "hub-refused"
    text = _("허브가 가입을 거절했습니다: %(reason)s")


class KeyEnded(HubRefused):
    """The hub ended the key that asks, for ever; a new one may ask."""

    code = "key-ended"


class NoRotation(Problem):
    """The keys ended with the membership: the hub accepts none in their place."""

    code = "keys-ended"
    status = 409
    text = _(
        "도교육청이 가입을 해지한 학교여서 키를 교체할 수 없습니다. 새 초대장으로 다시 "
        "가입하면 새 키를 만듭니다: madang-node join"
    )


class OtherSchool(JoinProblem):
    code = "invitation-other-school"
    text = _("이 초대장은 %(invited)s의 것입니다. 이 노드는 %(own)s입니다.")


class ClockOff(JoinProblem):
    code = "clock-off"
    text = _(
        "이 컴퓨터의 시계가 허브와 약 %(minutes)s분 다릅니다. 시계를 맞춘 뒤 다시 시도해 주세요."
    )


class SyncFailed(Exception):
    """One sync did not go through; `reason` is for the administrator's page."""

    def __init__(self, reason: str, retry_after_ms: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_ms = retry_after_ms


class NotJoined(SyncFailed):
    """There is nobody to sync with."""

    text = _("아직 도교육청에 가입하지 않았습니다. 초대장이 있으면 가입해 주세요.")

    def __init__(self) -> None:
        super().__init__("this school has not joined a province")


class FederationAct(enum.StrEnum):
    """Acts for the audit log."""

    JOIN = "federation:hub:join"
    ROTATE = "federation:keys:rotate"
