"""Sign-ups over HTTP as their stories use them: offered by the form of the page, entered on a telephone."""

from kit.clock import DAY, MINUTE, local
from kit.db import Tx
from kit.ids import new_id
from node.people.model import NewPerson
from tests.node.conftest import NO_PASSWORD, Answer, Client, School


def _typed(at: int) -> str:
    return f"{local(at):%Y-%m-%dT%H:%M:%S}"


async def offer(
    school: School,
    *,
    title: str = "겨울방학 방과후 코딩",
    names: tuple[str, ...] = ("코딩 기초",),
    places: int = 2,
    keys: tuple[str, ...] = ("guardians",),
    how: str = "first",
    by: str = "오정숙",
    opens: int = -MINUTE,
    closes: int = DAY,
    siblings: bool = True,
    promotes: bool = True,
) -> str:
    """A published sign-up, made by the form of the page; its id. `opens`, `closes`: ms from now; of a key's
    class the name."""
    author = await school.client_as(by)
    signup = (await author.post("/signups/new")).location.split("/")[2]
    sent = [
        ("title", title),
        ("text", "화요일 14:00, 컴퓨터실"),
        ("how", how),
        ("opens", _typed(school.clock.now() + opens)),
        ("closes", _typed(school.clock.now() + closes)),
        ("most", "1"),
        *(("audience", _key(school, key)) for key in keys),
        *(("siblings", "1") for _on in range(siblings)),
        *(("promotes", "1") for _on in range(promotes)),
        *(
            pair
            for name in names
            for pair in (
                ("course_name", name),
                ("course_note", "화 14:00"),
                ("course_places", str(places)),
            )
        ),
        ("act", "publish"),
    ]
    answer = await author.post(f"/signups/{signup}/edit", sent)
    assert answer.status == 303, f"{answer.status} {answer.text[:2000]}"
    return signup


def _key(school: School, key: str) -> str:
    before, colon, room = key.partition("class:")
    return before + colon + school.class_id(room) if colon else key


async def courses(school: School, signup: str) -> list[str]:
    """The ids of its courses."""
    query = "SELECT id FROM signups_course WHERE signup_id = ? ORDER BY position"
    return [course for (course,) in await school.db.read(lambda tx: tx.rows(query, (signup,)))]


async def enter(
    guardian: Client,
    signup: str,
    *students: str,
    course: str = "",
    together: bool = False,
    submission: str = "",
) -> Answer:
    """Sign children up by the form of the page; for its first course unless another is named."""
    sent = [
        ("course", course or f"{signup}-0"),
        *(("child", student) for student in students),
        *(("together", "1") for _on in range(together)),
        ("submission", submission or new_id()),
    ]
    return await guardian.post(f"/signups/{signup}/entries", sent)


async def entries(school: School, signup: str) -> list[tuple[object, ...]]:
    """id, number, children, state of its entries, as they came in."""
    query = (
        "SELECT id, number, children, state FROM signups_entry WHERE signup_id = ?"
        " ORDER BY at, rank, id"
    )
    return await school.db.read(lambda tx: tx.rows(query, (signup,)))


async def states(school: School, signup: str) -> dict[str, str]:
    """Child → what became of the entry; of the newest one."""
    query = (
        "SELECT k.name, e.state FROM signups_child c JOIN signups_entry e ON e.id = c.entry_id"
        " JOIN people_v_known k ON k.id = c.student_id WHERE e.signup_id = ? ORDER BY e.rank"
    )
    return dict(await school.db.read(lambda tx: tx.rows(query, (signup,))))


async def children(school: School, many: int) -> list[tuple[Client, str]]:
    """So many more families in 3-1, each with a guardian at a telephone and a child."""

    def add(tx: Tx) -> list[tuple[str, str]]:
        roster = school.people.roster
        made = []
        for number in range(many):
            child = roster.add_student(
                tx,
                NewPerson(name=f"학생{number}"),
                school.class_id("3-1"),
                number + 1,
                "2026-03-02",
            )
            guardian = roster.add_person(tx, NewPerson(name=f"보호자{number}"))
            roster.add_guardianship(tx, guardian, child, "모")
            roster.add_account(tx, guardian, f"family{number}", NO_PASSWORD)
            made.append((guardian, child))
        roster.families_changed(tx, "more families")
        return made

    families = await school.db.write(add)
    await school.settled()
    names = {f"보호자{number}": guardian for number, (guardian, _child) in enumerate(families)}
    school.people_ids |= names
    return [
        (await school.client_as(name), child)
        for name, (_guardian, child) in zip(names, families, strict=True)
    ]
