"""A node's releases in a process of their own, to be killed: python -m … FOLDER URL STAGE.

STAGE names the step before which it waits for its death: `chunk` (after some), `settle`, `rename`,
`row`, or `` for none; it prints "ready to die" there, and "done" when all is over.
"""

import asyncio
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

from node.releases.model import ReleaseSource
from node.releases.shelf import PartialRelease
from tests.node.releasing import Node, node_at


def _wait_for_death() -> None:
    print("ready to die", flush=True)
    time.sleep(60)


def _stop_before(node: Node, stage: str) -> None:
    """Real code up to the stage, and then nothing any more."""
    shelf = node.stock.shelf
    if stage == "chunk":
        put, seen = PartialRelease.put, 0

        def few(self: PartialRelease, chunk: Any, content: Any) -> None:
            nonlocal seen
            put(self, chunk, content)
            seen += 1
            if seen == 12:
                _wait_for_death()

        PartialRelease.put = few  # type: ignore[method-assign]
    elif stage == "settle":
        PartialRelease.settle = lambda self: _wait_for_death()  # type: ignore[method-assign]
    elif stage == "rename":
        settle = PartialRelease.settle

        def settled(self: PartialRelease) -> None:
            settle(self)
            _wait_for_death()

        PartialRelease.settle = settled  # type: ignore[method-assign]
    elif stage == "row":
        finish = shelf.finish

        def finished(part: PartialRelease) -> Path:
            finish(part)
            _wait_for_death()
            raise AssertionError

        shelf.finish = finished  # type: ignore[method-assign]


async def main() -> None:
    folder, url, root, stage, largest = sys.argv[1:6]
    if int(largest):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    async with node_at(Path(folder), ReleaseSource(url, (), Path(root).read_text())) as node:
        await node.offer(("knowledge", 1))
        await node.due()
        if int(largest):
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest), int(largest)))
        _stop_before(node, stage)
        await node.arrivals.turn()
        print(*await node.step("knowledge", 1), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
