"""The members of a room: who they are, whom else one invites, and what their room is called."""

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.web import page
from kit.web.forms import read_form
from node.messenger.model import LONGEST_ROOM_NAME
from node.messenger.web import MEMBERS, MESSENGER, PORTAL, ROOM, PersonForm, href_of
from node.people.session import asker_of

ROUTES = web.RouteTableDef()


class RoomNameForm(msgspec.Struct):
    name: str = ""


@ROUTES.post("/messenger/groups")
async def gather(request: web.Request) -> web.Response:
    """A room for several; whom to invite is asked on its own page."""
    asker = await asker_of(request)
    form = await read_form(request, RoomNameForm)
    room_id = await request.app[MEMBERS].gather(asker, form.name)
    made = _("대화방을 만들었습니다. 함께 대화할 사람을 초대해 주세요.")
    return page.see_other(request, href_of(room_id) + "/members", flash=made)


@ROUTES.get(ROOM + "/members")
async def members(request: web.Request) -> web.Response:
    """Who is in a room; with `q`, colleagues who could be invited."""
    asker = await asker_of(request)
    room_id = request.match_info["room"]
    asked = request.query.get("q", "").strip()[:40]
    membership = await request.app[MEMBERS].of_room(asker, room_id)
    there = {one.user_id for one in membership.members}
    found = await request.app[MESSENGER].find(asker, asked) if membership.invites else []
    return page.render(
        request,
        "messenger/members.html",
        room=await request.app[PORTAL].room(asker, room_id),
        href=href_of(room_id),
        membership=membership,
        asked=asked,
        found=[one for one in found if one.user_id not in there],
        longest_name=LONGEST_ROOM_NAME,
    )


@ROUTES.post(ROOM + "/members")
async def invite(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, PersonForm)
    room_id = request.match_info["room"]
    await request.app[MEMBERS].invite(asker, room_id, form.user_id[:255])
    return page.see_other(request, href_of(room_id) + "/members", flash=_("초대했습니다."))


@ROUTES.post(ROOM + "/name")
async def rename(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, RoomNameForm)
    room_id = request.match_info["room"]
    await request.app[MEMBERS].rename(asker, room_id, form.name)
    flash = _("대화방 이름을 바꿨습니다.")
    return page.see_other(request, href_of(room_id) + "/members", flash=flash)
