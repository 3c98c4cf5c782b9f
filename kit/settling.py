"""What was committed comes out of SQLite's log into its place, beside the writer.

Left to the commit that fills the log, all writers wait for it (measured beside other work: 545 to
985 ms), so a connection of its own moves it. The log begins anew once somebody writes while all of it
is in its place: under a writer that never rests never. So when it is long, it is moved on until little
is left, and then the writer is asked to move that little itself, between two commits.
"""

import asyncio
import logging
import sqlite3
from typing import Any

from kit.clock import monotonic

STATEMENT = "PRAGMA wal_checkpoint(PASSIVE)"
"""As far as nobody is in the way; (whether somebody was, pages in the log, of them in place)."""

SETTLE_S = 0.5  # between two rounds
LONG = 4_000  # pages (16 MB): the log is to begin anew
LITTLE = 250  # pages that the writer may move itself, in about a millisecond
MOST_TURNS = 8

log = logging.getLogger(__name__)


class Settler:
    """Moves it on a connection of its own."""

    def __init__(self, hand: Any) -> None:
        """`hand`: a `kit.db.Hand` for this alone."""
        self.little_is_left = False
        """The log is long and nearly all of it in its place: a request to the writer."""
        self._hand = hand
        self._committed = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name="db-settle")

    def committed(self) -> None:
        """Something is in the log."""
        self._committed.set()

    async def stop(self) -> None:
        """Returns once it is disconnected."""
        self._task.cancel()
        await self._hand.close()

    def finish(self, connection: Any) -> None:
        """By the writer, between two commits: move the little that is left."""
        self.little_is_left = False
        try:
            connection.execute(STATEMENT).fetchall()
        except sqlite3.Error as error:
            log.warning("what was committed does not settle: %s", error)

    async def _run(self) -> None:
        while await self._committed.wait():
            self._committed.clear()
            begun = monotonic()
            try:
                await self._hand.ask(self._settle)
            except sqlite3.Error as error:
                log.warning("what was committed does not settle: %s", error)
            await asyncio.sleep(max(SETTLE_S, 3 * (monotonic() - begun)))

    def _settle(self, connection: Any) -> None:
        settled = 0
        for _turn in range(MOST_TURNS):
            ((_busy, pages, in_place),) = connection.execute(STATEMENT).fetchall()
            if pages < LONG or in_place < pages:
                return  # short; or somebody still reads what was before, and it cannot begin anew
            if pages - settled <= LITTLE:
                self.little_is_left = True
                return
            settled = in_place
