"""Who was away from the demo's schools this autumn, and why: the same children on every load.

for key, away in away_on(content, room, date(2026, 11, 12)): ...
"""

import random
from collections.abc import Iterator
from datetime import date

import msgspec

from scripts.demo_content.model import SchoolContent

FIRST = date(2026, 11, 2)
"""From when every class is marked."""
FIRST_OF_CAST = date(2026, 10, 1)
CAST_ROOM = "3-2"
"""Whose October is marked, too, and closed."""
UNMARKED_TODAY = ("3-2", "1-4", "6-3")
"""The classes whose teachers have not come to it yet on the demo's morning."""


class AwayRow(msgspec.Struct, frozen=True):
    """What a day was for a child, in the words of `node.attendance.model`."""

    presence: str
    cause: str
    reason: str


_AWAY = (
    *(
        AwayRow("absent", "sick", one)
        for one in ("감기", "감기", "감기", "독감", "독감", "장염", "고열", "결막염")
    ),
    AwayRow("absent", "approved", "교외체험학습"),
    AwayRow("absent", "approved", "외조부상"),
    AwayRow("absent", "approved", "독감(법정 감염병)"),
    AwayRow("absent", "other", "가정 사정"),
    AwayRow("late", "sick", "병원에 들렀다 등교"),
    AwayRow("late", "unapproved", "늦잠"),
    AwayRow("late", "other", "통학버스 지연"),
    AwayRow("left_early", "sick", "두통으로 2교시 뒤 귀가"),
    AwayRow("left_early", "sick", "복통으로 점심 전 귀가"),
    AwayRow("missed", "approved", "교육지원청 육상 대회 참가"),
)
_OF_CAST = {
    ("박지우", date(2026, 10, 14)): AwayRow("absent", "sick", "감기로 열이 남"),
    ("박지우", date(2026, 11, 5)): AwayRow("late", "sick", "치과에 들렀다 등교"),
    ("박지우", date(2026, 11, 12)): AwayRow("absent", "sick", "감기"),
}
_RATE = 0.02  # of children and days


def away_on(content: SchoolContent, room: str, day: date) -> Iterator[tuple[str, AwayRow]]:
    """The children of a class who were not simply there on a day, by their keys."""
    chance = random.Random(f"{content.id} {room} {day}")
    for pupil in content.students:
        if pupil.class_id != room:
            continue
        drawn, what = chance.random(), chance.choice(_AWAY)
        told = _OF_CAST.get((pupil.name, day))
        if told is not None:
            yield pupil.key, told
        elif drawn < _RATE:
            yield pupil.key, what
