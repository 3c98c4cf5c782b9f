"""What of consultations stands in the calendar: a family's times and until when they choose, a teacher's days."""

from kit.clock import local_date
from kit.db import Tx
from kit.i18n import _
from node.consultations.model import MEETING_LABELS, PlanLine
from node.consultations.service import plan_lines
from node.people.model import Asker
from node.ports.dated import Dated

MOST = 60


def dates(tx: Tx, asker: Asker, since: int, until: int) -> list[Dated]:
    """What begins between two moments (ms); of a teacher's each day is one line."""
    lines = plan_lines(tx, asker, since, until)
    found = [
        Dated(
            one.slot.starts_at,
            f"학부모 상담 · {one.place}" if one.place else "학부모 상담",
            f"/consultations/{one.slot.week_id}",
            MEETING_LABELS[one.slot.meeting],
            one.child,
            until=one.slot.ends_at,
            place=one.place,
        )
        for one in lines
        if not one.is_teaching
    ]
    days: dict[object, list[PlanLine]] = {}
    for one in lines:
        if one.is_teaching:
            days.setdefault(local_date(one.slot.starts_at), []).append(one)
    found += [
        Dated(
            some[0].slot.starts_at,
            f"학부모 상담 {len(some)}건",
            f"/consultations/{some[0].slot.week_id}/times",
            _("학부모 상담"),
            until=some[-1].slot.ends_at,
        )
        for some in days.values()
    ]
    return found[:MOST]
