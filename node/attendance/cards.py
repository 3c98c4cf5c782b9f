"""The cards of the front page: a class that its teacher has not marked today, and for who answers for the whole
school, which are not marked yet."""

from kit.card import Card, Entry, Weight
from kit.clock import HOUR, local
from kit.db import Tx
from kit.event import event_tag
from kit.i18n import _
from node.attendance.model import AWAY, PRESENCE_KINDS, AttendanceMarked, ClassOfYear, Presence
from node.attendance.rights import sees_classes
from node.attendance.service import Attendance
from node.people.model import Asker

SHOWN = 6
AWAY_SHOWN = 8
OFFICE_FROM, UNTIL = 9 * HOUR, 17 * HOUR
"""Of the day: from when others look after what teachers have not marked, and until when it is asked for."""
CALLED = {
    Presence.ABSENT: "결석",
    Presence.LATE: "지각",
    Presence.LEFT_EARLY: "조퇴",
    Presence.MISSED: "결과",
}
"""In a line of content, which `kit.wording` says in the reader's language."""
LIVE = event_tag(AttendanceMarked)


def cards_of(attendance: Attendance, tx: Tx, asker: Asker, now: int) -> list[Card]:
    when = local(now)
    hour = when.hour * HOUR
    if not sees_classes(asker):
        return []
    today = when.date().isoformat()
    cards = _away(attendance, tx, asker, today)
    if hour >= UNTIL:
        return cards
    waiting = attendance.waiting(tx, asker)
    own = [one for one in waiting if one.id in asker.classes]
    others = [one for one in waiting if one.id not in asker.classes]
    if own:
        cards.append(
            Card(
                name="attendance",
                title=_("오늘 출결을 입력해 주세요"),
                icon="list-checks",
                href=f"/attendance/{own[0].id}/{today}",
                action=_("입력하기"),
                weight=Weight.TASK,
                entries=_entries(own, today),
                live=LIVE,
            )
        )
    if others and hour >= OFFICE_FROM:
        cards.append(
            Card(
                name="attendance-unmarked",
                title=_("출결 미입력 학급"),
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


def _away(attendance: Attendance, tx: Tx, asker: Asker, today: str) -> list[Card]:
    """Who is not there: children of the own class by name, of other classes in numbers. Why, the page of
    the class says, which notes whoever looks."""
    own, others = attendance.away(tx, asker)
    if not own and not others:
        return []
    lines = [
        Entry(
            title=f"{one.number}. {one.name}",
            href=f"/attendance/{one.class_id}/{today}",
            chip=one.presence.label,
            chip_kind=PRESENCE_KINDS.get(one.presence, "info"),
        )
        for one in own
    ]
    for room in others:
        note = ", ".join(
            f"{CALLED[how]} {room.counts[how]}명" for how in AWAY if how in room.counts
        )
        link = f"/attendance/{room.room.id}/{today}"
        lines.append(Entry(title=room.room.name, href=link, note=note, spoken=True))
    return [
        Card(
            name="attendance-away",
            title=_("오늘 결석·지각·조퇴"),
            icon="users",
            href="/attendance" if others else f"/attendance/{own[0].class_id}/{today}",
            weight=Weight.NEWS,
            count=len(own) + sum(sum(one.counts.values()) for one in others),
            counted=_("%(count)s명"),
            entries=tuple(lines[:AWAY_SHOWN]),
            live=LIVE,
        )
    ]


def _entries(waiting: list[ClassOfYear], today: str) -> tuple[Entry, ...]:
    return tuple(
        Entry(title=one.name, href=f"/attendance/{one.id}/{today}", spoken=True) for one in waiting
    )
