"""Runs inside Synapse: people of the school come into a room of the school, any number at once.

Synapse's admin API brings in one person by two events, an invitation and a joining, each with a round
of its own through state, push rules, application services and everybody's streams. A module may write
joinings alone, and all as one batch, as Synapse does when it makes a room: in a room of this rule the
asking administrator vouches for each (`join_authorised_via_users_server`, Matrix v1.2), which is judged
by the room's rules as an invitation would be. It imports nothing of Madang.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # Synapse is there once this runs; whoever reads our modules does not load it
    from synapse.events import EventBase
    from synapse.module_api import JsonDict, ModuleApi, Requester, SynapseRequest

MEMBER = "m.room.member"
RULES = "m.room.join_rules"
VOUCHED_FOR: dict[str, Any] = {"join_rule": "restricted", "allow": []}
"""The rule of the school's rooms: being in another room lets nobody in, so that whoever is neither
invited nor vouched for stays outside."""


class RoomJoining:
    """A module that has one web resource (`register_web_resource` of Synapse's module API):

    `POST {"room_id": "!…", "user_ids": ["@…", …]}`, of an administrator of this server only.
    `{"unknown": ["@…", …]}` are those passed over, since this server has no account of theirs.
    """

    def __init__(self, config: dict[str, str], api: "ModuleApi") -> None:
        from synapse.module_api import DirectServeJsonResource

        self._api = api
        answer = self._answer

        class Resource(DirectServeJsonResource):  # type: ignore[misc]  # see pyproject.toml
            async def _async_render_POST(self, request: "SynapseRequest") -> tuple[int, "JsonDict"]:
                return await answer(request)

        api.register_web_resource(config["path"], Resource())

    @staticmethod
    def parse_config(config: dict[str, str]) -> dict[str, str]:
        """Synapse hands the module's part of its settings through here."""
        return config

    async def _answer(self, request: "SynapseRequest") -> tuple[int, "JsonDict"]:
        from synapse.module_api import parse_json_object_from_request
        from synapse.module_api.errors import Codes, SynapseError

        requester = await self._api.get_user_by_req(request)
        if not await self._api.is_user_admin(requester.user.to_string()):
            raise SynapseError(403, "You are not a server admin", Codes.FORBIDDEN)
        asked = parse_json_object_from_request(request)
        user_ids = [str(one) for one in asked["user_ids"]]
        unknown = [one for one in user_ids if not await self._is_known(one)]
        known = [one for one in user_ids if one not in unknown]
        await self._join(requester, str(asked["room_id"]), known)
        return 200, {"unknown": unknown}

    async def _is_known(self, user_id: str) -> bool:
        is_mine = self._api.is_mine(user_id)
        return is_mine and await self._api.get_userinfo_by_id(user_id) is not None

    async def _join(self, requester: "Requester", room_id: str, user_ids: list[str]) -> None:
        asked = [(RULES, ""), *((MEMBER, one) for one in user_ids)]
        found = await self._api.get_room_state(room_id, asked)
        # Synapse drops a whole batch for one event that changes nothing.
        outside = [one for one in user_ids if not _is_in(found.get((MEMBER, one)))]
        inviter = requester.user.to_string()
        events: list[dict[str, Any]] = []
        if outside and not _vouches(found.get((RULES, ""))):
            events.append(_state(room_id, inviter, RULES, "", VOUCHED_FOR))  # an older room
        for user_id in outside:
            content = {
                "membership": "join",
                "join_authorised_via_users_server": inviter,
                **await self._profile(user_id),
            }
            events.append(_state(room_id, user_id, MEMBER, user_id, content))
        # The module API itself writes one event at a time.
        creation = self._api._hs.get_event_creation_handler()  # noqa: SLF001
        await creation.create_and_send_new_client_events(
            requester, room_id, None, events, ratelimit=False
        )

    async def _profile(self, user_id: str) -> dict[str, Any]:
        """As Synapse words it in memberships."""
        profile = await self._api.get_profile_for_user(user_id[1:].split(":", 1)[0])
        worded = {"displayname": profile.display_name, "avatar_url": profile.avatar_url}
        return {name: value for name, value in worded.items() if value is not None}


def _is_in(held: "EventBase | None") -> bool:
    return bool(held is not None and held.membership == "join")


def _vouches(held: "EventBase | None") -> bool:
    return bool(held is not None and held.content.get("join_rule") == VOUCHED_FOR["join_rule"])


def _state(
    room_id: str, sender: str, kind: str, state_key: str, content: dict[str, Any]
) -> "JsonDict":
    return {
        "type": kind,
        "room_id": room_id,
        "sender": sender,
        "state_key": state_key,
        "content": content,
    }
