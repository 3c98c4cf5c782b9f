"""Who gets what of the reach ledger: all of it for author, heads and office; families nothing."""

from node.newsletters.model import Publication, Sort
from node.newsletters.web import NEWSLETTERS
from tests.node.conftest import School
from tests.node.routes import NOTHING, Route, only

_ID = "/newsletters/{id}"
SEERS = ("homeroom", "principal", "office")


async def _letter(school: School, what: str) -> str:
    """A published letter of the homeroom teacher to the guardians of 3-2."""
    author = await school.asker("박서연")
    keys = (f"guardians/class:{school.class_id('3-2')}",)
    publication = Publication(Sort.NEWSLETTER, "안내", "내용", keys)
    newsletters = school.app[NEWSLETTERS]
    letter = await school.db.write(lambda tx: newsletters.publish_now(tx, author, publication))
    await school.settled()
    return f"/newsletters/{letter}{what}"


REACH_READERS = only(SEERS, 200, staff=404)

ROUTES = (
    Route("GET", f"{_ID}/reach", REACH_READERS, url=lambda s: _letter(s, "/reach")),
    Route(
        "GET",
        f"{_ID}/reach/table",
        REACH_READERS,
        url=lambda s: _letter(s, "/reach/table"),
        piece="a piece of /newsletters/{id}/reach",
    ),
    Route("GET", f"{_ID}/slips", REACH_READERS, url=lambda s: _letter(s, "/slips")),
    Route(
        "POST",
        f"{_ID}/remind",
        only(SEERS, 303, staff=404),
        url=lambda s: _letter(s, "/remind"),
        proof=NOTHING,
    ),
)

UNTYPED = {
    "notify_reach.unreachable": "a word or a sentence of ours",
}

FROM_AN_END = {
    "node.notify.store.forms_due": "whose last day has begun",
    "node.notify.earlier.bring_next": "a portion of a move",
    "node.notify.earlier.some_wait": "whether there is a row",
    "node.notify.ledger_store.add_to_letters_since": "the letters of two months to one key",
    "node.notify.ledger_store.ledger_after": "the next one",
    "node.notify.store.people_after": "a portion of those whom a step tells",
}

ON_REQUEST = {
    "node.notify.about.about": "everything of one person (제35조), in a thread of its own",
}
