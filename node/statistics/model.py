"""The words of what the province is told of papers."""

import enum

import msgspec

from kit.i18n import _


class StatisticsSharing(msgspec.Struct, frozen=True):
    """Whether counts are told, since when (ms) and by whose word; how far that has come."""

    is_on: bool = False
    changed_at: int = 0
    changed_by: str = ""
    looked_at: int = 0
    kinds: str = ""
    seq: int = 0
    told_epoch: str = ""
    told_seq: int = 0


class ShownCount(msgspec.Struct, frozen=True):
    """A line of what is told, in words: kind and state are msgids or names, `papers` None below the least
    number that is told."""

    kind: str
    state: str
    papers: int | None


class StatisticsShown(msgspec.Struct, frozen=True):
    """What the administrator sees: how it stands, and what the province is told of a month."""

    sharing: StatisticsSharing
    month: str
    counts: tuple[ShownCount, ...]
    is_heard: bool
    """The province has what is to be told."""


class StatisticsMoved(msgspec.Struct, frozen=True):
    """Signal after a commit: there are other counts to be told, or none any more."""


class StatisticsAct(enum.StrEnum):
    """Acts for the audit log."""

    START = "statistics:sharing:start"
    STOP = "statistics:sharing:stop"


STATISTICS_ACT_LABELS: dict[str, str] = {
    StatisticsAct.START: _("교육청에 서류 통계 보내기 시작"),
    StatisticsAct.STOP: _("교육청에 서류 통계 보내기 중단"),
}
