"""What holds everybody: acts of the school beside somebody who writes a little again and again."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import msgspec

from kit import sheets
from kit.clock import monotonic
from scripts.years.served import Served, Visitor, visitor

PACE_S = 0.02
LONGEST_S = 120.0
"""Until an act must be done with all that follows; what takes longer counts as that long."""
TO_ALL = ["guardians", "students", "staff"]
ROOM = "SELECT id FROM people_v_class WHERE grade = 3 AND number = 2"
_SLOWEST = re.compile(r'^madang_db_unit_slowest_seconds\{unit="([^"]+)"\} (\S+)$', re.MULTILINE)
_LISTS = {
    "students": (
        "SELECT substr(p.import_key, 9), s.name, s.grade, s.class_number, s.number"
        " FROM people_v_student s JOIN people_v_person v ON v.id = s.student_id"
        " JOIN people_person p ON p.id = s.student_id WHERE {} ORDER BY 3, 4, 5"
    ),
    "guardians": (
        "SELECT substr(c.import_key, 9), g.name, t.relation, g.phone, g.email,"
        " substr(p.import_key, 10) FROM people_v_child t"
        " JOIN people_person c ON c.id = t.student_id JOIN people_v_person g ON g.id = t.guardian_id"
        " JOIN people_person p ON p.id = t.guardian_id"
        " JOIN people_v_student s ON s.student_id = t.student_id WHERE {}"
        " AND p.import_key IS NOT NULL AND g.phone IS NOT NULL AND t.may_sign = 1 ORDER BY 1, 2"
    ),
}
_HEADINGS = {
    "students": ("학생관리번호", "이름", "학년", "반", "번호"),
    "guardians": ("학생관리번호", "보호자이름", "관계", "전화", "이메일", "보호자번호"),
}
ONE_CLASS = "s.grade = 3 AND s.class_number = 3"


class Act(msgspec.Struct, frozen=True):
    """Something that was done: how long the school was at it, and how long the one who wrote beside
    it waited at most (ms)."""

    name: str
    done_ms: float
    waited_ms: float


class Beside:
    """Somebody who keeps drafts, one every PACE_S, and notes how long each took."""

    def __init__(self, who: Visitor) -> None:
        self._who = who
        self._waited: list[float] = []
        self._begun = 0.0

    async def run(self) -> None:
        draft = {"kind": "class_notice", "title": "초안", "body_markdown": "가", "audience": []}
        while True:
            self._begun = monotonic()
            status, _said, _where = await self._who.post("/api/v1/newsletters", json=draft)
            if status != 201:
                raise RuntimeError(f"a draft was answered by {status}")
            took = monotonic() - self._begun
            self._begun = 0.0
            self._waited.append(took * 1000)
            await asyncio.sleep(max(PACE_S - took, 0))

    def longest(self) -> float:
        """Since it was last asked; also of whoever waits still."""
        waits = (monotonic() - self._begun) * 1000 if self._begun else 0.0
        found = max([*self._waited, waits])
        self._waited.clear()
        return found


class Acts:
    """The acts of section 1, each until everything that follows from it is written."""

    def __init__(self, school: Served, head: Visitor, admin: Visitor, beside: Beside) -> None:
        self._school = school
        self._head = head
        self._admin = admin
        self._beside = beside

    async def measure(self, name: str, act: Callable[[], Awaitable[None]]) -> Act:
        self._beside.longest()
        begun = monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_S):
                await act()
                await self.heard()
        done = (monotonic() - begun) * 1000
        await asyncio.sleep(PACE_S)
        return Act(name, done, self._beside.longest())

    async def heard(self) -> None:
        """Return once the subscribers have heard all that is published now."""
        last = await asyncio.to_thread(self._school.value, "SELECT max(seq) FROM kit_event")
        behind = "SELECT count(*) FROM kit_subscription WHERE seq < ?"
        while True:
            if not await asyncio.to_thread(self._school.value, behind, last):
                return
            await asyncio.sleep(0.005)

    async def publish(self, audience: list[str], title: str) -> str:
        draft = {
            "kind": "newsletter",
            "title": title,
            "body_markdown": "내용입니다.",
            "audience": audience,
        }
        _status, said, _where = await self._head.post("/api/v1/newsletters", json=draft)
        letter = str(said["id"])
        status, said, _where = await self._head.post(f"/api/v1/newsletters/{letter}/publish")
        assert (status, said["state"]) == (200, "published"), said
        return letter

    async def to_all(self) -> None:
        await self.publish(TO_ALL, "모두에게")

    async def to_class(self) -> None:
        room = await asyncio.to_thread(self._school.value, ROOM)
        await self.publish([f"guardians/class:{room}"], "한 반에")

    async def remind(self) -> None:
        """Everybody who has not opened the last letter to all."""
        letter = await asyncio.to_thread(
            self._school.value,
            "SELECT id FROM newsletters_v_published WHERE title = '모두에게'"
            " ORDER BY published_at DESC LIMIT 1",
        )
        status, _said, _where = await self._head.post(f"/newsletters/{letter}/remind", data={})
        assert status == 303, status

    async def one_telephone(self) -> None:
        await self._import(ONE_CLASS, lambda place: place == 0)

    async def a_class(self) -> None:
        await self._import(ONE_CLASS, lambda place: True)

    async def whole_list(self) -> None:
        await self._import("1", lambda place: place % 10 == 0)

    async def _import(self, which: str, changes: Callable[[int], bool]) -> None:
        form = aiohttp.FormData()
        for name, text in await asyncio.to_thread(self._lists, which, changes):
            form.add_field(name, text, filename=f"{name}.csv", content_type="text/csv")
        page = await self._admin.page("/admin/import", form)
        wanted = re.search(r'action="(/admin/import/[0-9a-f]+)"', page)
        assert wanted is not None, page[-2000:]
        status, _said, _where = await self._admin.post(wanted[1], data={})
        assert status == 303, status

    def _lists(self, which: str, changes: Callable[[int], bool]) -> list[tuple[str, bytes]]:
        """Students and guardians as the school has them, some with another telephone."""
        found = []
        for name, sql in _LISTS.items():
            rows = [list(row) for row in self._school.rows(sql.format(which))]
            if name == "guardians":
                people = {key: place for place, key in enumerate(dict.fromkeys(r[5] for r in rows))}
                for row in rows:  # whoever has two children has one telephone
                    if changes(people[row[5]]):
                        row[3] = f"010-{5000 + int(monotonic()) % 4000}-{people[row[5]]:04}"
            found.append((name, sheets.csv([_HEADINGS[name], *rows])))
        return found


@contextlib.asynccontextmanager
async def acting(school: Served) -> AsyncIterator[Acts]:
    """The acts at a school, somebody writing beside them."""
    async with (
        visitor(school, "hb-principal") as head,
        visitor(school, "hb-admin") as admin,
        visitor(school, "hb-park") as writer,
    ):
        beside = Beside(writer)
        writing = asyncio.create_task(beside.run())
        try:
            yield Acts(school, head, admin, beside)
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)


async def measure_acts(school: Served) -> list[Act]:
    """All of them, in turn."""
    async with acting(school) as acts:
        return [
            await acts.measure("a letter to all", acts.to_all),
            await acts.measure("a class notice", acts.to_class),
            await acts.measure("all reminded", acts.remind),
            await acts.measure("one telephone changed", acts.one_telephone),
            await acts.measure("a class imported", acts.a_class),
            await acts.measure("the whole list imported", acts.whole_list),
        ]


async def last_notification(school: Served, times: int = 3) -> float:
    """From publishing to all until the last one has it: ms, the middle of some."""
    async with acting(school) as acts:
        found = [(await acts.measure("a letter to all", acts.to_all)).done_ms for _ in range(times)]
    return sorted(found)[times // 2]


async def slowest_units(school: Served) -> dict[str, float]:
    """Where a unit is written → how long its slowest run held the writer (ms), since the start."""
    async with (
        aiohttp.ClientSession(school.address) as session,
        session.get("/metrics") as answer,
    ):
        text = await answer.text()
    return {name: 1000 * float(took) for name, took in _SLOWEST.findall(text)}
