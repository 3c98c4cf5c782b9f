"""Search follows what is published, corrected, withdrawn, received and extracted."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

from kit.event import Event
from kit.outbox import Handler
from node.drive.model import DriveFileChanged
from node.newsletters.model import (
    AttachmentExtracted,
    NewsletterCorrected,
    NewsletterPublished,
    NewsletterWithdrawn,
)
from node.official.model import OfficialReceived, OfficialRevoked
from node.search.service import Search


def subscriptions(search: Search) -> Mapping[type[Event], Handler]:
    """What makes the index move."""
    return {
        NewsletterPublished: search.published,
        NewsletterCorrected: search.corrected,
        NewsletterWithdrawn: search.withdrawn,
        AttachmentExtracted: search.extracted,
        OfficialReceived: search.received,
        OfficialRevoked: search.revoked,
        DriveFileChanged: search.drive_changed,
    }


@contextlib.asynccontextmanager
async def renewing(search: Search) -> AsyncIterator[None]:
    """While the server runs, the index comes into its present form and stays in it."""
    task = asyncio.create_task(search.renewal.run(), name="search.renewal")
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
