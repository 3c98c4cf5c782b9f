"""What somebody is signed in with, and its end."""

from kit.problem import NotFound
from node.messenger.model import ClientDevice, MessengerNotReady
from node.messenger.portal.line import PORTAL_DEVICE, PortalLine
from node.messenger.service import Messenger
from node.messenger.synapse.matrix import MatrixAway, MatrixRefused, path_of
from node.people.model import Asker


class Devices:
    """The asker's own."""

    def __init__(self, messenger: Messenger, portal: PortalLine) -> None:
        self._messenger = messenger
        self._portal = portal

    async def listed(self, asker: Asker) -> list[ClientDevice]:
        """All of them but the portal's own. Raises MessengerNotReady, NoAccount."""
        found = await self._portal.call(asker, "GET", path_of("devices"))
        return [
            ClientDevice(
                str(one["device_id"]),
                str(one.get("display_name") or one["device_id"]),
                int(one.get("last_seen_ts") or 0),
            )
            for one in found["devices"]
            if one["device_id"] not in (PORTAL_DEVICE, "SSO")
        ]

    async def sign_out(self, asker: Asker, device_id: str) -> None:
        """End one; what it was signed in with no longer counts. Raises NotFound."""
        user = await self._portal.user_id(asker)
        keeper = self._messenger.ready().keeper
        try:
            await keeper.admin("DELETE", "v2", "users", user, "devices", device_id)
        except MatrixAway as error:
            raise MessengerNotReady() from error
        except MatrixRefused as error:
            raise NotFound() from error
