"""What people do on their own: lists are taken over, old invitations are forgotten."""

import contextlib
from collections.abc import AsyncIterator

from kit.i18n import _
from kit.jobs import Daily
from node.people.service import People


def works(people: People) -> list[Daily]:
    """The periodic work."""
    return [
        Daily("people.invitations", _("지난 초대장 정리"), 4, 40, people.invitations.forget_old),
        Daily("people.imports", _("지난 명단의 결과 정리"), 4, 41, people.imports.forget_old),
    ]


@contextlib.asynccontextmanager
async def running(people: People) -> AsyncIterator[None]:
    """Lists that were being taken over when the server stopped go on; the silent
    are counted."""
    await people.silence.count()
    await people.imports.resume()
    yield
    await people.imports.stop()
    await people.silence.stop()
