"""The words of statistics: counts of papers as schools tell them, and their sums."""

import msgspec

from kit.i18n import _
from protocol.statistics import FEWEST, CountedState

NO_OFFICE = "-"
"""In the address of a page: the schools of which no district office is known."""
STATE_LABELS = {
    CountedState.FAMILY_WAITS: _("보호자 동의 대기"),
    CountedState.FAMILY_DIFFERS: _("보호자 의견 다름"),
    CountedState.FAMILY_REFUSED: _("보호자 거절"),
    CountedState.RECEIVED: _("접수대기"),
    CountedState.IN_PROGRESS: _("처리중"),
    CountedState.RETURNED: _("보완요청"),
    CountedState.APPROVED: _("승인완료"),
    CountedState.REJECTED: _("반려"),
    CountedState.WITHDRAWN: _("접수취소"),
    CountedState.REPORT_WAITS: _("보고서 대기"),
    CountedState.REPORTED: _("보고서 완료"),
}
OTHERS = _("그 밖의 서류")
GONE = _("회수한 서류 종류")


class Amount(msgspec.Struct, frozen=True):
    """How many papers, as far as schools tell: `papers` for certain, and `few` times 1 to 4 more."""

    papers: int = 0
    few: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.papers + other.papers, self.few + other.few)

    @property
    def least(self) -> int:
        return self.papers + self.few

    @property
    def most(self) -> int:
        return self.papers + self.few * (FEWEST - 1)

    @property
    def is_exact(self) -> bool:
        return self.few == 0

    @property
    def is_few(self) -> bool:
        """A single number that is too small to be told."""
        return (self.papers, self.few) == (0, 1)


NOTHING = Amount()


class CountedLine(msgspec.Struct, frozen=True):
    """A row of a table: what it is of, how many stand in each state, and the sum. `key`: of a kind, a
    school or an office."""

    key: str
    name: str
    by_state: tuple[Amount, ...]

    @property
    def whole(self) -> Amount:
        return sum(self.by_state, NOTHING)


class CountedTable(msgspec.Struct, frozen=True):
    """A table with its columns, the states in which there are any papers at all."""

    states: tuple[CountedState, ...]
    lines: tuple[CountedLine, ...]

    @property
    def whole(self) -> tuple[Amount, ...]:
        """The sums of the columns, and that of all."""
        columns = [
            sum((one.by_state[at] for one in self.lines), NOTHING) for at in range(len(self.states))
        ]
        return (*columns, sum(columns, NOTHING))


class Taking(msgspec.Struct, frozen=True):
    """A district office with how many of its schools tell counts, of how many."""

    district: str
    telling: int
    schools: int

    @property
    def place(self) -> str:
        """As addresses name it."""
        return self.district or NO_OFFICE


class StatisticsView(msgspec.Struct, frozen=True):
    """What the page shows of a month and of a district office (None: of all, '': of no office)."""

    month: str
    months: tuple[str, ...]
    district: str | None
    taking: tuple[Taking, ...]
    kinds: CountedTable
    places: CountedTable
    """By district office, or by school of the one that was chosen."""
    quiet: tuple[str, ...]
    """Schools of the chosen office that tell nothing."""

    @property
    def is_of_all(self) -> bool:
        return self.district is None

    @property
    def place(self) -> str:
        """Its district office, as addresses name it; '' of all."""
        return "" if self.district is None else self.district or NO_OFFICE

    @property
    def telling(self) -> int:
        return sum(one.telling for one in self.taking)

    @property
    def schools(self) -> int:
        return sum(one.schools for one in self.taking)


class ToldCount(msgspec.Struct, frozen=True):
    """A stored number: of a place (a school or an office), a kind and a state."""

    place: str
    kind: str
    state: str
    papers: int
    few: int

    @property
    def amount(self) -> Amount:
        return Amount(self.papers, self.few)


class Heard(msgspec.Struct, frozen=True):
    """How far a school was heard."""

    district: str
    epoch: str
    seq: int
