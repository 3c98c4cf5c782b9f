"""Runs inside Synapse: a password is right when the node says so.

Synapse asks this module at each sign-in of a client with a password; the module asks the node over
loopback. When the node is away nobody can sign in anew, and who is signed in stays so. It imports
nothing of Madang, so that Synapse's process holds only this file of it.
"""

import logging
from typing import Any

log = logging.getLogger(__name__)


class NodePasswords:
    """A password provider (`register_password_auth_provider_callbacks` of Synapse's module API)."""

    def __init__(self, config: dict[str, str], api: Any) -> None:
        self._url = config["url"]
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
    ) -> tuple[str, None] | None:
        """The user's full id when the node knows the login and the password; None otherwise."""
        try:
            answer = await self._api.http_client.post_json_get_json(
                self._url,
                {"user": username, "password": login["password"]},
                headers={b"Authorization": [f"Bearer {self._secret}".encode()]},
            )
        except Exception as error:
            log.warning("the node does not answer a sign-in: %s", error)
            return None
        user_id, name = answer.get("user_id"), answer.get("name")
        if not user_id:
            return None
        if not await self._api.check_user_exists(user_id):
            localpart = user_id[1:].split(":", 1)[0]
            await self._api.register_user(localpart, displayname=name)
        return user_id, None
