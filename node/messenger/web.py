"""Where staff talk: their rooms, a timeline to read and write in, what may be done with a message."""

import functools
from urllib.parse import quote

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.ids import new_id
from kit.web import page
from kit.web.forms import read_form
from node.messenger.model import LONGEST_ROOM_NAME, MessengerNotReady, ServerState
from node.messenger.portal.members import RoomMembers
from node.messenger.portal.moderation import Moderation
from node.messenger.portal.portal import Portal
from node.messenger.portal.reading import counted
from node.messenger.service import Messenger
from node.people.access import require_staff
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
MESSENGER = web.AppKey("messenger", Messenger)
MODERATION = web.AppKey("messenger-moderation", Moderation)
PORTAL = web.AppKey("messenger-portal", Portal)
MEMBERS = web.AppKey("messenger-members", RoomMembers)

ROOM = "/messenger/rooms/{room:![^/]{1,254}}"


class WordsForm(msgspec.Struct):
    text: str = ""
    transaction: str = ""


class PersonForm(msgspec.Struct):
    user_id: str


def href_of(room_id: str) -> str:
    return f"/messenger/rooms/{quote(room_id, safe='!:')}"


def message_href(room_id: str, event_id: str) -> str:
    return f"{href_of(room_id)}/messages/{quote(event_id, safe='$')}"


@ROUTES.get("/messenger")
async def front(request: web.Request) -> web.Response:
    """The asker's rooms; or, while there are none to be had, why."""
    asker = await asker_of(request)
    require_staff(asker)
    standing = request.app[MESSENGER].standing()
    rooms, ready = [], standing.state is ServerState.READY
    if ready:
        try:
            rooms = await request.app[PORTAL].rooms(asker)
        except MessengerNotReady:
            ready = False
    return page.render(
        request,
        "messenger/front.html",
        standing=standing,
        ready=ready,
        rooms=rooms,
        href=href_of,
        asker_is_administrator=asker.is_administrator,
    )


@ROUTES.get("/messenger/list")
async def rooms(request: web.Request) -> web.Response:
    """The asker's rooms once something has changed in them, as a piece of the page."""
    asker = await asker_of(request)
    portal = request.app[PORTAL]
    await portal.stirred(asker)
    rooms = await portal.rooms(asker)
    return page.render(request, "messenger/rooms.html", rooms=rooms, href=href_of)


@ROUTES.get(ROOM)
async def room(request: web.Request) -> web.Response:
    """A room as it is now; or, with `before`, what was said earlier."""
    asker = await asker_of(request)
    portal, room_id = request.app[PORTAL], request.match_info["room"]
    before = request.query.get("before", "")[:200]
    line = await portal.room(asker, room_id)
    moderation = request.app[MODERATION]
    timeline, pinned, people = None, [], 0
    if not line.is_invitation:
        people = await request.app[MEMBERS].count(asker, room_id)
        pinned = [] if before else await moderation.pinned(asker, room_id)
        looking = (
            portal.earlier(asker, room_id, before) if before else portal.latest(asker, room_id)
        )
        timeline = await looking
    return page.render(
        request,
        "messenger/room.html",
        room=line,
        people=people,
        timeline=timeline,
        is_live=timeline is not None and not before,
        successor_href=href_of(line.successor) if line.successor else "",
        href=href_of(room_id),
        message_href=functools.partial(message_href, room_id),
        pinned=pinned,
        read_by=counted(timeline.messages, line) if timeline else {},
        upload_mb=request.app[MESSENGER].ready().relay.upload_mb,
        transaction=new_id(),
    )


@ROUTES.get(ROOM + "/news")
async def news(request: web.Request) -> web.Response:
    """What is said after `since`: messages as a piece of the page, the next place in a header."""
    asker = await asker_of(request)
    since = request.query.get("since", "")[:200]
    read = request.query.get("read", "")[:255]
    room_id = request.match_info["room"]
    timeline = await request.app[PORTAL].news(asker, room_id, since, read)
    answer = page.render(
        request,
        "messenger/messages.html",
        messages=timeline.messages,
        message_href=functools.partial(message_href, room_id),
    )
    answer.headers["X-Since"] = timeline.since
    if timeline.now_encrypted:
        answer.headers["X-Encrypted"] = "1"
    return answer


@ROUTES.post(ROOM)
async def say(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, WordsForm)
    room_id = request.match_info["room"]
    transaction = form.transaction[:40] or new_id()
    await request.app[PORTAL].say(asker, room_id, form.text, transaction)
    if request.headers.get("X-Requested-With") == "fetch":
        return web.Response(status=204)  # the page stays, and hears by itself what was said
    return page.see_other(request, href_of(room_id) + "#latest")


@ROUTES.post(ROOM + "/join")
async def join(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    room_id = request.match_info["room"]
    await request.app[PORTAL].join(asker, room_id)
    return page.see_other(request, href_of(room_id))


@ROUTES.post(ROOM + "/leave")
async def leave(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[PORTAL].leave(asker, request.match_info["room"])
    return page.see_other(request, "/messenger", flash=_("대화방에서 나왔습니다."))


@ROUTES.get("/messenger/people")
async def people(request: web.Request) -> web.Response:
    """Find a colleague, here or at another school, to talk with."""
    asker = await asker_of(request)
    asked = request.query.get("q", "").strip()[:40]
    found = await request.app[MESSENGER].find(asker, asked)
    return page.render(
        request,
        "messenger/people.html",
        asked=asked,
        found=found,
        longest_name=LONGEST_ROOM_NAME,
    )


@ROUTES.post("/messenger/people")
async def talk(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, PersonForm)
    room_id = await request.app[PORTAL].talk_to(asker, form.user_id[:255])
    return page.see_other(request, href_of(room_id))


@ROUTES.post("/messenger/bot")
async def talk_to_bot(request: web.Request) -> web.Response:
    """The asker's own talk with the assistant."""
    asker = await asker_of(request)
    portal = request.app[PORTAL]
    room_id = await portal.talk_to(asker, await portal.bot_id(asker))
    return page.see_other(request, href_of(room_id))
