"""Lets schools hear of notices: addresses them in portions, then opens their streams at once.

What an officer decides is one unit, which puts a dispatch at the end of the line. Its schools are
addressed in small units, each with the note of how far it got, so that others write between them and
a hub that was killed goes on where it was. The last unit moves the number up to which schools may
hear: no school hears of a notice that another cannot, and nobody has to be asked twice.
"""

import asyncio

from hub.broadcasts import deliveries, earlier, store
from hub.broadcasts.model import Dispatch, News, NoticeAct, NoticeSent
from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx
from kit.outbox import publish

PORTION = 200  # schools in one unit: some milliseconds


class Dispatcher:
    """Carries dispatches on, one after the other, to their end."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._turn = asyncio.Lock()

    async def carry_on(self) -> None:
        """Return once all that is in the line is out. May be called at any time, also by another
        process of this hub; raises StorageFailed, and what was done stays done."""
        async with self._turn:
            while await self._db.write(self.step):
                pass

    def step(self, tx: Tx) -> bool:
        """The next portion of the first dispatch in the line; whether there may be more to do."""
        dispatch = deliveries.first_pending(tx)
        if dispatch is None:
            return False
        if earlier.bring_some(tx, dispatch.notice_id):
            return True
        known = store.notice(tx, dispatch.notice_id)
        assert known is not None, "a notice on its way is not thrown away"
        if dispatch.revision == 1:
            schools, position = deliveries.meant(tx, known.target, dispatch.position, PORTION)
            deliveries.address(tx, dispatch.notice, schools)
            count = len(schools)
        elif dispatch.revision:
            count, position = known.schools, None
        else:
            must = known.content.must_acknowledge
            count, position = deliveries.remind(tx, dispatch, must, dispatch.begun_at, PORTION)
        deliveries.advance(tx, dispatch.seq, position or "", count)
        if position is None:
            self._finish(tx, dispatch, dispatch.schools + count)
        return True

    def _finish(self, tx: Tx, dispatch: Dispatch, schools: int) -> None:
        act = NoticeAct.REMIND
        known = store.notice(tx, dispatch.notice_id)
        assert known is not None, "a notice on its way is not thrown away"
        detail: dict[str, object] = {"title": known.content.title, "schools": schools}
        if dispatch.revision:
            sent = store.revision(tx, dispatch.notice_id, dispatch.revision)
            assert sent is not None, "a revision on its way is kept"
            store.set_sent(tx, sent, dispatch.begun_at)
            store.set_schools(tx, sent.id, schools)
            act = (
                NoticeAct.REVOKE
                if sent.revoked
                else NoticeAct.CORRECT
                if sent.revision > 1
                else NoticeAct.SEND
            )
            detail = {"revision": sent.revision, **detail}
            publish(tx, NoticeSent(sent.id, sent.revision), self._clock.now())
        deliveries.finish(tx, dispatch)
        by = audit.Actor(dispatch.sent_by, dispatch.sent_by_name)
        audit.record(tx, self._clock, by, act, dispatch.notice_id, **detail)
        tx.signal(News())
