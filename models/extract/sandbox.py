"""Opens a file in a process of its own, so that a hostile one can hurt nobody.

The child binds its memory, CPU time and output (`__main__`), has its own process group and an
empty environment, and is killed with its whole group when it takes too long.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from models.extract.extraction import (
    COVER,
    LATER,
    RESULT,
    TRY_LATER,
    Box,
    Extraction,
)

WAIT_S = 45.0  # a little more than the CPU time the child allows itself
_ROOT = Path(__file__).parent.parent.parent


async def extract(media_type: str, source: Path, folder: Path) -> Extraction:
    """What is in the file at `source`; pictures are left in `folder`. Never raises for a bad file,
    nor for a full disk: the problem is LATER then."""
    return await _run(folder, media_type, source)


async def cover(source: Path, folder: Path, boxes: Sequence[Box]) -> Extraction:
    """The photo at `source` with the boxes burnt in, and its thumbnail, as two `pages` in `folder`. Never
    raises for a bad file, as `extract`."""
    return await _run(folder, COVER, source, msgspec.json.encode(boxes).decode())


async def _run(folder: Path, what: str, source: Path, *more: str) -> Extraction:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-B",
        "-m",
        "models.extract",
        what,
        str(source.resolve()),
        str(folder.resolve()),
        *more,
        cwd=folder,
        env={"PYTHONPATH": str(_ROOT), "LANG": "C.UTF-8"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WAIT_S):
                await child.wait()
    finally:
        await _end(child)
    return _result(folder / RESULT, child.returncode or 0)


async def _end(child: asyncio.subprocess.Process) -> None:
    """Nothing of the child's group outlives the call, whether or not the child itself has ended."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    await child.wait()


def _result(written: Path, status: int) -> Extraction:
    """What the child has found, also when a limit (a signal: negative status) ended it then."""
    if status == TRY_LATER:
        return Extraction(problem=LATER)
    try:
        return msgspec.json.decode(written.read_bytes(), type=Extraction)
    except (OSError, msgspec.DecodeError):
        return Extraction(problem="limits" if status < 0 else "broken")
