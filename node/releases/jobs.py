"""Releases are fetched while the server runs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from kit.i18n import _
from kit.jobs import Daily
from node.releases.arrivals import Arrivals
from node.releases.service import Releases


def works(releases: Releases) -> list[Daily]:
    """The periodic work."""
    title = _("배포받은 자료 손상 여부 확인")
    return [Daily("releases.check", title, 4, 20, releases.check)]


@contextlib.asynccontextmanager
async def running(arrivals: Arrivals) -> AsyncIterator[None]:
    """`Arrivals.run` while the server does."""
    work = asyncio.create_task(arrivals.run(), name="releases")
    yield
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work
