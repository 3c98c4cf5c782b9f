"""What the releases do by themselves: sign again in time, tidy up, follow a school's ring."""

import contextlib
from collections.abc import AsyncIterator, Mapping

from hub.releases.making import Making
from hub.releases.service import Releases
from hub.releases.stream import ReleaseStream
from hub.schools.model import SchoolPlaced
from kit.db import Tx
from kit.event import Event
from kit.i18n import _
from kit.jobs import Daily
from kit.outbox import Handler


def subscriptions(stream: ReleaseStream) -> Mapping[type[Event], Handler]:
    """A school that changes its ring hears what that ring is offered."""

    def placed(tx: Tx, event: SchoolPlaced) -> None:
        stream.ring_changed(tx, event.school_id)

    return {SchoolPlaced: placed}


def works(releases: Releases) -> list[Daily]:
    """Metadata lives two weeks and longer; a daily turn leaves many days to notice a failure."""
    return [
        Daily("releases.renew", _("배포 서명 갱신"), 1, 10, releases.renew),
        Daily("releases.tidy", _("지난 배포 정리"), 1, 40, releases.tidy),
    ]


@contextlib.asynccontextmanager
async def running(making: Making, releases: Releases) -> AsyncIterator[None]:
    """The repository is open while the server runs, and what was interrupted is marked."""
    await making.start()
    await releases.start()
    yield
    await releases.stop()
