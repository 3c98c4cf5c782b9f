"""The node's own hand in Synapse: accounts, rooms and members made to be what people data say.

Everything here compares what is with what should be, so it may run any number of times.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Any

from joserfc import jwt
from joserfc.jwk import OctKey

from kit.clock import Clock
from node.messenger.model import AccountSeen, local_of
from node.messenger.synapse.homeserver import BOT, JOINING, KEEPER, Secrets
from node.messenger.synapse.joining import RULES, VOUCHED_FOR
from node.messenger.synapse.matrix import PINNED, Matrix, MatrixRefused, admin_path, path_of

TOKEN_SECONDS = 30
KEEPER_DEVICE = "NODE"
KEEPER_NAME = "학교 메신저"
ACCOUNTS_AT_ONCE = 200
BROUGHT_IN_AT_ONCE = 50
"""Few enough that Synapse answers well within the time a request has (`QUICK_S`)."""
MODERATOR, NODE_ALONE = 50, 100
"""Power levels (Client-Server API, `m.room.power_levels`)."""
LEVELS = dict.fromkeys(("state_default", "invite", "kick", "ban"), NODE_ALONE) | {
    "redact": MODERATOR
}
"""Of a room of the staff: moderators pin and take back, everything else about it is the node's."""
ENTRANCE = {"type": RULES, "state_key": "", "content": VOUCHED_FOR}
UNKNOWN_TOKEN = "M_UNKNOWN_TOKEN"  # noqa: S105 — an errcode


class Keeper:
    """Speaks to Synapse as its administrator, and for people who are signed in to the node."""

    def __init__(self, matrix: Matrix, own: Secrets, server_name: str, clock: Clock) -> None:
        self._matrix = matrix
        self._secrets = own
        self._clock = clock
        self.server_name = server_name
        self._token = ""

    def id_of(self, localpart: str) -> str:
        return f"@{localpart}:{self.server_name}"

    @property
    def bot_id(self) -> str:
        return self.id_of(BOT)

    # Signing in -------------------------------------------------------------------------------

    async def open(self) -> None:
        """Have the keeper's account and the bot's, and a token of the keeper's."""
        nonce = (await self._matrix.call("GET", admin_path("v1", "register")))["nonce"]
        await self._register_keeper(str(nonce))
        self._token = (await self.sign_in(KEEPER, KEEPER_DEVICE))[0]
        called = {"displayname": KEEPER_NAME}  # rooms tell who invites and puts out
        await self.admin("PUT", "v2", "users", self.id_of(KEEPER), body=called)
        no_limit = {"messages_per_second": 0, "burst_count": 0}
        keeper = self.id_of(KEEPER)
        await self.admin("POST", "v1", "users", keeper, "override_ratelimit", body=no_limit)
        register = {"type": "m.login.application_service", "username": BOT, "inhibit_login": True}
        try:
            await self._matrix.call("POST", path_of("register"), self._secrets.as_token, register)
        except MatrixRefused as error:
            if error.code != "M_USER_IN_USE":
                raise

    async def _register_keeper(self, nonce: str) -> None:
        password = secrets.token_urlsafe(32)  # nobody keeps it: tokens come from `sign_in`
        parts = [nonce, KEEPER, password, "admin"]
        mac = hmac.new(
            self._secrets.registration.encode(),
            b"\0".join(part.encode() for part in parts),
            hashlib.sha1,  # as Synapse's shared-secret registration demands
        ).hexdigest()
        body = {
            "nonce": nonce,
            "username": KEEPER,
            "password": password,
            "admin": True,
            "mac": mac,
        }
        try:
            await self._matrix.call("POST", admin_path("v1", "register"), body=body)
        except MatrixRefused as error:
            if error.code != "M_USER_IN_USE":
                raise

    async def sign_in(self, localpart: str, device: str, device_name: str = "") -> tuple[str, str]:
        """(access token, device id) for an account of this server. Raises MatrixRefused."""
        now = self._clock.now() // 1000
        claims = {
            "sub": localpart,
            "iss": "madang",
            "aud": "messenger",
            "iat": now,
            "exp": now + TOKEN_SECONDS,
        }
        token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(self._secrets.jwt))
        body = {"type": "org.matrix.login.jwt", "token": token, "device_id": device}
        if device_name:
            body["initial_device_display_name"] = device_name
        answer = await self._matrix.call("POST", path_of("login"), body=body)
        return str(answer["access_token"]), str(answer["device_id"])

    # Accounts ---------------------------------------------------------------------------------

    async def admin(
        self,
        method: str,
        version: str,
        *parts: str,
        body: dict[str, Any] | None = None,
        params: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """One call of the admin API. Raises MatrixAway, MatrixRefused."""
        path = admin_path(version, *parts)
        return await self._matrix.call(method, path, self._token, body, params)

    async def call(
        self, method: str, path: str, body: dict[str, Any] | None = None, **params: str
    ) -> dict[str, Any]:
        """One call of the client API as the keeper."""
        return await self._matrix.call(method, path, self._token, body, params or None)

    async def set_account(self, localpart: str, name: str, *, locked: bool) -> None:
        """Make or change an account; a closed one is opened again."""
        body = {"displayname": name, "deactivated": False, "locked": locked, "admin": False}
        await self.admin("PUT", "v2", "users", self.id_of(localpart), body=body)

    async def accounts(self) -> list[AccountSeen]:
        """All accounts of this server, closed and locked ones among them."""
        found: list[AccountSeen] = []
        place = "0"
        every = {"guests": "true", "deactivated": "true", "locked": "true"}
        while place:
            piece = {"from": place, "limit": str(ACCOUNTS_AT_ONCE)}
            page = await self.admin("GET", "v2", "users", params=every | piece)
            found += (
                AccountSeen(
                    local_of(one["name"], self.server_name),
                    str(one["displayname"] or ""),
                    bool(one["deactivated"]),
                    bool(one["locked"]),
                    bool(one["admin"]),
                )
                for one in page["users"]
            )
            place = str(page.get("next_token", ""))
        return found

    async def close_account(self, localpart: str) -> None:
        """End an account: its devices, its places in rooms; the name stays taken."""
        try:
            await self.admin(
                "POST", "v1", "deactivate", self.id_of(localpart), body={"erase": False}
            )
        except MatrixRefused as error:
            if error.status != 404:
                raise

    async def log_out(self, localpart: str) -> None:
        """End all devices of an account."""
        user = self.id_of(localpart)
        found = await self.admin("GET", "v2", "users", user, "devices")
        devices = [device["device_id"] for device in found.get("devices", ())]
        if devices:
            await self.admin(
                "POST", "v2", "users", user, "delete_devices", body={"devices": devices}
            )

    async def end_device(self, localpart: str, device_id: str) -> None:
        """End one device of an account, and every token it holds; whether there is such a one or not."""
        user = self.id_of(localpart)
        try:
            await self.admin("DELETE", "v2", "users", user, "devices", device_id)
        except MatrixRefused as error:
            if error.status != 404:
                raise

    async def pushers(self, localpart: str) -> list[dict[str, Any]]:
        """How an account's clients have themselves woken (Admin API, "pushers")."""
        found = await self.admin("GET", "v1", "users", self.id_of(localpart), "pushers")
        return list(found["pushers"])

    async def end_pusher(self, localpart: str, app_id: str, pushkey: str) -> None:
        """In its owner's name, since Synapse lets nobody else; no device of theirs shows it."""
        user = self.id_of(localpart)
        token = str((await self.admin("POST", "v1", "users", user, "login"))["access_token"])
        ending = {"kind": None, "app_id": app_id, "pushkey": pushkey}
        await self._matrix.call("POST", path_of("pushers", "set"), token, ending)
        await self._matrix.call("POST", path_of("logout"), token, {})

    # Rooms ------------------------------------------------------------------------------------

    async def make_space(self, name: str) -> str:
        """With nobody but the keeper in it; its id."""
        answer = await self.call(
            "POST",
            path_of("createRoom"),
            {
                "name": name,
                "preset": "private_chat",
                "creation_content": {"type": "m.space"},
                "initial_state": [ENTRANCE],
                "power_level_content_override": {"events_default": 100, "invite": 100},
            },
        )
        return str(answer["room_id"])

    async def make_room(self, name: str, space_id: str, moderators: Iterable[str] = ()) -> str:
        """A room of the staff that says to be of the space, with nobody but the keeper in it; its id.

        These moderate it once they are in, as after `set_moderators`.
        """
        levels = {
            **LEVELS,
            "events": {PINNED: MODERATOR},
            "users": {self.id_of(KEEPER): NODE_ALONE}
            | {self.id_of(one): MODERATOR for one in moderators},
        }
        answer = await self.call(
            "POST",
            path_of("createRoom"),
            {
                "name": name,
                "preset": "private_chat",
                "power_level_content_override": levels,
                "initial_state": [
                    ENTRANCE,
                    {
                        "type": "m.space.parent",
                        "state_key": space_id,
                        "content": {"canonical": True, "via": [self.server_name]},
                    },
                ],
            },
        )
        return str(answer["room_id"])

    async def show_in_space(self, space_id: str, room_id: str) -> None:
        path = path_of("rooms", space_id, "state", "m.space.child", room_id)
        await self.call("PUT", path, {"via": [self.server_name]})

    async def set_moderators(self, room_id: str, localparts: Iterable[str]) -> None:
        """Let these, and no others, pin and take back what is said; everything else about the room
        is the node's."""
        path = path_of("rooms", room_id, "state", "m.room.power_levels", "")
        held = await self.call("GET", path)
        keeper = self.id_of(KEEPER)
        own = {user: level for user, level in held.get("users", {}).items() if user == keeper}
        levels = {
            "users": own | {self.id_of(one): MODERATOR for one in localparts},
            "events": dict.fromkeys(held.get("events", {}), NODE_ALONE) | {PINNED: MODERATOR},
            **LEVELS,
        }
        if held | levels != held:
            await self.call("PUT", path, held | levels)

    async def rename(self, room_id: str, name: str) -> None:
        await self.call(
            "PUT", path_of("rooms", room_id, "state", "m.room.name", ""), {"name": name}
        )

    async def members_of(self, room_id: str) -> set[str]:
        """Who is in a room now, of all servers."""
        found = await self.admin("GET", "v1", "rooms", room_id, "members")
        return {str(member) for member in found["members"]}

    async def bring_in(self, room_id: str, localparts: Iterable[str]) -> set[str]:
        """Have some of ours join a room of ours, many at once (`joining.py`); those whom Synapse does
        not know. Raises MatrixAway, MatrixRefused; who came in until then stays in."""
        users = [self.id_of(one) for one in localparts]
        unknown: set[str] = set()
        for start in range(0, len(users), BROUGHT_IN_AT_ONCE):
            some = users[start : start + BROUGHT_IN_AT_ONCE]
            answer = await self.call("POST", JOINING, {"room_id": room_id, "user_ids": some})
            unknown |= {local_of(user, self.server_name) for user in answer["unknown"]}
        return unknown

    async def put_out(self, room_id: str, user_id: str) -> None:
        await self.call("POST", path_of("rooms", room_id, "kick"), {"user_id": user_id})

    async def greet(self, server_name: str) -> None:
        """Have our server ask another one something: it hears that we are back and sends what
        waits. Without it the other side tries again only after a minute."""
        await self.call("GET", path_of("profile", f"@{KEEPER}:{server_name}"))
