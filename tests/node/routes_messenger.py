"""Who gets what of the messenger: staff only. In this school no server runs: nobody has an account."""

from kit.db import Tx
from tests.node.conftest import School
from tests.node.routes import Route, only, staff

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


ROUTES = (
    Route("GET", "/messenger", staff(200)),
    Route("GET", _ROOM, staff(NO_ACCOUNT), url=ROOM),
    Route("GET", f"{_ROOM}/news", staff(NO_ACCOUNT), url=f"{ROOM}/news?since=s1"),
    Route("POST", _ROOM, staff(NO_ACCOUNT), url=ROOM, data={"text": "안녕하세요"}),
    Route("GET", _MESSAGE, staff(NO_ACCOUNT), url=MESSAGE),
    Route("POST", f"{_MESSAGE}/take-back", staff(NO_ACCOUNT), url=f"{MESSAGE}/take-back", data={}),
    Route(
        "POST", f"{_MESSAGE}/pin", staff(NO_ACCOUNT), url=f"{MESSAGE}/pin", data={"pinned": "true"}
    ),
    Route("POST", f"{_ROOM}/join", staff(NO_ACCOUNT), url=f"{ROOM}/join", data={}),
    Route("POST", f"{_ROOM}/leave", staff(NO_ACCOUNT), url=f"{ROOM}/leave", data={}),
    Route("GET", "/messenger/people", staff(200)),
    Route("POST", "/messenger/people", staff(NO_ACCOUNT), data={"user_id": "@a:b"}),
    Route("POST", "/messenger/bot", staff(NO_ACCOUNT), data={}),
    Route("GET", "/messenger/connect", staff(NO_ACCOUNT)),
    Route("POST", "/messenger/app-passwords", staff(NO_ACCOUNT), data={"name": "전화"}),
    Route(
        "POST",
        "/messenger/app-passwords/{id}/remove",
        staff(404),
        url=f"/messenger/app-passwords/{UNKNOWN}/remove",
        data={},
    ),
    Route(
        "POST",
        "/messenger/devices/{device}/remove",
        staff(NO_ACCOUNT),
        url="/messenger/devices/ABC/remove",
        data={},
    ),
    Route("GET", "/messenger/allow", staff(200), url="/messenger/allow?redirectUrl=http://a/"),
    Route(
        "POST", "/messenger/allow", staff(NO_ACCOUNT), data={"redirect": "http://a/", "name": "a"}
    ),
    Route("GET", "/admin/messenger", only(("administrator",), 200)),
    Route(
        "POST",
        "/admin/messenger/{id}/lock",
        only(("administrator",), 303),
        url=_account,
        data={"locked": "true"},
    ),
    Route(
        "POST",
        "/admin/messenger/gateways",
        only(("administrator",), 303),
        data={"host": "push.example"},
    ),
    Route(
        "POST",
        "/admin/messenger/gateways/remove",
        only(("administrator",), 404),
        data={"host": "nowhere.example:443"},
    ),
)
