"""What the portal's page shows and does in somebody's name: rooms, a timeline, writing.

The node signs in to Synapse for them (one device, “마당 포털”) and follows their stream from where it
last stood. Encrypted rooms it can name but not read: their keys are in people's own clients.
"""

import asyncio
import contextlib
from typing import Any
from urllib.parse import quote

import msgspec

from kit.problem import NotFound
from kit.typed import whole
from node.messenger.model import (
    LONGEST_MESSAGE,
    ChatMessage,
    RoomEncrypted,
    RoomLine,
    Timeline,
)
from node.messenger.portal.contents import ABOUT_OTHERS, about_by_event, mentioned_in, quoted_by
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
    unnamed,
    unnamed_in,
)
from node.messenger.portal.line import PortalLine
from node.messenger.synapse.matrix import path_of
from node.people.model import Asker

SHOWN = 50
MOST_ABOUT = 100
"""Reactions and votes that are looked at with a page, the newest."""
MOST_QUOTED = 10
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
_ABOUT: dict[str, Any] = {"types": list(ABOUT_OTHERS)}


def _news_of(room_id: str) -> dict[str, Any]:
    return {
        **_QUIET,
        "room": {
            "rooms": [room_id],
            "timeline": {"limit": SHOWN, "types": [*WORDS, *ABOUT_OTHERS, REDACTION, ENCRYPTION]},
            "state": {"lazy_load_members": True},
            "ephemeral": {"types": []},
            "account_data": {"types": []},
        },
    }


class Portal(PortalLine):
    """Speaks with Synapse for whoever is signed in to the node."""

    # Rooms ------------------------------------------------------------------------------------

    async def rooms(self, asker: Asker) -> list[RoomLine]:
        """The asker's rooms and invitations, the liveliest first; spaces are no rooms to talk in."""
        _server, desk, _localpart = await self._desk(asker)
        async with desk.turn:
            params = {"filter": _text(_LINES), "timeout": "0"}
            if desk.since:
                params["since"] = desk.since
            found = await self.call(asker, "GET", path_of("sync"), params=params)
            listed = await self._messenger.names_of(unnamed_in(found))
            schools = await self._schools(asker, events_in(found))
            take_over(desk.rooms, found, schools, listed)
            desk.since = str(found["next_batch"])
            lines = [
                line
                for line in desk.rooms.values()
                if not line.is_space and line.successor not in desk.rooms
            ]
        return sorted(lines, key=lambda line: (not line.is_invitation, -line.last_at, line.name))

    async def stirred(self, asker: Asker) -> None:
        """Return once there may be something new in the asker's rooms, or after half a minute."""
        _server, desk, _localpart = await self._desk(asker)
        if desk.since:
            waited = {"filter": _text(_LINES), "timeout": str(WAIT_MS), "since": desk.since}
            await self.call(asker, "GET", path_of("sync"), params=waited, wait_ms=WAIT_MS)

    async def room(self, asker: Asker, room_id: str) -> RoomLine:
        """One of them. Raises NotFound."""
        await self.rooms(asker)
        _server, desk, _localpart = await self._desk(asker)
        line = desk.rooms.get(room_id)  # one that was replaced has its page still
        if line is None or line.is_space:
            raise NotFound()
        return line

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
        names = await self.names(asker, room_id, found.get("state", []) + events)
        own = await self.user_id(asker)
        shown = [event for event in events if is_shown(event)]
        quoted, about = await asyncio.gather(
            self._quoted(asker, room_id, shown), self._about(asker, room_id, params)
        )
        messages = tuple(
            message(
                event,
                names,
                own,
                quoted=quoted.get(quoted_by(event)),
                about=about.get(str(event["event_id"])),
            )
            for event in shown
        )
        is_more = len(events) == SHOWN
        return Timeline(messages, earlier=str(found.get("end", "")) if is_more else "")

    async def message(self, asker: Asker, room_id: str, event_id: str) -> ChatMessage:
        """One of a room's messages as it stands now. Raises NotFound: there is none, or no more."""
        event = await self.call(asker, "GET", path_of("rooms", room_id, "event", event_id))
        if not is_shown(event) or is_redacted(event):
            raise NotFound()
        await self.room(asker, room_id)  # whose names are known from then on
        names, sender = await self.names(asker, room_id, []), str(event["sender"])
        if sender not in names:  # of earlier than the portal has looked
            path = path_of("rooms", room_id, "state", "m.room.member", sender)
            member: Event = {"type": "m.room.member", "state_key": sender}
            with contextlib.suppress(NotFound):
                member["content"] = await self.call(asker, "GET", path)
                names = await self.names(asker, room_id, [member])
        return await self._as_it_is(asker, room_id, event, names)

    async def _as_it_is(
        self, asker: Asker, room_id: str, event: Event, names: dict[str, str], *, late: bool = False
    ) -> ChatMessage:
        """One message with what it quotes, and what was said of it since."""
        event_id = str(event["event_id"])
        path = f"/_matrix/client/v1/rooms/{quote(room_id, safe='')}/relations/{quote(event_id, safe='')}"
        found = await self.call(asker, "GET", path, params={"limit": str(MOST_ABOUT)})
        about = about_by_event(one for one in found["chunk"] if not is_redacted(one))
        quoted = await self._quoted(asker, room_id, [event])
        return message(
            event,
            names,
            await self.user_id(asker),
            late=late,
            quoted=quoted.get(quoted_by(event)),
            about=about.get(event_id),
        )

    async def _about(
        self, asker: Asker, room_id: str, params: dict[str, str]
    ) -> dict[str, list[Event]]:
        """The newest reactions and votes up to where a page ends, by the message they are about: asked
        for apart, so that they push nothing out that was said."""
        asked = params | {"limit": str(MOST_ABOUT), "filter": _text(_ABOUT)}
        found = await self.call(asker, "GET", path_of("rooms", room_id, "messages"), params=asked)
        return about_by_event(one for one in found["chunk"] if not is_redacted(one))

    async def _quoted(self, asker: Asker, room_id: str, events: list[Event]) -> dict[str, Event]:
        """The messages that these answer, by id; of those not among them, the latest few are asked for."""
        at_hand = {str(event["event_id"]): event for event in events}
        wanted = list(dict.fromkeys(quoted_by(event) for event in events))
        absent = [one for one in wanted if one and one not in at_hand][-MOST_QUOTED:]

        async def ask(event_id: str) -> None:
            with contextlib.suppress(NotFound):
                path = path_of("rooms", room_id, "event", event_id)
                at_hand[event_id] = await self.call(asker, "GET", path)

        await asyncio.gather(*map(ask, absent))
        return at_hand

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
        names = await self.names(asker, room_id, state + events)
        own = await self.user_id(asker)
        shown = [event for event in events if is_shown(event)]
        quoted = await self._quoted(asker, room_id, shown)
        said = [message(event, names, own, quoted=quoted.get(quoted_by(event))) for event in shown]
        for event_id in {changes(event) for event in events} - {""}:
            # Asked of Synapse, which knows whose word it was and who may change it.
            with contextlib.suppress(NotFound):
                path = path_of("rooms", room_id, "event", event_id)
                changed = await self.call(asker, "GET", path)
                said.append(await self._as_it_is(asker, room_id, changed, names, late=True))
        is_sealed = any(event["type"] == ENCRYPTION for event in state + events)
        return Timeline(tuple(said), str(found["next_batch"]), now_encrypted=is_sealed)

    async def names(self, asker: Asker, room_id: str, events: list[Event]) -> dict[str, str]:
        """Told once, not with each piece: what is known of the room, and what these events tell."""
        _server, desk, _localpart = await self._desk(asker)
        told = names_in(events, await self._schools(asker, events))
        known = desk.rooms.get(room_id, RoomLine(room_id)).names | told
        return known | await self._messenger.names_of(unnamed(events) - known.keys())

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

    async def say(
        self, asker: Asker, room_id: str, text: str, transaction: str, **more: object
    ) -> None:
        """Write into a room; the same transaction once only. `more`: parts of the message besides. Whom
        the words name as @이름, and who is in the room, is told.

        Raises NotFound, TooLong, RoomEncrypted: plain words there would be all of its that are.
        """
        text = whole("text", text.strip(), LONGEST_MESSAGE)
        if "@" in text and "m.mentions" not in more:
            path = path_of("rooms", room_id, "joined_members")
            found = await self.call(asker, "GET", path)
            more["m.mentions"] = {"user_ids": mentioned_in(text, found["joined"])}
        if text:
            await self.send(asker, room_id, {"msgtype": "m.text", "body": text} | more, transaction)

    async def send(
        self,
        asker: Asker,
        room_id: str,
        content: dict[str, Any],
        transaction: str,
        kind: str = "m.room.message",
    ) -> None:
        """Raises NotFound, RoomEncrypted."""
        if await self._is_encrypted(asker, room_id):
            raise RoomEncrypted()
        path = path_of("rooms", room_id, "send", kind, f"portal-{transaction}")
        await self.call(asker, "PUT", path, content)

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
            line = lines.get(self._latest_of(asker, room_id))
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

    def _latest_of(self, asker: Asker, room_id: str) -> str:
        """The room itself, or by which it was replaced."""
        rooms, seen = self._desks[asker.id].rooms, {""}
        while room_id in rooms and rooms[room_id].successor not in seen:
            seen.add(room_id)
            room_id = rooms[room_id].successor
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


def _text(value: dict[str, Any]) -> str:
    return msgspec.json.encode(value).decode()
