"""How a notice fares, school by school, as a table for a spreadsheet. Counts, never persons."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from hub.broadcasts.model import ARRIVAL_LABELS, Delivery, Notice, arrival
from kit import sheets
from kit.clock import local
from kit.i18n import _

HEADINGS = (
    _("학교 코드"),
    _("학교"),
    _("상태"),
    _("접수 일시"),
    _("대상 인원"),
    _("읽은 인원"),
    _("확인 일시"),
    _("보호자 발송 일시"),
    _("연기"),
    _("거부"),
    _("사유"),
    _("재알림 일시"),
)
Translate = Callable[[str], str]


async def as_csv(notice: Notice, deliveries: Sequence[Delivery], translate: Translate) -> bytes:
    """A .csv file, made in a thread."""
    return await asyncio.to_thread(lambda: sheets.csv(_rows(notice, deliveries, translate)))


async def as_workbook(
    notice: Notice, deliveries: Sequence[Delivery], translate: Translate
) -> bytes:
    """An .xlsx file, made in a thread."""
    return await asyncio.to_thread(
        lambda: sheets.xlsx("notice", list(_rows(notice, deliveries, translate)))
    )


def _rows(
    notice: Notice, deliveries: Sequence[Delivery], translate: Translate
) -> Iterable[list[sheets.Cell]]:
    yield [translate(heading) for heading in HEADINGS]
    for one in deliveries:
        yield [
            one.school_id,
            one.school_name,
            translate(ARRIVAL_LABELS[arrival(one, notice.revision)]),
            _at(one.received_at),
            one.addressees,
            one.read,
            _at(one.acknowledged_at),
            _at(one.published_at),
            _at(one.delayed_until),
            _at(one.vetoed_at),
            one.reason,
            _at(one.reminded_at),
        ]


def _at(at: int | None) -> str:
    return "" if at is None else f"{local(at):%Y-%m-%d %H:%M}"
