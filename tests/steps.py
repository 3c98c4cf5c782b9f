"""What a question costs without a clock: the steps that SQLite takes to answer it."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from kit.db import Tx

STEP = 10  # instructions of SQLite's machine


class _Counted:
    """A connection that counts steps; it reads only."""

    def __init__(self, path: Path) -> None:
        self.steps = 0
        self.raw = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.execute = self.raw.execute
        self.executemany = self.raw.executemany
        self.raw.set_progress_handler(self._count, STEP)

    def _count(self) -> int:
        self.steps += 1
        return 0

    def in_transaction(self) -> bool:
        return self.raw.in_transaction

    def is_closed(self) -> bool:
        return False

    def close(self) -> None:
        self.raw.close()


def steps_of(path: Path, unit: Callable[[Tx], object]) -> int:
    """How many steps (of STEP instructions) a reading unit takes over a database."""
    connection = _Counted(path)
    try:
        unit(Tx(connection))
        return connection.steps
    finally:
        connection.close()
