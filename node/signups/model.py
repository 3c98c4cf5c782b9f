"""The words of sign-ups: what is offered, who signed up, what became of it."""

import enum
from collections.abc import Sequence

import msgspec

from kit.event import Event
from kit.i18n import _
from kit.problem import Conflict, Problem, Way
from kit.seen import seen_of

LONGEST_TITLE = 200  # characters
LONGEST_TEXT = 8_000
LONGEST_NAME = 100
MOST_COURSES = 40
MOST_PLACES = 2_000
MOST_PER_CHILD = 10


class How(enum.StrEnum):
    """Who gets a place."""

    FIRST = "first"  # who comes first
    DRAW = "draw"  # whom the draw at closing names


HOW_LABELS = {How.FIRST: _("선착순"), How.DRAW: _("추첨")}


class EntryState(enum.StrEnum):
    """What became of an entry."""

    ENTERED = "entered"  # in the draw that is to come
    PLACED = "placed"
    WAITING = "waiting"
    CANCELLED = "cancelled"


STATE_LABELS = {
    EntryState.ENTERED: _("추첨 대기"),
    EntryState.PLACED: _("선정"),
    EntryState.WAITING: _("대기"),
    EntryState.CANCELLED: _("취소"),
}
STATE_KINDS = {
    EntryState.ENTERED: "info",
    EntryState.PLACED: "success",
    EntryState.WAITING: "warning",
    EntryState.CANCELLED: "neutral",
}
"""How a chip of each is coloured."""


class CourseText(msgspec.Struct, frozen=True):
    """A course as it is written. `note`: when, where, what it costs."""

    name: str
    note: str
    places: int


class SignupText(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-up as it is written. Times in ms; `siblings`: they may stay together; `most`: courses that a
    child may be signed up for; `promotes`: a place that is given back goes to who waits by itself."""

    title: str
    text: str = ""
    keys: tuple[str, ...] = ()
    how: How = How.FIRST
    opens_at: int
    closes_at: int
    siblings: bool = True
    most: int = 1
    promotes: bool = True
    courses: tuple[CourseText, ...] = ()

    @property
    def seen(self) -> str:
        """The version of it, for whoever saves (kit.seen)."""
        return seen_of(self)


class Phase(enum.StrEnum):
    """Where a sign-up stands."""

    DRAFT = "draft"
    COMING = "coming"
    OPEN = "open"
    DRAWING = "drawing"  # closed, and the draw is not settled yet
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


PHASE_LABELS = {
    Phase.DRAFT: _("작성 중"),
    Phase.COMING: _("신청 예정"),
    Phase.OPEN: _("신청 중"),
    Phase.DRAWING: _("추첨 중"),
    Phase.CLOSED: _("마감됨"),
    Phase.WITHDRAWN: _("모집 취소"),
}
PHASE_KINDS = {
    Phase.DRAFT: "neutral",
    Phase.COMING: "info",
    Phase.OPEN: "success",
    Phase.DRAWING: "info",
    Phase.CLOSED: "neutral",
    Phase.WITHDRAWN: "danger",
}


class Signup(msgspec.Struct, frozen=True):
    """What is stored of a sign-up; times in ms."""

    id: str
    title: str
    text: str
    how: How
    opens_at: int
    closes_at: int
    siblings: bool
    most: int
    promotes: bool
    author_id: str
    published_at: int | None
    sealed_at: int | None
    settled_at: int | None
    withdrawn_at: int | None

    def phase(self, now: int) -> Phase:
        """Where it stands at a moment (ms)."""
        if self.published_at is None:
            return Phase.DRAFT
        if self.withdrawn_at is not None:
            return Phase.WITHDRAWN
        if now < self.opens_at:
            return Phase.COMING
        if now < self.closes_at and self.sealed_at is None:
            return Phase.OPEN
        is_drawn = self.how is How.FIRST or self.settled_at is not None
        return Phase.CLOSED if is_drawn else Phase.DRAWING


class Course(msgspec.Struct, frozen=True):
    """What there are places of. `taken`: children who have one; `waiting`: who wait or are in the draw."""

    id: str
    signup_id: str
    name: str
    note: str
    places: int
    taken: int
    waiting: int

    @property
    def free(self) -> int:
        return max(0, self.places - self.taken)


class SignupEntry(msgspec.Struct, frozen=True):
    """One child, or siblings who stay together."""

    id: str
    signup_id: str
    course_id: str
    number: str
    by_id: str
    children: int
    state: EntryState
    rank: int
    at: int
    changed_at: int


class Pupil(msgspec.Struct, frozen=True):
    """A child as an entry shows it. Without a class: who left the school."""

    student_id: str
    name: str
    class_id: str = ""
    class_name: str = ""
    number: int = 0


class OwnEntry(msgspec.Struct, frozen=True):
    """An entry as one of its family has it. `waits`: its place in the waiting list, from 1 on;
    `others`: siblings within it whom this reader does not have."""

    entry: SignupEntry
    course: str
    names: tuple[str, ...]
    others: int
    waits: int
    may_cancel: bool


class SignupLine(msgspec.Struct, frozen=True):
    """A sign-up in a list. `children`: how many have a place or wait; `places`: how many there are."""

    signup: Signup
    phase: Phase
    places: int
    taken: int
    waiting: int
    own: tuple[str, ...] = ()


class SignupsPage(msgspec.Struct, frozen=True):
    """A page of sign-ups, the newest first. `before` where there are more; `drafts` for staff."""

    lines: Sequence[SignupLine]
    before: int | None
    drafts: Sequence[SignupLine] = ()


class Eligible(msgspec.Struct, frozen=True):
    """A child of the asker for whom a sign-up is. `reason`: a msgid, why they cannot sign it up."""

    student_id: str
    name: str
    class_name: str
    reason: str = ""


class SignupView(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-up as one reader has it. `promised`: the hash of the seed in the log, of a draw."""

    signup: Signup
    phase: Phase
    courses: Sequence[Course]
    audience: Sequence[str]
    author: str
    children: Sequence[Eligible] = ()
    own: Sequence[OwnEntry] = ()
    promised: str = ""
    handles: bool = False
    may_publish: bool = False


class ListedEntry(msgspec.Struct, frozen=True):
    """An entry as those who handle it have it. `by`: the guardian who signed up."""

    entry: SignupEntry
    course: str
    pupils: Sequence[Pupil]
    by: str
    waits: int = 0


class SignupList(msgspec.Struct, frozen=True, kw_only=True):
    """Those who signed up for a course, as far as the asker sees them. `handles_all`: the asker sees all of
    them, and changes places and closing."""

    signup: Signup
    phase: Phase
    courses: Sequence[Course]
    chosen: Course
    entries: Sequence[ListedEntry]
    handles_all: bool


class OpenDraw(msgspec.Struct, frozen=True, kw_only=True):
    """A draw as its page shows it. `promised`: the hash of the seed; the leaves: where promise and draw stand
    in the log, None before it was held; `own`: the reader's own entries."""

    signup: Signup
    phase: Phase
    promised: str
    promised_leaf: int
    drawn_leaf: int | None
    own: Sequence[OwnEntry]


# Events -------------------------------------------------------------------------------------------


class SignupPublished(Event, frozen=True, tag="signups.published"):
    """A sign-up was published; its text can be found."""

    signup_id: str


class SignupOpened(Event, frozen=True, tag="signups.opened"):
    """Families can sign up from now on."""

    signup_id: str


class SignupChanged(Event, frozen=True, tag="signups.changed"):
    """Somebody signed up, or cancelled; or a course has other places."""

    signup_id: str


class PlacesAdded(Event, frozen=True, tag="signups.places_added"):
    """A course has more places: who waits moves up."""

    signup_id: str
    course_id: str


class EntryPromoted(Event, frozen=True, tag="signups.promoted"):
    """Who waited has a place."""

    signup_id: str
    student_id: str
    guardian_id: str


class SignupSettled(Event, frozen=True, tag="signups.settled"):
    """A draw has been held, and every entry knows what became of it."""

    signup_id: str


class SignupWithdrawn(Event, frozen=True, tag="signups.withdrawn"):
    """A sign-up was called off."""

    signup_id: str


class SignupAct(enum.StrEnum):
    """Acts for the audit log."""

    PUBLISH = "signups:signup:publish"
    WITHDRAW = "signups:signup:withdraw"
    CLOSING = "signups:signup:closing"
    PLACES = "signups:course:places"
    PROMOTE = "signups:entry:promote"
    CANCEL = "signups:entry:cancel"
    EXPORT = "signups:list:export"
    DRAW = "signups:draw:hold"


# Refusals -----------------------------------------------------------------------------------------


class NotOpenYet(Problem):
    code = "signup-not-open"
    status = 409
    text = _("아직 신청 기간이 아닙니다. 신청이 시작되면 다시 열어 주세요.")


class SignupClosed(Problem):
    code = "signup-closed"
    status = 409
    text = _("신청이 마감되었습니다. 궁금한 점은 학교에 문의해 주세요.")


class SignupCalledOff(Problem):
    code = "signup-withdrawn"
    status = 409
    text = _("학교에서 취소한 모집입니다.")


class MayNotSignUp(Problem):
    code = "may-not-sign-up"
    status = 403
    text = _("이 자녀는 신청할 수 없습니다. 보호자의 서명 권한과 모집 대상을 학교에 문의해 주세요.")


class AlreadySignedUp(Conflict):
    code = "already-signed-up"
    text = _(
        "%(name)s 학생은 이 강좌에 이미 신청되어 있습니다. 다른 보호자가 신청했는지 확인해 주세요."
    )


class EnoughCourses(Conflict):
    code = "enough-courses"
    text = _(
        "%(name)s 학생은 %(most)s개 강좌까지 신청할 수 있습니다. 다른 강좌를 취소한 뒤 신청해 주세요."
    )


class NoSiblings(Problem):
    code = "no-siblings"
    status = 422
    text = _("이 모집에서는 형제자매를 묶어서 신청할 수 없습니다.")


class NoPlaceLeft(Conflict):
    code = "no-place-left"
    text = _("남은 자리가 부족합니다. 정원을 먼저 늘려 주세요.")


class EntryMoved(Conflict):
    code = "entry-moved"
    text = _("그사이 신청 상태가 바뀌었습니다. 화면을 새로 고쳐 확인해 주세요.")


class DrawUnderWay(Conflict):
    code = "draw-under-way"
    text = _("추첨 중에는 신청을 바꿀 수 없습니다. 결과가 나온 뒤에 취소할 수 있습니다.")


class NotDrawnYet(Problem):
    code = "not-drawn-yet"
    status = 409
    text = _("아직 추첨하지 않았습니다. 마감 뒤에 다시 열어 주세요.")


class MayNotPublish(Problem):
    """Families of other classes are asked by those who answer for the whole school."""

    code = "may-not-publish"
    status = 403
    text = _(
        "담임 학급만 대상으로 하는 모집은 담임교사가, 그 밖의 모집은 부장교사·교감·교장·행정실이 "
        "공개할 수 있습니다. 공개를 요청해 주세요."
    )
    way = Way("/signups", _("모집 목록"))


class FewerThanTaken(Problem):
    code = "fewer-than-taken"
    status = 422
    field = "places"
    text = _("이미 %(taken)s명이 선정되어 정원을 그보다 줄일 수 없습니다.")
