"""The words of notification: how far a letter came, and why it did not come further."""

import enum

import msgspec

from kit.clock import DAY, HOUR, MINUTE
from kit.event import Event
from kit.i18n import _
from kit.problem import Problem


class Unreachable(enum.StrEnum):
    """Why a letter cannot come to somebody. Empty text in a row means it can."""

    NO_ACCOUNT = "no_account"
    NO_PHONE = "no_phone"
    NEVER_SIGNED_IN = "never_signed_in"
    MAIL_REFUSED = "mail_refused"


REASONS = ("", *Unreachable)
"""How the ledger stores a reason: by its place here, which stays (node/notify/migrations/006)."""
UNREACHABLE_LABELS = {
    Unreachable.NO_ACCOUNT: _("아직 가입하지 않음"),
    Unreachable.NO_PHONE: _("휴대전화 없음(종이로 전달)"),
    Unreachable.NEVER_SIGNED_IN: _("가입 후 한 번도 로그인하지 않음"),
    Unreachable.MAIL_REFUSED: _("이메일 반송됨"),
}


class MessageKind(enum.StrEnum):
    """What a line in the notifications is about."""

    REMINDER = "reminder"
    DEADLINE = "deadline"
    CORRECTED = "corrected"
    ASKED_ANEW = "asked_anew"
    TO_APPROVE = "to_approve"
    RETURNED = "returned"
    MOVED = "moved"
    HELD = "held"


MESSAGE_LABELS = {
    MessageKind.REMINDER: _("다시 알림"),
    MessageKind.DEADLINE: _("마감이 다가옵니다"),
    MessageKind.CORRECTED: _("정정됨"),
    MessageKind.ASKED_ANEW: _("다시 답해 주세요"),
    MessageKind.TO_APPROVE: _("결재 요청"),
    MessageKind.RETURNED: _("반려됨"),
    MessageKind.MOVED: _("기한이 바뀌었습니다"),
    MessageKind.HELD: _("발행하지 못함"),
}
TELL_DEADLINE = frozenset({MessageKind.DEADLINE, MessageKind.MOVED, MessageKind.ASKED_ANEW})
"""What is told with the deadline that holds then."""
REMINDED_BEFORE = (3 * DAY, DAY, 3 * HOUR + 10 * MINUTE)
"""How long before a form closes those who have not answered are reminded (ms). The last one has what the
job may come late, so that what closes at midnight is reminded of before the quiet hours."""
PUBLISHED = "published"
"""The kind of mail that says a letter is there; other mail of letters is of a MessageKind."""


class PersonReach(msgspec.Struct, frozen=True):
    """What somebody did with a letter for one child (or in their own right). Times in ms."""

    person_id: str
    student_id: str
    opened_at: int | None
    answered_at: int | None
    owes_own: bool
    """Both guardians must sign, and this is one of those who may."""
    reminded_at: int | None


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

    @property
    def unreachable_label(self) -> str:
        return UNREACHABLE_LABELS[Unreachable(self.unreachable)] if self.unreachable else ""


class Totals(msgspec.Struct, frozen=True):
    """Counts over families (a child counts once, however many guardians it has). `asked`: those of
    whom a form asks an answer."""

    sent: int
    opened: int
    asked: int
    answered: int
    unreachable: int


class ClassReach(msgspec.Struct, frozen=True):
    """The reach of a letter within one class (or among those it addresses in their own right)."""

    class_id: str
    class_name: str
    totals: Totals
    rows: tuple[Reached, ...]

    @property
    def persons(self) -> list[str]:
        """Whose data its rows show."""
        return [one for row in self.rows for one in (row.student_id, row.person_id)]


class Reach(msgspec.Struct, frozen=True):
    """The reach ledger of a letter, as far as the asker may see it."""

    newsletter_id: str
    title: str
    published_at: int
    has_form: bool
    deadline_at: int | None
    is_closed: bool
    """Its form takes no answers any more: nobody is reminded."""
    totals: Totals
    classes: tuple[ClassReach, ...]

    @property
    def missing(self) -> int:
        """Families that a reminder would go to."""
        if self.has_form:
            return self.totals.asked - self.totals.answered
        return self.totals.sent - self.totals.opened


class LetterNow(msgspec.Struct, frozen=True):
    """A published letter as it is now. `deadline_at`: of its form."""

    id: str
    title: str
    published_at: int
    author_id: str
    form_id: str
    deadline_at: int | None

    @property
    def has_form(self) -> bool:
        return bool(self.form_id)

    def is_closed(self, now: int) -> bool:
        """Whether its form takes no answers any more."""
        return self.deadline_at is not None and self.deadline_at < now


class Slip(msgspec.Struct, frozen=True):
    """Whom a printed slip is for."""

    student_id: str
    student_name: str
    class_name: str
    number: int
    reasons: tuple[str, ...]


class Reminded(Event, frozen=True, tag="notify.reminded"):
    """People were reminded of a letter; live pages show it."""

    newsletter_id: str
    people: int


class RemindersOver(Problem):
    code = "reminders-over"
    status = 409
    text = _("회신 마감이 지나 다시 알릴 수 없습니다. 마감을 연장한 뒤 다시 알려 주세요.")


class NobodyToRemind(Problem):
    code = "nobody-to-remind"
    status = 409
    text = _("다시 알릴 사람이 없습니다. 모두 확인했거나 방금 알렸습니다.")
