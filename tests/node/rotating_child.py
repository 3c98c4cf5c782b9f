"""`madang-node keys rotate` or `join` in a process of its own that kills itself: python -m … STEP COMMAND…

STEP names what the process has just done when SIGKILL ends it: `made` the next pair, `begun` the
exchange, been `answered` by the hub, `committed` the new key, or `placed` one of its files.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from node import keys
from node.cli import main
from node.federation.hub import HubLine
from node.federation.rotation import Rotating


def _die(*_anything: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def _after(owner: Any, name: str) -> None:
    """Real code up to the end of that step, and then nothing any more."""
    real = getattr(owner, name)

    def done(*given: Any, **named: Any) -> Any:
        real(*given, **named)
        _die()

    async def done_later(*given: Any, **named: Any) -> Any:
        await real(*given, **named)
        _die()

    is_async = name in ("begin", "call")
    setattr(owner, name, done_later if is_async else done)


def _before_the_files_follow() -> None:
    real = keys.Keyring.place

    def place(ring: keys.Keyring, in_force: str) -> None:
        if in_force != ring.first.key_id:
            _die()
        real(ring, in_force)

    setattr(keys.Keyring, "place", place)  # noqa: B010 — a method replaced in this process only


STEPS: dict[str, Callable[[], None]] = {
    "made": lambda: _after(keys.Keyring, "make_next"),
    "begun": lambda: _after(Rotating, "begin"),
    "answered": lambda: _after(HubLine, "call"),
    "committed": _before_the_files_follow,
    "placed": lambda: _after(os, "replace"),
}

if __name__ == "__main__":
    STEPS[sys.argv[1]]()
    sys.exit(main(sys.argv[2:]))
