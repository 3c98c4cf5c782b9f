"""The pages of the messenger: rooms, a timeline to read and write in, connecting one's own client."""

import functools
from urllib.parse import quote

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.ids import new_id
from kit.signin.fresh import RIGHTS, within
from kit.typed import whole
from kit.web import page
from kit.web.forms import read_form
from kit.web.qr import drawn
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.messenger.accounts import Accounts
from node.messenger.allowing import Allowing
from node.messenger.doors.push import Gateways
from node.messenger.model import MessengerNotReady, ServerState, back_to
from node.messenger.portal.moderation import Moderation
from node.messenger.portal.portal import Portal
from node.messenger.service import Messenger
from node.people.access import require_staff
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
MESSENGER = web.AppKey("messenger", Messenger)
ACCOUNTS = web.AppKey("messenger-accounts", Accounts)
MODERATION = web.AppKey("messenger-moderation", Moderation)
ALLOWING = web.AppKey("messenger-allowing", Allowing)
GATEWAYS = web.AppKey("messenger-gateways", Gateways)
PORTAL = web.AppKey("messenger-portal", Portal)

_ROOM = "/messenger/rooms/{room:![^/]{1,254}}"
_MESSAGE = _ROOM + "/messages/{event:[$][^/]{1,254}}"


class WordsForm(msgspec.Struct):
    text: str = ""
    transaction: str = ""


class Reason(msgspec.Struct):
    reason: str = ""


class Pinning(msgspec.Struct):
    pinned: bool


class PersonForm(msgspec.Struct):
    user_id: str


class Named(msgspec.Struct):
    name: str = ""


class Redirect(msgspec.Struct):
    redirect: str = ""
    name: str = ""


class Host(msgspec.Struct):
    host: str = ""


class Locking(msgspec.Struct):
    locked: bool
    log_out: bool = False


def _href(room_id: str) -> str:
    return f"/messenger/rooms/{quote(room_id, safe='!:')}"


def _message_href(room_id: str, event_id: str) -> str:
    return f"{_href(room_id)}/messages/{quote(event_id, safe='$')}"


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
        href=_href,
        asker_is_administrator=asker.is_administrator,
    )


@ROUTES.get(_ROOM)
async def room(request: web.Request) -> web.Response:
    """A room as it is now; or, with `before`, what was said earlier."""
    asker = await asker_of(request)
    portal, room_id = request.app[PORTAL], request.match_info["room"]
    before = request.query.get("before", "")[:200]
    line = await portal.room(asker, room_id)
    moderation = request.app[MODERATION]
    timeline, pinned, tends, people = None, [], False, 0
    if not line.is_invitation:
        tends = bool(await moderation.tending(asker, room_id))
        people = await portal.people(asker, room_id)
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
        href=_href(room_id),
        message_href=functools.partial(_message_href, room_id),
        pinned=pinned,
        tends=tends,
        transaction=new_id(),
    )


@ROUTES.get(_ROOM + "/news")
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
        message_href=functools.partial(_message_href, room_id),
        tends=bool(await request.app[MODERATION].tending(asker, room_id)),
    )
    answer.headers["X-Since"] = timeline.since
    if timeline.now_encrypted:
        answer.headers["X-Encrypted"] = "1"
    return answer


@ROUTES.post(_ROOM)
async def say(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, WordsForm)
    room_id = request.match_info["room"]
    transaction = form.transaction[:40] or new_id()
    await request.app[PORTAL].say(asker, room_id, form.text, transaction)
    if request.headers.get("X-Requested-With") == "fetch":
        return web.Response(status=204)  # the page stays, and hears by itself what was said
    return page.see_other(request, _href(room_id) + "#latest")


@ROUTES.get(_MESSAGE)
async def message(request: web.Request) -> web.Response:
    """One message, with what the asker may do with it."""
    asker = await asker_of(request)
    room_id, event_id = request.match_info["room"], request.match_info["event"]
    moderation, portal = request.app[MODERATION], request.app[PORTAL]
    found = await portal.message(asker, room_id, event_id)
    return page.render(
        request,
        "messenger/message.html",
        message=found,
        room=await portal.room(asker, room_id),
        tending=await moderation.tending(asker, room_id),
        is_pinned=event_id in await moderation.pinned_ids(asker, room_id),
        room_href=_href(room_id),
        href=_message_href(room_id, event_id),
    )


@ROUTES.post(_MESSAGE + "/take-back")
async def take_back(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, Reason)
    room_id, event_id = request.match_info["room"], request.match_info["event"]
    await request.app[MODERATION].take_back(asker, room_id, event_id, form.reason)
    return page.see_other(request, _href(room_id), flash=_("메시지를 삭제했습니다."))


@ROUTES.post(_MESSAGE + "/pin")
async def pin(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, Pinning)
    room_id, event_id = request.match_info["room"], request.match_info["event"]
    await request.app[MODERATION].pin(asker, room_id, event_id, pinned=form.pinned)
    said = _("메시지를 대화방 위에 고정했습니다.") if form.pinned else _("고정을 해제했습니다.")
    return page.see_other(request, _href(room_id), flash=said)


@ROUTES.post(_ROOM + "/join")
async def join(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    room_id = request.match_info["room"]
    await request.app[PORTAL].join(asker, room_id)
    return page.see_other(request, _href(room_id))


@ROUTES.post(_ROOM + "/leave")
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
    return page.render(request, "messenger/people.html", asked=asked, found=found)


@ROUTES.post("/messenger/people")
async def talk(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, PersonForm)
    room_id = await request.app[PORTAL].talk_to(asker, form.user_id[:255])
    return page.see_other(request, _href(room_id))


@ROUTES.post("/messenger/bot")
async def talk_to_bot(request: web.Request) -> web.Response:
    """The asker's own talk with the assistant."""
    asker = await asker_of(request)
    portal = request.app[PORTAL]
    room_id = await portal.talk_to(asker, await portal.bot_id(asker))
    return page.see_other(request, _href(room_id))


# One's own client -----------------------------------------------------------------------------


@ROUTES.get("/messenger/connect")
async def connect(request: web.Request) -> web.Response:
    return await _connect(request)


async def _connect(request: web.Request, new_app: str = "") -> web.Response:
    """How to connect a client; a fresh app password is shown this once."""
    asker = await asker_of(request)
    accounts, portal = request.app[ACCOUNTS], request.app[PORTAL]
    # First what may fail: a password that was made must be shown.
    user_id, devices = await portal.user_id(asker), await portal.devices(asker)
    secret = await accounts.make_app_password(asker, new_app) if new_app else ""
    url = request.app[MESSENGER].public_url
    return page.render(
        request,
        "messenger/connect.html",
        url=url,
        qr=await drawn(url),
        user_id=user_id,
        passwords=await accounts.app_passwords(asker),
        devices=devices,
        secret=secret,
        gateways=sorted(request.app[MESSENGER].gateways),
    )


@ROUTES.post("/messenger/app-passwords")
@within(RIGHTS)
async def make_app_password(request: web.Request) -> web.Response:
    form = await read_form(request, Named)
    return await _connect(request, whole("name", form.name, 60) or _("이름 없는 앱"))


@ROUTES.post("/messenger/app-passwords/{id:[0-9a-f]{20}}/remove")
async def remove_app_password(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    ended = await request.app[ACCOUNTS].remove_app_password(asker, request.match_info["id"])
    said = _("앱 암호를 삭제하고, 그 암호로 로그인한 앱을 로그아웃했습니다.")
    if not ended:
        said = _(
            "앱 암호를 삭제했습니다. 그 암호로 로그인한 앱의 기록이 없으니, 아래에서 해당 "
            "기기를 로그아웃해 주세요."
        )
    return page.see_other(request, "/messenger/connect", flash=said)


@ROUTES.post("/messenger/devices/{device:[^/]{1,255}}/remove")
async def remove_device(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[PORTAL].sign_out_device(asker, request.match_info["device"])
    return page.see_other(request, "/messenger/connect", flash=_("그 기기를 로그아웃했습니다."))


@ROUTES.get("/messenger/allow")
async def allow(request: web.Request) -> web.Response:
    """A client asks to come in as whoever is signed in here: they see which, and say yes."""
    asker = await asker_of(request)
    require_staff(asker)
    redirect = request.query.get("redirectUrl", "")[:2000]
    parts = back_to(redirect)
    return page.render(
        request,
        "messenger/allow.html",
        redirect=redirect,
        name=request.app[ALLOWING].to_be_named(redirect),
        to=parts.hostname or parts.scheme,  # not what stands before an @ in it
    )


@ROUTES.post("/messenger/allow")
@within(RIGHTS)
async def allowed(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, Redirect)
    back = await request.app[ALLOWING].allow(asker, form.redirect, form.name)
    # A page, not a redirect: the policy of our pages lets no form lead to another site.
    return page.render(request, "messenger/back.html", back=back)


# The administrator ----------------------------------------------------------------------------


@ROUTES.get("/admin/messenger")
@shows(What.LIST)
async def accounts(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    accounts = await request.app[ACCOUNTS].lines(asker)
    looked(request, persons=[one.person_id for one in accounts])
    return page.render(
        request,
        "messenger/accounts.html",
        accounts=accounts,
        gateways=await request.app[GATEWAYS].listed(asker),
        standing=request.app[MESSENGER].standing(),
    )


@ROUTES.post("/admin/messenger/{id:[0-9a-f]{20}}/lock")
@within(RIGHTS)
async def lock(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, Locking)
    person_id = request.match_info["id"]
    await request.app[ACCOUNTS].lock(asker, person_id, locked=form.locked, log_out=form.log_out)
    said = _("계정을 잠갔습니다.") if form.locked else _("계정 잠금을 해제했습니다.")
    if form.log_out:
        said = _("계정을 잠그고 모든 기기에서 로그아웃했습니다.")
    return page.see_other(request, "/admin/messenger", flash=said)


@ROUTES.post("/admin/messenger/gateways")
@within(RIGHTS)
async def add_gateway(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, Host)
    await request.app[GATEWAYS].add(asker, form.host)
    said = _("알림 서버를 추가했습니다. 앱을 다시 열면 휴대전화 알림이 시작됩니다.")
    return page.see_other(request, "/admin/messenger", flash=said)


@ROUTES.post("/admin/messenger/gateways/remove")
@within(RIGHTS)
async def remove_gateway(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, Host)
    await request.app[GATEWAYS].remove(asker, form.host)
    return page.see_other(request, "/admin/messenger", flash=_("알림 서버를 삭제했습니다."))
