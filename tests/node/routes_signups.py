"""Who gets what of sign-ups: families those that are for them, staff all, lists those who handle them."""

from collections.abc import Mapping

from kit.clock import DAY, MINUTE
from kit.db import Tx
from kit.ids import new_id
from node.signups.model import CourseText, How, SignupText
from node.signups.web import SIGNUPS
from tests.node.conftest import School
from tests.node.planting import Planting
from tests.node.routes import DECISIONS, NOTHING, NUMBERS, OWN, Route, everyone, only, staff

_COURSES = (CourseText("코딩 기초", "화 14:00", 5),)
# Students have no guardian's keys; everybody else of the cast reads what is for all guardians.
READERS = everyone(200) | {"student": 404}
# The author, who is of the office, and those who answer for the whole school.
HANDLERS = ("principal", "office")
LISTED = only(("homeroom", *HANDLERS), 200, staff=404)


async def _draft(school: School, how: How = How.FIRST) -> str:
    """A draft of the office for all guardians; its id."""
    author, desk = await school.asker("오정숙"), school.app[SIGNUPS].desk
    now = school.clock.now()
    made = await desk.create(author)
    text = SignupText(
        title="겨울방학 방과후",
        keys=("guardians",),
        how=how,
        opens_at=now - MINUTE,
        closes_at=now + DAY,
        courses=_COURSES,
    )
    await desk.save(author, made, text)
    return made


async def _signup(school: School, what: str = "", how: How = How.FIRST) -> str:
    """The address of a published one, or of something of it."""
    made = await _draft(school, how)
    await school.app[SIGNUPS].desk.publish(await school.asker("오정숙"), made)
    return f"/signups/{made}{what}"


async def _edit(school: School, what: str) -> str:
    return f"/signups/{await _draft(school)}/{what}"


async def _entry(school: School, what: str, *, waits: bool = False) -> str:
    """Of an entry of 김하늘's for 이지우. `waits`: for a place that there is."""
    address = await _signup(school, "/entries")
    signup = address.split("/")[2]
    (entry,) = await school.app[SIGNUPS].entering.enter(
        await school.asker("김하늘"),
        signup,
        f"{signup}-0",
        [school.id("이지우")],
        submission=new_id(),
    )
    if waits:
        await school.db.write(lambda tx: _wait(tx, entry))
    return f"{address}/{entry}/{what}"


async def _list_of_one(school: School, what: str) -> str:
    """Of a sign-up that 이지우 is signed up for."""
    return (await _entry(school, "")).partition("/entries")[0] + what


def _wait(tx: Tx, entry: str) -> None:
    tx.execute("UPDATE signups_entry SET state = 'waiting' WHERE id = ?", (entry,))
    tx.execute("UPDATE signups_course SET taken = taken - 1, waiting = waiting + 1")


async def _entered(school: School) -> str:
    return await _signup(school, "/entries")


async def _drawn(school: School, what: str) -> str:
    """Of a sign-up whose draw was held."""
    address = await _signup(school, "", How.DRAW)
    await _hold(school, address.split("/")[2])
    return address + what


async def _hold(school: School, signup: str) -> None:
    """A draw, as if it closed now."""
    now = school.clock.now()
    closed = "UPDATE signups_signup SET closes_at = ? WHERE id = ?"
    await school.db.write(lambda tx: tx.execute(closed, (now, signup)))
    await school.app[SIGNUPS].draws.hold(signup)


async def _places(school: School) -> str:
    signup = (await _signup(school)).split("/")[2]
    return f"/signups/{signup}/courses/{signup}-0/places"


def _child(school: School) -> Mapping[str, str]:
    return {"child": school.id("이지우"), "submission": "a page"}


_EDITED = {
    "title": "겨울방학 방과후",
    "opens": "2026-12-01T09:00",
    "closes": "2026-12-05T17:00",
}

ROUTES = (
    Route("GET", "/signups", everyone(200), nobody=OWN),
    Route("GET", "/signups/{id}", READERS, url=_signup, nobody=OWN),
    Route(
        "POST",
        "/signups/{id}/entries",
        staff(403) | {"guardian": 303, "other_guardian": 403},
        url=_entered,
        data=_child,
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/signups/{id}/entries/{entry}/cancel",
        only(HANDLERS, 303, staff=404) | {"guardian": 303},
        url=lambda s: _entry(s, "cancel"),
        proof=NOTHING,
    ),
    # The draw
    Route("GET", "/signups/{id}/draw", READERS, url=lambda s: _drawn(s, "/draw"), nobody=OWN),
    Route(
        "GET",
        "/signups/{id}/draw.json",
        READERS,
        url=lambda s: _drawn(s, "/draw.json"),
        nobody=NUMBERS,
        piece="a file",
    ),
    Route(
        "GET",
        "/signups/{id}/promise.json",
        READERS,
        url=lambda s: _drawn(s, "/promise.json"),
        nobody=NUMBERS,
        piece="a file",
    ),
    # Making one
    Route("POST", "/signups/new", staff(303), proof=NOTHING),
    Route(
        "GET",
        "/signups/{id}/edit",
        only(HANDLERS, 200, staff=404),
        url=lambda s: _edit(s, "edit"),
        nobody=NUMBERS,
    ),
    Route(
        "POST",
        "/signups/{id}/edit",
        only(HANDLERS, 303, staff=404),
        url=lambda s: _edit(s, "edit"),
        data=_EDITED,
        proof=DECISIONS,
    ),
    Route(
        "POST",
        "/signups/{id}/discard",
        only(HANDLERS, 303, staff=404),
        url=lambda s: _edit(s, "discard"),
        proof=NOTHING,
    ),
    # Who signed up
    Route("GET", "/signups/{id}/entries", LISTED, url=lambda s: _list_of_one(s, "/entries")),
    Route(
        "GET",
        "/signups/{id}/entries.xlsx",
        LISTED,
        url=lambda s: _list_of_one(s, "/entries.xlsx"),
        piece="a file",
    ),
    Route(
        "POST",
        "/signups/{id}/entries/{entry}/promote",
        only(HANDLERS, 303, staff=404),
        url=lambda s: _entry(s, "promote", waits=True),
        proof=DECISIONS,
    ),
    Route(
        "POST",
        "/signups/{id}/entries/{entry}/strike",
        only(HANDLERS, 303, staff=404) | {"guardian": 303},
        url=lambda s: _entry(s, "strike"),
        proof=DECISIONS,
    ),
    Route(
        "POST",
        "/signups/{id}/courses/{course}/places",
        only(HANDLERS, 303, staff=404),
        url=_places,
        data={"places": "9"},
        proof=DECISIONS,
    ),
    Route(
        "POST",
        "/signups/{id}/closing",
        only(HANDLERS, 303, staff=404),
        url=lambda s: _signup(s, "/closing"),
        data={"closes": "2026-12-20T09:00"},
        proof=DECISIONS,
    ),
    Route(
        "POST",
        "/signups/{id}/withdraw",
        only(HANDLERS, 303, staff=404),
        url=lambda s: _signup(s, "/withdraw"),
        proof=DECISIONS,
    ),
)

IDS = {"/signups": "SELECT id FROM signups_signup"}

UNTYPED = {
    "signups_draw.seed": "random digits",
    "signups_entry.number": "six digits",
    "signups_signup.way": "a word of ours",
    "signups_submission.entries": "ids",
    "signups_submission.page": "a hash",
}

FROM_AN_END = {
    "node.signups.store.published": "a page, the newest first",
    "node.signups.entry_store.forget_submissions": "a portion of the night's",
}

WAITING = {
    "signups_unannounced": "what has opened and families are to be told of",
    "signups_open": "what takes entries, or will",
    "signups_unsettled": "what waits for its draw",
    "signups_draft": "what is being written",
    "signups_entry_waiting": "who waits for a place",
}


async def sow(planting: Planting) -> None:
    """A sign-up of each kind with markup in every text, an entry in each, one draw held."""
    school = planting.school
    author, guardian = await school.asker("오정숙"), await school.asker("김하늘")
    signups, now = school.app[SIGNUPS], school.clock.now()
    for how in How:
        made = await signups.desk.create(author)
        text = SignupText(
            title=planting.typed("title"),
            text=planting.typed("text"),
            keys=("guardians",),
            how=how,
            opens_at=now - MINUTE,
            closes_at=now + DAY,
            courses=(CourseText(planting.typed("course", 100), planting.typed("note"), 3),),
        )
        await signups.desk.save(author, made, text)
        await signups.desk.publish(author, made)
        await signups.entering.enter(
            guardian, made, f"{made}-0", [school.id("이지우")], submission=new_id()
        )
        if how is How.DRAW:
            await _hold(school, made)
