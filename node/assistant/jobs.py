"""The assistant follows what search shows, forgets old conversations, runs its worker."""

from collections.abc import AsyncIterator, Mapping

from aiohttp import web

from kit.event import Event
from kit.i18n import _
from kit.jobs import Jobs
from kit.outbox import Handler
from node.assistant.service import Assistant
from node.search.model import SearchChanged


def subscriptions(assistant: Assistant) -> Mapping[type[Event], Handler]:
    """What makes the worker's index move."""
    return {SearchChanged: assistant.changed}


def schedule(jobs: Jobs, assistant: Assistant) -> None:
    """Register the periodic work."""
    jobs.daily("assistant.expire", _("90일 지난 도우미 대화 지우기"), 4, 50, assistant.expire)


async def running(app: web.Application, assistant: Assistant) -> AsyncIterator[None]:
    """Cleanup context: the worker runs while the server does."""
    await assistant.start()
    yield
    await assistant.stop()
