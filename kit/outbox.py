"""Transactional outbox: an event is recorded in the transaction that made it happen.

`publish(tx, event, at)` inside a unit of work; subscribers get every event at least once and in
order. A subscriber's handlers run as `handler(tx, event)` in one unit together with the advance
of its cursor, so what it writes is neither lost nor doubled. A handler that fails is tried again
with back-off; its error stands in `kit_subscription` for the administrator's page.

Events are no history: what every subscriber has heard is removed after KEPT (`Outbox.forget`). A
subscriber that is new hears what happens from then on, unless it wants all that is still there
(`Since`). Numbers never begin again.

A handler whose effect grows with the school works in `Steps`: each is a unit of its own, the writer
serves others between them, and the position is written together with what the step wrote.

    def families_changed(tx: Tx, event: FamiliesChanged, at: str | None) -> str | None:
        people = next_people(tx, event, after=at or "", limit=50)
        ...
        return people[-1] if people else None

    outbox.subscribe("notify", {FamiliesChanged: Steps(families_changed)})
"""

import asyncio
import enum
import functools
import logging
import random
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from kit.clock import DAY, Clock, monotonic
from kit.db import Database, Row, StorageFailed, Tx, encode
from kit.event import Event, event_tag
from kit.portion import REST, UNIT_S, Portion
from kit.schema import get_meta, set_meta

log = logging.getLogger(__name__)

Step = Callable[[Tx, Any, str | None], str | None]
BATCH = 200
KEPT = 30 * DAY
REMOVED = "events.removed"  # kit_meta: the highest number of an event that was removed
LONGEST_PAUSE_S = 60.0
LOOK_EVERY_S = 5.0


class Steps:
    """A handler that takes an event in steps of at most UNIT_S each.

    `step(tx, event, at)` does the next one and returns where to go on, or None when the event is
    done; `at` is None for the first. A step that fails is tried again from where it began, also after
    a restart, perhaps by a later release: give positions (an id, a name) that keep their meaning.
    """

    def __init__(self, step: Step) -> None:
        self.step = step


Handler = Callable[[Tx, Any], None] | Steps


class Since(enum.Enum):
    """From where on a subscriber hears that was not there before."""

    NOW = "now"
    BEGINNING = "beginning"  # from the first event that is still kept


def publish(tx: Tx, event: Event, at: int) -> int:
    """Record the event; its sequence number."""
    seq = 1 + _newest(tx)
    tx.execute(
        "INSERT INTO kit_event (seq, tag, body, at) VALUES (?, ?, ?, ?)",
        (seq, event_tag(type(event)), encode(event), at),
    )
    tx.signal(event)
    return seq


class Subscription:
    """One subscriber: which events it wants and what it does with each."""

    def __init__(self, name: str, handlers: Mapping[type[Any], Handler], since: Since) -> None:
        self.name = name
        self.since = since
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

    def subscribe(
        self, name: str, handlers: Mapping[type[Any], Handler], since: Since = Since.NOW
    ) -> None:
        """Name a subscriber before start(); its name keys its cursor for ever."""
        if name in self._subscriptions:
            raise ValueError(f"two subscribers named {name}")
        self._subscriptions[name] = Subscription(name, handlers, since)

    async def register(self) -> None:
        """Give each subscriber that has none its cursor: done whenever the database is opened, so that
        nothing that follows passes it by."""
        await self._db.write(self._register)

    async def start(self) -> None:
        """Hand on what waits, and what happens from now on."""
        await self.register()
        for subscription in self._subscriptions.values():
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
        while await self._db.read(self._is_behind):
            self._wake_all()
            await asyncio.sleep(0.01)

    async def forget(self) -> int:
        """Remove the events that every subscriber has heard and that are older than KEPT, some at a
        time; how many they were. A subscription that this program has not does not count: its part
        is gone, and would else keep everything for ever."""
        removed, at, is_done = 0, 0, False
        while not is_done:
            begun = monotonic()
            at, count, is_done = await self._db.write(functools.partial(self._remove, after=at))
            removed += count
            await asyncio.sleep(REST * (monotonic() - begun))
        return removed

    def _remove(self, tx: Tx, after: int) -> tuple[int, int, bool]:
        """Of those behind a number, for the time of one unit: where to go on, how many were removed,
        and whether that was all."""
        now = self._clock.now()
        cursors = self._cursors(tx)
        heard_by_all = min(cursors.values()) if cursors else 0
        portion, removed = Portion(), 0
        while True:
            numbers = tx.rows(
                "SELECT seq FROM kit_event WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
                (after, heard_by_all, BATCH),
            )
            if not numbers:
                return after, removed, True
            last = int(numbers[-1][0])
            # In the order of their time, but for what a clock that was wrong dated in advance.
            old = tx.execute(
                "DELETE FROM kit_event WHERE seq > ? AND seq <= ? AND (at < ? OR at > ?)",
                (after, last, now - KEPT, now + DAY),
            )
            if not old:
                return after, removed, True
            after, removed = last, removed + old
            set_meta(tx, REMOVED, str(max(last, _removed(tx))))
            if portion.is_full():
                return after, removed, False

    def _cursors(self, tx: Tx) -> dict[str, int]:
        """By name what each subscriber of this program has heard last."""
        known: dict[str, int] = dict(tx.rows("SELECT name, seq FROM kit_subscription"))
        return {name: int(known.get(name, 0)) for name in self._subscriptions}

    def _is_behind(self, tx: Tx) -> bool:
        """Whether a subscriber has something to hear."""
        newest = int(tx.value("SELECT coalesce(max(seq), 0) FROM kit_event"))
        return any(seq < newest for seq in self._cursors(tx).values())

    async def _look(self) -> None:
        """Events that another process published (a command beside the server) are heard too; and who
        wants none of what was published moves past it, many at once instead of each by itself."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                if await self._db.read(self._is_behind):
                    self._wake_all()
            except StorageFailed:
                log.warning("could not look for events of other processes")
            except Exception:
                log.exception("could not look for events of other processes")

    def _wake_all(self) -> None:
        for subscription in self._subscriptions.values():
            subscription.wake.set()

    def _register(self, tx: Tx) -> None:
        newest = _newest(tx)
        for one in self._subscriptions.values():
            tx.execute(
                "INSERT INTO kit_subscription (name, seq, moved_at) VALUES (?, ?, ?)"
                " ON CONFLICT (name) DO NOTHING",
                (one.name, newest if one.since is Since.NOW else 0, self._clock.now()),
            )

    def _committed(self, signals: list[object]) -> None:
        tags = {event_tag(type(signal)) for signal in signals if isinstance(signal, Event)}
        for subscription in self._subscriptions.values():
            if not tags.isdisjoint(subscription.handlers):
                subscription.wake.set()

    async def _run(self, subscription: Subscription) -> None:
        pause = 0.5
        limit_s = UNIT_S
        while True:
            subscription.wake.clear()
            try:
                more = await self._db.write(
                    functools.partial(self._advance, subscription=subscription, limit_s=limit_s)
                )
            except Exception as error:
                log.exception("subscriber failed", extra={"subscriber": subscription.name})
                await self._note_failure(subscription.name, error)
                await asyncio.sleep(random.uniform(0, pause))
                pause = min(pause * 2, LONGEST_PAUSE_S)
                limit_s = 0.0  # past a bad event step by step, so that the good ones before it land
                continue
            pause = 0.5
            if not more:
                limit_s = UNIT_S
                await subscription.wake.wait()

    def _advance(self, tx: Tx, subscription: Subscription, limit_s: float) -> bool:
        """Hand on the next events for at most `limit_s`, but one step at least; whether more may
        wait."""
        seq, at = tx.rows(
            "SELECT seq, position FROM kit_subscription WHERE name = ?", (subscription.name,)
        )[0]
        limit = BATCH if limit_s and at is None else 1
        rows: list[Row] = tx.rows(
            "SELECT seq, tag, body FROM kit_event WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit)
        )
        if not rows:
            return False
        portion = Portion(limit_s)
        for following, tag, body in rows:
            at = _hand_on(tx, subscription.handlers.get(tag), body, at, portion)
            if at is not None:
                break
            seq = following
            if portion.is_full():
                break
        tx.execute(
            "UPDATE kit_subscription SET seq = ?, position = ?, failures = 0, last_error = NULL,"
            " moved_at = ? WHERE name = ?",
            (seq, at, self._clock.now(), subscription.name),
        )
        return int(seq) < int(rows[-1][0]) or len(rows) == limit

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


def _hand_on(
    tx: Tx, wanted: tuple[type[Any], Handler] | None, body: str, at: str | None, portion: Portion
) -> str | None:
    """Let a handler have the event, or the steps of it there is time for; where to go on."""
    if wanted is None:
        return None
    kind, run = wanted
    event = msgspec.json.decode(body, type=kind)
    if not isinstance(run, Steps):
        run(tx, event)
        return None
    while (at := run.step(tx, event, at)) is not None and not portion.is_full():
        pass
    return at


def _newest(tx: Tx) -> int:
    """The highest number that an event has had."""
    return max(int(tx.value("SELECT coalesce(max(seq), 0) FROM kit_event")), _removed(tx))


def _removed(tx: Tx) -> int:
    """The highest number of an event that was removed."""
    return int(get_meta(tx, REMOVED) or 0)
