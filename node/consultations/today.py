"""The consultations of a day, on the front page: each of a family's, how many a teacher has."""

from collections.abc import Sequence
from datetime import timedelta

from kit.clock import local, moment
from kit.db import Tx
from kit.i18n import _
from node.consultations.service import plan_lines
from node.people.model import Asker
from node.ports.today import TodayAsked, TodayLine

RANK = 30


def today_of(tx: Tx, asker: Asker, asked: TodayAsked) -> Sequence[TodayLine]:
    """What is on the day that is told of."""
    after = asked.on + timedelta(days=1)
    begins = moment(asked.on.year, asked.on.month, asked.on.day)
    lines = plan_lines(tx, asker, begins, moment(after.year, after.month, after.day))
    found = [
        _line(
            " ".join(filter(None, (one.slot.hours, one.place))),
            f"/consultations/{one.slot.week_id}",
            one.student_id,
        )
        for one in lines
        if not one.is_teaching
    ]
    teaching = [one for one in lines if one.is_teaching]
    if teaching:
        first = teaching[0].slot
        hour = f"{local(first.starts_at):%H:%M}"
        text = hour if len(teaching) == 1 else f"{hour} (+{len(teaching) - 1})"
        found.append(_line(text, f"/consultations/{first.week_id}/times"))
    return found


def _line(text: str, href: str, whose: str = "") -> TodayLine:
    return TodayLine(
        rank=RANK,
        icon="message-circle",
        label=_("학부모 상담"),
        text=text,
        href=href,
        whose=whose,
    )
