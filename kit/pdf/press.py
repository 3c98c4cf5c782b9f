"""Has papers drawn: one after the other, each in a process of its own, and few may wait.

pdf = await press.pdf(Document("결석신고서", "마당초등학교", "접수번호 2026-1", blocks))
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from pathlib import Path

import msgspec

from kit.i18n import _
from kit.pdf.document import Document
from kit.problem import Problem

log = logging.getLogger(__name__)

MOST_WAITING = 20  # papers, each some tenths of a second
WAIT_S = 60.0  # more than the CPU time that the child allows itself: a machine is busy at times
_ROOT = Path(__file__).parent.parent.parent


class PressBusy(Problem):
    """Too many papers wait to be drawn."""

    code = "pdf-busy"
    status = 503
    text = _("PDF를 만들어 달라는 요청이 많습니다. 잠시 뒤에 다시 시도해 주세요.")


class NotDrawn(Problem):
    """A paper that took more memory or time than there is for it."""

    code = "pdf-not-drawn"
    status = 422
    text = _("PDF를 만들지 못했습니다. 인쇄 화면에서 브라우저의 인쇄로 저장해 주세요.")


class Press:
    """A school's machine is small: one paper at a time."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)
        self._waiting = 0

    async def pdf(self, document: Document) -> bytes:
        """The PDF of a paper. Raises PressBusy, NotDrawn."""
        if self._waiting >= MOST_WAITING:
            raise PressBusy()
        self._waiting += 1
        try:
            async with self._turn:
                return await _drawn(document)
        finally:
            self._waiting -= 1


async def _drawn(document: Document) -> bytes:
    asked = await asyncio.to_thread(msgspec.json.encode, document)
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-B",
        "-m",
        "kit.pdf",
        env={"PYTHONPATH": str(_ROOT), "LANG": "C.UTF-8"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    found, said = b"", b""
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WAIT_S):
                found, said = await child.communicate(asked)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await child.wait()
    if child.returncode or not found:
        log.warning("a paper was not drawn", extra={"error": said[-500:].decode(errors="replace")})
        raise NotDrawn()
    return found
