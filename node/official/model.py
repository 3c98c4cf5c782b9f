"""The words of official notices: what came from the province and what the school made of it."""

import enum
from typing import NewType

import msgspec

from kit.clock import HOUR
from kit.due import Due, due
from kit.event import Event
from kit.i18n import _
from kit.problem import Problem
from node.files.model import Carrier
from node.forms.model import NewsletterId

KIND = "official"
"""Of what carries files: the province's notices."""

NoticeId = NewType("NoticeId", str)
"""As the province named it."""


def carrier(notice_id: str) -> Carrier:
    """A notice as what files are attached to."""
    return Carrier(KIND, notice_id)


class Standing(enum.StrEnum):
    """What became of a notice in this school."""

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    TURNED = "turned"  # made into a newsletter of the school's own
    ANSWERED = "answered"
    WAITING = "waiting"  # for guardians: lands at its hour unless the school says otherwise
    HELD = "held"  # its hour came and it could not land
    LANDED = "landed"
    VETOED = "vetoed"
    REVOKED = "revoked"


STANDING_LABELS = {
    Standing.RECEIVED: _("접수됨"),
    Standing.ACKNOWLEDGED: _("확인함"),
    Standing.TURNED: _("가정통신문으로 작성"),
    Standing.ANSWERED: _("회신함"),
    Standing.WAITING: _("발송 대기"),
    Standing.HELD: _("발송하지 못함"),
    Standing.LANDED: _("보호자에게 발송됨"),
    Standing.VETOED: _("발송 거부"),
    Standing.REVOKED: _("교육청이 회수함"),
}

AUDIENCE_LABELS = {"staff": _("교직원"), "guardians": _("보호자")}


class Notice(msgspec.Struct, frozen=True):
    """A notice with everything that was done about it. Times in ms; `audience` staff or guardians."""

    id: NoticeId
    revision: int
    reference: str
    title: str
    body: str
    audience: str
    department: str
    contact: str
    issued_at: int
    received_at: int
    deadline_at: int | None
    must_acknowledge: int
    lands_at: int | None
    delayed_until: int | None
    landed_at: int | None
    letter_id: NewsletterId  # what it became: the letter that landed, or a draft of staff; or ""
    vetoed_at: int | None
    reason: str
    decided_by: str
    acknowledged_at: int | None
    acknowledged_by: str
    answered_at: int | None
    answer: str
    revoked_at: int | None
    held_at: int | None
    held_for: str  # msgids, one a line: why it could not land

    @property
    def is_for_guardians(self) -> bool:
        return self.audience == "guardians"

    @property
    def standing(self) -> Standing:
        return standing_of(self)

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something about it."""
        return self.standing in (Standing.RECEIVED, Standing.WAITING, Standing.HELD)

    def due(self, now: int) -> Due | None:
        """Its deadline, while the school still owes something."""
        return due(self.deadline_at, now) if self.is_open else None


def standing_of(notice: Notice) -> Standing:
    """The last thing that holds of a notice."""
    if notice.revoked_at is not None:
        return Standing.REVOKED
    if notice.vetoed_at is not None:
        return Standing.VETOED
    if notice.is_for_guardians:
        if notice.landed_at is not None:
            return Standing.LANDED
        return Standing.WAITING if notice.held_at is None else Standing.HELD
    if notice.answered_at is not None:
        return Standing.ANSWERED
    if notice.letter_id:
        return Standing.TURNED
    if notice.acknowledged_at is not None:
        return Standing.ACKNOWLEDGED
    return Standing.RECEIVED


class NoticeLine(msgspec.Struct, frozen=True):
    """A notice in the staff's list."""

    notice: Notice
    opened_at: int | None


class Landing(msgspec.Struct, frozen=True):
    """When a notice for guardians lands: a school's setting.

    District offices send common letters straight to guardians since 2024; the school may delay or
    veto, and `delay_hours` is the time it keeps for that. 0 = at once.
    """

    delay_hours: int = 24


def landing_time(received_at: int, publish_at: int | None, landing: Landing) -> int:
    """When a notice lands: after the school's time, and not before the province's hour (ms)."""
    return max(received_at + landing.delay_hours * HOUR, publish_at or 0)


class OfficialReceived(Event, frozen=True, tag="official.received"):
    """A notice or a new revision of it came."""

    notice_id: str
    audience: str
    revision: int


class OfficialAcknowledged(Event, frozen=True, tag="official.acknowledged"):
    notice_id: str


class OfficialVetoed(Event, frozen=True, tag="official.vetoed"):
    """The school keeps a notice from its guardians, or has put it off."""

    notice_id: str


class OfficialLanded(Event, frozen=True, tag="official.landed"):
    """A notice came into the guardians' list as a letter."""

    notice_id: str
    newsletter_id: str


class OfficialHeld(Event, frozen=True, tag="official.held"):
    """A notice could not land with guardians: whoever decides has something to do."""

    notice_id: str


class OfficialRevoked(Event, frozen=True, tag="official.revoked"):
    """The province took a notice back."""

    notice_id: str


class OfficialAct(enum.StrEnum):
    """Acts for the audit log."""

    ACKNOWLEDGE = "official:notice:acknowledge"
    VETO = "official:notice:veto"
    DELAY = "official:notice:delay"
    RELEASE = "official:notice:release"
    TURN = "official:notice:turn"
    ANSWER = "official:notice:answer"
    SETTING = "official:landing:change"


class NotNow(Problem):
    code = "official-standing"
    status = 409
    text = _("현재 이 공문에는 할 수 없는 작업입니다. 화면을 새로 고친 뒤 다시 확인해 주세요.")


class VetoReason(Problem):
    code = "official-reason"
    status = 422
    field = "reason"
    text = _("사유를 입력해 주세요. 교육청에 함께 전달됩니다.")
