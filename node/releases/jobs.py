"""Releases are fetched while the server runs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from node.releases.service import Releases


async def running(app: web.Application, releases: Releases) -> AsyncIterator[None]:
    """Cleanup context: `Releases.run` while the server does."""
    work = asyncio.create_task(releases.run(), name="releases")
    yield
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work
