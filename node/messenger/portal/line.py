"""The portal's way to Synapse in somebody's name: a sign-in of its own for each of them, and what is
known of them from one look to the next."""

import asyncio
from collections import OrderedDict
from typing import Any

from kit.problem import NotFound
from node.messenger.model import MessengerNotReady, RoomLine
from node.messenger.server import Server
from node.messenger.service import Messenger
from node.messenger.synapse.keeper import UNKNOWN_TOKEN
from node.messenger.synapse.matrix import MatrixAway, MatrixRefused
from node.people.model import Asker

PORTAL_DEVICE = "PORTAL"
PORTAL_NAME = "마당 포털"
MOST_PEOPLE = 200


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


class PortalLine:
    """Calls in the name of whoever is signed in to the node, each by a sign-in of the portal's own."""

    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger
        self._desks: OrderedDict[str, PortalMemory] = OrderedDict()

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

    async def token(self, asker: Asker) -> str:
        """The asker's, which counted a moment ago."""
        server, desk, localpart = await self._desk(asker)
        return await desk.counting_token(server, localpart)

    async def user_id(self, asker: Asker) -> str:
        """The asker's full Matrix id."""
        server, _desk, localpart = await self._desk(asker)
        return server.keeper.id_of(localpart)

    async def bot_id(self, asker: Asker) -> str:
        server, _desk, _localpart = await self._desk(asker)
        return server.keeper.bot_id
