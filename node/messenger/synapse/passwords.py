"""Runs inside Synapse: a password is right when the node says so.

What a client typed was changed for a ticket before it came here. Synapse asks this module whose it
is, and for a password where a client asks its user once more; the module asks the node over loopback. When the node is away nobody can sign in anew, and who is signed in stays so. It imports
nothing of Madang, so that Synapse's process holds only this file of it.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

log = logging.getLogger(__name__)


SignedIn = Callable[[dict[str, Any]], Awaitable[None]]
"""What Synapse calls once a client is in, with its answer to the sign-in."""


class NodePasswords:
    """A password provider (`register_password_auth_provider_callbacks` of Synapse's module API)."""

    def __init__(self, config: dict[str, str], api: Any) -> None:
        self._url = config["url"]
        self._signed_in_url = config["signed_in_url"]
        self._secret = config["secret"]
        self._api = api
        api.register_password_auth_provider_callbacks(
            auth_checkers={("m.login.password", ("password",)): self.check_password}
        )

    @staticmethod
    def parse_config(config: dict[str, str]) -> dict[str, str]:
        """Synapse hands the module's part of its settings through here."""
        return config

    async def check_password(
        self, username: str, login_type: str, login: dict[str, Any]
    ) -> tuple[str, SignedIn] | None:
        """The user's full id when the node knows the login and the password; None otherwise."""
        try:
            asked = {"user": username, "password": login["password"]}
            answer = await self._ask(self._url, asked)
        except Exception as error:
            log.warning("the node does not answer a sign-in: %s", error)
            return None
        user_id, name = answer.get("user_id"), answer.get("name")
        if not user_id:
            return None
        if not await self._api.check_user_exists(user_id):
            localpart = user_id[1:].split(":", 1)[0]
            await self._api.register_user(localpart, displayname=name)

        async def signed_in(result: dict[str, Any]) -> None:
            # When the node cannot remember it, the client does not come in.
            device = {"user_id": user_id, "device_id": result["device_id"]}
            by = {name: answer[name] for name in ("app_password", "generation")}
            await self._ask(self._signed_in_url, device | by)

        return user_id, signed_in

    async def _ask(self, url: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {b"Authorization": [f"Bearer {self._secret}".encode()]}
        found = await self._api.http_client.post_json_get_json(url, body, headers=headers)
        return dict(found)
