"""A server that kills itself while its work is half done: python -m tests.kit.stepping_child WHAT DATABASE.

WHAT: a subscriber (`event`) or a `move` that writes the syllables of a word down, one in each step.
SIGKILL ends the process after the fourth step was committed, while the fifth is written.
"""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from kit.clock import SystemClock
from kit.db import Database, SQLite, Tx
from kit.event import Event
from kit.moves import Moves, Moving
from kit.outbox import Outbox, Since, Steps

LONG = "가나다라마바사"


class Spelled(Event, frozen=True, tag="test.spelled"):
    word: str


def spell(tx: Tx, event: Spelled, at: str | None) -> str | None:
    """Writes the next syllable of the word down, and takes its time."""
    place = int(at or 0)
    tx.execute(
        "INSERT INTO heard (n, word) SELECT coalesce(max(n), 0) + 1, ? FROM heard",
        (event.word[place],),
    )
    time.sleep(0.02)
    return str(place + 1) if place + 1 < len(event.word) else None


def move(tx: Tx, at: str | None) -> str | None:
    """Writes the next syllable of LONG down."""
    return spell(tx, Spelled(LONG), at)


def _spell_and_die(tx: Tx, event: Spelled, at: str | None) -> str | None:
    following = spell(tx, event, at)
    if tx.value("SELECT count(*) FROM heard") > 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return following


async def _serve(what: str, path: Path) -> None:
    db = Database(SQLite(path))
    await db.open()
    outbox, moves = Outbox(db, SystemClock()), Moves(db, SystemClock())
    if what == "event":
        outbox.subscribe("ears", {Spelled: Steps(_spell_and_die)}, Since.BEGINNING)
    else:
        moves.add(Moving("words", "", lambda tx, at: _spell_and_die(tx, Spelled(LONG), at)))
    await outbox.start()
    await moves.start()
    await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], Path(sys.argv[2])))
