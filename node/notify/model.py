"""The words of notification: how far a letter came, and why it did not come further."""

import enum

import msgspec

from kit.clock import DAY, HOUR, local
from kit.event import Event
from kit.i18n import _
from kit.problem import Problem


class Unreachable(enum.StrEnum):
    """Why a letter cannot come to somebody. Empty text in a row means it can."""

    NO_ACCOUNT = "no_account"
    NO_PHONE = "no_phone"
    NEVER_SIGNED_IN = "never_signed_in"
    MAIL_REFUSED = "mail_refused"


UNREACHABLE_LABELS = {
    Unreachable.NO_ACCOUNT: _("초대를 아직 받아들이지 않음"),
    Unreachable.NO_PHONE: _("휴대전화 없음 (종이로 전달)"),
    Unreachable.NEVER_SIGNED_IN: _("가입 후 한 번도 로그인하지 않음"),
    Unreachable.MAIL_REFUSED: _("전자우편 주소가 거절됨"),
}


class MessageKind(enum.StrEnum):
    """What a line in the notifications is about."""

    REMINDER = "reminder"
    DEADLINE = "deadline"
    CORRECTED = "corrected"
    ASKED_ANEW = "asked_anew"
    TO_APPROVE = "to_approve"
    RETURNED = "returned"


MESSAGE_LABELS = {
    MessageKind.REMINDER: _("다시 알림"),
    MessageKind.DEADLINE: _("마감이 다가옵니다"),
    MessageKind.CORRECTED: _("정정됨"),
    MessageKind.ASKED_ANEW: _("다시 답해 주세요"),
    MessageKind.TO_APPROVE: _("결재 요청"),
    MessageKind.RETURNED: _("반려됨"),
}


class QuietHours(msgspec.Struct, frozen=True):
    """When nobody is disturbed: from `from_hour` in the evening to `until_hour` in the morning."""

    from_hour: int = 21
    until_hour: int = 7

    def next_allowed(self, at: int) -> int:
        """`at`, or the end of the quiet hours it lies in (ms)."""
        when = local(at)
        if self.until_hour <= when.hour < self.from_hour:
            return at
        midnight = at - (when.hour * HOUR + when.minute * 60_000 + when.second * 1000 + at % 1000)
        morning = midnight + self.until_hour * HOUR
        return morning if morning > at else morning + DAY


class Reached(msgspec.Struct, frozen=True):
    """One row of the reach ledger, with the names it is shown by. Times in ms."""

    person_id: str
    person_name: str
    relation: str
    student_id: str
    student_name: str
    class_id: str
    class_name: str
    number: int
    sent_at: int
    opened_at: int | None
    answered_at: int | None
    unreachable: str
    reminded_at: int | None
    language: str
    owes_own: bool
    """Both guardians must sign, and this is one of those who may."""

    @property
    def unreachable_label(self) -> str:
        return UNREACHABLE_LABELS[Unreachable(self.unreachable)] if self.unreachable else ""


class Totals(msgspec.Struct, frozen=True):
    """Counts over families (a child counts once, however many guardians it has)."""

    sent: int
    opened: int
    answered: int
    unreachable: int


class ClassReach(msgspec.Struct, frozen=True):
    """The reach of a letter within one class (or among those it addresses in their own right)."""

    class_id: str
    class_name: str
    totals: Totals
    rows: tuple[Reached, ...]


class Reach(msgspec.Struct, frozen=True):
    """The reach ledger of a letter, as far as the asker may see it."""

    newsletter_id: str
    title: str
    published_at: int
    has_form: bool
    totals: Totals
    classes: tuple[ClassReach, ...]

    @property
    def missing(self) -> int:
        """Families that a reminder would go to."""
        done = self.totals.answered if self.has_form else self.totals.opened
        return self.totals.sent - done


class Message(msgspec.Struct, frozen=True):
    """A line in somebody's notifications."""

    id: str
    kind: str
    title: str
    href: str
    at: int
    seen_at: int | None

    @property
    def label(self) -> str:
        return MESSAGE_LABELS[MessageKind(self.kind)]


class Slip(msgspec.Struct, frozen=True):
    """Whom a printed slip is for."""

    student_name: str
    class_name: str
    number: int
    reasons: tuple[str, ...]


class Mail(msgspec.Struct, frozen=True):
    """A mail waiting to be sent."""

    id: str
    newsletter_id: str
    person_id: str
    address: str
    kind: str
    title: str
    attempts: int
    language: str


class Reminded(Event, frozen=True, tag="notify.reminded"):
    """People were reminded of a letter; live pages show it."""

    newsletter_id: str
    people: int


class NobodyToRemind(Problem):
    code = "nobody-to-remind"
    status = 409
    text = _("다시 알릴 사람이 없습니다. 모두 확인했거나 조금 전에 알렸습니다.")
