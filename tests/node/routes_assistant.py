"""Who gets what of the assistant: everybody their own conversation, the office what was handed over."""

from functools import partial

from kit.db import Tx
from kit.ids import new_id
from node.assistant import store
from node.assistant import store as assistant_store
from node.assistant.model import Sentence, Source, TurnState
from tests.node.conftest import School
from tests.node.planting import Planting
from tests.node.routes import NOTHING, NUMBERS, OWN, SIGN_IN, Route, everyone, only

OFFICE = ("principal", "office")
_ID = "/assistant/{id}"
MINE = "김하늘"


async def _turn(school: School, what: str = "", *, handed: bool = False) -> str:
    """A finished turn of the mother's."""
    turn, now, person = new_id(), school.clock.now(), school.id(MINE)
    source = Source(1, "안내", "newsletter", "", "", "school", "글")

    def work(tx: Tx) -> None:
        store.add_turn(tx, turn, person, "언제 가나요?", now)
        store.finish_turn(
            tx, turn, TurnState.DONE, now,
            outcome="extracted", sentences=(Sentence("3일 전까지", 1),), sources=(source,),
        )  # fmt: skip
        if handed:
            store.hand_over(tx, turn, person, MINE, "", "언제 가나요?", now)

    await school.db.write(work)
    return f"/assistant/{turn}{what}"


async def _handed(school: School) -> str:
    turn = (await _turn(school, handed=True)).removeprefix("/assistant/")
    return f"/assistant/office/{turn}/reply"


def asker_only(status: int, others: int = 404) -> dict[str, int]:
    return everyone(others, SIGN_IN) | {"guardian": status}


async def _with_a_question(school: School) -> str:
    await _handed(school)
    return "/assistant/office"


def _plant(planting: Planting, tx: Tx) -> None:
    """A question that was answered, and handed to the office, which has replied."""
    now, letter = planting.school.clock.now(), f"/newsletters/{planting.letter}"
    for name in ("김하늘", "박서연"):
        person, turn = planting.school.id(name), new_id()
        question = planting.typed("question")
        sources = [
            Source(
                number, planting.typed("title"), kind, planting.typed("note"), href, "school",
                planting.typed("text"),
            )
            for number, kind, href in ((1, "newsletter", letter), (2, "knowledge", ""))
        ]  # fmt: skip
        planting.addresses += [f"/assistant/{turn}/sources/2", f"/assistant/{turn}/stream"]
        assistant_store.add_turn(tx, turn, person, question, now)
        assistant_store.finish_turn(
            tx, turn, TurnState.DONE, now,
            outcome="extracted",
            sentences=(Sentence(planting.typed("sentence"), 1),),
            sources=tuple(sources),
            note=planting.typed("note"),
        )  # fmt: skip
        assistant_store.hand_over(
            tx, turn, person, planting.typed("name"), planting.typed("label"), question, now
        )
        if name == "김하늘":
            by = planting.typed("replied by")
            assistant_store.reply(tx, turn, planting.typed("reply"), by, now)


async def sow(planting: Planting) -> None:
    await planting.school.db.write(partial(_plant, planting))


ROUTES = (
    Route("GET", "/assistant", everyone(200), nobody=OWN),
    # This school runs no worker: whoever may ask is told that there is nobody to ask.
    Route(
        "POST", "/assistant", everyone(404), data={"question": "급식은 몇 시인가요?"}, proof=NOTHING
    ),
    Route(
        "POST",
        "/api/v1/assistant",
        everyone(404, anonymous=401),
        data={"question": "급식은 몇 시인가요?"},
        json=True,
        proof=NOTHING,
    ),
    Route("GET", _ID, asker_only(200), url=_turn, nobody=OWN),
    Route(
        "GET",
        f"{_ID}/stream",
        asker_only(200),
        url=lambda s: _turn(s, "/stream"),
        nobody=OWN,
        piece="a stream of events",
        speaks=True,
    ),
    Route(
        "GET",
        f"{_ID}/sources/{{number}}",
        asker_only(200),
        url=lambda s: _turn(s, "/sources/1"),
        nobody=OWN,
    ),
    # Who has nothing under way there stops nothing, and is told nothing.
    Route(
        "POST",
        f"{_ID}/cancel",
        everyone(303),
        url=lambda s: _turn(s, "/cancel"),
        data={},
        proof=NOTHING,
    ),
    Route(
        "POST",
        f"{_ID}/helpful",
        asker_only(303),
        url=lambda s: _turn(s, "/helpful"),
        data={"helpful": "1"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        f"{_ID}/handover",
        asker_only(303),
        url=lambda s: _turn(s, "/handover"),
        data={},
        proof=NOTHING,
    ),
    Route(
        "POST",
        f"{_ID}/remove",
        asker_only(303),
        url=lambda s: _turn(s, "/remove"),
        data={},
        proof=NOTHING,
    ),
    Route("POST", "/assistant/clear", everyone(303), data={}, proof=NOTHING),
    Route("GET", "/assistant/office", only(OFFICE, 200), shown=_with_a_question),
    Route(
        "POST",
        "/assistant/office/{id}/reply",
        only(OFFICE, 303),
        url=_handed,
        data={"reply": "월요일입니다."},
        proof=NOTHING,
    ),
    Route("GET", "/admin/assistant", only(("principal", "administrator"), 200), nobody=NUMBERS),
)

IDS = {
    "/assistant": "SELECT id FROM assistant_turn",
}


UNTYPED = {
    "assistant_turn.outcome": "a word or a sentence of ours",
}

STAYS = {
    "assistant_stale": "what waits and goes",
}

FROM_AN_END = {
    "node.assistant.store.expire": "what is over, and goes",
}

ON_REQUEST = {
    "node.assistant.store.subjects": "at the worker's start, which knows of each what it has",
    "node.assistant.store.fail_open_turns": "at the start: turns are kept for some days",
    "node.assistant.store.handovers": "what was handed to the office in the time it is kept",
}
