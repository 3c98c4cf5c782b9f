"""What the portal's page shows and does in somebody's name: rooms, a timeline, writing, devices.

The node signs in to Synapse for them (one device, “마당 포털”) and follows their stream from where it
last stood. Encrypted rooms it can name but not read: their keys are in people's own clients.
"""

import asyncio
from collections import OrderedDict
from typing import Any

import msgspec

from kit.problem import NotFound
from node.messenger.keeper import UNKNOWN_TOKEN
from node.messenger.matrix import MatrixAway, MatrixRefused, path_of
from node.messenger.model import (
    LONGEST_MESSAGE,
    Device,
    Message,
    NotReady,
    RoomLine,
    Timeline,
)
from node.messenger.server import Server
from node.messenger.service import Messenger
from node.people.model import Asker

PORTAL_DEVICE = "PORTAL"
PORTAL_NAME = "마당 포털"
SHOWN = 50
MOST_PEOPLE = 200
WAIT_MS = 25_000

_LINES: dict[str, Any] = {
    "presence": {"types": []},
    "account_data": {"types": []},
    "room": {
        "timeline": {"limit": 1},
        "state": {"lazy_load_members": True},
        "ephemeral": {"types": []},
        "account_data": {"types": []},
    },
}


class Desk:
    """What one person's portal knows between two looks."""

    def __init__(self) -> None:
        self.token = ""
        self.since = ""
        self.rooms: dict[str, RoomLine] = {}
        self.turn = asyncio.Lock()


class Portal:
    """Speaks with Synapse for whoever is signed in to the node."""

    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger
        self._desks: OrderedDict[str, Desk] = OrderedDict()

    # The way in -------------------------------------------------------------------------------

    async def _desk(self, asker: Asker) -> tuple[Server, Desk, str]:
        localpart = await self._messenger.localpart(asker)
        server = self._messenger.ready()
        desk = self._desks.setdefault(asker.id, Desk())
        self._desks.move_to_end(asker.id)
        while len(self._desks) > MOST_PEOPLE:
            self._desks.popitem(last=False)
        return server, desk, localpart

    async def _call(
        self,
        asker: Asker,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        params: dict[str, str] | None = None,
        wait_ms: int = 0,
    ) -> dict[str, Any]:
        """One request in the asker's name, signing in anew where the token no longer counts.

        Raises NotReady, NoAccount, NotFound (Synapse forbids it or knows nothing of it).
        """
        server, desk, localpart = await self._desk(asker)
        for attempt in (1, 2):
            try:
                if not desk.token:
                    desk.token, _device = await server.keeper.sign_in(
                        localpart, PORTAL_DEVICE, PORTAL_NAME
                    )
                return await server.matrix.call(
                    method, path, desk.token, body, params, timeout_s=30 + wait_ms / 1000
                )
            except MatrixAway as error:
                raise NotReady() from error
            except MatrixRefused as error:
                if error.code == UNKNOWN_TOKEN and attempt == 1:
                    desk.token = ""
                    continue
                if error.status in (403, 404):
                    raise NotFound() from error
                raise NotReady() from error
        raise NotReady()

    # Rooms ------------------------------------------------------------------------------------

    async def rooms(self, asker: Asker) -> list[RoomLine]:
        """The asker's rooms and invitations, the liveliest first; spaces are no rooms to talk in."""
        _server, desk, _localpart = await self._desk(asker)
        async with desk.turn:
            params = {"filter": _text(_LINES), "timeout": "0"}
            if desk.since:
                params["since"] = desk.since
            found = await self._call(asker, "GET", path_of("sync"), params=params)
            _take_over(desk, found)
            desk.since = str(found["next_batch"])
            lines = [line for line in desk.rooms.values() if not line.is_space]
        return sorted(lines, key=lambda line: (not line.is_invitation, -line.last_at, line.name))

    async def room(self, asker: Asker, room_id: str) -> RoomLine:
        """One of them. Raises NotFound."""
        for line in await self.rooms(asker):
            if line.room_id == room_id:
                return line
        raise NotFound()

    async def timeline(
        self, asker: Asker, room_id: str, since: str = "", read: str = ""
    ) -> Timeline:
        """The latest messages, or, after `since`, what comes within half a minute. Raises NotFound.

        What is waited for may reach nobody any more: it counts as read only when the page says so
        with its next question (`read`: the last event it shows).
        """
        if read:
            await self._read_to(asker, room_id, read)
        only = {
            **_LINES,
            "room": {**_LINES["room"], "rooms": [room_id], "timeline": {"limit": SHOWN}},
        }
        params = {"filter": _text(only), "timeout": str(WAIT_MS if since else 0)}
        if since:
            params["since"] = since
        found = await self._call(
            asker, "GET", path_of("sync"), params=params, wait_ms=WAIT_MS if since else 0
        )
        joined = found.get("rooms", {}).get("join", {}).get(room_id, {})
        events = joined.get("timeline", {}).get("events", [])
        own = await self.user_id(asker)
        _server, desk, _localpart = await self._desk(asker)
        held = desk.rooms.get(room_id, RoomLine(room_id)).names  # told once, not with each piece
        names = held | _names(joined.get("state", {}).get("events", []) + events)
        messages = tuple(_message(event, names, own) for event in events if is_shown(event))
        if messages and not since:
            await self._read_to(asker, room_id, messages[-1].event_id)
        return Timeline(messages, str(found["next_batch"]))

    async def _read_to(self, asker: Asker, room_id: str, event_id: str) -> None:
        await self._call(
            asker, "POST", path_of("rooms", room_id, "receipt", "m.read", event_id), {}
        )

    async def say(self, asker: Asker, room_id: str, text: str, transaction: str) -> None:
        """Write into a room; the same transaction once only. Raises NotFound."""
        text = text.strip()[:LONGEST_MESSAGE]
        if not text:
            return
        path = path_of("rooms", room_id, "send", "m.room.message", f"portal-{transaction}")
        await self._call(asker, "PUT", path, {"msgtype": "m.text", "body": text})

    async def join(self, asker: Asker, room_id: str) -> None:
        await self._call(asker, "POST", path_of("rooms", room_id, "join"), {})

    async def leave(self, asker: Asker, room_id: str) -> None:
        """Leave a room, or decline an invitation."""
        await self._call(asker, "POST", path_of("rooms", room_id, "leave"), {})

    async def talk_to(self, asker: Asker, user_id: str) -> str:
        """The room the asker talks in with one other person, made where there is none; its id."""
        own = await self.user_id(asker)
        path = path_of("user", own, "account_data", "m.direct")
        try:
            direct = await self._call(asker, "GET", path)
        except NotFound:
            direct = {}
        mine = {line.room_id for line in await self.rooms(asker)}
        for room_id in direct.get(user_id, ()):
            if room_id in mine:
                return str(room_id)
        made = await self._call(
            asker,
            "POST",
            path_of("createRoom"),
            {"preset": "trusted_private_chat", "is_direct": True, "invite": [user_id]},
        )
        room_id = str(made["room_id"])
        direct[user_id] = [*direct.get(user_id, ()), room_id]
        await self._call(asker, "PUT", path, direct)
        return room_id

    async def user_id(self, asker: Asker) -> str:
        """The asker's full Matrix id."""
        server, _desk, localpart = await self._desk(asker)
        return server.keeper.id_of(localpart)

    async def bot_id(self, asker: Asker) -> str:
        server, _desk, _localpart = await self._desk(asker)
        return server.bot.id

    # Devices ----------------------------------------------------------------------------------

    async def devices(self, asker: Asker) -> list[Device]:
        """The asker's own devices, the portal's own not among them."""
        found = await self._call(asker, "GET", path_of("devices"))
        return [
            Device(
                str(one["device_id"]),
                str(one.get("display_name") or one["device_id"]),
                int(one.get("last_seen_ts") or 0),
            )
            for one in found["devices"]
            if one["device_id"] not in (PORTAL_DEVICE, "SSO")
        ]

    async def sign_out_device(self, asker: Asker, device_id: str) -> None:
        """End one device of the asker's own; what it was signed in with no longer counts."""
        server, _desk, localpart = await self._desk(asker)
        user = server.keeper.id_of(localpart)
        try:
            await server.keeper.admin("DELETE", "v2", "users", user, "devices", device_id)
        except MatrixAway as error:
            raise NotReady() from error
        except MatrixRefused as error:
            raise NotFound() from error


def _text(value: dict[str, Any]) -> str:
    return msgspec.json.encode(value).decode()


def _take_over(desk: Desk, found: dict[str, Any]) -> None:
    """Bring what is known of the rooms up to date."""
    rooms = found.get("rooms", {})
    for room_id in rooms.get("leave", {}):
        desk.rooms.pop(room_id, None)
    for room_id, invited in rooms.get("invite", {}).items():
        desk.rooms[room_id] = _invitation(room_id, invited)
    for room_id, joined in rooms.get("join", {}).items():
        held = desk.rooms.get(room_id)
        before = held if held is not None and not held.is_invitation else RoomLine(room_id)
        desk.rooms[room_id] = _updated(before, joined)


def _invitation(room_id: str, invited: dict[str, Any]) -> RoomLine:
    events = invited.get("invite_state", {}).get("events", [])
    names = _names(events)
    kinds = {str(event["type"]): event for event in events}
    inviter = next(
        (
            str(event["sender"])
            for event in events
            if event["type"] == "m.room.member"
            and event.get("content", {}).get("membership") == "invite"
        ),
        "",
    )
    title = kinds.get("m.room.name", {}).get("content", {}).get("name", "")
    is_space = kinds.get("m.room.create", {}).get("content", {}).get("type") == "m.space"
    who = names.get(inviter, inviter)
    return RoomLine(
        room_id, str(title or who), is_space=is_space, is_invitation=True, invited_by=who
    )


def _updated(held: RoomLine, joined: dict[str, Any]) -> RoomLine:
    """A room's line after one more piece of its stream."""
    timeline = joined.get("timeline", {}).get("events", [])
    events = joined.get("state", {}).get("events", []) + timeline
    known = {**held.names, **_names(events)}
    change: dict[str, Any] = {"names": known}
    for event in events:
        content = event.get("content", {})
        if event["type"] == "m.room.name":
            change["title"] = str(content.get("name", ""))
        elif event["type"] == "m.room.encryption":
            change["encrypted"] = True
        elif event["type"] == "m.room.create":
            change["is_space"] = content.get("type") == "m.space"
    summary = joined.get("summary", {})
    heroes = tuple(summary.get("m.heroes", held.heroes))
    change["heroes"] = heroes
    change["people"] = int(summary.get("m.joined_member_count", held.people))
    change["unread"] = int(
        joined.get("unread_notifications", {}).get("notification_count", held.unread)
    )
    shown = [event for event in timeline if is_shown(event)]
    if shown:
        last = shown[-1]
        change["last_at"] = int(last["origin_server_ts"])
        change["last_text"] = _said(last)
        change["last_by"] = known.get(str(last["sender"]), "")
    title = change.get("title", held.title)
    named = title or ", ".join(known.get(one, one) for one in heroes)
    return msgspec.structs.replace(held, name=named or held.room_id, **change)


def _names(events: list[dict[str, Any]]) -> dict[str, str]:
    return {
        str(event["state_key"]): str(event["content"].get("displayname") or event["state_key"])
        for event in events
        if event.get("type") == "m.room.member" and event.get("content", {}).get("membership")
    }


def is_shown(event: dict[str, Any]) -> bool:
    """Whether an event of a room is something said, of whatever shape it is."""
    if event.get("type") == "m.room.encrypted":
        return True
    content = event.get("content", {})
    relation = content.get("m.relates_to")
    corrects = isinstance(relation, dict) and relation.get("rel_type") == "m.replace"
    return event.get("type") == "m.room.message" and "body" in content and not corrects


def _said(event: dict[str, Any]) -> str:
    return "" if event["type"] == "m.room.encrypted" else str(event["content"]["body"])


def _message(event: dict[str, Any], names: dict[str, str], own: str) -> Message:
    sender = str(event["sender"])
    return Message(
        event_id=str(event["event_id"]),
        sender=names.get(sender, sender),
        text=_said(event),
        at=int(event["origin_server_ts"]),
        is_own=sender == own,
        is_sealed=event["type"] == "m.room.encrypted",
    )
