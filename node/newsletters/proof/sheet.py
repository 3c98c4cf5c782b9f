"""What is read of a letter, and what a reader doubts about it."""

import enum
from collections.abc import Mapping
from datetime import date

import msgspec

from kit.i18n import _
from kit.seen import seen_of
from node.calendar.model import ClosedDay

ALL = frozenset[int]()
"""The grades of a letter to the whole school."""


BESIDE = 40
"""Characters of a line that are shown on each side of what is quoted."""


class ProofRule(enum.StrEnum):
    """What is looked at."""

    WEEKDAY = "weekday"  # a weekday that is not that date's; a date that does not exist
    PAST = "past"
    CLOSED = "closed"  # a day without school
    ORDER = "order"  # a deadline behind what it is for, an end before its beginning
    AUDIENCE = "audience"
    SCHOOL = "school"  # another school's name
    YEAR = "year"  # last year's
    AMOUNTS = "amounts"
    CONTACT = "contact"
    PROMISE = "promise"  # what the form breaks
    LANGUAGES = "languages"  # what a part in another language lacks


RULE_LABELS = {
    ProofRule.WEEKDAY: _("날짜와 요일"),
    ProofRule.PAST: _("지난 날짜"),
    ProofRule.CLOSED: _("수업이 없는 날"),
    ProofRule.ORDER: _("날짜의 순서"),
    ProofRule.AUDIENCE: _("받는 사람"),
    ProofRule.SCHOOL: _("학교 이름"),
    ProofRule.YEAR: _("연도"),
    ProofRule.AMOUNTS: _("합계"),
    ProofRule.CONTACT: _("문의처"),
    ProofRule.PROMISE: _("회신서와 다른 내용"),
    ProofRule.LANGUAGES: _("다른 언어의 글"),
}


class FormSheet(msgspec.Struct, frozen=True):
    """The form as a reader needs it. `words`: questions, options and help."""

    deadline: date | None
    words: str
    both_guardians: bool = False


class ProofSheet(msgspec.Struct, frozen=True):
    """A letter as it lies before the reader. `goes_out`: on which day; `year`: its school year (학년도);
    `telephone`: what stands in its head, of the letter or of the school; `grades`: of those who get it,
    ALL for everybody, None where that cannot be told (a group); `rooms`: their classes (grade, number)
    where it goes to some alone; `closed`: the days without school ahead."""

    title: str
    body: str
    goes_out: date
    year: int
    school: str
    telephone: str = ""
    grades: frozenset[int] | None = ALL
    rooms: frozenset[tuple[int, int]] = frozenset()
    is_for_families: bool = True
    is_class_notice: bool = False
    form: FormSheet | None = None
    closed: Mapping[date, ClosedDay] = {}


class Doubt(msgspec.Struct, frozen=True):
    """What a reader doubts. `part`: title or body, where characters from `start` to `end` are quoted;
    `text`: a msgid with the variables `params`; `mend`: what would stand in the quote's place, None where
    only the writer knows."""

    rule: ProofRule
    part: str
    start: int
    end: int
    quote: str
    text: str
    params: dict[str, str] = {}
    mend: str | None = None
    around: str = ""
    """The line in which it stands."""

    @property
    def beside(self) -> tuple[str, str]:
        """What stands before and behind the quote on its line, as much as is read at a glance."""
        before, _quote, behind = self.around.partition(self.quote)
        return before[-BESIDE:], behind[:BESIDE]

    @property
    def key(self) -> str:
        """By which it is known again while its line stands."""
        return seen_of(self.rule, self.part, self.quote, self.around, self.text, self.params)

    @property
    def label(self) -> str:
        return RULE_LABELS[self.rule]
