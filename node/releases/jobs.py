"""Releases are fetched while the server runs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from kit.i18n import _
from kit.jobs import Jobs
from node.releases.service import Releases


def schedule(jobs: Jobs, releases: Releases) -> None:
    """Register the periodic work."""
    jobs.daily("releases.check", _("배포 받은 자료가 온전한지 확인"), 4, 20, releases.check)


async def running(app: web.Application, releases: Releases) -> AsyncIterator[None]:
    """Cleanup context: `Releases.run` while the server does."""
    work = asyncio.create_task(releases.run(), name="releases")
    yield
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work
