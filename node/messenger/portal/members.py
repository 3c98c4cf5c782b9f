"""Who is in a room, whom else one invites, and rooms of people one chooses."""

from typing import Any

import msgspec

from kit.i18n import _
from kit.problem import Invalid, NotFound
from kit.typed import one_line
from node.messenger.model import LONGEST_ROOM_NAME
from node.messenger.portal.portal import Portal
from node.messenger.synapse.homeserver import KEEPER
from node.messenger.synapse.matrix import path_of
from node.people.model import Asker

INVITE, CHANGE = 50, 50
"""The levels that it takes where a room says nothing (Client-Server API, `m.room.power_levels`)."""


class RoomMember(msgspec.Struct, frozen=True):
    """Somebody in a room, or invited into it. `name`: what they are called there."""

    user_id: str
    name: str
    is_self: bool
    is_invited: bool


class RoomPeople(msgspec.Struct, frozen=True):
    """The members of a room by name, and whether the asker may invite others and name the room."""

    members: tuple[RoomMember, ...]
    invites: bool
    renames: bool


class RoomMembers:
    """Of the rooms that the asker is in. The account by which the node keeps rooms is nobody."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    async def count(self, asker: Asker, room_id: str) -> int:
        """How many are in a room now: /sync counts anew only where its filter lets people's coming and
        going through. Raises NotFound."""
        path = path_of("rooms", room_id, "joined_members")
        return len(self._people((await self._portal.call(asker, "GET", path))["joined"]))

    async def of_room(self, asker: Asker, room_id: str) -> RoomPeople:
        """Raises NotFound."""
        portal = self._portal
        await portal.room(asker, room_id)
        path, wanted = path_of("rooms", room_id, "members"), {"not_membership": "leave"}
        found = (await portal.call(asker, "GET", path, params=wanted))["chunk"]
        states = {
            str(one["state_key"]): str(one["content"]["membership"])
            for one in found
            if one["content"].get("membership") in ("join", "invite")
        }
        names = await portal.names(asker, room_id, found)
        own = await portal.user_id(asker)
        members = [
            RoomMember(one, names.get(one, ""), one == own, states[one] == "invite")
            for one in self._people(states)
        ]
        levels = await portal.call(
            asker, "GET", path_of("rooms", room_id, "state", "m.room.power_levels")
        )
        level = levels.get("users", {}).get(own, levels.get("users_default", 0))
        renaming = levels.get("state_default", CHANGE)
        return RoomPeople(
            tuple(sorted(members, key=lambda one: (one.is_invited, not one.is_self, one.name))),
            invites=level >= levels.get("invite", INVITE),
            renames=level >= levels.get("events", {}).get("m.room.name", renaming),
        )

    async def gather(self, asker: Asker, name: str) -> str:
        """A new room of the asker's own, into which they invite whom they choose; its id. One of that name
        where they are still alone, and nothing was said, is the same asked for again.

        Raises Invalid (no name), TooLong.
        """
        name = _named(name)
        for line in await self._portal.rooms(asker):
            if line.title == name and not line.last_id and not line.is_invitation:
                members = (await self.of_room(asker, line.room_id)).members
                if all(one.is_self for one in members):
                    return line.room_id
        wanted = {"preset": "private_chat", "name": name}
        made = await self._portal.call(asker, "POST", path_of("createRoom"), wanted)
        return str(made["room_id"])

    async def invite(self, asker: Asker, room_id: str, user_id: str) -> None:
        """Once only, whoever is there or invited already. Raises NotFound: also where the asker may not."""
        if not user_id.startswith("@") or ":" not in user_id:
            raise NotFound()
        members = (await self.of_room(asker, room_id)).members
        if user_id not in {one.user_id for one in members}:
            path = path_of("rooms", room_id, "invite")
            await self._portal.call(asker, "POST", path, {"user_id": user_id})

    async def rename(self, asker: Asker, room_id: str, name: str) -> None:
        """Raises Invalid (no name), TooLong, NotFound: also where the asker may not."""
        path = path_of("rooms", room_id, "state", "m.room.name")
        await self._portal.call(asker, "PUT", path, {"name": _named(name)})

    @staticmethod
    def _people(user_ids: dict[str, Any]) -> list[str]:
        return [one for one in user_ids if one[1:].partition(":")[0] != KEEPER]


def _named(name: str) -> str:
    name = one_line("name", name, LONGEST_ROOM_NAME)
    if not name:
        raise Invalid({"name": _("대화방 이름을 입력해 주세요.")})
    return name
