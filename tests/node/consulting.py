"""Consultation weeks over HTTP as their stories use them: opened by the form of the page, times given and
taken on telephones."""

from kit.clock import MINUTE, local
from kit.db import Tx
from node.people.model import NewPerson
from tests.node.conftest import NO_PASSWORD, Answer, Client, School

MONDAY, TUESDAY, WEDNESDAY = "2026-12-07", "2026-12-08", "2026-12-09"
FRIDAY = "2026-12-11"


def typed(at: int) -> str:
    """A moment (ms) as an input sends it."""
    return f"{local(at):%Y-%m-%dT%H:%M:%S}"


async def open_week(
    school: School,
    *,
    by: str = "오정숙",
    title: str = "2학기 학부모 상담주간",
    text: str = "교문에서 방문증을 받아 주세요.",
    keys: tuple[str, ...] = ("guardians",),
    first: str = MONDAY,
    last: str = FRIDAY,
    opens: int = -MINUTE,
    closes: str = "2026-12-04T17:00",
    walk: int = 5,
) -> str:
    """A consultation week; its id. `opens`: ms from now."""
    answer = await send_week(
        school, by=by, title=title, text=text, keys=keys, first=first, last=last, opens=opens, closes=closes,
        walk=walk,
    )  # fmt: skip
    assert answer.status == 303, f"{answer.status} {answer.text[:2000]}"
    return answer.location.split("/")[2]


async def send_week(
    school: School, *, by: str, opens: int = -MINUTE, keys: tuple[str, ...] = (), **typed_in: object
) -> Answer:
    """What the form of a new week answers."""
    author = await school.client_as(by)
    sent = [(name, str(value)) for name, value in typed_in.items()]
    sent += [
        ("opens", typed(school.clock.now() + opens)),
    ]
    sent += [("audience", _key(school, key)) for key in keys]
    return await author.post("/consultations/new", sent)


def _key(school: School, key: str) -> str:
    before, colon, room = key.partition("class:")
    return before + colon + school.class_id(room) if colon else key


async def give(
    school: School,
    week: str,
    by: str = "박서연",
    *,
    days: tuple[str, ...] = (MONDAY,),
    begins: str = "14:40",
    ends: str = "16:00",
    length: int = 20,
    pause: int = 5,
    meeting: str = "visit",
    place: str = "3학년 2반 교실",
) -> Answer:
    """A teacher gives times by the form of the page: three of them, unless another hour is said."""
    teacher = await school.client_as(by)
    sent = [("days", day) for day in days]
    sent += [("begins", begins), ("ends", ends), ("length", str(length)), ("pause", str(pause))]
    sent += [("meeting", meeting), ("place", place)]
    return await teacher.post(f"/consultations/{week}/times", sent)


async def open_times(school: School, week: str, by: str, *keys: str) -> Answer:
    """A teacher opens their times to these families by the form of the page."""
    teacher = await school.client_as(by)
    sent = [("audience", _key(school, key)) for key in keys]
    return await teacher.post(f"/consultations/{week}/times/open", sent)


async def slots(school: School, week: str, by: str = "박서연") -> list[str]:
    """The ids of a teacher's times, the earliest first."""
    query = (
        "SELECT id FROM consultations_slot WHERE week_id = ? AND teacher_id = ?"
        " AND closed_at IS NULL ORDER BY starts_at"
    )
    params = (week, school.id(by))
    return [slot for (slot,) in await school.db.read(lambda tx: tx.rows(query, params))]


async def take(guardian: Client, week: str, child: str, slot: str, topic: str = "") -> Answer:
    sent = {"child": child, "slot": slot, "topic": topic}
    return await guardian.post(f"/consultations/{week}/bookings", sent)


async def booked(school: School, week: str, other: str = "") -> dict[str, tuple[str, str]]:
    """Child → day and hour of the time they have with the homeroom teacher or (`other`) with somebody else,
    `2026-12-07 14:40`, and where."""
    query = (
        "SELECT k.name, s.starts_at, s.place FROM consultations_booking b"
        " JOIN consultations_slot s ON s.id = b.slot_id JOIN people_v_known k ON k.id = b.student_id"
        " WHERE b.week_id = ? AND b.state = 'booked' AND b.with_id = ?"
    )
    params = (week, school.id(other) if other else "")
    rows = await school.db.read(lambda tx: tx.rows(query, params))
    return {name: (f"{local(at):%Y-%m-%d %H:%M}", place) for name, at, place in rows}


async def booking(school: School, week: str, child: str) -> str:
    """The id of what became last of a child's time."""
    query = (
        "SELECT id FROM consultations_booking WHERE week_id = ? AND student_id = ?"
        " ORDER BY changed_at DESC, at DESC LIMIT 1"
    )
    params = (week, school.id(child))
    return str(await school.db.read(lambda tx: tx.value(query, params)))


async def three_children(school: School) -> None:
    """김하늘 has a third child, 이지안 in 6-1; 5-1 and 6-1 have homeroom teachers, 한지민 and 정다운."""

    def add(tx: Tx) -> None:
        roster = school.people.roster
        school.people_ids["정다운"] = roster.add_staff(
            tx, NewPerson(name="정다운"), "교사", "6학년부", since_on="2026-03-01"
        )
        roster.add_account(tx, school.id("정다운"), "jung", NO_PASSWORD)
        for room, teacher in (("5-1", "한지민"), ("6-1", "정다운")):
            sql = "UPDATE people_class SET homeroom_id = ? WHERE id = ?"
            tx.execute(sql, (school.id(teacher), school.class_id(room)))
        school.people_ids["이지안"] = roster.add_student(
            tx, NewPerson(name="이지안"), school.class_id("6-1"), 9, "2026-03-02"
        )
        roster.add_guardianship(tx, school.id("김하늘"), school.id("이지안"), "모")
        roster.families_changed(tx, "a third child")

    await school.db.write(add)
    await school.settled()
