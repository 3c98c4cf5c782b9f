"""What the portal's page shows and does in somebody's name: rooms, a timeline, writing, devices.

The node signs in to Synapse for them (one device, “마당 포털”) and follows their stream from where it
last stood. Encrypted rooms it can name but not read: their keys are in people's own clients.
"""

import asyncio
import contextlib
from collections import OrderedDict
from typing import Any

import msgspec

from kit.problem import NotFound
from kit.typed import whole
from node.messenger.model import (
    LONGEST_MESSAGE,
    ChatMessage,
    ClientDevice,
    MessengerNotReady,
    RoomEncrypted,
    RoomLine,
    Timeline,
)
from node.messenger.portal.events import (
    ENCRYPTION,
    REDACTION,
    ROOM,
    WORDS,
    Event,
    Schools,
    changes,
    events_in,
    is_redacted,
    is_shown,
    message,
    names_in,
    servers_in,
    take_over,
)
from node.messenger.server import Server
from node.messenger.service import Messenger
from node.messenger.synapse.keeper import UNKNOWN_TOKEN
from node.messenger.synapse.matrix import MatrixAway, MatrixRefused, path_of
from node.people.model import Asker

PORTAL_DEVICE = "PORTAL"
PORTAL_NAME = "마당 포털"
SHOWN = 50
MOST_PEOPLE = 200
WAIT_MS = 25_000

_QUIET: dict[str, Any] = {"presence": {"types": []}, "account_data": {"types": []}}
_LINES: dict[str, Any] = {
    **_QUIET,
    "room": {
        # By type, so that what is said is not pushed out by who came in.
        "timeline": {"limit": 20, "types": [*WORDS, REDACTION, *ROOM]},
        "state": {"lazy_load_members": True},
        # One's own receipt: without it Synapse is silent about rooms that were read meanwhile.
        "ephemeral": {"types": ["m.receipt"]},
        "account_data": {"types": []},
    },
}
_SAID: dict[str, Any] = {"types": list(WORDS), "lazy_load_members": True}


def _news_of(room_id: str) -> dict[str, Any]:
    return {
        **_QUIET,
        "room": {
            "rooms": [room_id],
            "timeline": {"limit": SHOWN, "types": [*WORDS, REDACTION, ENCRYPTION]},
            "state": {"lazy_load_members": True},
            "ephemeral": {"types": []},
            "account_data": {"types": []},
        },
    }


class PortalMemory:
    """What one person's portal knows between two looks."""

    def __init__(self) -> None:
        self.token = ""
        self.since = ""
        self.rooms: dict[str, RoomLine] = {}
        self.turn = asyncio.Lock()
        self._signing_in = asyncio.Lock()

    async def counting_token(self, server: Server, localpart: str) -> str:
        """The one that counts; a new one where there is none, made once for all calls that wait: who
        signs in to the same device makes the token before worthless."""
        async with self._signing_in:
            if not self.token:
                self.token, _device = await server.keeper.sign_in(
                    localpart, PORTAL_DEVICE, PORTAL_NAME
                )
            return self.token


class Portal:
    """Speaks with Synapse for whoever is signed in to the node."""

    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger
        self._desks: OrderedDict[str, PortalMemory] = OrderedDict()

    # The way in -------------------------------------------------------------------------------

    async def _desk(self, asker: Asker) -> tuple[Server, PortalMemory, str]:
        localpart = await self._messenger.localpart(asker)
        server = self._messenger.ready()
        desk = self._desks.setdefault(asker.id, PortalMemory())
        self._desks.move_to_end(asker.id)
        while len(self._desks) > MOST_PEOPLE:
            self._desks.popitem(last=False)
        return server, desk, localpart

    async def call(
        self,
        asker: Asker,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        params: dict[str, str] | None = None,
        wait_ms: int = 0,
    ) -> dict[str, Any]:
        """One request in the asker's name, signing in anew where the token no longer counts.

        Raises MessengerNotReady, NoAccount, NotFound (Synapse forbids it or knows nothing of it).
        """
        server, desk, localpart = await self._desk(asker)
        for attempt in (1, 2):
            try:
                token = await desk.counting_token(server, localpart)
                line = server.listening if wait_ms else server.matrix
                return await line.call(
                    method, path, token, body, params, timeout_s=30 + wait_ms / 1000
                )
            except MatrixAway as error:
                raise MessengerNotReady() from error
            except MatrixRefused as error:
                if error.code == UNKNOWN_TOKEN and attempt == 1:
                    if desk.token == token:  # else another call has signed in anew meanwhile
                        desk.token = ""
                    continue
                if error.status in (403, 404):
                    raise NotFound() from error
                raise MessengerNotReady() from error
        raise MessengerNotReady()

    # Rooms ------------------------------------------------------------------------------------

    async def rooms(self, asker: Asker) -> list[RoomLine]:
        """The asker's rooms and invitations, the liveliest first; spaces are no rooms to talk in."""
        _server, desk, _localpart = await self._desk(asker)
        async with desk.turn:
            params = {"filter": _text(_LINES), "timeout": "0"}
            if desk.since:
                params["since"] = desk.since
            found = await self.call(asker, "GET", path_of("sync"), params=params)
            take_over(desk.rooms, found, await self._schools(asker, events_in(found)))
            desk.since = str(found["next_batch"])
            lines = [line for line in desk.rooms.values() if not line.is_space]
        return sorted(lines, key=lambda line: (not line.is_invitation, -line.last_at, line.name))

    async def room(self, asker: Asker, room_id: str) -> RoomLine:
        """One of them. Raises NotFound."""
        for line in await self.rooms(asker):
            if line.room_id == room_id:
                return line
        raise NotFound()

    async def people(self, asker: Asker, room_id: str) -> int:
        """How many are in a room now: /sync counts anew only where its filter lets people's coming and
        going through. Raises NotFound."""
        found = await self.call(asker, "GET", path_of("rooms", room_id, "joined_members"))
        return len(found["joined"])

    async def latest(self, asker: Asker, room_id: str) -> Timeline:
        """The latest messages, which thereby count as read where they can be read here, and where to
        listen on. Raises NotFound.
        """
        _server, desk, _localpart = await self._desk(asker)
        if not desk.since:
            await self.rooms(asker)
        since = desk.since  # before the look: what is said between is heard twice, not never
        timeline = await self.earlier(asker, room_id)
        if timeline.messages:
            await self._read_to(asker, room_id, timeline.messages[-1].event_id)
        return msgspec.structs.replace(timeline, since=since)

    async def earlier(self, asker: Asker, room_id: str, before: str = "") -> Timeline:
        """Messages before a place in the stream, by default the newest. Raises NotFound."""
        params = {"dir": "b", "limit": str(SHOWN), "filter": _text(_SAID)}
        if before:
            params["from"] = before
        # Not from /sync: Synapse answers a first one of these from memory for two minutes.
        found = await self.call(asker, "GET", path_of("rooms", room_id, "messages"), params=params)
        events = found["chunk"][::-1]
        names = await self._names(asker, room_id, found.get("state", []) + events)
        own = await self.user_id(asker)
        messages = tuple(message(event, names, own) for event in events if is_shown(event))
        is_more = len(events) == SHOWN
        return Timeline(messages, earlier=str(found.get("end", "")) if is_more else "")

    async def message(self, asker: Asker, room_id: str, event_id: str) -> ChatMessage:
        """One of a room's messages as it stands now. Raises NotFound: there is none, or no more."""
        event = await self.call(asker, "GET", path_of("rooms", room_id, "event", event_id))
        if not is_shown(event) or is_redacted(event):
            raise NotFound()
        await self.room(asker, room_id)  # whose names are known from then on
        names, sender = await self._names(asker, room_id, []), str(event["sender"])
        if sender not in names:  # of earlier than the portal has looked
            path = path_of("rooms", room_id, "state", "m.room.member", sender)
            member: Event = {"type": "m.room.member", "state_key": sender}
            with contextlib.suppress(NotFound):
                member["content"] = await self.call(asker, "GET", path)
                names = await self._names(asker, room_id, [member])
        return message(event, names, await self.user_id(asker))

    async def news(self, asker: Asker, room_id: str, since: str, read: str) -> Timeline:
        """What is said, corrected or deleted after `since`, within half a minute. Raises NotFound.

        What is waited for may reach nobody any more: it counts as read only when the page says so
        with its next question (`read`: the last event it shows).
        """
        if read:
            await self._read_to(asker, room_id, read)
        params = {"filter": _text(_news_of(room_id)), "timeout": str(WAIT_MS), "since": since}
        found = await self.call(asker, "GET", path_of("sync"), params=params, wait_ms=WAIT_MS)
        joined = found.get("rooms", {}).get("join", {}).get(room_id, {})
        events = joined.get("timeline", {}).get("events", [])
        state = joined.get("state", {}).get("events", [])
        names = await self._names(asker, room_id, state + events)
        own = await self.user_id(asker)
        said = [message(event, names, own) for event in events if is_shown(event)]
        for event_id in {changes(event) for event in events} - {""}:
            # Asked of Synapse, which knows whose word it was and who may change it.
            with contextlib.suppress(NotFound):
                path = path_of("rooms", room_id, "event", event_id)
                said.append(message(await self.call(asker, "GET", path), names, own, late=True))
        is_sealed = any(event["type"] == ENCRYPTION for event in state + events)
        return Timeline(tuple(said), str(found["next_batch"]), now_encrypted=is_sealed)

    async def _names(self, asker: Asker, room_id: str, events: list[Event]) -> dict[str, str]:
        """Told once, not with each piece: what is known of the room, and what these events tell."""
        _server, desk, _localpart = await self._desk(asker)
        told = names_in(events, await self._schools(asker, events))
        return desk.rooms.get(room_id, RoomLine(room_id)).names | told

    async def _schools(self, asker: Asker, events: list[Event]) -> Schools:
        server, _desk, _localpart = await self._desk(asker)
        own = server.keeper.server_name
        return await self._messenger.schools_of(servers_in(events) - {own}) | {own: ""}

    async def _read_to(self, asker: Asker, room_id: str, event_id: str) -> None:
        """Tell that everything up to an event was read; of what is encrypted nobody read it here."""
        if not await self._is_encrypted(asker, room_id):
            path = path_of("rooms", room_id, "receipt", "m.read", event_id)
            await self.call(asker, "POST", path, {})

    async def _is_encrypted(self, asker: Asker, room_id: str) -> bool:
        """As Synapse knows it at this moment."""
        try:
            await self.call(asker, "GET", path_of("rooms", room_id, "state", ENCRYPTION))
        except NotFound:
            return False
        return True

    async def say(self, asker: Asker, room_id: str, text: str, transaction: str) -> None:
        """Write into a room; the same transaction once only.

        Raises NotFound, TooLong, RoomEncrypted: plain words there would be all of its that are.
        """
        text = whole("text", text.strip(), LONGEST_MESSAGE)
        if not text:
            return
        if await self._is_encrypted(asker, room_id):
            raise RoomEncrypted()
        path = path_of("rooms", room_id, "send", "m.room.message", f"portal-{transaction}")
        await self.call(asker, "PUT", path, {"msgtype": "m.text", "body": text})

    async def join(self, asker: Asker, room_id: str) -> None:
        """Follow an invitation. Raises NotFound."""
        line = await self.room(asker, room_id)
        await self.call(asker, "POST", path_of("rooms", room_id, "join"), {})
        if line.direct_with:  # whoever looks for a talk of these two finds this one
            direct = await self._direct(asker)
            await self._keep_direct(asker, direct, line.direct_with, room_id)

    async def leave(self, asker: Asker, room_id: str) -> None:
        """Leave a room, or decline an invitation."""
        await self.call(asker, "POST", path_of("rooms", room_id, "leave"), {})

    async def talk_to(self, asker: Asker, user_id: str) -> str:
        """The room the asker talks in with one other person, made where there is none; its id.

        None is one that the page cannot show, or that the other has left.
        """
        direct = await self._direct(asker)
        lines = {line.room_id: line for line in await self.rooms(asker)}
        for room_id in direct.get(user_id, ()):
            line = lines.get(room_id)
            if line is not None and await self._hears(asker, line, user_id):
                return line.room_id
        made = await self.call(
            asker,
            "POST",
            path_of("createRoom"),
            {"preset": "trusted_private_chat", "is_direct": True, "invite": [user_id]},
        )
        room_id = str(made["room_id"])
        await self._keep_direct(asker, direct, user_id, room_id)
        return room_id

    async def _hears(self, asker: Asker, line: RoomLine, user_id: str) -> bool:
        """Whether somebody is reached by what the asker writes on the page of a room."""
        if line.encrypted or line.is_invitation:
            return not line.encrypted
        path = path_of("rooms", line.room_id, "state", "m.room.member", user_id)
        try:
            found = await self.call(asker, "GET", path)
        except NotFound:
            return False
        return found.get("membership") in ("join", "invite")

    async def _direct(self, asker: Asker) -> dict[str, Any]:
        """Matrix id → rooms of a talk of two, as all of the asker's clients have it."""
        path = path_of("user", await self.user_id(asker), "account_data", "m.direct")
        try:
            return await self.call(asker, "GET", path)
        except NotFound:
            return {}

    async def _keep_direct(
        self, asker: Asker, direct: dict[str, Any], user_id: str, room_id: str
    ) -> None:
        path = path_of("user", await self.user_id(asker), "account_data", "m.direct")
        held = direct | {user_id: [*direct.get(user_id, ()), room_id]}
        await self.call(asker, "PUT", path, held)

    async def user_id(self, asker: Asker) -> str:
        """The asker's full Matrix id."""
        server, _desk, localpart = await self._desk(asker)
        return server.keeper.id_of(localpart)

    async def bot_id(self, asker: Asker) -> str:
        server, _desk, _localpart = await self._desk(asker)
        return server.keeper.bot_id

    # Devices ----------------------------------------------------------------------------------

    async def devices(self, asker: Asker) -> list[ClientDevice]:
        """The asker's own devices, the portal's own not among them."""
        found = await self.call(asker, "GET", path_of("devices"))
        return [
            ClientDevice(
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
            raise MessengerNotReady() from error
        except MatrixRefused as error:
            raise NotFound() from error


def _text(value: dict[str, Any]) -> str:
    return msgspec.json.encode(value).decode()
