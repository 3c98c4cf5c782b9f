"""The words of the calendar: what stands in it, whom it is for, what happened to it."""

import enum
from collections.abc import Iterable
from datetime import date

import msgspec

from kit.clock import DAY, school_year
from kit.event import Event
from kit.i18n import _
from kit.problem import Problem

LONGEST_TITLE = 100  # characters
LONGEST_TEXT = 2_000
LONGEST_PLACE = 100
LONGEST_SPAN = 3 * 366  # days that one question may ask about
FIRST_DAY, LAST_DAY = date(2015, 3, 1), date(2100, 2, 28)
"""Between them public holidays are known (node.calendar.holidays)."""
CHANGES_KEPT = 90 * DAY
"""For how long a change can be taken back."""


class EntryKind(enum.StrEnum):
    """What an entry means for the days it covers."""

    EVENT = "event"
    HOLIDAY = "holiday"  # one that the law's list lacks: a day off that the government sets
    DAY_OFF = "day_off"  # 재량휴업일
    VACATION = "vacation"
    SCHOOL_DAY = "school_day"  # on a Saturday, on a holiday, within a vacation


KIND_LABELS = {
    EntryKind.EVENT: _("행사"),
    EntryKind.HOLIDAY: _("공휴일"),
    EntryKind.DAY_OFF: _("재량휴업일"),
    EntryKind.VACATION: _("방학"),
    EntryKind.SCHOOL_DAY: _("수업일"),
}
CLOSING = (EntryKind.HOLIDAY, EntryKind.DAY_OFF, EntryKind.VACATION)
"""On their days is no school."""
WEEKDAYS: dict[int, str] = {
    1: _("월요일"),
    2: _("화요일"),
    3: _("수요일"),
    4: _("목요일"),
    5: _("금요일"),
}
OPENING = (EntryKind.SCHOOL_DAY,)
"""On their days is school, whatever else they are."""


class ClosedDay(msgspec.Struct, frozen=True):
    """A day without school. `title`: what closes it, "" where it is a weekend alone."""

    title: str
    is_vacation: bool = False


class EntrySource(enum.StrEnum):
    """Who wrote an entry last."""

    HAND = "hand"
    NEIS = "neis"


class CalendarEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Something in the calendar, from `first_on` to `last_on`, within one school year. `keys`: the audience
    keys of whoever may read it. `starts`, `ends`: the school's wall clock, `09:30`, or empty: all
    day. `blocks`: closed for off-campus learning (교외체험학습), as exams are. `weekday`: of a day of school, the lessons of which weekday are held (1: Monday), 0:
    its own. `origin`: which line of a
    file brought it, empty where none did."""

    id: str
    first_on: date
    last_on: date
    kind: EntryKind
    title: str
    keys: tuple[str, ...]
    text: str = ""
    place: str = ""
    starts: str = ""
    ends: str = ""
    blocks: bool = False
    weekday: int = 0
    source: EntrySource = EntrySource.HAND
    origin: str = ""

    @property
    def year(self) -> int:
        """The school year (학년도) in which it lies."""
        return school_year(self.first_on)

    @property
    def hours(self) -> str:
        """From when to when, `09:30–11:00`; empty: all day."""
        return f"{self.starts}–{self.ends}" if self.ends else self.starts


SCHOOL, STAFF = "school", "staff"
"""Whom an entry is for, as its form says it: these, `grade:3`, `class:ID`."""


def keys_of(places: Iterable[str]) -> tuple[str, ...]:
    """The audience keys of what the form says: families of each place (staff read what is for
    families), or the staff alone."""
    chosen = set(places)
    if SCHOOL in chosen:
        return ("guardians", "students")
    return tuple(
        sorted(
            key
            for place in chosen
            for key in (
                ("staff",) if place == STAFF else (f"guardians/{place}", f"students/{place}")
            )
        )
    )


def places_of(keys: Iterable[str]) -> list[str]:
    """What the form says of these keys."""
    places = {STAFF if key == "staff" else key.partition("/")[2] or SCHOOL for key in keys}
    return sorted(places)


class EntryChange(enum.StrEnum):
    """What a change was."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    IMPORT = "import"
    UNDO = "undo"


CHANGE_LABELS = {
    EntryChange.ADD: _("추가"),
    EntryChange.CHANGE: _("수정"),
    EntryChange.REMOVE: _("삭제"),
    EntryChange.IMPORT: _("나이스 파일 반영"),
    EntryChange.UNDO: _("변경 취소"),
}


class Changed(msgspec.Struct, frozen=True):
    """An entry before and after a change; None where there was or is none."""

    before: CalendarEntry | None
    after: CalendarEntry | None

    @property
    def entry(self) -> CalendarEntry:
        """As it is now, or was last."""
        found = self.after or self.before
        assert found is not None, "a change is of an entry"
        return found


class ChangeLine(msgspec.Struct, frozen=True):
    """A change as the list of them tells it. `title`: of one of `count` entries."""

    id: str
    at: int
    by_id: str
    what: EntryChange
    title: str
    count: int
    by: str = ""


class CalendarChanged(Event, frozen=True, tag="calendar.changed"):
    """Entries came, changed or went."""

    entry_ids: tuple[str, ...]


class CalendarAct(enum.StrEnum):
    """Acts for the audit log."""

    ADD = "calendar:entry:add"
    CHANGE = "calendar:entry:change"
    REMOVE = "calendar:entry:remove"
    IMPORT = "calendar:entries:import"
    UNDO = "calendar:change:undo"
    STRIKE = "calendar:holiday:strike"
    KEEP = "calendar:holiday:keep"
    SUBSCRIBE = "calendar:subscription:make"
    UNSUBSCRIBE = "calendar:subscription:end"


class SpanTooLong(Problem):
    """Somebody asked about more days than a school year or two have."""

    code = "span-too-long"
    status = 422
    text = _("기간이 너무 깁니다. 3년 이내로 선택해 주세요.")


class NoSchoolDay(Problem):
    """The calendar has no day of school within LONGEST_SPAN."""

    code = "no-school-day"
    status = 409
    text = _("앞으로 3년 동안 수업일이 없습니다. 학사일정에서 방학과 휴업일을 확인해 주세요.")


class ChangedSince(Problem):
    """What is to be taken back was changed once more."""

    code = "calendar-changed-since"
    status = 409
    text = _(
        "‘%(title)s’ 일정이 이후에 다시 변경되어 되돌리지 않았습니다. 최근 변경부터 되돌려 주세요."
    )
