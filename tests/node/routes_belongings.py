"""Who gets what of lost and found: everybody sees what was found and claims it, who noted it and the office hand
it over."""

from functools import partial

from aiohttp import FormData

from kit.clock import DAY
from node.belongings.losses_web import LOSSES
from node.belongings.model import FoundWords, LossWords
from node.belongings.web import BELONGINGS
from tests.node.conftest import School
from tests.node.planting import Planting
from tests.node.routes import NOTHING, PUBLISHED, RIGHTS, Route, everyone, only, staff
from tests.node.routes_gallery import photo

HANDERS = ("homeroom", "office", "administrator")
WORDS = "손잡이가 나무인 남색 우산"


async def noted(school: School, words: str = WORDS) -> str:
    """박서연 has noted an umbrella with its picture; its id."""
    written = FoundWords(words, "2층 복도", "2026-11-20", "교무실 앞 보관함")
    return await school.app[BELONGINGS].note(await school.asker("박서연"), written, photo())


async def thing(school: School, what: str = "") -> str:
    """The address of such a thing, or of something of it."""
    return f"/belongings/{await noted(school)}{what}"


async def claimed(school: School, what: str = "") -> str:
    """김하늘 says that it is 이지우's, everybody else that it is their own or their child's."""
    thing_id = await noted(school)
    for name, owner in (("김하늘", "이지우"), ("이도윤", "최하린"), ("이지우", "이지우")):
        asker = await school.asker(name)
        await school.app[BELONGINGS].claim(asker, thing_id, school.id(owner), "파란 단추")
    return f"/belongings/{thing_id}{what}"


async def handed(school: School) -> str:
    address = await thing(school)
    await school.app[BELONGINGS].hand_over(
        await school.asker("박서연"), address.split("/")[2], to="3학년 2반 이지우"
    )
    return address + "/reopen"


def form(_school: School) -> FormData:
    data = FormData(default_to_multipart=True)
    data.add_field("words", WORDS)
    data.add_field("place", "2층 복도")
    data.add_field("found_on", "2026-11-20")
    data.add_field("kept_at", "교무실")
    data.add_field("photo", photo(), filename="우산.jpg", content_type="image/jpeg")
    return data


async def lost(school: School) -> str:
    """김하늘 misses an umbrella for 이지우; the report's id."""
    guardian = await school.asker("김하늘")
    written = LossWords("파란 단추 우산", "복도", "2026-11-20")
    return await school.app[LOSSES].report(guardian, school.id("이지우"), written)


async def lost_at(school: School) -> str:
    return f"/belongings/losses/{await lost(school)}/close"


_LOST: dict[str, str] = {}
"""By the school's address what was reported there last."""


async def matching(school: School) -> str:
    _LOST[school.url] = await lost(school)
    address = await thing(school, "/losses")
    await school.app[LOSSES].close(await school.asker("오정숙"), _LOST[school.url])
    _LOST[school.url] = await lost(school)
    return address


async def looked_for(school: School) -> str:
    await matching(school)
    address = await thing(school, "/losses")
    await school.app[LOSSES].close(await school.asker("오정숙"), _LOST[school.url])
    return address


async def losses(school: School) -> str:
    await lost(school)
    return "/belongings/losses"


HANDS = only(HANDERS, 303, staff=404)
ROUTES = (
    Route("GET", "/belongings", everyone(200), nobody=PUBLISHED),
    Route("GET", "/belongings/new", staff(200), nobody=PUBLISHED),
    Route("POST", "/belongings/new", staff(303), data=form, proof=NOTHING),
    Route("GET", "/belongings/{id}", everyone(200), url=claimed),
    Route(
        "GET",
        "/belongings/{id}/picture",
        everyone(200),
        url=partial(thing, what="/picture"),
        nobody=PUBLISHED,
        piece="a file",
    ),
    Route(
        "GET",
        "/belongings/{id}/small",
        everyone(200),
        url=partial(thing, what="/small"),
        nobody=PUBLISHED,
        piece="a file",
    ),
    Route(
        "GET",
        "/belongings/{id}/edit",
        only(HANDERS, 200, staff=404),
        url=partial(thing, what="/edit"),
        nobody=PUBLISHED,
    ),
    Route(
        "POST",
        "/belongings/{id}/edit",
        HANDS,
        url=partial(thing, what="/edit"),
        data={
            "words": "남색 우산",
            "place": "복도",
            "found_on": "2026-11-20",
            "kept_at": "교무실",
        },
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/belongings/{id}/claim",
        everyone(404) | {"guardian": 303, "student": 303},
        url=partial(thing, what="/claim"),
        data=lambda s: {"owner_id": s.id("이지우"), "words": "파란 단추"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/belongings/{id}/unclaim",
        everyone(404) | {"guardian": 303, "student": 303},
        url=partial(claimed, what="/unclaim"),
        data=lambda s: {"owner_id": s.id("이지우")},
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/belongings/{id}/hand",
        HANDS,
        url=partial(thing, what="/hand"),
        data={"to": "3학년 2반 이지우"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/belongings/{id}/mistaken",
        HANDS,
        url=partial(thing, what="/mistaken"),
        proof=NOTHING,
    ),
    Route("POST", "/belongings/{id}/reopen", HANDS, url=handed, proof=NOTHING),
    Route("GET", "/belongings/losses", everyone(200), shown=losses),
    Route(
        "POST",
        "/belongings/losses",
        everyone(404) | {"guardian": 303, "student": 303},
        data=lambda s: {"owner_id": s.id("이지우"), "words": "남색 우산"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/belongings/losses/{id}/close",
        everyone(404) | {"guardian": 303, "office": 303, "administrator": 303},
        url=lost_at,
        proof=NOTHING,
    ),
    Route(
        "GET",
        "/belongings/{id}/losses",
        only(HANDERS, 200, staff=404),
        url=looked_for,
    ),
    Route(
        "POST",
        "/belongings/{id}/losses",
        HANDS,
        url=matching,
        data=lambda s: {"loss_id": _LOST[s.url]},
        proof=NOTHING,
    ),
    Route("GET", "/belongings/clearing", staff(200), nobody=PUBLISHED),
    Route(
        "POST",
        "/belongings/clearing",
        staff(422),
        data={"ending": "donated"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/belongings/keeping",
        only(("administrator",), 303),
        data={"days": "60"},
        proof=RIGHTS,
    ),
)

IDS = {
    "/belongings": "SELECT id FROM belongings_thing WHERE closed_at IS NULL",
    "/belongings/losses": "SELECT id FROM belongings_loss WHERE closed_at IS NULL",
}

UNTYPED = {
    "belongings_thing.found_on": "a day",
    "belongings_loss.lost_on": "a day",
    "belongings_thing.ending": "a word of ours",
    "belongings_thing.big": "a hash",
    "belongings_thing.small": "a hash",
}

WAITING = {
    "belongings_open": "what is still there",
    "belongings_loss_open": "what somebody still misses",
    "belongings_claimed": "what somebody says is theirs",
}

FROM_AN_END = {
    "node.belongings.loss_store.forget": "a portion of the night's",
    "node.belongings.store.forget": "a portion of the night's",
}


async def sow(planting: Planting) -> None:
    """Things with markup in every text: one claimed, one overdue, one handed over."""
    school = planting.school
    belongings, teacher = school.app[BELONGINGS], await school.asker("박서연")
    guardian = await school.asker("김하늘")
    for _each in range(3):
        written = FoundWords(
            planting.typed("words"),
            planting.typed("place", 100),
            "2026-11-20",
            planting.typed("kept_at", 100),
        )
        made = await belongings.note(teacher, written, photo())
        await belongings.claim(guardian, made, school.id("이지우"), planting.typed("words"))
    missed = LossWords(planting.typed("words"), planting.typed("place", 100))
    await school.app[LOSSES].report(guardian, school.id("이지우"), missed)
    await belongings.hand_over(teacher, made, to=planting.typed("to", 100))
    sql = "UPDATE belongings_thing SET at = at - ? WHERE closed_at IS NULL"
    await school.db.write(lambda tx: tx.execute(sql, (100 * DAY,)))
