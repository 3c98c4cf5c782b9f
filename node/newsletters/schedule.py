"""Letters that wait for their hour: each goes out by itself, or is set aside with the reason why."""

import functools
import logging

from kit.clock import Clock
from kit.db import Database, StorageFailed, Tx
from kit.i18n import _
from kit.patience import Patience
from node.newsletters import store
from node.newsletters.model import DecisionEnded, Incomplete, NotAsDecided, State
from node.newsletters.publishing import Publisher

log = logging.getLogger(__name__)

UNEXPECTED = _(
    "알 수 없는 문제로 발행하지 못했습니다. 다시 보내 보시고, 계속되면 학교 관리자에게 알려 주세요."
)


class Schedule:
    """Publishes what is due.

    What a letter lacks sets it aside at once: nobody but its author can mend that; so does what was
    changed after the decision, and the end of an author's right to decide alone. What nobody
    expected is tried again a few times (kit.patience), then the letter is set aside as well.
    """

    def __init__(self, db: Database, clock: Clock, publisher: Publisher) -> None:
        self._db = db
        self._clock = clock
        self._publisher = publisher
        self._patience = Patience(clock)

    async def publish_due(self) -> int:
        """Publish what is scheduled and whose hour has come; how many went out.

        Each letter is one unit that looks at its state again: it goes out exactly once, however
        often this runs, and none that fails stops the next. Raises StorageFailed.
        """
        now = self._clock.now()
        out = 0
        for newsletter_id in await self._db.read(lambda tx: store.due(tx, now)):
            if self._patience.waits(newsletter_id):
                continue
            try:
                publish = functools.partial(self._publish, newsletter_id=newsletter_id, now=now)
                out += await self._db.write(publish)
                self._patience.forget(newsletter_id)
            except StorageFailed:
                raise  # no letter is to blame: all of them wait
            except Incomplete as lacking:
                await self._hold(newsletter_id, "\n".join(lacking.fields.values()))
            except (NotAsDecided, DecisionEnded) as refused:
                await self._hold(newsletter_id, refused.text)
            except Exception:
                log.exception("a letter could not be published", extra={"letter": newsletter_id})
                if self._patience.ends(newsletter_id):
                    await self._hold(newsletter_id, UNEXPECTED)
        return out

    def _publish(self, tx: Tx, newsletter_id: str, now: int) -> int:
        letter = store.letter(tx, newsletter_id)
        if letter is None or letter.state != State.SCHEDULED:
            return 0
        if letter.scheduled_at is None or letter.scheduled_at > now:
            return 0
        author = store.author(tx, letter)
        if not self._publisher.is_decided(tx, letter, author):
            raise DecisionEnded()
        self._publisher.publish(tx, letter, author, now)
        return 1

    async def _hold(self, newsletter_id: str, why: str) -> None:
        """Set a letter aside, if it still waits; its author and approver are told."""

        def unit(tx: Tx) -> None:
            letter = store.letter(tx, newsletter_id)
            if letter is not None and letter.state == State.SCHEDULED:
                self._publisher.hold(tx, letter, store.author(tx, letter), why)

        await self._db.write(unit)
