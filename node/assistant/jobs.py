"""The assistant follows what search shows, forgets old conversations, runs its worker."""

import contextlib
from collections.abc import AsyncIterator, Mapping

from kit.event import Event
from kit.i18n import _
from kit.jobs import Daily
from kit.outbox import Handler
from node.assistant.service import Assistant
from node.search.model import SearchChanged


def subscriptions(assistant: Assistant) -> Mapping[type[Event], Handler]:
    """What makes the worker's index move."""
    return {SearchChanged: assistant.changed}


def works(assistant: Assistant) -> list[Daily]:
    """The periodic work."""
    title = _("90일 지난 도우미 대화 삭제")
    return [Daily("assistant.expire", title, 4, 50, assistant.expire)]


@contextlib.asynccontextmanager
async def running(assistant: Assistant) -> AsyncIterator[None]:
    """The worker runs while the server does."""
    await assistant.start()
    yield
    await assistant.stop()
