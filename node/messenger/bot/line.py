"""The bot's own line to Synapse, as an application service (Matrix Application Service API, v1)."""

from typing import Any

from node.messenger.synapse.homeserver import BOT, Secrets
from node.messenger.synapse.matrix import Matrix, path_of

NAME = "마당 도우미"


class BotLine:
    """Calls in the bot's name. Raises MatrixAway, MatrixRefused."""

    def __init__(self, matrix: Matrix, own: Secrets, server_name: str) -> None:
        self._matrix = matrix
        self._secrets = own
        self.server_name = server_name
        self.id = f"@{BOT}:{server_name}"
        self._device = ""

    async def sign_in(self, device: str) -> str:
        """The access token of one device, for reading what is encrypted. From then on the bot's calls
        are that device's: Synapse remembers transaction ids over a kill only with one."""
        body = {
            "type": "m.login.application_service",
            "identifier": {"type": "m.id.user", "user": BOT},
            "device_id": device,
            "initial_device_display_name": NAME,
        }
        answer = await self._matrix.call("POST", path_of("login"), self._secrets.as_token, body)
        self._device = str(answer["device_id"])
        return str(answer["access_token"])

    async def call(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """One call of the client API."""
        who = {"user_id": self.id}
        if self._device:
            who["device_id"] = self._device
        return await self._matrix.call(method, path, self._secrets.as_token, body, who)
