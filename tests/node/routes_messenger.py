"""Who gets what of the messenger: staff only. In this school no server runs: nobody has an account."""

from functools import partial

from markupsafe import escape

from kit.db import Tx
from kit.ids import new_id
from kit.signin import apps
from node.messenger import store as messenger_store
from node.messenger.model import DOOR, BotQuestion, KeptRoom, Post, SaidPost
from protocol.identity import SchoolId
from protocol.sync import MatrixServer
from tests.node.conftest import School
from tests.node.planting import Planting
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


def _plant(planting: Planting, tx: Tx) -> None:
    """Accounts as Synapse was told of them; the conversations are in test_messenger_portal."""
    now = planting.school.clock.now()
    for name in ("한지민", "정민호"):
        person = planting.school.id(name)
        tx.execute(
            "INSERT INTO messenger_account (person_id, localpart, made_at, locked_by, told)"
            " VALUES (?, ?, 0, ?, ?)",
            (person, f"person{new_id()}", planting.typed("name"), planting.typed("told")),
        )
        apps.make(tx, person, DOOR, planting.typed("app password"), now)
    for key in ("staff", "department:" + planting.typed("department")):
        room = KeptRoom(key, new_id(), planting.typed("room"))
        messenger_store.save_room(tx, room)
    post = Post(new_id(), room.key, planting.typed("post"), escape(planting.typed("post")))
    messenger_store.add_post(tx, post, now)
    asked = BotQuestion(
        new_id(),
        planting.typed("room id"),
        planting.typed("sender"),
        planting.typed("text"),
        thread=planting.typed("thread"),
    )
    messenger_store.add_questions(tx, [asked], now)
    said = SaidPost(new_id(), planting.typed("about"), planting.typed("room id"), new_id())
    messenger_store.note_said(tx, said)
    server = planting.typed("server")
    other = MatrixServer(
        school_id=SchoolId("J107530202"), server_name=server, address=planting.typed("server")
    )
    messenger_store.replace_servers(tx, [other])
    messenger_store.meet(tx, [server])
    messenger_store.set_own(tx, planting.typed("server"), planting.typed("address"))
    messenger_store.remember_device(tx, person, planting.typed("device"), new_id())


async def sow(planting: Planting) -> None:
    await planting.school.db.write(partial(_plant, planting))


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
    Route(
        "POST",
        f"{_MESSAGE}/react",
        staff(NO_ACCOUNT),
        url=f"{MESSAGE}/react",
        data={"sign": "👍"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        f"{_MESSAGE}/answer",
        staff(NO_ACCOUNT),
        url=f"{MESSAGE}/answer",
        data={"text": "네"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        f"{_MESSAGE}/correct",
        staff(NO_ACCOUNT),
        url=f"{MESSAGE}/correct",
        data={"text": "네"},
        proof=NOTHING,
    ),
    Route(
        "GET",
        f"{_MESSAGE}/file",
        staff(NO_ACCOUNT),
        url=f"{MESSAGE}/file",
        nobody=OWN,
        piece="a file",
        unmet="rooms need Synapse: test_messenger_rooms.py",
    ),
    Route("POST", f"{_ROOM}/files", staff(NO_ACCOUNT), url=f"{ROOM}/files", data={}, proof=NOTHING),
    Route("POST", f"{_ROOM}/join", staff(NO_ACCOUNT), url=f"{ROOM}/join", data={}, proof=NOTHING),
    Route("POST", f"{_ROOM}/leave", staff(NO_ACCOUNT), url=f"{ROOM}/leave", data={}, proof=NOTHING),
    Route(
        "GET",
        f"{_ROOM}/search",
        staff(NO_ACCOUNT),
        url=f"{ROOM}/search?q=x",
        nobody=OWN,
        unmet="rooms need Synapse: test_messenger_rooms.py",
    ),
    Route(
        "GET",
        "/messenger/list",
        staff(NO_ACCOUNT),
        nobody=OWN,
        piece="a piece of the list of rooms",
        unmet="rooms need Synapse: test_messenger_rooms.py",
    ),
    Route(
        "GET",
        f"{_ROOM}/members",
        staff(NO_ACCOUNT),
        url=f"{ROOM}/members",
        nobody=OWN,
        unmet="rooms need Synapse: test_messenger_portal.py",
    ),
    Route(
        "POST",
        f"{_ROOM}/members",
        staff(NO_ACCOUNT),
        url=f"{ROOM}/members",
        data={"user_id": "@a:b"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        f"{_ROOM}/name",
        staff(NO_ACCOUNT),
        url=f"{ROOM}/name",
        data={"name": "모임"},
        proof=NOTHING,
    ),
    Route("POST", "/messenger/groups", staff(NO_ACCOUNT), data={"name": "모임"}, proof=NOTHING),
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

UNTYPED = {
    "messenger_account.localpart": "letters and digits only",
    "messenger_push_gateway.host": "letters and digits only",
}

STAYS = {
    "messenger_own": "one row",
    "messenger_account": "as many as classes (sixty a year), groups, staff and their rights",
    "messenger_met": "as many as classes (sixty a year), groups, staff and their rights",
    "messenger_app_device": "as many as classes (sixty a year), groups, staff and their rights",
    "messenger_push_gateway": "as many as classes (sixty a year), groups, staff and their rights",
    "messenger_room": "as many as classes (sixty a year), groups, staff and their rights",
    "messenger_server": "as many as classes (sixty a year), groups, staff and their rights",
    "messenger_post": "what waits and goes",
}

WAITING = {
    "messenger_question_open": "what waits to be done",
    "messenger_said_gone": "what waits to be done",
}

AT_NIGHT = {
    "node.messenger.store.forget_answered": "questions that were answered",
}

ON_REQUEST = {
    "node.messenger.about.about": "everything of one person (제35조), in a thread of its own",
}
