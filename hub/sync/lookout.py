"""Looks out for news: wakes the waiting requests of the schools that something was written for."""

import asyncio
import logging

from hub.broadcasts.model import News
from hub.broadcasts.stream import NoticeStream
from hub.messenger.model import AllowListChanged
from hub.releases.model import ReleaseNews
from hub.releases.stream import ReleaseStream
from hub.schools.model import StandingChanged
from hub.sync.waiting import Waiting
from kit.db import Database, StorageFailed, Tx

TOGETHER_S = 2.0  # what wakes all schools costs thousands of answers

log = logging.getLogger(__name__)


class Lookout:
    """Hears of each commit of this process, and looks for what others wrote."""

    def __init__(
        self, db: Database, notices: NoticeStream, releases: ReleaseStream, waiting: Waiting
    ) -> None:
        self._db = db
        self._notices = notices
        self._releases = releases
        self._waiting = waiting
        self._looked_to = (0, 0)
        self._looks: set[asyncio.Task[None]] = set()
        self._all: asyncio.TimerHandle | None = None
        db.on_commit(self._committed)

    async def start(self) -> None:
        """Learn how far notices and releases are."""
        self._looked_to = await self._db.read(self._newest)

    async def stop(self) -> None:
        """Wait for what still looks into the database."""
        if self._all is not None:
            self._all.cancel()
        await asyncio.gather(*self._looks)

    async def look(self, *, offers: bool = True) -> None:
        """Wake those for whom something was written since the last look, also by another process of
        this hub. Without `offers` only for notices."""
        before = self._looked_to

        def look(tx: Tx) -> tuple[tuple[int, int], list[str]]:
            if not len(self._waiting):
                return self._newest(tx), []
            last, told = self._notices.addressed_since(tx, before[0])
            offer, offered = self._releases.changed_since(tx, before[1])
            return ((last, offer), [*told, *offered]) if offers else ((last, before[1]), told)

        try:
            now, schools = await self._db.read(look)
        except StorageFailed:
            log.warning("could not look for news")
            return
        except Exception:
            log.exception("could not look for news")
            return
        if schools or not len(self._waiting):  # who came meanwhile is looked for once more
            self._looked_to = now
        self._waiting.wake(schools)

    def _newest(self, tx: Tx) -> tuple[int, int]:
        """The last numbers of notices and of releases that schools may hear of."""
        beyond = 2**62
        return (
            self._notices.addressed_since(tx, beyond)[0],
            self._releases.changed_since(tx, beyond)[0],
        )

    def _committed(self, signals: list[object]) -> None:
        for signal in signals:
            if isinstance(signal, News):
                self._begin_look()
            elif isinstance(signal, ReleaseNews):
                self._waiting.wake(signal.schools)
            elif isinstance(signal, StandingChanged):
                self._waiting.wake([signal.school_id])
            elif isinstance(signal, AllowListChanged):
                self._begin_waking_all()

    def _begin_waking_all(self) -> None:
        """Changes of a moment are told in one answer: a province whose schools all change would else
        answer each of them thousands of times."""
        if self._all is None:
            self._all = asyncio.get_running_loop().call_later(TOGETHER_S, self._wake_all)

    def _wake_all(self) -> None:
        self._all = None
        self._waiting.wake_all()

    def _begin_look(self) -> None:
        look = asyncio.create_task(self.look(offers=False), name="sync:look for news")
        self._looks.add(look)
        look.add_done_callback(self._looks.discard)
