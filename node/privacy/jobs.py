"""What happens beside the pages: copies are made one after the other, old ones go."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from kit.i18n import _
from kit.jobs import Daily
from node.privacy.copies import Copies

log = logging.getLogger(__name__)

RETRY_S = 30.0


def works(copies: Copies) -> list[Daily]:
    """The periodic work."""
    title = _("30일 지난 개인정보 사본 삭제")
    return [Daily("privacy.copies", title, 4, 50, copies.remove_old)]


@contextlib.asynccontextmanager
async def making(copies: Copies) -> AsyncIterator[None]:
    """Copies are made as they are asked for, and those that waited at the start."""
    copies.waiting.set()
    task = asyncio.create_task(_run(copies), name="privacy.copies")
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def _run(copies: Copies) -> None:
    while True:
        await copies.waiting.wait()
        try:
            await copies.make_waiting()
        except Exception:
            log.exception("copies of personal data are not made")
            copies.waiting.set()
            await asyncio.sleep(RETRY_S)
