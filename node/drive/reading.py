"""What stands in a file: its kind by its content, its text and pages from a sandboxed process.

A content is asked for in the unit that makes it a version and read soon after by `run()`, one at a
time: a school's machine is small.
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
from node.drive import store
from node.drive.model import DriveFileChanged, Text

log = logging.getLogger(__name__)

UNKNOWN = "application/octet-stream"
LARGEST_READ = 64 * 1024 * 1024  # bytes: larger ones are films and archives, and are not opened
READ = sniff.WRITTEN | sniff.IMAGES
BATCH = 20
PAUSE_S = 10.0  # after a failure: the disk or the database is in trouble
TOO_LARGE = _("파일이 너무 크거나 복잡해서 미리 볼 수 없습니다. 내려받아서 열어 주세요.")
NOT_READ = _("미리보기가 없는 형식입니다. 내려받아서 열어 주세요.")
PROBLEMS = {
    "": "",
    "empty": _("파일에서 읽을 수 있는 글을 찾지 못했습니다. 내려받아서 열어 주세요."),
    "broken": _(
        "파일이 손상되었거나 암호가 걸려 있어 미리 볼 수 없습니다. 내려받아서 열어 주세요."
    ),
    "limits": TOO_LARGE,
    "unsupported": NOT_READ,
    "locked": _("암호나 보안 설정이 걸린 문서라서 미리 볼 수 없습니다. 내려받아서 열어 주세요."),
    "old": _("한글 97이나 그 이전에 저장한 문서라서 미리 볼 수 없습니다. 내려받아서 열어 주세요."),
    "distributed": _("배포용 문서의 본문을 읽지 못했습니다. 내려받아서 열어 주세요."),
}


class Reading:
    """Makes and keeps texts."""

    def __init__(self, db: Database, clock: Clock, blobs: Blobs, turn: asyncio.Lock) -> None:
        self._db = db
        self._clock = clock
        self._blobs = blobs
        self._turn = turn
        self._at_work = asyncio.Lock()
        self._looking = asyncio.Lock()
        self._came = asyncio.Event()

    async def kind(self, path: Path) -> str:
        """The media type of a stored file, by its content; one at a time, since it is in memory
        meanwhile."""
        async with self._looking:
            return await asyncio.to_thread(_kind_of, path)

    def want(self, tx: Tx, sha256: str, media_type: str, size: int) -> None:
        """Ask for the text of a content within the unit that makes it a version."""
        if media_type not in READ:
            store.want_text(tx, sha256, media_type, "failed", NOT_READ)
        elif size > LARGEST_READ:
            store.want_text(tx, sha256, media_type, "failed", TOO_LARGE)
        else:
            store.want_text(tx, sha256, media_type, "waiting", "")

    def came(self) -> None:
        """Something that was asked for is committed: have it read soon."""
        self._came.set()

    async def run(self) -> None:
        """Read whatever comes, until cancelled. What could not be read waits for the next."""
        self._came.set()
        while True:
            await self._came.wait()
            self._came.clear()
            try:
                while await self.work():
                    pass
            except Exception:
                log.exception("files of the drive could not be read")
                await asyncio.sleep(PAUSE_S)
                self._came.set()

    async def work(self) -> int:
        """Read what waits; how many were read."""
        async with self._at_work:
            waiting = await self._db.read(lambda tx: store.waiting_texts(tx, BATCH))
            return sum([await self._read(text) for text in waiting])

    async def _read(self, wanted: Text) -> bool:
        """Whether it was read; else it waits on."""
        source = self._blobs.path(wanted.sha256)
        with tempfile.TemporaryDirectory(prefix="madang-drive-") as folder:
            found = await extract(wanted.media_type, source, Path(folder))
            if found.problem == LATER:
                log.warning("no room to read a file of the drive", extra={"sha256": wanted.sha256})
                return False
            # A picture is no version: without the turn it could be swept before it is referred to.
            async with self._turn:
                pages = await asyncio.to_thread(self._keep_pages, Path(folder), found)
                made = Text(
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
                await self._db.write(lambda tx: self._keep(tx, made))
            return True

    def _keep_pages(self, folder: Path, found: Extraction) -> tuple[str, ...]:
        names = [Path(name).name for name in found.pages]  # the child is not trusted with paths
        return tuple(
            self._blobs.put((folder / name).read_bytes())
            if name and not (folder / name).is_symlink()
            else ""
            for name in names
        )

    def _keep(self, tx: Tx, made: Text) -> None:
        if not store.keep_text(tx, made):
            return
        for file_id in store.files_of(tx, made.sha256):
            publish(tx, DriveFileChanged(item_id=file_id), self._clock.now())


def _kind_of(path: Path) -> str:
    if path.stat().st_size > LARGEST_READ:
        with path.open("rb") as content:
            beginning = content.read(4096)
        found = sniff.sniff(beginning)
        return found if found in (sniff.PDF, *sniff.IMAGES) else UNKNOWN
    return sniff.sniff(path.read_bytes()) or UNKNOWN
