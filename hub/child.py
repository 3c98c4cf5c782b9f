"""Heavy work in a process of its own: `python -m MODULE …`, told line by line how far it is.

The child binds itself (`models.bounds`), dies with the hub, and is killed with its whole group when
it takes too long or is no longer wanted.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from kit.i18n import _
from kit.problem import Problem

_ROOT = Path(__file__).parent.parent
PASSED_ON = ("LLAMA_CPP_LIB_PATH",)  # another build of the engine, where the operator names one
LONGEST_WORDS = 300


class ChildFailed(Problem):
    """The process ended badly; `reason` is the last it said."""

    code = "work-failed"
    status = 500
    text = _("작업을 마치지 못했습니다: %(reason)s")


async def run_child(
    module: str, *arguments: str, heard: Callable[[str], None], within_s: float
) -> None:
    """Run a module; every line it prints goes to `heard`. Raises ChildFailed."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-B",
        "-m",
        module,
        *arguments,
        env={
            "PYTHONPATH": str(_ROOT),
            "LANG": "C.UTF-8",
            "OMP_WAIT_POLICY": "PASSIVE",
            **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        limit=1 << 20,
    )
    try:
        async with asyncio.timeout(within_s):
            words, _heard = await asyncio.gather(_last_words(child), _listen(child, heard))
            status = await child.wait()
    except TimeoutError as error:
        raise ChildFailed(reason="time limit") from error
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            await child.wait()
    if status < 0:
        raise ChildFailed(reason=f"{signal.Signals(-status).name} {words}".strip())
    if status:
        raise ChildFailed(reason=words or f"exit code {status}")


async def _listen(child: asyncio.subprocess.Process, heard: Callable[[str], None]) -> None:
    assert child.stdout is not None
    async for line in child.stdout:
        heard(line.decode("utf-8", "replace").rstrip("\n"))


async def _last_words(child: asyncio.subprocess.Process) -> str:
    assert child.stderr is not None
    words = ""
    async for line in child.stderr:
        words = line.decode("utf-8", "replace").strip() or words
    return words[:LONGEST_WORDS]
