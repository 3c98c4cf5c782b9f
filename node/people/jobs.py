"""What people do on their own: lists are taken over, old invitations are forgotten."""

from collections.abc import AsyncIterator

from aiohttp import web

from kit.i18n import _
from kit.jobs import Jobs
from node.people.service import People


def schedule(jobs: Jobs, people: People) -> None:
    """Register the periodic work."""
    jobs.daily("people.invitations", _("지난 초대장 정리"), 4, 40, people.invitations.forget_old)
    jobs.daily("people.imports", _("지난 명단의 결과 정리"), 4, 41, people.imports.forget_old)


async def running(_app: web.Application, people: People) -> AsyncIterator[None]:
    """Cleanup context: lists that were being taken over when the server stopped go on; the silent
    are counted."""
    await people.silence.count()
    await people.imports.resume()
    yield
    await people.imports.stop()
    await people.silence.stop()
