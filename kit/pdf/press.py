"""Has papers made: one after the other, each in a process of its own, and few may wait. The latest are kept,
for a letter is the same paper for all families.

content = await press.made(Document("결석신고서", "마당초등학교", "접수번호 2026-1", blocks), Kind.PDF)
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from hashlib import sha256
from pathlib import Path

import msgspec

from kit.i18n import _
from kit.pdf.document import Document, Kind
from kit.problem import Problem

log = logging.getLogger(__name__)

MOST_WAITING = 20  # papers, each some tenths of a second
MOST_KEPT = 16  # papers, each some hundred kilobytes
WAIT_S = 60.0  # more than the CPU time that the child allows itself: a machine is busy at times
_ROOT = Path(__file__).parent.parent.parent


class PressBusy(Problem):
    """Too many papers wait to be drawn."""

    code = "pdf-busy"
    status = 503
    text = _("파일 생성 요청이 많습니다. 잠시 뒤에 다시 시도해 주세요.")


class NotDrawn(Problem):
    """A paper that took more memory or time than there is for it."""

    code = "pdf-not-drawn"
    status = 422
    text = _("파일을 만들지 못했습니다. 인쇄 화면에서 브라우저의 인쇄로 저장해 주세요.")


class Press:
    """A school's machine is small: one paper at a time."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)
        self._papers: dict[bytes, asyncio.Task[bytes]] = {}

    async def made(self, document: Document, kind: Kind = Kind.PDF) -> bytes:
        """The file of a paper. Raises PressBusy, NotDrawn."""
        asked = msgspec.json.encode(document)
        key = sha256(kind.encode() + asked).digest()
        if key not in self._papers:
            self._make_room()
            drawing = self._papers[key] = asyncio.create_task(self._draw(asked, kind), name=kind)
            drawing.add_done_callback(lambda ended: self._forget_failed(key, ended))
        return await asyncio.shield(self._papers[key])  # who goes away ends it for nobody else

    def _make_room(self) -> None:
        """Raises PressBusy."""
        drawn = [key for key, one in self._papers.items() if one.done()]
        if len(self._papers) - len(drawn) >= MOST_WAITING:
            raise PressBusy()
        for key in drawn[: max(0, len(drawn) + 1 - MOST_KEPT)]:
            del self._papers[key]

    def _forget_failed(self, key: bytes, ended: asyncio.Task[bytes]) -> None:
        if ended.cancelled() or ended.exception() is not None:
            del self._papers[key]

    async def _draw(self, asked: bytes, kind: Kind) -> bytes:
        async with self._turn:
            return await _drawn(asked, kind)


async def _drawn(asked: bytes, kind: Kind) -> bytes:
    """The file of a Document (JSON). Raises NotDrawn."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-B",
        "-m",
        "kit.pdf",
        kind,
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
