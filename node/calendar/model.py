"""The words of the calendar: what stands in it, and whom it is for."""

import enum
from datetime import date

import msgspec

from kit.clock import school_year
from kit.i18n import _
from kit.problem import Problem

LONGEST_TITLE = 100  # characters
LONGEST_TEXT = 2_000
LONGEST_PLACE = 100
LONGEST_SPAN = 3 * 366  # days that one question may ask about


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
OPENING = (EntryKind.SCHOOL_DAY,)
"""On their days is school, whatever else they are."""


class EntrySource(enum.StrEnum):
    """Who wrote an entry."""

    HAND = "hand"
    NEIS = "neis"


class CalendarEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Something in the calendar, from `first_on` to `last_on`, within one school year. `keys`: the audience
    keys of whoever may read it. `starts`, `ends`: the school's wall clock, `09:30`, or empty: all
    day. `blocks`: closed for off-campus learning (교외체험학습), as exams are."""

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
    source: EntrySource = EntrySource.HAND

    @property
    def year(self) -> int:
        """The school year (학년도) in which it lies."""
        return school_year(self.first_on)


class SpanTooLong(Problem):
    """Somebody asked about more days than a school year or two have."""

    code = "span-too-long"
    status = 422
    text = _("기간이 너무 깁니다. 3년 안에서 골라 주세요.")


class NoSchoolDay(Problem):
    """The calendar has no day of school within LONGEST_SPAN."""

    code = "no-school-day"
    status = 409
    text = _("3년 안에 수업일이 없습니다. 학사일정에서 방학과 휴업일을 확인해 주세요.")
