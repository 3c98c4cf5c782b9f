"""An update: python -m tests.node.updating_child FOLDER [NOTE NUMBER].

What the first start does with a folder that an earlier build left: its migrations, then its moves, each step
a unit of its own. NOTE is the name of a migration or a move: SIGKILL ends the process when it has been noted so
many times that it was done, or came further, and before that unit is committed.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import kit.moves
from kit.clock import ManualClock, moment
from kit.db import Tx, Value
from kit.web.keys import MOVES
from node.app import build, open_database
from node.config import NodeConfig

NOTES = ("INSERT INTO kit_migration", "UPDATE kit_move SET position")


def _die_at(note: str, number: int) -> None:
    """Real code up to there, and then nothing any more."""
    real = Tx.execute
    seen = 0

    def execute(tx: Tx, sql: str, params: Sequence[Value] = ()) -> int:
        nonlocal seen
        changed = real(tx, sql, params)
        seen += sql.startswith(NOTES) and note in params
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return changed

    setattr(Tx, "execute", execute)  # noqa: B010 — a method replaced in this process only


async def _update(folder: Path) -> None:
    kit.moves.UNIT_S = 0.0
    config = NodeConfig(
        school_id="J107530101", school_name="한빛초등학교", data_dir=str(folder), lan_announce=False
    )
    app = build(config, ManualClock(moment(2026, 12, 2, 10, 0)))
    async with open_database(app):
        await app[MOVES].drained()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        _die_at(sys.argv[2], int(sys.argv[3]))
    asyncio.run(_update(Path(sys.argv[1])))
