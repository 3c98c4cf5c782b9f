"""Letters that wait for their hour: each goes out by itself, or is set aside with the reason why."""

import functools
import logging

from kit.clock import MINUTE, Clock
from kit.db import Database, StorageFailed, Tx
from kit.i18n import _
from node.newsletters import store
from node.newsletters.model import Incomplete, State
from node.newsletters.publishing import Publisher

log = logging.getLogger(__name__)

ATTEMPTS = 5
UNEXPECTED = _(
    "알 수 없는 문제로 발행하지 못했습니다. 다시 보내 보시고, 되풀이되면 학교 관리자에게 알려 주세요."
)


class Schedule:
    """Publishes what is due.

    What a letter lacks sets it aside at once: nobody but its author can mend that. What nobody
    expected is tried again after 1, 2, 4 and 8 minutes, then the letter is set aside as well.
    """

    def __init__(self, db: Database, clock: Clock, publisher: Publisher) -> None:
        self._db = db
        self._clock = clock
        self._publisher = publisher
        self._failed: dict[str, tuple[int, int]] = {}
        """Letter → how often it failed, and when it is tried again (ms)."""

    async def publish_due(self) -> int:
        """Publish what is scheduled for now or earlier; how many went out.

        Each letter is one unit that looks at its state again: it goes out exactly once, however
        often this runs, and none that fails stops the next. Raises StorageFailed.
        """
        now = self._clock.now()
        out = 0
        for newsletter_id in await self._db.read(lambda tx: store.due(tx, now)):
            _times, not_before = self._failed.get(newsletter_id, (0, 0))
            if now < not_before:
                continue
            try:
                publish = functools.partial(self._publish, newsletter_id=newsletter_id, now=now)
                out += await self._db.write(publish)
            except StorageFailed:
                raise  # no letter is to blame: all of them wait
            except Incomplete as lacking:
                await self._hold(newsletter_id, "\n".join(lacking.fields.values()))
            except Exception:
                log.exception("a letter could not be published", extra={"letter": newsletter_id})
                await self._note_failure(newsletter_id, now)
            else:
                self._failed.pop(newsletter_id, None)
        return out

    def _publish(self, tx: Tx, newsletter_id: str, now: int) -> int:
        letter = store.letter(tx, newsletter_id)
        if letter is None or letter.state != State.SCHEDULED:
            return 0
        if letter.scheduled_at is None or letter.scheduled_at > now:
            return 0
        self._publisher.publish(tx, letter, store.author(tx, letter), now)
        return 1

    async def _note_failure(self, newsletter_id: str, now: int) -> None:
        times = self._failed.get(newsletter_id, (0, 0))[0] + 1
        self._failed[newsletter_id] = (times, now + MINUTE * 2 ** (times - 1))
        if times >= ATTEMPTS:
            await self._hold(newsletter_id, UNEXPECTED)

    async def _hold(self, newsletter_id: str, why: str) -> None:
        """Set a letter aside, if it still waits; its author and approver are told."""

        def unit(tx: Tx) -> None:
            letter = store.letter(tx, newsletter_id)
            if letter is not None and letter.state == State.SCHEDULED:
                self._publisher.hold(tx, letter, store.author(tx, letter), why)

        await self._db.write(unit)
        self._failed.pop(newsletter_id, None)
