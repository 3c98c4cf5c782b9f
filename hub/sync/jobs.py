"""The conversation's life in the server: it learns of news of other hub processes, and lets go."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from hub.sync.lookout import Lookout
from hub.sync.service import Sync
from kit.db import Database

LOOK_EVERY_S = 3


@contextlib.asynccontextmanager
async def running(db: Database, sync: Sync, lookout: Lookout) -> AsyncIterator[None]:
    """The conversation, while the listener serves its routes.

    With PostgreSQL, where several hub processes may share one database, news written by another
    process is looked for every few seconds: one small query for all nodes.
    """
    await sync.start()
    await lookout.start()
    looking = None
    if db.driver.name == "postgresql":
        looking = asyncio.create_task(_look(lookout), name="sync:look")
    yield
    if looking is not None:
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking
    await lookout.stop()


async def _look(lookout: Lookout) -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        await lookout.look()
