"""Transactional outbox: an event is recorded in the transaction that made it happen.

`publish(tx, event, at)` inside a unit of work; subscribers get every event at least once and in
order. A subscriber's handlers run as `handler(tx, event)` in one unit together with the advance
of its cursor, so what it writes is neither lost nor doubled. A handler that fails is tried again
with back-off; its error stands in `kit_subscription` for the administrator's page.
"""

import asyncio
import functools
import logging
import random
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from kit.clock import Clock, monotonic
from kit.db import Database, Row, StorageFailed, Tx, encode
from kit.event import Event, event_tag

log = logging.getLogger(__name__)

Handler = Callable[[Tx, Any], None]
BATCH = 200
UNIT_S = 0.02  # of handlers in one unit: who writes meanwhile waits no longer than that
LONGEST_PAUSE_S = 60.0
LOOK_EVERY_S = 5.0


def publish(tx: Tx, event: Event, at: int) -> int:
    """Record the event; its sequence number."""
    seq = int(tx.value("SELECT coalesce(max(seq), 0) + 1 FROM kit_event"))
    tx.execute(
        "INSERT INTO kit_event (seq, tag, body, at) VALUES (?, ?, ?, ?)",
        (seq, event_tag(type(event)), encode(event), at),
    )
    tx.signal(event)
    return seq


class Subscription:
    """One subscriber: which events it wants and what it does with each."""

    def __init__(self, name: str, handlers: Mapping[type[Any], Handler]) -> None:
        self.name = name
        self.handlers = {event_tag(kind): (kind, run) for kind, run in handlers.items()}
        self.wake = asyncio.Event()


class Outbox:
    """Runs the subscriptions; one task each."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._subscriptions: dict[str, Subscription] = {}
        self._tasks: list[asyncio.Task[None]] = []
        db.on_commit(self._committed)

    def subscribe(self, name: str, handlers: Mapping[type[Any], Handler]) -> None:
        """Register a subscriber before start(); its name keys its cursor for ever."""
        if name in self._subscriptions:
            raise ValueError(f"two subscribers named {name}")
        self._subscriptions[name] = Subscription(name, handlers)

    async def start(self) -> None:
        for subscription in self._subscriptions.values():
            await self._db.write(functools.partial(self._register, name=subscription.name))
            self._tasks.append(
                asyncio.create_task(self._run(subscription), name=f"outbox:{subscription.name}")
            )

        self._tasks.append(asyncio.create_task(self._look(), name="outbox:look"))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def drained(self) -> None:
        """Return once every subscriber has seen all that is published now."""
        while await self._db.read(_behind):
            self._wake_all()
            await asyncio.sleep(0.01)

    async def _look(self) -> None:
        """Events that another process published (a command beside the server) are heard too."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                if await self._db.read(_behind):
                    self._wake_all()
            except StorageFailed:
                log.warning("could not look for events of other processes")

    def _wake_all(self) -> None:
        for subscription in self._subscriptions.values():
            subscription.wake.set()

    def _register(self, tx: Tx, name: str) -> None:
        tx.execute(
            "INSERT INTO kit_subscription (name, seq, moved_at) VALUES (?, 0, ?)"
            " ON CONFLICT (name) DO NOTHING",
            (name, self._clock.now()),
        )

    def _committed(self, signals: list[object]) -> None:
        if any(isinstance(signal, Event) for signal in signals):
            self._wake_all()

    async def _run(self, subscription: Subscription) -> None:
        pause = 0.5
        batch = BATCH
        while True:
            subscription.wake.clear()
            try:
                more = await self._db.write(
                    functools.partial(self._advance, subscription=subscription, limit=batch)
                )
            except Exception as error:
                log.exception("subscriber failed", extra={"subscriber": subscription.name})
                await self._note_failure(subscription.name, error)
                await asyncio.sleep(random.uniform(0, pause))
                pause = min(pause * 2, LONGEST_PAUSE_S)
                batch = 1  # past a bad event step by step, so that the good ones before it land
                continue
            pause = 0.5
            if not more:
                batch = BATCH
                await subscription.wake.wait()

    def _advance(self, tx: Tx, subscription: Subscription, limit: int) -> bool:
        """Hand on the next events, for a bounded time; whether more may wait."""
        begun = monotonic()
        rows: list[Row] = tx.rows(
            "SELECT e.seq, e.tag, e.body FROM kit_event e"
            " WHERE e.seq > (SELECT seq FROM kit_subscription WHERE name = ?)"
            " ORDER BY e.seq LIMIT ?",
            (subscription.name, limit),
        )
        if not rows:
            return False
        last = 0
        for seq, tag, body in rows:
            wanted = subscription.handlers.get(tag)
            if wanted is not None:
                kind, run = wanted
                run(tx, msgspec.json.decode(body, type=kind))
            last = seq
            if monotonic() - begun > UNIT_S:
                break
        tx.execute(
            "UPDATE kit_subscription SET seq = ?, failures = 0, last_error = NULL, moved_at = ?"
            " WHERE name = ?",
            (last, self._clock.now(), subscription.name),
        )
        return last < rows[-1][0] or len(rows) == limit

    async def _note_failure(self, name: str, error: Exception) -> None:
        def note(tx: Tx) -> None:
            tx.execute(
                "UPDATE kit_subscription SET failures = failures + 1, last_error = ?"
                " WHERE name = ?",
                (f"{type(error).__name__}: {error}"[:500], name),
            )

        try:
            await self._db.write(note)
        except Exception:
            log.exception("could not record a subscriber's failure")


def _behind(tx: Tx) -> int:
    """How many subscribers have something to hear."""
    return int(
        tx.value(
            "SELECT count(*) FROM kit_subscription"
            " WHERE seq < (SELECT coalesce(max(seq), 0) FROM kit_event)"
        )
    )
