"""Who gets what of the reach ledger: a letter's author, heads and office; everybody their own."""

from node.newsletters.model import Publication, Sort
from node.newsletters.web import NEWSLETTERS
from tests.node.conftest import School
from tests.node.routes import Route, everyone, only

HANDLERS = ("homeroom", "principal", "office", "administrator")


async def _letter(school: School, what: str) -> str:
    """The address of a letter of the homeroom teacher to 3-2 that has reached its families."""
    author = await school.asker("박서연")
    room = f"guardians/class:{school.class_id('3-2')}"
    publication = Publication(Sort.NEWSLETTER, "안내", "내용", (room,))
    letter = await school.db.write(
        lambda tx: school.app[NEWSLETTERS].publish_now(tx, author, publication)
    )
    await school.settled()
    return f"/newsletters/{letter}{what}"


ROUTES = (
    Route("GET", "/notifications", everyone(200)),
    Route(
        "GET",
        "/newsletters/{id}/reach",
        only(HANDLERS, 200, staff=404),
        url=lambda school: _letter(school, "/reach"),
    ),
    Route(
        "GET",
        "/newsletters/{id}/reach/table",
        only(HANDLERS, 200, staff=404),
        url=lambda school: _letter(school, "/reach/table"),
    ),
    Route(
        "POST",
        "/newsletters/{id}/remind",
        only(HANDLERS, 303, staff=404),
        url=lambda school: _letter(school, "/remind"),
        data={},
    ),
    Route(
        "GET",
        "/newsletters/{id}/slips",
        only(HANDLERS, 200, staff=404),
        url=lambda school: _letter(school, "/slips"),
    ),
)
