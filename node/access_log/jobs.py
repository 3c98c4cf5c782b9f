"""What the access log does on its own: take over what was noted, tend the chain each day."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from kit.i18n import _
from kit.jobs import Daily
from node.access_log.service import AccessLog

log = logging.getLogger(__name__)

GATHER_S = 3.0  # so long lines gather before one unit takes them over
RETRY_S = 30.0


def works(access_log: AccessLog) -> list[Daily]:
    """The periodic work."""
    return [Daily("access_log.tend", _("접속기록 점검과 정리"), 2, 40, access_log.tend)]


@contextlib.asynccontextmanager
async def taking_over(access_log: AccessLog) -> AsyncIterator[None]:
    """While the server runs, what is noted is taken over soon after.

    Not a job of the schedule: those leave a row at each run, and this one should cost nothing
    while nobody looks.
    """
    await access_log.start()
    task = asyncio.create_task(_run(access_log), name="access_log")
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await access_log.stop()


async def _run(access_log: AccessLog) -> None:
    while True:
        await access_log.waiting.wait()
        try:
            await access_log.take_over()
        except Exception:
            log.exception("the access log is not taken over")
            access_log.waiting.set()
            await asyncio.sleep(RETRY_S)
        await asyncio.sleep(GATHER_S)
