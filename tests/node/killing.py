"""A school's node as a process of its own, to be killed as when the power fails, and started again."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


class Node:
    """`base`: where it answers now, "" while it does not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.base = ""
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "node.cli", "serve", str(self._folder)),
            cwd=ROOT,
            env=os.environ | {"MADANG_LANG": "en", "PYTHONUNBUFFERED": "1"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            found = [word for word in line.decode().split() if word.startswith("http://")]
            if found:
                self.base = found[0].rstrip(",.")
                return
        raise AssertionError("it ended before it served")

    async def kill(self) -> None:
        """As when the power fails: its own children end with it, and with the last the pipe they share."""
        self.base = ""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await self.process.communicate()


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Node]:
    node = Node(folder)
    await node.start()
    try:
        yield node
    finally:
        await node.kill()
