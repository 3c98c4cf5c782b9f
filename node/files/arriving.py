"""Files on their way, whoever takes them: what arrives is kept at once, so that a broken line resumes
where it broke.

    class Uploads(Arriving):                       # says who may begin, and what a whole file becomes
        async def become(self, upload, partial): ...

    upload = await uploads.write(asker, upload.id, upload.offset, chunks)  # as often as it takes
    upload.became                                                          # once all has arrived

The bytes lie in a partial file, its length is the offset; the file becomes something only when all of it
is there and its sender still may. A second request for the same upload ends the first: a browser that
lost its line comes back before the server notices.

A plain form does not say how large its files are (size UNKNOWN) and cannot come back: cut short, it
leaves nothing, also when the server is killed.
"""

import abc
import asyncio
import contextlib
import hashlib
import hmac
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec.structs import replace

from kit.clock import Clock
from kit.db import Database, StorageFailed, Tx
from kit.problem import NotFound, Problem
from node.files.model import (
    BadUpload,
    ChecksumDiffers,
    DiskFull,
    OffsetDiffers,
    Upload,
    UploadGone,
)
from node.people.model import Asker

UNKNOWN = -1  # the size of an upload that nobody announced
WRITE_BYTES = 1 << 20  # gathered before the disk is asked


class Checksum(msgspec.Struct, frozen=True):
    """What a part must hash to: an algorithm of hashlib's and its digest."""

    algorithm: str
    digest: bytes


class LineBroke(ConnectionError):
    """Raised by the chunks given here when no more will come although more was announced."""


class UploadRows(Protocol):
    """The rows of uploads of one owner: a store, or what asks one."""

    def upload(self, tx: Tx, upload_id: str, /) -> Upload | None: ...

    def unfinished(self, tx: Tx, /) -> list[Upload]:
        """Those that became nothing yet."""

    def expired(self, tx: Tx, now: int, /) -> list[str]: ...

    def ids(self, tx: Tx, /) -> set[str]: ...

    def remove(self, tx: Tx, upload_id: str, /) -> None: ...


class _Turn(msgspec.Struct):
    """Who writes to an upload: how to end them, and when they have ended."""

    stop: Callable[[], None]
    ended: asyncio.Event


class Arriving(abc.ABC):
    """Takes files in, part by part. `folder`: where the partial files lie, this owner's alone;
    `require_disk` raises DiskFull where so many bytes more would leave too little."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        folder: Path,
        rows: UploadRows,
        require_disk: Callable[[int], None],
    ) -> None:
        self._db = db
        self._clock = clock
        self._folder = folder
        self._rows = rows
        self._require_disk = require_disk
        self._writers: dict[str, _Turn] = {}

    @abc.abstractmethod
    async def become(self, upload: Upload, partial: Path) -> str:
        """Make a whole file what it is to be, in a unit that asks its sender's right as it is now and
        notes in the upload's row what it became; the id of that. Whatever it raises but StorageFailed
        has the upload forgotten."""

    async def state(
        self, asker: Asker, upload_id: str, stop: Callable[[], None] = lambda: None
    ) -> Upload:
        """An upload of the asker's with what has arrived; one that is whole is finished now.

        Raises NotFound, UploadGone (what had arrived is lost), and what `become` raises.
        """
        async with self._alone(upload_id, stop):
            found = await self._own(asker, upload_id)
            if not found.became and found.offset == found.size:
                became = await self._finish(found)
                found = replace(found, became=became)
            return found

    async def write(
        self,
        asker: Asker,
        upload_id: str,
        offset: int,
        chunks: AsyncIterator[bytes],
        *,
        checksum: Checksum | None = None,
        stop: Callable[[], None] = lambda: None,
    ) -> Upload:
        """Append what arrives; the upload as it stands then, finished when it is whole.

        A line that breaks keeps what had arrived; a part whose checksum differs is forgotten.
        `stop` ends this writer when another request for the same upload comes.
        Raises NotFound, UploadGone, OffsetDiffers, BadUpload (more than was announced),
        ChecksumDiffers, DiskFull, StorageFailed, and what `become` raises.
        """
        async with self._alone(upload_id, stop):
            found = await self._own(asker, upload_id)
            if offset != found.offset:
                raise OffsetDiffers()
            arrived, _is_broken = await self._append(found, chunks, checksum)
            found = replace(found, offset=arrived)
            if arrived == found.size and not found.became:
                found = replace(found, became=await self._finish(found))
            return found

    async def cancel(self, asker: Asker, upload_id: str) -> None:
        """Forget an upload and what had arrived. Raises NotFound."""
        async with self._alone(upload_id, lambda: None):
            await self._own(asker, upload_id)
            await self._forget(upload_id)

    async def expire(self) -> int:
        """Finish what is whole (the server ended between the last byte and the commit), forget
        forms that the server's end cut short and what nobody came back for; how many were
        forgotten."""
        now = self._clock.now()
        unfinished, due = await self._db.read(
            lambda tx: (self._rows.unfinished(tx), self._rows.expired(tx, now))
        )
        due += [upload.id for upload in unfinished if upload.size == UNKNOWN]
        for upload in unfinished:
            if upload.id not in self._writers and self.arrived(upload.id) == upload.size:
                with contextlib.suppress(Problem):
                    async with self._alone(upload.id, lambda: None):
                        await self._finish(upload)
        abandoned = [upload_id for upload_id in due if upload_id not in self._writers]
        for upload_id in abandoned:
            await self._forget(upload_id)
        present = await asyncio.to_thread(lambda: list(self._folder.glob(".*")))
        known = await self._db.read(self._rows.ids)  # after looking: a row comes before its file
        for path in present:
            if path.name.removeprefix(".") not in known:
                path.unlink(missing_ok=True)
        return len(abandoned)

    # -----------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def _alone(self, upload_id: str, stop: Callable[[], None]) -> AsyncIterator[None]:
        """Be the only one at an upload: whoever was at it is ended first."""
        while (other := self._writers.get(upload_id)) is not None:
            other.stop()
            await other.ended.wait()
        mine = self._writers[upload_id] = _Turn(stop, asyncio.Event())
        try:
            yield
        finally:
            del self._writers[upload_id]
            mine.ended.set()

    async def _own(self, asker: Asker, upload_id: str) -> Upload:
        found = await self._db.read(lambda tx: self._rows.upload(tx, upload_id))
        if found is None or found.person_id != asker.id:
            raise NotFound()
        if found.became:
            return replace(found, offset=found.size)
        arrived = await asyncio.to_thread(self.arrived, upload_id)
        if arrived is None:
            raise UploadGone()
        return replace(found, offset=arrived)

    async def _append(
        self, upload: Upload, chunks: AsyncIterator[bytes], checksum: Checksum | None
    ) -> tuple[int, bool]:
        """Write what arrives behind what is there; the length then, and whether the line broke."""
        arrived, is_broken = upload.offset, False
        hashed = hashlib.new(checksum.algorithm) if checksum is not None else None
        with disk():
            out = os.open(self._partial(upload.id), os.O_WRONLY | os.O_APPEND)
        try:
            try:
                async for chunk in _gathered(chunks):
                    if arrived + len(chunk) > upload.size:
                        raise BadUpload()
                    if hashed is not None:
                        hashed.update(chunk)
                    with disk():
                        await asyncio.to_thread(self._write, out, chunk)
                    arrived += len(chunk)
            except LineBroke:
                is_broken = True
            if checksum is not None and hashed is not None:
                holds = hmac.compare_digest(hashed.digest(), checksum.digest)
                if is_broken or not holds:
                    raise ChecksumDiffers()
            with disk():
                await asyncio.to_thread(os.fsync, out)
        except Problem as refused:
            if checksum is not None or isinstance(refused, BadUpload):
                os.ftruncate(out, upload.offset)
            raise
        finally:
            os.close(out)
        return arrived, is_broken

    async def _finish(self, upload: Upload) -> str:
        """Make a whole upload what it is to be; the id of that. One that may not become it is forgotten."""
        partial = self._partial(upload.id)
        try:
            became = await self.become(upload, partial)
            await asyncio.to_thread(partial.unlink, missing_ok=True)
            return became
        except StorageFailed:
            raise  # kept: it may be tried again when there is room
        except Problem:
            await self._forget(upload.id)
            raise

    async def _forget(self, upload_id: str) -> None:
        await self._db.write(lambda tx: self._rows.remove(tx, upload_id))
        await asyncio.to_thread(self._partial(upload_id).unlink, missing_ok=True)

    def _partial(self, upload_id: str) -> Path:
        """Named with a dot, so that backups pass it over."""
        return self._folder / f".{upload_id}"

    def arrived(self, upload_id: str) -> int | None:
        """How many bytes of an upload lie here (blocking); None where its file is gone."""
        try:
            return self._partial(upload_id).stat().st_size
        except FileNotFoundError:
            return None

    def _write(self, handle: int, content: bytes) -> None:
        """Raises DiskFull: others may have filled the disk since this upload began."""
        self._require_disk(len(content))
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(handle, rest) :]

    async def _opened(self, upload_id: str) -> None:
        """An empty partial file for an upload whose row is written."""

        def touch() -> None:
            self._folder.mkdir(parents=True, exist_ok=True)
            with open(self._partial(upload_id), "xb"):
                pass

        with disk():
            await asyncio.to_thread(touch)


async def _gathered(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Larger pieces; when the line breaks, what had arrived comes before the error."""
    waiting = bytearray()
    try:
        async for chunk in chunks:
            waiting += chunk
            if len(waiting) >= WRITE_BYTES:
                yield bytes(waiting)
                waiting.clear()
    except LineBroke:
        if waiting:
            yield bytes(waiting)
        raise
    if waiting:
        yield bytes(waiting)


@contextlib.contextmanager
def disk() -> Iterator[None]:
    """What the disk refuses becomes a problem with words."""
    try:
        yield
    except FileNotFoundError:
        raise UploadGone() from None
    except OSError as error:
        raise StorageFailed() from error


def require_disk(folder: Path, size: int, reserve: int) -> None:
    """Raises DiskFull when `size` more bytes would not leave the disk its reserve (blocking)."""
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free - size < reserve:
        raise DiskFull()
