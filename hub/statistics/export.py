"""Counts of papers as a table for a spreadsheet: the lines that the page shows, one a kind or place and state."""

import asyncio
from collections.abc import Callable, Iterator, Sequence

from hub.statistics.model import STATE_LABELS, Amount, CountedTable, StatisticsView
from kit import sheets
from kit.i18n import _
from protocol.statistics import CountedState

Translate = Callable[[str], str]
HEADINGS = (_("연월"), _("구분"), _("이름"), _("상태"), _("최소 건수"), _("최대 건수"))
BY_KIND, BY_DISTRICT, BY_SCHOOL = _("서류 종류"), _("교육지원청"), _("학교")


async def as_csv(view: StatisticsView, translate: Translate) -> bytes:
    """A .csv file, made in a thread; what begins like a formula stays text (kit.sheets)."""
    return await asyncio.to_thread(lambda: sheets.csv(_rows(view, translate)))


def _rows(view: StatisticsView, translate: Translate) -> Iterator[Sequence[sheets.Cell]]:
    yield [translate(heading) for heading in HEADINGS]
    by_place = BY_DISTRICT if view.is_of_all else BY_SCHOOL
    for sort, table in ((BY_KIND, view.kinds), (by_place, view.places)):
        for name, state, amount in _cells(table):
            label = translate(name)
            said = translate(STATE_LABELS[state])
            yield [view.month, translate(sort), label, said, amount.least, amount.most]


def _cells(table: CountedTable) -> Iterator[tuple[str, CountedState, Amount]]:
    for line in table.lines:
        for state, amount in zip(table.states, line.by_state, strict=True):
            if amount.most:
                yield line.name, state, amount
