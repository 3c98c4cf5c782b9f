"""`madang-node` in a process of its own that kills itself: python -m … PORTIONS import FOLDER …

PORTIONS: how many of the list have been taken over, each with its commit, when SIGKILL ends it.
"""

import os
import signal
import sys

from kit.db import Tx
from node.cli import main
from node.people.lists.importing import Imports


def _die_after(portions: int) -> None:
    """Real code up to there, and then nothing any more."""
    real = Imports._next
    seen = 0

    def following(imports: Imports, tx: Tx) -> bool:
        nonlocal seen
        if seen == portions:
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1
        return real(imports, tx)

    setattr(Imports, "_next", following)  # noqa: B010 — a method replaced in this process only


if __name__ == "__main__":
    _die_after(int(sys.argv[1]))
    sys.exit(main(sys.argv[2:]))
