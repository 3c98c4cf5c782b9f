"""The words of a request (열람·정정·삭제·처리정지 요구) and of the copy that answers it."""

import enum
from datetime import timedelta

import msgspec

from kit.clock import DAY, from_datetime, local
from kit.event import Event
from kit.i18n import _
from kit.problem import Problem

DAYS_TO_ANSWER = 10  # 개인정보 보호법 시행령 제41조, 제43조, 제44조
MOST_OPEN = 20  # of one requester: more would only bury what they asked
LONGEST_EXTENSION = 30  # days from the day on which the end was to be
COPY_KEPT = 30 * DAY


class CaseKind(enum.StrEnum):
    """What is asked for."""

    SEE = "see"  # 열람, 법 제35조
    CORRECT = "correct"  # 정정, 제36조
    ERASE = "erase"  # 삭제, 제36조
    STOP = "stop"  # 처리정지, 제37조


CASE_LABELS = {
    CaseKind.SEE: _("열람"),
    CaseKind.CORRECT: _("정정"),
    CaseKind.ERASE: _("삭제"),
    CaseKind.STOP: _("처리정지"),
}


class CaseState(enum.StrEnum):
    RECEIVED = "received"
    EXTENDED = "extended"
    FULFILLED = "fulfilled"
    REFUSED = "refused"


STATE_LABELS = {
    CaseState.RECEIVED: _("접수"),
    CaseState.EXTENDED: _("기한 연장"),
    CaseState.FULFILLED: _("처리 완료"),
    CaseState.REFUSED: _("거절"),
}
OPEN = frozenset({CaseState.RECEIVED, CaseState.EXTENDED})


class CopyState(enum.StrEnum):
    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"
    GONE = "gone"  # its thirty days are over


class CaseChanged(Event, frozen=True, tag="privacy.case_changed"):
    """Somebody's request was answered, or its deadline moved. `person_id` asked."""

    person_id: str


class CaseClosed(Problem):
    code = "case-closed"
    status = 409
    text = _("이미 처리한 요구입니다.")


class TooManyOpen(Problem):
    code = "too-many-requests-open"
    status = 409
    text = _("아직 답변받지 않은 요구가 %(most)s건 있습니다. 답변을 받은 뒤 다시 요구해 주세요.")


class CopyNotReady(Problem):
    code = "copy-not-ready"
    status = 409
    text = _("사본을 먼저 만들어 주세요.")


class Case(msgspec.Struct, frozen=True):
    """A request. `requester_id` is empty for one that came on paper from somebody without account;
    times in ms."""

    id: str
    kind: str
    person_id: str
    person_name: str
    requester_id: str
    requester_name: str
    details: str
    on_paper_by: str
    received_at: int
    due_at: int
    state: str
    told_at: int | None
    seen_at: int | None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def kind_label(self) -> str:
        return CASE_LABELS[CaseKind(self.kind)]

    @property
    def state_label(self) -> str:
        return STATE_LABELS[CaseState(self.state)]

    def days_left(self, now: int) -> int:
        """Whole days until the deadline's day; negative once it has passed."""
        return (local(self.due_at).date() - local(now).date()).days


class CaseStep(msgspec.Struct, frozen=True):
    """What was done about a request, and the reason that was told."""

    number: int
    at: int
    by_name: str
    state: str
    reason: str

    @property
    def label(self) -> str:
        return STATE_LABELS[CaseState(self.state)]


class Table(msgspec.Struct, frozen=True):
    """A table of a copy: how much is in it, and why it stays when erasure is asked for."""

    name: str
    title: str
    rows: int
    kept: str


class Copy(msgspec.Struct, frozen=True):
    """A copy of everything about one person, on its way or made."""

    case_id: str
    state: str
    done: int
    parts: int
    tables: str  # JSON
    asked_at: int
    made_at: int | None
    released_at: int | None

    @property
    def contents(self) -> list[Table]:
        return msgspec.json.decode(self.tables, type=list[Table])

    @property
    def ends_at(self) -> int | None:
        return None if self.made_at is None else self.made_at + COPY_KEPT

    def is_there(self, now: int) -> bool:
        """Whether it can be fetched by the officer."""
        return self.state == CopyState.READY and self.ends_at is not None and now < self.ends_at

    def is_released(self, now: int) -> bool:
        """Whether it can be fetched by whoever asked."""
        return self.is_there(now) and self.released_at is not None


class CaseView(msgspec.Struct, frozen=True):
    """A request with its history and copy, as its officer or requester sees it."""

    case: Case
    steps: list[CaseStep]
    copy: Copy | None


def end_of_day(at: int, days: int) -> int:
    """The last moment of the day so many days later: the first day does not count (민법 제157조)."""
    day = local(at).replace(hour=0, minute=0, second=0, microsecond=0)
    return from_datetime(day + timedelta(days=days + 1)) - 1
