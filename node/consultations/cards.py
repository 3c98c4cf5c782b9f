"""The cards of consultations on the front page."""

from collections.abc import Sequence

from kit.card import Card, Entry, Weight
from kit.due import due
from kit.i18n import _
from node.consultations.model import MEETING_LABELS, PlanLine, Week

LIVE = (
    "consultations.opened consultations.week_changed consultations.withdrawn consultations.given"
    " consultations.taken"
)


def choosing(waiting: Sequence[tuple[Week, Sequence[str]]], now: int) -> list[Card]:
    """Weeks in which children of a guardian have no time yet, with their names."""
    if not waiting:
        return []
    return [
        Card(
            name="consultations-choose",
            title=_("상담 시간을 선택해 주세요"),
            icon="calendar-days",
            href="/consultations",
            weight=Weight.TASK,
            count=len(waiting),
            entries=tuple(
                Entry(
                    title=week.title,
                    href=f"/consultations/{week.id}",
                    note=" · ".join(names),
                    chip=_("예약 전"),
                    chip_kind="warning",
                    due=due(week.closes_at, now),
                )
                for week, names in waiting
            ),
            live=LIVE,
        )
    ]


def giving(weeks: Sequence[Week], now: int) -> list[Card]:
    """Weeks in which a teacher has given no time yet."""
    if not weeks:
        return []
    return [
        Card(
            name="consultations-give",
            title=_("상담 시간을 등록해 주세요"),
            icon="calendar-days",
            href="/consultations",
            weight=Weight.TASK,
            count=len(weeks),
            entries=tuple(
                Entry(
                    title=week.title,
                    href=f"/consultations/{week.id}/times",
                    chip=_("상담 시간 등록"),
                    chip_kind="info",
                    due=due(week.opens_at if now < week.opens_at else week.closes_at, now),
                )
                for week in weeks
            ),
            live=LIVE,
        )
    ]


def coming(lines: Sequence[PlanLine], count: int) -> list[Card]:
    """The reader's consultations to come, the earliest first; `count`: of all."""
    if not lines:
        return []
    return [
        Card(
            name="consultations-coming",
            title=_("예약된 상담"),
            icon="calendar-days",
            href="/consultations",
            weight=Weight.NEWS,
            count=count,
            entries=tuple(
                Entry(
                    title=one.child,
                    href=f"/consultations/{one.slot.week_id}{'/times' if one.is_teaching else ''}",
                    note=" · ".join(filter(None, (one.slot.hours, one.place))),
                    chip=MEETING_LABELS[one.slot.meeting],
                    chip_kind="info",
                    at=one.slot.starts_at,
                )
                for one in lines
            ),
            live=LIVE,
        )
    ]
