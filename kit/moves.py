"""Moves: data of earlier releases comes into a new shape while pages are served.

A migration makes the new tables and columns at once, which costs nothing; what lies in the old ones
follows in portions. A slice tells its moves in `slice.py`:

    def reach_by_number(tx: Tx, at: str | None) -> str | None:
        rows = old_rows(tx, after=at or "", limit=100)
        ...
        return rows[-1].id if rows else None

    Moving("notify.reach", _("알림 기록을 새 형식으로 옮기고 있습니다."), reach_by_number)

Each step runs in a unit together with the note of how far it came: done once, also after kill -9 and
beside other processes. Steps are small (some milliseconds), as many of them share a unit as fit into
10 ms (to commit what they scatter over an index takes as long again), and between two units others
write for three times as long. The slice reads both shapes until `is_done`. A move of a database that
has nothing to move ends with its first step.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from functools import partial

import msgspec

from kit.clock import Clock, monotonic
from kit.db import Database, Tx
from kit.portion import REST, Portion

log = logging.getLogger(__name__)

Step = Callable[[Tx, str | None], str | None]
LONGEST_PAUSE_S = 60.0
UNIT_S = 0.01


class Move(msgspec.Struct, frozen=True):
    """A move that is under way. `title`: a msgid, what is being done."""

    name: str
    title: str
    begun_at: int
    failures: int
    last_error: str | None


class Moving(msgspec.Struct, frozen=True):
    """What a slice moves; its name keys its position for ever. `title`: a msgid, the sentence for the
    administrator. `step(tx, at)` returns where to go on, None at the end; positions keep their
    meaning in later releases."""

    name: str
    title: str
    step: Step


class Moves:
    """Runs the moves one after the other."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._steps: dict[str, Step] = {}
        self._titles: dict[str, str] = {}
        self._task: asyncio.Task[None] | None = None

    def add(self, move: Moving) -> None:
        """Register a move before start()."""
        if move.name in self._steps:
            raise ValueError(f"two moves named {move.name}")
        self._steps[move.name] = move.step
        self._titles[move.name] = move.title

    async def start(self) -> None:
        """Go on where the moves were, beside the server."""
        self._task = asyncio.create_task(self._run(), name="moves")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def drained(self) -> None:
        """Bring every move to its end now, without rest. Raises what a step raises."""
        for name in await self._waiting():
            while not await self._db.write(partial(self._advance, name=name)):
                pass

    def under_way(self, tx: Tx) -> list[Move]:
        """The moves that have not come to their end, in the order in which they are done."""
        rows = {
            name: rest
            for name, *rest in tx.rows(
                "SELECT name, begun_at, failures, last_error FROM kit_move WHERE done_at IS NULL"
            )
        }
        return [Move(name, self._titles[name], *rows[name]) for name in self._steps if name in rows]

    async def _run(self) -> None:
        pause = 1.0
        while True:
            try:
                failed = [name for name in await self._waiting() if not await self._finish(name)]
            except Exception:
                log.exception("the moves are held up")
            else:
                if not failed:
                    return
            await asyncio.sleep(random.uniform(pause / 2, pause))
            pause = min(pause * 2, LONGEST_PAUSE_S)

    async def _waiting(self) -> list[str]:
        """The registered moves that have not come to their end."""
        done = {name for (name,) in await self._db.read(_done)}
        return [name for name in self._steps if name not in done]

    async def _finish(self, name: str) -> bool:
        """Bring a move to its end; False when a step failed."""
        while True:
            begun = monotonic()
            try:
                if await self._db.write(partial(self._advance, name=name)):
                    return True
            except Exception as error:
                log.exception("move failed", extra={"move": name})
                await self._db.write(partial(self._note_failure, name=name, error=error))
                return False
            await asyncio.sleep(REST * (monotonic() - begun))

    def _advance(self, tx: Tx, name: str) -> bool:
        """Do the next steps of a move for the time of one unit; whether it has come to its end."""
        now = self._clock.now()
        at, done_at = self._stands(tx, name)
        if done_at is not None:
            return True
        portion = Portion(UNIT_S)
        step = self._steps[name]
        while (at := step(tx, at)) is not None and not portion.is_full():
            pass
        tx.execute(
            "UPDATE kit_move SET position = ?, moved_at = ?, done_at = ?, failures = 0,"
            " last_error = NULL WHERE name = ?",
            (at, now, now if at is None else None, name),
        )
        return at is None

    def _stands(self, tx: Tx, name: str) -> tuple[str | None, int | None]:
        """Where a move goes on and when it came to its end; it is noted with its first step."""
        tx.execute(
            "INSERT INTO kit_move (name, begun_at) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
            (name, self._clock.now()),
        )
        ((at, done_at),) = tx.rows("SELECT position, done_at FROM kit_move WHERE name = ?", (name,))
        return at, done_at

    def _note_failure(self, tx: Tx, name: str, error: Exception) -> None:
        self._stands(tx, name)
        tx.execute(
            "UPDATE kit_move SET failures = failures + 1, last_error = ? WHERE name = ?",
            (f"{type(error).__name__}: {error}"[:500], name),
        )


def is_done(tx: Tx, name: str) -> bool:
    """Whether a move has come to its end: what it moved has one shape only."""
    return (
        tx.row("SELECT 1 FROM kit_move WHERE name = ? AND done_at IS NOT NULL", (name,)) is not None
    )


def has_passed(tx: Tx, name: str, key: str) -> bool:
    """Whether a move whose positions are keys in their order has come past this one, or to its end."""
    found = tx.row(
        "SELECT 1 FROM kit_move WHERE name = ? AND (done_at IS NOT NULL OR position >= ?)",
        (name, key),
    )
    return found is not None


def _done(tx: Tx) -> list[tuple[str]]:
    return [(name,) for (name,) in tx.rows("SELECT name FROM kit_move WHERE done_at IS NOT NULL")]
