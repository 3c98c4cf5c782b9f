"""The words of consultations: a week, the times that teachers give, who has taken which."""

import enum
from collections.abc import Collection, Mapping, Sequence
from datetime import date

import msgspec

from kit.clock import DAY, MINUTE, local, local_date
from kit.event import Event
from kit.i18n import _
from kit.problem import Conflict, Problem, Way
from kit.seen import seen_of
from kit.wording import class_words
from node.people.model import Choice

LONGEST_TITLE = 100  # characters
LONGEST_TEXT = 4_000
LONGEST_PLACE = 60
LONGEST_TOPIC = 500
LONGEST_REASON = 200
LONGEST_WEEK = 31  # days from the first to the last
LONGEST_WALK = 60  # minutes
MOST_TIMES = 300
"""Times that a teacher gives in one week."""
MOST_WISHES = 8
"""Consultations that are planned together."""

Wish = tuple[str, str]
"""A consultation that a guardian asks for: of which child, with whom; "" is the homeroom teacher."""
LENGTHS = (10, 15, 20, 25, 30, 40)  # minutes
BREAKS = (0, 5, 10, 15, 20)
USUAL_LENGTH, USUAL_BREAK, USUAL_WALK = 20, 5, 5
YEAR = 366 * DAY
"""How far ahead consultations are looked for."""
TOPICS_KEPT = 30 * DAY
"""For how long after a week what families wrote about their topics is kept."""


class Meeting(enum.StrEnum):
    """By which way guardian and teacher speak."""

    VISIT = "visit"
    PHONE = "phone"
    VIDEO = "video"


MEETING_LABELS = {
    Meeting.VISIT: _("방문 상담"),
    Meeting.PHONE: _("전화 상담"),
    Meeting.VIDEO: _("화상 상담"),
}


class WeekPhase(enum.StrEnum):
    """Where a consultation week stands."""

    COMING = "coming"  # teachers give their times, families cannot take any yet
    OPEN = "open"
    CLOSED = "closed"  # no more is taken; what was taken is to come
    OVER = "over"
    WITHDRAWN = "withdrawn"


WEEK_LABELS = {
    WeekPhase.COMING: _("시간 등록 중"),
    WeekPhase.OPEN: _("예약 중"),
    WeekPhase.CLOSED: _("예약 마감"),
    WeekPhase.OVER: _("종료"),
    WeekPhase.WITHDRAWN: _("상담주간 취소"),
}
WEEK_KINDS = {
    WeekPhase.COMING: "info",
    WeekPhase.OPEN: "success",
    WeekPhase.CLOSED: "neutral",
    WeekPhase.OVER: "neutral",
    WeekPhase.WITHDRAWN: "danger",
}
"""How a chip of each is coloured."""


class WeekText(msgspec.Struct, frozen=True, kw_only=True):
    """A consultation week as it is written. `opens_at`, `closes_at`: when families take times (ms); `walk`:
    minutes from one place to another."""

    title: str
    text: str = ""
    first_on: date
    last_on: date
    keys: tuple[str, ...] = ()
    opens_at: int
    closes_at: int
    walk: int = USUAL_WALK

    @property
    def seen(self) -> str:
        """The version of it, for whoever saves (kit.seen)."""
        return seen_of(self)


class Week(msgspec.Struct, frozen=True):
    """What is stored of a consultation week."""

    id: str
    title: str
    text: str
    first_on: date
    last_on: date
    opens_at: int
    closes_at: int
    walk: int
    author_id: str
    withdrawn_at: int | None

    def phase(self, now: int) -> WeekPhase:
        """Where it stands at a moment (ms)."""
        if self.withdrawn_at is not None:
            return WeekPhase.WITHDRAWN
        if local_date(now) > self.last_on:
            return WeekPhase.OVER
        if now < self.opens_at:
            return WeekPhase.COMING
        return WeekPhase.OPEN if now < self.closes_at else WeekPhase.CLOSED


class Slot(msgspec.Struct, frozen=True):
    """A time that a teacher gives, from and to a moment (ms). `place`: where, empty on the telephone."""

    id: str
    week_id: str
    teacher_id: str
    starts_at: int
    ends_at: int
    meeting: Meeting
    place: str

    @property
    def day(self) -> date:
        return local_date(self.starts_at)

    @property
    def spot(self) -> str:
        """Where one has to be for it: empty where that is all the same."""
        return self.place if self.meeting is Meeting.VISIT else ""

    @property
    def hours(self) -> str:
        """From when to when, `14:40–15:00`."""
        return f"{local(self.starts_at):%H:%M}–{local(self.ends_at):%H:%M}"


def is_apart(one: Slot, other: Slot, walk: int) -> bool:
    """Whether somebody can be at both: they do not overlap, and between two places there are `walk` minutes
    to walk."""
    first, second = sorted((one, other), key=lambda slot: slot.starts_at)
    gap = 0 if first.spot == second.spot else walk * MINUTE
    return first.ends_at + gap <= second.starts_at


class GivenTimes(msgspec.Struct, frozen=True):
    """Times as a teacher gives them: on these days, from `begins` to `ends` (`14:40`), each of `length`
    minutes with `pause` minutes between them."""

    days: tuple[date, ...]
    begins: str
    ends: str
    length: int
    pause: int
    meeting: Meeting
    place: str


class BookingState(enum.StrEnum):
    """What became of a time that a family took."""

    BOOKED = "booked"
    CANCELLED = "cancelled"  # by the family
    STRUCK = "struck"  # by the school


class Booking(msgspec.Struct, frozen=True):
    """A time that was taken for a child. `by_id`: who took it, a guardian or the homeroom teacher whom they called;
    `topic`: what they want to speak about, for them and the teacher alone; `reason`: why the school
    cancelled it; `with_id`: with whom, where that is not the child's homeroom teacher."""

    id: str
    slot_id: str
    week_id: str
    student_id: str
    by_id: str
    topic: str
    state: BookingState
    reason: str
    at: int
    changed_at: int
    with_id: str = ""

    @property
    def is_private(self) -> bool:
        """Whether only the guardian who took it knows of it, and the member of staff: that somebody speaks with
        the counsellor or the nurse is nobody else's affair."""
        return bool(self.with_id)


class Taken(msgspec.Struct, frozen=True):
    """A time that was taken, as the guardian has it."""

    booking: Booking
    slot: Slot


class Wishes(msgspec.Struct, frozen=True):
    """When a guardian can come: on these days (none: on all), from and to a wall-clock time (`15:00`, empty:
    any); `chosen`: what they ask for, None: each child's homeroom teacher."""

    days: tuple[date, ...] = ()
    since: str = ""
    until: str = ""
    chosen: tuple[Wish, ...] | None = None

    def suit(self, slot: Slot) -> bool:
        """Whether a time lies within them."""
        return (
            (not self.days or slot.day in self.days)
            and (not self.since or f"{local(slot.starts_at):%H:%M}" >= self.since)
            and (not self.until or f"{local(slot.ends_at):%H:%M}" <= self.until)
        )


# Pages --------------------------------------------------------------------------------------------


class FreeSlot(msgspec.Struct, frozen=True):
    """A time that can be taken. `near`: a msgid, why the guardian cannot be there or hardly; `is_clash`: they
    cannot."""

    slot: Slot
    near: str = ""
    is_clash: bool = False


class OtherTeacher(msgspec.Struct, frozen=True):
    """A member of staff who is not the child's homeroom teacher and gives times to its family. `free`: how many;
    `taken`, `struck`: as in `ChildTimes`, of what the asker took with them."""

    teacher_id: str
    name: str
    position: str
    free: int = 0
    taken: Taken | None = None
    struck: Taken | None = None


class ChildTimes(msgspec.Struct, frozen=True, kw_only=True):
    """A child of the asker for whom a week is, and its times with one teacher. `may_take`: the asker takes times
    for it; `is_taken`: somebody has; `taken`: what the asker sees of it; `struck`: the time that the school
    cancelled last, where none was taken since; `free`: by day what can be taken; `others`: with whom else
    the asker can speak."""

    student_id: str
    name: str
    class_name: str
    teacher: str
    may_take: bool
    is_taken: bool = False
    taken: Taken | None = None
    is_own: bool = False
    struck: Taken | None = None
    free: Mapping[date, Sequence[FreeSlot]] = {}
    others: Sequence[OtherTeacher] = ()


class WeekView(msgspec.Struct, frozen=True, kw_only=True):
    """A consultation week as one reader has it. `takes`: families can take times now; `off`: days of it
    without school; `together`: how many children of the asker have no time yet; `days`: on which those can
    come whose times are planned together; `gives`: the asker gives times; `joins`: they may; `handles`: they
    change it."""

    week: Week
    phase: WeekPhase
    audience: Sequence[str]
    author: str
    children: Sequence[ChildTimes] = ()
    off: Sequence[date] = ()
    together: int = 0
    days: Sequence[date] = ()
    gives: bool = False
    joins: bool = False
    handles: bool = False

    @property
    def wishes(self) -> int:
        """How many consultations the asker can ask for at once."""
        takes = [one for one in self.children if one.may_take]
        others = [other for one in takes for other in one.others if other.free and not other.taken]
        return self.together + len(others)


class WithTeacher(msgspec.Struct, frozen=True):
    """A member of staff as the guardians have them to whose children they give times."""

    week: Week
    phase: WeekPhase
    teacher: OtherTeacher
    children: Sequence[ChildTimes]


class WeekLine(msgspec.Struct, frozen=True):
    """A week in the list. `missing`: how many children of the reader have no time yet; `taken`: how many have."""

    week: Week
    phase: WeekPhase
    missing: int = 0
    taken: int = 0


class WeeksPage(msgspec.Struct, frozen=True):
    """A page of weeks, the latest first. `before`: where there are more."""

    lines: Sequence[WeekLine]
    before: str
    may_open: bool


class Family(msgspec.Struct, frozen=True):
    """Who comes. `guardian`: who took the time, empty where the teacher did; `class_name`, `number`: of the
    child, None where it left."""

    booking: Booking
    child: str
    class_name: str
    number: int | None
    guardian: str
    relation: str


class GivenSlot(msgspec.Struct, frozen=True):
    """A time as its teacher has it. `family`: who took it."""

    slot: Slot
    family: Family | None
    is_past: bool


class GivenDay(msgspec.Struct, frozen=True):
    """A day of the week as its teacher has it. `has_school`: it is a day of school; `copies`: the day whose
    times it may take over."""

    on: date
    has_school: bool
    is_past: bool
    slots: Sequence[GivenSlot]
    copies: date | None = None


class ChildWithout(msgspec.Struct, frozen=True):
    """A child of the teacher's class without a time."""

    student_id: str
    name: str
    number: int


class TeacherTimes(msgspec.Struct, frozen=True, kw_only=True):
    """A teacher's times in a week. `usual`: how they gave some last, or as many do; `gives`: they may give some
    now; `places`: the families to whom they may open them, `opened`: the keys of those to whom they did,
    `rooms`: the classes of these, without their own."""

    week: Week
    phase: WeekPhase
    days: Sequence[GivenDay]
    pending: Sequence[ChildWithout]
    usual: GivenTimes
    gives: bool
    places: Sequence[Choice]
    opened: Collection[str]
    rooms: Sequence[Choice]

    @property
    def free(self) -> list[Slot]:
        """What nobody has taken yet and is to come."""
        return [
            one.slot
            for day in self.days
            for one in day.slots
            if one.family is None and not one.is_past
        ]

    @property
    def families(self) -> list[Family]:
        return [one.family for day in self.days for one in day.slots if one.family is not None]


class ClassTimes(msgspec.Struct, frozen=True):
    """How a week fares in one class."""

    class_id: str
    grade: int
    number: int
    teacher_id: str | None
    teacher: str = ""
    given: int = 0
    taken: int = 0
    children: int = 0

    @property
    def class_name(self) -> str:
        return class_words(self.grade, self.number)


class OtherTimes(msgspec.Struct, frozen=True):
    """How a week fares with one of the other members of staff. `audience`: to whom they are open, in words."""

    teacher_id: str
    name: str
    position: str
    audience: Sequence[str]
    given: int
    taken: int


class WeekOverview(msgspec.Struct, frozen=True):
    """How a week fares in all of its classes, and with the others. `staff`: whom its author may add, `places`: to
    which families."""

    week: Week
    phase: WeekPhase
    classes: Sequence[ClassTimes]
    others: Sequence[OtherTimes]
    staff: Sequence[tuple[str, str]]
    places: Sequence[Choice]


class PlanLine(msgspec.Struct, frozen=True):
    """A consultation to come, as it stands in somebody's own plan. `child`: whose; `is_teaching`: the reader is
    the teacher; `is_private`: as in `Booking`."""

    booking_id: str
    slot: Slot
    student_id: str
    child: str
    is_teaching: bool = False
    is_private: bool = False

    @property
    def place(self) -> str:
        """Where, for front pages and calendars: these lie open, and a place can tell with whom somebody speaks."""
        return "" if self.is_private else self.slot.place


# Events -------------------------------------------------------------------------------------------


class WeekOpened(Event, frozen=True, tag="consultations.opened"):
    """A consultation week was opened; its text can be found."""

    week_id: str


class BookingOpened(Event, frozen=True, tag="consultations.booking_opened"):
    """Families can take times of a week from now on."""

    week_id: str


class WeekChanged(Event, frozen=True, tag="consultations.week_changed"):
    """Its text or its days are others now."""

    week_id: str


class WeekWithdrawn(Event, frozen=True, tag="consultations.withdrawn"):
    """A consultation week was called off."""

    week_id: str


class TimesGiven(Event, frozen=True, tag="consultations.given"):
    """A teacher gave times, or took some back."""

    week_id: str
    teacher_id: str


class TimeTaken(Event, frozen=True, tag="consultations.taken"):
    """A time was taken, moved or cancelled; by whom. Of a private one `student_id` is empty, and `by_id` the
    guardian who took it."""

    week_id: str
    student_id: str
    by_id: str


def time_taken(booking: Booking, by_id: str) -> TimeTaken:
    """What is said of a booking that somebody made or changed."""
    if booking.is_private:
        return TimeTaken(booking.week_id, "", booking.by_id)
    return TimeTaken(booking.week_id, booking.student_id, by_id)


class ConsultationAct(enum.StrEnum):
    """Acts for the audit log."""

    OPEN = "consultations:week:open"
    CHANGE = "consultations:week:change"
    WITHDRAW = "consultations:week:withdraw"
    ENTER = "consultations:time:enter"
    MOVE = "consultations:time:move"
    STRIKE = "consultations:time:strike"
    ADD = "consultations:teacher:set"


# Refusals -----------------------------------------------------------------------------------------


class TimesNotOpen(Problem):
    code = "times-not-open"
    status = 409
    text = _("아직 예약 기간이 아닙니다. 예약이 시작되면 다시 열어 주세요.")


class TimesClosed(Problem):
    code = "times-closed"
    status = 409
    text = _("예약이 마감되었습니다. 상담할 선생님께 문의해 주세요.")


class WeekCalledOff(Problem):
    code = "week-withdrawn"
    status = 409
    text = _("학교에서 취소한 상담주간입니다.")


class MayNotTake(Problem):
    code = "may-not-take"
    status = 403
    text = _(
        "이 자녀의 상담은 예약할 수 없습니다. 보호자의 서명 권한과 대상을 학교에 문의해 주세요."
    )


class SlotGone(Conflict):
    code = "slot-gone"
    text = _("그사이 다른 가정이 예약한 시간입니다. 남은 시간에서 다시 선택해 주세요.")


class TimeHeld(Conflict):
    code = "time-held"
    text = _(
        "%(name)s 학생은 이 선생님과 이미 상담 시간이 있습니다. 시간을 바꾸려면 ‘시간 변경’을 눌러 주세요."
    )


class TimesClash(Conflict):
    code = "times-clash"
    text = _("예약하신 다른 상담과 시간이 겹칩니다. 다른 시간을 선택해 주세요.")


class NoPlan(Conflict):
    code = "no-plan"
    text = _(
        "겹치지 않게 모두 상담할 수 있는 시간 조합이 없습니다. 가능한 날과 시간을 넓히거나, 하나씩 "
        "예약해 주세요."
    )


class TimeMoved(Conflict):
    code = "time-moved"
    text = _("그사이 예약이 바뀌었습니다. 화면을 새로 고쳐 확인해 주세요.")


class TimePast(Conflict):
    code = "time-past"
    text = _("이미 지난 시간입니다.")


class PlaceInUse(Conflict):
    code = "place-in-use"
    text = _("%(teacher)s 선생님이 %(at)s에 같은 장소를 사용합니다. 장소나 시간을 바꿔 주세요.")


class MayNotOpen(Problem):
    """Families of other grades are invited by those who answer for the whole school."""

    code = "may-not-open-week"
    status = 403
    text = _(
        "담임교사는 자기 학년과 학급의 상담주간을 열 수 있습니다. 그 밖에는 부장교사·교감·교장·행정실에 "
        "요청해 주세요."
    )
    way = Way("/consultations", _("상담주간 목록"))
