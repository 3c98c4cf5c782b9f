"""The cards of the front page: a class that its teacher has not marked today, and for who answers for the whole
school, which are not marked yet."""

from kit.card import Card, Entry, Weight
from kit.clock import HOUR, local
from kit.db import Tx
from kit.event import event_tag
from kit.i18n import _
from node.attendance.model import AttendanceMarked, ClassOfYear
from node.attendance.rights import sees_classes
from node.attendance.service import Attendance
from node.people.model import Asker

SHOWN = 6
OFFICE_FROM, UNTIL = 9 * HOUR, 17 * HOUR
"""Of the day: from when others look after what teachers have not marked, and until when it is asked for."""
LIVE = event_tag(AttendanceMarked)


def cards_of(attendance: Attendance, tx: Tx, asker: Asker, now: int) -> list[Card]:
    when = local(now)
    hour = when.hour * HOUR
    if not sees_classes(asker) or hour >= UNTIL:
        return []
    today = when.date().isoformat()
    waiting = attendance.waiting(tx, asker)
    own = [one for one in waiting if one.id in asker.classes]
    others = [one for one in waiting if one.id not in asker.classes]
    cards = []
    if own:
        cards.append(
            Card(
                name="attendance",
                title=_("오늘 출결을 표시해 주세요"),
                icon="list-checks",
                href=f"/attendance/{own[0].id}/{today}",
                action=_("표시하기"),
                weight=Weight.TASK,
                entries=_entries(own, today),
                live=LIVE,
            )
        )
    if others and hour >= OFFICE_FROM:
        cards.append(
            Card(
                name="attendance-unmarked",
                title=_("출결을 표시하지 않은 학급"),
                icon="list-checks",
                href="/attendance",
                weight=Weight.NEWS,
                count=len(others),
                counted=_("%(count)s개 반"),
                entries=_entries(others[:SHOWN], today),
                live=LIVE,
            )
        )
    return cards


def _entries(waiting: list[ClassOfYear], today: str) -> tuple[Entry, ...]:
    return tuple(Entry(title=one.name, href=f"/attendance/{one.id}/{today}") for one in waiting)
