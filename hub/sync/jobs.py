"""The conversation's life in the server: it learns of news of other hub processes, and lets go."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from aiohttp import web

from hub.sync.service import Sync
from kit.db import Database, StorageFailed

log = logging.getLogger(__name__)

LOOK_EVERY_S = 3


async def conversation(app: web.Application, db: Database, sync: Sync) -> AsyncIterator[None]:
    """Cleanup context. With PostgreSQL, where several hub processes may share one database, news
    written by another process is looked for every few seconds: one small query for all nodes."""
    await sync.start()
    looking = None
    if db.driver.name == "postgresql":
        looking = asyncio.create_task(_look(sync), name="sync:look")
    yield
    sync.waiting.close()
    if looking is not None:
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking


async def _look(sync: Sync) -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            await sync.look()
        except StorageFailed:
            log.warning("could not look for news of other hub processes")
