"""Who gets what of the messenger: staff only. In this school no server runs: nobody has an account."""

from kit.db import Tx
from tests.node.conftest import School
from tests.node.routes import COLLEAGUES, NOTHING, OWN, RIGHTS, Route, only, staff

_ROOM = "/messenger/rooms/{room}"
ROOM = "/messenger/rooms/!abc"
_MESSAGE = f"{_ROOM}/messages/{{event}}"
MESSAGE = f"{ROOM}/messages/$abc"
NO_ACCOUNT = 403
UNKNOWN = "0" * 20


async def _account(school: School) -> str:
    """An account of 한지민's, as the messenger would have made it."""
    person = school.id("한지민")

    def work(tx: Tx) -> None:
        tx.execute(
            "INSERT OR IGNORE INTO messenger_account (person_id, localpart, made_at)"
            " VALUES (?, 'han', 0)",
            (person,),
        )

    await school.db.write(work)
    return f"/admin/messenger/{person}/lock"


async def _with_an_account(school: School) -> str:
    def work(tx: Tx) -> None:
        tx.execute(
            "INSERT INTO messenger_account (person_id, localpart, made_at) VALUES (?, 'seoyeon', 1)",
            (school.id("박서연"),),
        )

    await school.db.write(work)
    return "/admin/messenger"


ROUTES = (
    Route("GET", "/messenger", staff(200), nobody=OWN),
    Route(
        "GET",
        _ROOM,
        staff(NO_ACCOUNT),
        url=ROOM,
        nobody=OWN,
        unmet="rooms need Synapse: test_messenger_portal.py",
    ),
    Route(
        "GET",
        f"{_ROOM}/news",
        staff(NO_ACCOUNT),
        url=f"{ROOM}/news?since=s1",
        nobody=OWN,
        piece="a piece of a room",
        unmet="rooms need Synapse: test_messenger_portal.py",
    ),
    Route("POST", _ROOM, staff(NO_ACCOUNT), url=ROOM, data={"text": "안녕하세요"}, proof=NOTHING),
    Route(
        "GET",
        _MESSAGE,
        staff(NO_ACCOUNT),
        url=MESSAGE,
        nobody=OWN,
        unmet="rooms need Synapse: test_messenger_portal.py",
    ),
    Route(
        "POST",
        f"{_MESSAGE}/take-back",
        staff(NO_ACCOUNT),
        url=f"{MESSAGE}/take-back",
        data={},
        proof=NOTHING,
    ),
    Route(
        "POST",
        f"{_MESSAGE}/pin",
        staff(NO_ACCOUNT),
        url=f"{MESSAGE}/pin",
        data={"pinned": "true"},
        proof=NOTHING,
    ),
    Route("POST", f"{_ROOM}/join", staff(NO_ACCOUNT), url=f"{ROOM}/join", data={}, proof=NOTHING),
    Route("POST", f"{_ROOM}/leave", staff(NO_ACCOUNT), url=f"{ROOM}/leave", data={}, proof=NOTHING),
    Route("GET", "/messenger/people", staff(200), nobody=COLLEAGUES),
    Route("POST", "/messenger/people", staff(NO_ACCOUNT), data={"user_id": "@a:b"}, proof=NOTHING),
    Route("POST", "/messenger/bot", staff(NO_ACCOUNT), data={}, proof=NOTHING),
    Route(
        "GET",
        "/messenger/connect",
        staff(NO_ACCOUNT),
        nobody=OWN,
        unmet="it only leads to another page",
    ),
    Route(
        "POST", "/messenger/app-passwords", staff(NO_ACCOUNT), data={"name": "전화"}, proof=RIGHTS
    ),
    Route(
        "POST",
        "/messenger/app-passwords/{id}/remove",
        staff(404),
        url=f"/messenger/app-passwords/{UNKNOWN}/remove",
        data={},
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/messenger/devices/{device}/remove",
        staff(NO_ACCOUNT),
        url="/messenger/devices/ABC/remove",
        data={},
        proof=NOTHING,
    ),
    Route(
        "GET",
        "/messenger/allow",
        staff(200),
        url="/messenger/allow?redirectUrl=http://a/",
        nobody=OWN,
        walked={"teacher": "/messenger/allow?redirectUrl=http://a.example/"},
    ),
    Route(
        "POST",
        "/messenger/allow",
        staff(NO_ACCOUNT),
        data={"redirect": "http://a/", "name": "a"},
        proof=RIGHTS,
    ),
    Route("GET", "/admin/messenger", only(("administrator",), 200), shown=_with_an_account),
    Route(
        "POST",
        "/admin/messenger/{id}/lock",
        only(("administrator",), 303),
        url=_account,
        data={"locked": "true"},
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/admin/messenger/gateways",
        only(("administrator",), 303),
        data={"host": "push.example"},
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/admin/messenger/gateways/remove",
        only(("administrator",), 404),
        data={"host": "nowhere.example:443"},
        proof=RIGHTS,
    ),
)
