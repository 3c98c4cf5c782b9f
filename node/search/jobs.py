"""Search follows what the slices say has moved; its index is looked over at night."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence

from kit.event import Event
from kit.i18n import _
from kit.jobs import Daily
from kit.outbox import Handler
from node.ports.findable import Findable
from node.search.service import Search

COMPARE = _("찾기 색인 점검")


def works(search: Search) -> list[Daily]:
    """The periodic work."""
    return [Daily("search.compare", COMPARE, 4, 35, search.compare_some)]


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
