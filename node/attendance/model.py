"""The words of attendance, as 나이스 has them: what a child's day was, and why."""

import enum
from collections.abc import Collection, Mapping
from datetime import date

import msgspec

from kit.clock import school_year
from kit.event import Event
from kit.i18n import _
from kit.problem import Invalid, Problem
from kit.wording import class_words
from node.ports.explaining import Explanation

LONGEST_REASON = 200  # characters


class Presence(enum.StrEnum):
    """What a day was for a child (출결 구분). Of two on one day a school writes the graver one."""

    PRESENT = "present"
    ABSENT = "absent"
    LATE = "late"
    LEFT_EARLY = "left_early"
    MISSED = "missed"  # 결과: lessons missed in between

    @property
    def label(self) -> str:
        return PRESENCE_LABELS[self]


PRESENCE_LABELS = {
    Presence.PRESENT: _("출석"),
    Presence.ABSENT: _("결석"),
    Presence.LATE: _("지각"),
    Presence.LEFT_EARLY: _("조퇴"),
    Presence.MISSED: _("결과 (수업)"),
}
AWAY = (Presence.ABSENT, Presence.LATE, Presence.LEFT_EARLY, Presence.MISSED)
PRESENCE_KINDS = {Presence.ABSENT: "danger", Presence.LATE: "warning"}
"""How a mark is coloured; the others inform."""


class AwayChild(msgspec.Struct, frozen=True):
    """A child who is not simply there today, as its homeroom teacher has it."""

    class_id: str
    name: str
    number: int
    presence: Presence


class Cause(enum.StrEnum):
    """Why, as the law counts it (학교생활기록 작성 및 관리지침)."""

    UNKNOWN = ""  # nobody has said yet
    SICK = "sick"
    UNAPPROVED = "unapproved"
    OTHER = "other"
    APPROVED = "approved"  # counts as attended

    @property
    def label(self) -> str:
        return CAUSE_LABELS[self]


CAUSE_LABELS = {
    Cause.UNKNOWN: _("사유 미확인"),
    Cause.SICK: _("질병"),
    Cause.UNAPPROVED: _("미인정"),
    Cause.OTHER: _("기타"),
    Cause.APPROVED: _("출석인정"),
}
WRITTEN = (Cause.SICK, Cause.UNAPPROVED, Cause.OTHER, Cause.APPROVED)
"""In the order in which 나이스 has their columns."""


class Mark(msgspec.Struct, frozen=True):
    """A child's day. One who was there has neither cause nor reason."""

    presence: Presence = Presence.PRESENT
    cause: Cause = Cause.UNKNOWN
    reason: str = ""

    @property
    def is_away(self) -> bool:
        return self.presence is not Presence.PRESENT

    @property
    def kind(self) -> str:
        return PRESENCE_KINDS.get(self.presence, "info")


HERE = Mark()


class ClassOfYear(msgspec.Struct, frozen=True):
    """A class of the current school year."""

    id: str
    year: int
    grade: int
    number: int

    @property
    def name(self) -> str:
        return class_words(self.grade, self.number)


class Enrolled(msgspec.Struct, frozen=True):
    """A child's time in a class: from a day until before another (ISO; None: still)."""

    student_id: str
    name: str
    number: int
    from_on: str
    until_on: str | None

    def is_in(self, day: date) -> bool:
        on = day.isoformat()
        return self.from_on <= on and (self.until_on is None or on < self.until_on)


class MarkedDay(msgspec.Struct, frozen=True):
    """That a class was marked on a day: `revision` counts how often, `marked_at` in ms when first, `by_name`
    by whom last."""

    revision: int
    marked_at: int
    by_name: str


class SheetLine(msgspec.Struct, frozen=True):
    """A child on the sheet of a day, with what explains that day. `is_proposed`: the mark is what a paper
    says, and nobody has stored it yet."""

    student_id: str
    number: int
    name: str
    mark: Mark
    is_proposed: bool = False
    explanations: tuple[Explanation, ...] = ()


class DaySheet(msgspec.Struct, frozen=True, kw_only=True):
    """A class on a day. `marked` None: nobody has marked it; `previous` and `next`: the days of school around
    it, as far as they have come."""

    room: ClassOfYear
    day: date
    has_school: bool
    is_closed: bool
    marked: MarkedDay | None
    lines: tuple[SheetLine, ...]
    previous: date | None
    next: date | None

    @property
    def seen(self) -> str:
        """Which state of the day a page shows: how often it had been marked."""
        return str(self.marked.revision if self.marked else 0)

    @property
    def away(self) -> tuple[SheetLine, ...]:
        return tuple(one for one in self.lines if one.mark.is_away)


class AwayInClass(msgspec.Struct, frozen=True):
    """How many of a class are not simply there today, by what the day is for them."""

    room: ClassOfYear
    counts: Mapping[Presence, int]


class ClassToday(msgspec.Struct, frozen=True):
    """How a class stands today. `away`: how many were not simply there."""

    room: ClassOfYear
    has_school: bool
    marked_at: int | None
    away: int


class OwnLine(msgspec.Struct, frozen=True):
    """A day on which a child was not simply there, as its family sees it."""

    day: date
    mark: Mark
    explanations: tuple[Explanation, ...] = ()

    @property
    def is_open(self) -> bool:
        """Nobody has said why, and nothing explains it."""
        return self.mark.cause is Cause.UNKNOWN and not self.explanations


class OwnAttendance(msgspec.Struct, frozen=True):
    """A child's school year so far, the newest day first."""

    student_id: str
    name: str
    class_name: str
    lines: tuple[OwnLine, ...]

    def count(self, presence: Presence, month: str = "") -> int:
        """On how many days, of a month (`2026-11`) or of the year."""
        return sum(
            one.mark.presence is presence and one.day.isoformat().startswith(month)
            for one in self.lines
        )


class MarkChange(msgspec.Struct, frozen=True):
    """A change of a child's mark. `at` in ms; `why`: what was typed where the month had been closed."""

    day: date
    name: str
    at: int
    by_name: str
    before: Mark
    after: Mark
    why: str


class MarkTally(msgspec.Struct, frozen=True):
    """What marks come to over days of school."""

    school_days: int
    counts: Mapping[tuple[Presence, Cause], int]

    def of(self, presence: Presence, *causes: Cause) -> int:
        """On how many days, for one of the causes; for any where none is named."""
        return sum(
            count
            for (what, why), count in self.counts.items()
            if what is presence and (not causes or why in causes)
        )

    @property
    def attended(self) -> int:
        """Days that count as attended: all but absences, those for an approved cause included."""
        absent = self.of(Presence.ABSENT) - self.of(Presence.ABSENT, Cause.APPROVED)
        return self.school_days - absent

    @property
    def unknown(self) -> int:
        """Days of which nobody has said why."""
        return sum(self.of(one, Cause.UNKNOWN) for one in AWAY)


def tally(days: Collection[date], marks: Mapping[date, Mark]) -> MarkTally:
    """What marks come to on these days of school; what stands at any other day counts for nothing."""
    counts: dict[tuple[Presence, Cause], int] = {}
    for day in days:
        mark = marks.get(day, HERE)
        if mark.is_away:
            key = (mark.presence, mark.cause)
            counts[key] = counts.get(key, 0) + 1
    return MarkTally(len(days), counts)


class ChildMonth(msgspec.Struct, frozen=True):
    """A child's month or year in a class. `days`: those of school while they were in it."""

    student_id: str
    number: int
    name: str
    days: tuple[date, ...]
    marks: Mapping[date, Mark]
    tally: MarkTally


class ClassMonth(msgspec.Struct, frozen=True, kw_only=True):
    """A month of a class: `month` as `2026-11`; `days` of school that have come, and of them those that
    nobody marked; `closed_at` in ms."""

    room: ClassOfYear
    month: str
    days: tuple[date, ...]
    unmarked: tuple[date, ...]
    children: tuple[ChildMonth, ...]
    corrections: tuple[MarkChange, ...]
    closed_at: int | None
    closed_by: str
    is_over: bool
    previous: str
    next: str

    @property
    def unknown(self) -> int:
        return sum(one.tally.unknown for one in self.children)


class ClassYear(msgspec.Struct, frozen=True):
    """The school year of a class so far."""

    room: ClassOfYear
    children: tuple[ChildMonth, ...]


def year_begins(day: date) -> date:
    """The first day of the school year of a day."""
    return date(school_year(day), 3, 1)


class AttendanceMarked(Event, frozen=True, tag="attendance.marked"):
    """A class was marked on a day, first or anew; of `students` the mark is another one."""

    class_id: str
    day: str
    students: tuple[str, ...]
    is_first: bool


class AttendanceAct(enum.StrEnum):
    """Acts for the audit log. What a child's day was is not told there."""

    CORRECT = "attendance:day:correct"
    CLOSE = "attendance:month:close"
    EXPORT = "attendance:month:export"


class NotADayOfSchool(Problem):
    """Nothing is marked on a day off, nor ahead of time."""

    code = "not-a-school-day"
    status = 422
    text = _("수업일이 아니거나 아직 지나지 않은 날이어서 출결을 입력할 수 없습니다.")


class MonthOpenDays(Problem):
    """A month with gaps is not closed."""

    code = "month-has-gaps"
    status = 409
    text = _(
        "아직 마감할 수 없습니다. 출결을 입력하지 않은 날이 %(days)s일, 사유 미확인이 %(unknown)s건 있습니다."
    )


class MonthNotOver(Problem):
    code = "month-not-over"
    status = 409
    text = _("이달의 마지막 수업일이 지나야 마감할 수 있습니다.")


class WhyMissing(Invalid):
    """A month that was closed is corrected for a reason."""

    code = "correction-needs-a-reason"
    text = _("마감한 달의 출결을 수정하려면 수정 사유를 입력해 주세요.")
