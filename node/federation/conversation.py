"""The conversation with the hub, for ever: long-poll, back off with full jitter, never give up."""

import asyncio
import logging
import random
from collections.abc import Sequence

from kit.clock import SECOND, Clock
from kit.db import Database
from node.federation import store
from node.federation.model import Conversation, Membership, SyncFailed
from node.federation.service import Federation
from node.ports.province import Affair

log = logging.getLogger(__name__)

FIRST_PAUSE_MS = 2 * SECOND
LONGEST_PAUSE_MS = 300 * SECOND
BROKEN_OFF_PAUSE_MS = 60 * SECOND  # what failed could not even be noted: the disk is full
UNJOINED_PAUSE_MS = 3 * SECOND  # `madang-node join` works beside a running server


class Talking:
    """Syncs one after the other, as long as the server runs."""

    def __init__(
        self, db: Database, clock: Clock, federation: Federation, affairs: Sequence[Affair]
    ) -> None:
        self._db = db
        self._clock = clock
        self._federation = federation
        self._affairs = affairs
        self.grown = asyncio.Event()
        """The ledger has grown: its head should go up, but not in haste after a failure."""

    async def converse(self) -> None:
        """Until it is cancelled, whatever fails."""
        while True:
            try:
                membership = await self._db.read(store.membership)
                pause_ms = UNJOINED_PAUSE_MS
                if membership is not None:
                    pause_ms = await self._one_turn(membership)
            except Exception:
                log.exception("the conversation with the province broke off")
                pause_ms = random.randint(BROKEN_OFF_PAUSE_MS // 2, BROKEN_OFF_PAUSE_MS)
            await self._pause(pause_ms)

    async def _one_turn(self, membership: Membership) -> int:
        """One sync with its bookkeeping; how long to wait before the next (ms)."""
        settings = membership.grant.sync
        started = self._clock.now()
        state = await self._db.read(store.conversation)
        wait_ms = settings.wait_ms if state.last_ok_at is not None else 0
        try:
            again = await self._sync_until_woken(wait_ms)
        except SyncFailed as error:
            return await self._failed(state, started, error)
        except Exception as error:  # a fault of ours, or something the hub should not have said
            log.exception("what the hub said cannot be taken over")
            reason = f"{type(error).__name__}: {error}"
            return await self._failed(state, started, SyncFailed(reason))
        if state.failures:
            for affair in self._affairs:
                if affair.back_online is not None:
                    affair.back_online()
        now = self._clock.now()
        held_back = max(0, settings.interval_ms - (now - started))
        pause = 0 if again or wait_ms else min(held_back, SECOND)
        done = Conversation(started, now, 0, "", now + pause)
        await self._db.write(lambda tx: store.save_conversation(tx, done))
        return max(pause if again else max(pause, SECOND), self._federation.not_before_ms)

    async def _failed(self, state: Conversation, started: int, error: SyncFailed) -> int:
        """Keep why a sync failed, for the administrator; how long to wait before the next (ms)."""
        ceiling = min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** min(state.failures, 10))
        pause = max(error.retry_after_ms, random.randint(ceiling // 4, ceiling))
        log.warning("sync failed", extra={"reason": error.reason, "pause_ms": pause})
        failed = Conversation(
            started, state.last_ok_at, state.failures + 1, error.reason[:500], started + pause
        )
        await self._db.write(lambda tx: store.save_conversation(tx, failed))
        return pause

    async def _sync_until_woken(self, wait_ms: int) -> bool:
        """A sync whose long wait ends early when this school has something to say: everything in
        it may be repeated, so breaking off costs nothing.

        A sync that brings a head the hub has not seen has no long wait. It is left to end when the
        ledger grows on, or on a slow line many signatures one after the other would never arrive.
        """
        self.grown.clear()
        self._federation.brings_head = False
        talking = asyncio.create_task(self._federation.sync_once(wait_ms))
        waking = asyncio.create_task(self._federation.wake.wait())
        growing = asyncio.create_task(self.grown.wait())
        try:
            await asyncio.wait({talking, waking, growing}, return_when=asyncio.FIRST_COMPLETED)
            if self._federation.brings_head and not (talking.done() or waking.done()):
                await asyncio.wait({talking, waking}, return_when=asyncio.FIRST_COMPLETED)
            if talking.done():
                return talking.result() or growing.done()
            self._federation.wake.clear()
            return True
        finally:
            for task in (talking, waking, growing):
                task.cancel()
            await asyncio.gather(talking, waking, growing, return_exceptions=True)

    async def _pause(self, pause_ms: int) -> None:
        if pause_ms <= 0:
            return
        try:
            async with asyncio.timeout(pause_ms / 1000):
                await self._federation.wake.wait()
        except TimeoutError:
            return
        self._federation.wake.clear()
