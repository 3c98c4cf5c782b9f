"""A hub that is killed while it sends a notice: python -m tests.hub.sending_child DATABASE NOTICE.

It addresses the first portion of the schools; SIGKILL ends the process within the second.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from hub.broadcasts import deliveries, store
from hub.broadcasts.dispatcher import PORTION, Dispatcher
from kit.clock import SystemClock
from kit.db import Database, SQLite, Tx
from protocol.official import NoticeAudience, OfficialNotice


class Killed(Dispatcher):
    """Whose power is cut after a second portion was written and before it is committed."""

    def step(self, tx: Tx) -> bool:
        more = super().step(tx)
        dispatch = deliveries.first_pending(tx)
        if dispatch is None or dispatch.schools > PORTION:
            os.kill(os.getpid(), signal.SIGKILL)
        return more


def decide(tx: Tx, notice_id: str, now: int) -> None:
    """What an officer decides is kept; nobody is addressed yet."""
    sent = OfficialNotice(
        id=notice_id,
        reference="",
        title="모두에게",
        body_markdown="",
        audience=NoticeAudience.STAFF,
        issued_at=now,
    )
    store.add_revision(tx, sent, "o1", "김주무관", now)
    deliveries.begin(tx, notice_id, 1, "o1", "김주무관", now)


async def _send(path: Path, notice_id: str) -> None:
    db = Database(SQLite(path))
    await db.open()
    clock = SystemClock()
    await db.write(lambda tx: decide(tx, notice_id, clock.now()))
    await Killed(db, clock).carry_on()


if __name__ == "__main__":
    asyncio.run(_send(Path(sys.argv[1]), sys.argv[2]))
