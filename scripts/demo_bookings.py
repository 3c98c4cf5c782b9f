"""Puts rooms and devices into a demo school, and what homeroom teachers have reserved of them."""

from collections.abc import Awaitable, Callable
from datetime import date

from aiohttp import web

from kit.clock import DAY, ManualClock
from node.bookings.facilities_web import FACILITIES
from node.bookings.model import AFTER_SCHOOL, FacilityWords
from node.bookings.web import BOOKINGS
from node.people.model import Asker
from scripts.demo_content.answers import NOW
from scripts.demo_content.model import SchoolContent

FACILITIES_OF_ALL = (
    FacilityWords("과학실", "room", "본관 3층", 1, "실험 뒤 가스 밸브와 창문을 확인해 주세요."),
    FacilityWords("음악실", "room", "별관 2층"),
    FacilityWords("강당", "room", "별관 1층", 1, "실내화만 신을 수 있습니다."),
    FacilityWords("태블릿 충전함", "device", "2층 교사 연구실", 3, "한 함에 30대가 있습니다."),
    FacilityWords("이동식 빔 프로젝터", "device", "정보실", 2, "", "", True),
)
RESERVED = (
    (0, 0, date(2026, 11, 23), 3, "물의 세 가지 모습 실험"),
    (0, 1, date(2026, 11, 24), 2, "지층 모형 만들기"),
    (0, 2, date(2026, 11, 26), 5, ""),
    (1, 1, date(2026, 11, 25), 4, "리코더 합주"),
    (2, 2, date(2026, 11, 27), AFTER_SCHOOL, "학예회 연습"),
    (3, 0, date(2026, 11, 24), 4, "자료 검색"),
    (3, 2, date(2026, 11, 24), 4, ""),
)
"""Which thing, which of the homeroom teachers, when, and what for."""


async def load_bookings(
    app: web.Application,
    clock: ManualClock,
    content: SchoolContent,
    asker_of: Callable[[str], Awaitable[Asker]],
) -> None:
    """All of it, some days before the demo's. `asker_of`: by import key."""
    clock.at = NOW - 4 * DAY
    administrator = await asker_of(next(row.key for row in content.staff if row.post == "it"))
    things = [await app[FACILITIES].write(administrator, "", words) for words in FACILITIES_OF_ALL]
    teachers = [row.key for row in content.staff if row.post.startswith("homeroom")]
    bookings = app[BOOKINGS]
    for thing, teacher, day, period, purpose in RESERVED:
        asker = await asker_of(teachers[teacher % len(teachers)])
        made = await bookings.book(asker, things[thing], day, period)
        if purpose:
            await bookings.write(asker, made, purpose, 1)
            await bookings.repeat(asker, made, date(2026, 12, 18))
    clock.at = NOW
