"""What can be looked at without downloading: made once per content, in a sandboxed process.

A file is asked for at upload or publication (`want`) and made later: by the periodic `work()`, or
at once when somebody looks first.
"""

import asyncio
import logging
import tempfile
from pathlib import Path

from kit.blobs import Blobs
from kit.clock import Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.outbox import publish
from models.extract import sniff
from models.extract.extraction import LATER, Extraction
from models.extract.sandbox import extract
from node.newsletters import store
from node.newsletters.model import AttachmentExtracted, Preview

log = logging.getLogger(__name__)

UNKNOWN = "application/octet-stream"
BATCH = 20
PROBLEMS = {
    "": "",
    "empty": _("파일에서 읽을 수 있는 글을 찾지 못했습니다. 내려받아서 열어 주세요."),
    "broken": _(
        "파일이 손상되었거나 암호가 걸려 있어 미리 볼 수 없습니다. 내려받아서 열어 주세요."
    ),
    "limits": _("파일이 너무 크거나 복잡해서 미리 볼 수 없습니다. 내려받아서 열어 주세요."),
    "unsupported": _("미리보기가 없는 형식입니다. 내려받아서 열어 주세요."),
    "locked": _("암호나 보안 설정이 걸린 문서라서 미리 볼 수 없습니다. 내려받아서 열어 주세요."),
    "old": _("한글 97이나 그 이전에 저장한 문서라서 미리 볼 수 없습니다. 내려받아서 열어 주세요."),
    "distributed": _("배포용 문서의 본문을 읽지 못했습니다. 내려받아서 열어 주세요."),
}


class Previews:
    """Makes and keeps previews. One child process at a time: a school's machine is small."""

    def __init__(self, db: Database, clock: Clock, blobs: Blobs) -> None:
        self._db = db
        self._clock = clock
        self._blobs = blobs
        self._turn = asyncio.Semaphore(1)

    def want(self, tx: Tx, sha256: str, media_type: str) -> None:
        """Ask for a preview of a file within the unit that attaches it."""
        store.want_preview(tx, sha256, media_type)

    async def of(self, sha256: str) -> Preview | None:
        """The preview, made now if it was still waiting; None for a file nobody asked for or
        whose content has not arrived yet."""
        found = await self._db.read(lambda tx: store.preview(tx, sha256))
        if found is None or found.state != "waiting":
            return found
        return await self._make(found)

    async def work(self) -> int:
        """Make what waits; how many were made."""
        made = 0
        waiting = await self._db.read(lambda tx: store.waiting_previews(tx, BATCH * 10))
        for preview in waiting:
            if made < BATCH and await self._make(preview) is not None:
                made += 1
        return made

    async def _make(self, wanted: Preview) -> Preview | None:
        source = self._blobs.path(wanted.sha256)
        if not source.exists():
            return None  # a notice's file that is still on its way
        async with self._turn:
            now = await self._db.read(lambda tx: store.preview(tx, wanted.sha256))
            if now is None or now.state != "waiting":
                return now
            with tempfile.TemporaryDirectory(prefix="madang-preview-") as folder:
                # What it is tells its content: the province and schools name types in many ways.
                kind = await asyncio.to_thread(_kind_of, source)
                found = await extract(kind, source, Path(folder))
                if found.problem == LATER:
                    return wanted  # waits until the disk has room
                try:
                    pages = await asyncio.to_thread(self._keep_pages, Path(folder), found)
                except OSError as full:
                    log.warning("pages of a preview cannot be kept", extra={"error": str(full)})
                    return wanted
            made = Preview(
                wanted.sha256,
                wanted.media_type,
                "failed" if found.problem else "ready",
                pages,
                found.page_count,
                found.text,
                PROBLEMS.get(found.problem, PROBLEMS["broken"]),
                found.unread,
                found.is_cut,
            )
            return await self._db.note(lambda tx: self._keep(tx, made)) or wanted

    def _keep_pages(self, folder: Path, found: Extraction) -> tuple[str, ...]:
        names = [Path(name).name for name in found.pages]  # the child is not trusted with paths
        return tuple(
            self._blobs.put((folder / name).read_bytes())
            if name and not (folder / name).is_symlink()
            else ""
            for name in names
        )

    def _keep(self, tx: Tx, made: Preview) -> Preview:
        now = self._clock.now()
        store.keep_preview(tx, made, now)
        publish(tx, AttachmentExtracted(sha256=made.sha256), now)
        return made


def _kind_of(path: Path) -> str:
    return sniff.sniff(path.read_bytes()) or UNKNOWN
