"""What runs by itself: fetching, and knowing the other nodes of this network."""

import logging
from collections.abc import AsyncIterator

from aiohttp import web

from kit.lan import NODE_SERVICE, Neighbours, browsing
from node.releases.service import Releases
from node.releases.sources import Neighbour

log = logging.getLogger(__name__)


class Nearby:
    """The nodes announced on this network at this moment."""

    def __init__(self) -> None:
        self._heard: Neighbours | None = None

    def __call__(self) -> list[Neighbour]:
        if self._heard is None:
            return []
        return [
            Neighbour(found.facts["id"], f"http://{found.host}:{found.port}")
            for found in self._heard.found()
            if "id" in found.facts
        ]

    async def listening(self, app: web.Application) -> AsyncIterator[None]:
        """Cleanup context: hears who announces themselves."""
        async with browsing(NODE_SERVICE) as heard:
            self._heard = heard
            yield
            self._heard = None


async def running(app: web.Application, releases: Releases) -> AsyncIterator[None]:
    """Cleanup context: releases are fetched while the node serves."""
    await releases.start()
    yield
    await releases.stop()
