"""What the drive does on its own: read what came, empty the trash after 30 days."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from kit.i18n import _
from kit.jobs import Daily, Every
from node.drive.service import Drive


def works(drive: Drive) -> list[Every | Daily]:
    """The periodic work."""
    return [
        Every("drive.uploads", _("중단된 업로드 정리"), 600, drive.half_way),
        Daily("drive.trash", _("30일 지난 휴지통 비우기"), 4, 40, drive.expire),
    ]


@contextlib.asynccontextmanager
async def reading(drive: Drive) -> AsyncIterator[None]:
    """While the server runs, files are read as they come (and what waited since the last run)."""
    task = asyncio.create_task(drive.reading.run(), name="drive.reading")
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
