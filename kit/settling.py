"""What was committed comes out of SQLite's log into its place, beside the writer.

Left to the commit that fills the log, all writers wait for it (measured beside other work: 545 to
985 ms), so a thread of its own moves it. The log begins anew once somebody writes while all of it is in
its place: under a writer that never rests never. So when it is long, the thread goes on until little
is left, and then asks the writer to move that little itself, between two commits.
"""

import logging
import threading
from collections.abc import Callable
from typing import Any

from kit.clock import monotonic

SETTLE_S = 0.5  # between two rounds
LONG = 4_000  # pages (16 MB): the log is to begin anew
LITTLE = 250  # pages that the writer may move itself, in about a millisecond
MOST_TURNS = 8

log = logging.getLogger(__name__)


class Settler:
    """`statement`: moves what is in the log as far as nobody is in the way, and answers with
    (whether somebody was, pages in the log, of them in their place)."""

    def __init__(
        self,
        connect: Callable[[], Any],
        statement: str,
        failures: tuple[type[Exception], ...],
    ) -> None:
        self.little_is_left = False
        """The log is long and nearly all of it in its place: a request to the writer."""
        self._connect = connect
        self._statement = statement
        self._failures = failures
        self._committed = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="db-settle", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def committed(self) -> None:
        """Something is in the log. From any thread."""
        self._committed.set()

    def stop(self) -> None:
        """Blocks until the thread has ended."""
        self._closing.set()
        self._committed.set()
        self._thread.join()

    def finish(self, connection: Any) -> None:
        """By the writer, between two commits: move the little that is left."""
        self.little_is_left = False
        try:
            connection.execute(self._statement).fetchall()
        except self._failures as error:
            log.warning("what was committed does not settle: %s", error)

    def _run(self) -> None:
        connection: Any = None
        while not self._closing.is_set():
            self._committed.wait()
            self._committed.clear()
            begun = monotonic()
            try:
                connection = connection or self._connect()
                self._settle(connection)
            except self._failures as error:
                log.warning("what was committed does not settle: %s", error)
            self._closing.wait(max(SETTLE_S, 3 * (monotonic() - begun)))
        if connection is not None:
            connection.close()

    def _settle(self, connection: Any) -> None:
        settled = 0
        for _turn in range(MOST_TURNS):
            ((_busy, pages, in_place),) = connection.execute(self._statement).fetchall()
            if pages < LONG or in_place < pages:
                return  # short; or somebody still reads what was before, and it cannot begin anew
            if pages - settled <= LITTLE:
                self.little_is_left = True
                return
            settled = in_place
