"""Search follows what the slices say has moved."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence

from kit.event import Event
from kit.outbox import Handler
from node.ports.findable import Findable
from node.search.service import Search


def subscriptions(search: Search, findables: Sequence[Findable]) -> Mapping[type[Event], Handler]:
    """What makes the index move."""
    return {kind: search.follow for one in findables for kind in one.moved_by}


@contextlib.asynccontextmanager
async def renewing(search: Search) -> AsyncIterator[None]:
    """While the server runs, the index comes into its present form and stays in it."""
    task = asyncio.create_task(search.renewal.run(), name="search.renewal")
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
