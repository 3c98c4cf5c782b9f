"""Files on their way: what arrives is kept at once, so that a broken line resumes where it broke.

    upload = await uploads.create(asker, folder_id, "계획.hwp", size)
    upload = await uploads.write(asker, upload.id, upload.offset, chunks)  # as often as it takes
    upload.item_id                                                     # once all has arrived

The bytes lie in a partial file beside the drive's blobs, its length is the offset; the file becomes
a version only when its SHA-256 is known and its sender still may write there. A second request for the
same upload ends the first: a browser that lost its line comes back before the server notices.

A plain form does not say how large its files are (size UNKNOWN) and cannot come back: cut short, it
leaves nothing, also when the server is killed.
"""

import asyncio
import contextlib
import hashlib
import hmac
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import msgspec
from msgspec.structs import replace

from kit.blobs import Blobs, digest_of
from kit.clock import Clock
from kit.db import Database, StorageFailed, Tx
from kit.ids import new_id
from kit.outbox import publish
from kit.problem import NotFound, Problem
from node.drive.intake import store as upload_store
from node.drive.model import (
    LARGEST_FILE,
    OPEN_UPLOADS,
    UNKNOWN,
    UPLOAD_KEPT,
    VERSIONS_KEPT,
    BadUpload,
    ChecksumDiffers,
    DriveFileChanged,
    FileTooLarge,
    Item,
    OffsetDiffers,
    Right,
    TooManyUploads,
    Upload,
    UploadGone,
    Version,
    clean_name,
    folded,
)
from node.drive.reading.texts import Reading
from node.drive.tree import store
from node.drive.tree.placing import free_name, fresh_item
from node.drive.tree.rights import held, reach, reach_file, reach_folder
from node.drive.tree.room import Room
from node.people.access import load_asker, of_now
from node.people.model import Asker, NotAtSchool

WRITE_BYTES = 1 << 20  # gathered before the disk is asked


class Checksum(msgspec.Struct, frozen=True):
    """What a part must hash to: an algorithm of hashlib's and its digest."""

    algorithm: str
    digest: bytes


class LineBroke(ConnectionError):
    """Raised by the chunks given here when no more will come although more was announced."""


class _Turn(msgspec.Struct):
    """Who writes to an upload: how to end them, and when they have ended."""

    stop: Callable[[], None]
    ended: asyncio.Event


class Uploads:
    """Takes files in."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        blobs: Blobs,
        room: Room,
        reading: Reading,
        turn: asyncio.Lock,
    ) -> None:
        self._db = db
        self._clock = clock
        self._blobs = blobs
        self._room = room
        self._reading = reading
        self._turn = turn
        self._writers: dict[str, _Turn] = {}
        self._folder = blobs.root / "incoming"

    async def create(
        self, asker: Asker, target_id: str, name: str, size: int, sha256: str = ""
    ) -> Upload:
        """Begin to upload into a folder, or a new version of a file (`target_id` names either).

        Raises NotFound, Forbidden, FileTooLarge, QuotaReached, DiskFull, TooManyUploads.
        """
        if size > LARGEST_FILE:
            raise FileTooLarge()
        return await self._begin(new_id(), asker, target_id, name, size, sha256)

    async def _begin(
        self, upload_id: str, asker: Asker, target_id: str, name: str, size: int, sha256: str
    ) -> Upload:
        def unit(tx: Tx, asker: Asker) -> Upload:
            target = reach(tx, asker, target_id, Right.EDIT)
            if upload_store.open_count(tx, asker.id) >= OPEN_UPLOADS:
                raise TooManyUploads()
            on_their_way = upload_store.open_size(tx, target.area)
            self._room.require(tx, target.area, on_their_way + max(size, 0))
            new = Upload(
                id=upload_id,
                person_id=asker.id,
                folder_id=target.id if target.is_folder else target.parent_id or "",
                replaces="" if target.is_folder else target.id,
                name=clean_name(name),
                size=size,
                sha256=sha256,
                expires_at=self._clock.now() + UPLOAD_KEPT,
                item_id="",
            )
            upload_store.add(tx, new)
            return new

        await self._db.read(lambda tx: reach(tx, asker, target_id, Right.EDIT))
        await asyncio.to_thread(self._room.require_disk, size)
        new = await self._db.write(of_now(asker, unit))
        with _disk():
            await asyncio.to_thread(self._touch, new.id)
        return new

    async def state(
        self, asker: Asker, upload_id: str, stop: Callable[[], None] = lambda: None
    ) -> Upload:
        """An upload of the asker's with what has arrived; one that is whole is finished now.

        Raises NotFound, UploadGone (what had arrived is lost), and what `_finish` raises.
        """
        async with self._alone(upload_id, stop):
            found = await self._own(asker, upload_id)
            if not found.item_id and found.offset == found.size:
                item_id = await self._finish(found)
                found = replace(found, item_id=item_id)
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
        ChecksumDiffers, DiskFull, StorageFailed, and what `_finish` raises.
        """
        async with self._alone(upload_id, stop):
            found = await self._own(asker, upload_id)
            if offset != found.offset:
                raise OffsetDiffers()
            arrived, _is_broken = await self._append(found, chunks, checksum)
            found = replace(found, offset=arrived)
            if arrived == found.size and not found.item_id:
                found = replace(found, item_id=await self._finish(found))
            return found

    async def cancel(self, asker: Asker, upload_id: str) -> None:
        """Forget an upload and what had arrived. Raises NotFound."""
        async with self._alone(upload_id, lambda: None):
            await self._own(asker, upload_id)
            await self._forget(upload_id)

    async def take(
        self, asker: Asker, target_id: str, name: str, chunks: AsyncIterator[bytes], room: int = 0
    ) -> str:
        """Take a whole file of unknown length in one go (a plain form, a program's import); the id
        of the item it became. `room`: bytes the disk must have at least. A line that breaks
        leaves nothing. Raises what `create` and `_finish` raise, BadUpload."""
        await asyncio.to_thread(self._room.require_disk, room)
        upload_id = new_id()
        async with self._alone(upload_id, lambda: None):
            begun = await self._begin(upload_id, asker, target_id, name, UNKNOWN, "")
            try:
                whole = replace(begun, size=LARGEST_FILE)
                size, is_broken = await self._append(whole, chunks, None)
                if is_broken:
                    raise BadUpload()
                return await self._finish(replace(begun, size=size))
            except BaseException:
                await self._forget(upload_id)
                raise

    async def expire(self) -> int:
        """Finish what is whole (the server ended between the last byte and the commit), forget
        forms that the server's end cut short and what nobody came back for; how many were
        forgotten."""
        now = self._clock.now()
        unfinished, due = await self._db.read(
            lambda tx: (upload_store.unfinished(tx), upload_store.expired(tx, now))
        )
        due += [upload.id for upload in unfinished if upload.size == UNKNOWN]
        for upload in unfinished:
            if upload.id not in self._writers and self._has_arrived(upload):
                with contextlib.suppress(Problem):
                    async with self._alone(upload.id, lambda: None):
                        await self._finish(upload)
        abandoned = [upload_id for upload_id in due if upload_id not in self._writers]
        for upload_id in abandoned:
            await self._forget(upload_id)
        present = await asyncio.to_thread(lambda: list(self._folder.glob(".*")))
        known = await self._db.read(upload_store.ids)  # after looking: a row comes before its file
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
        held(asker)
        found = await self._db.read(lambda tx: upload_store.upload(tx, upload_id))
        if found is None or found.person_id != asker.id:
            raise NotFound()
        if found.item_id:
            return replace(found, offset=found.size)
        try:
            arrived = await asyncio.to_thread(lambda: self._partial(upload_id).stat().st_size)
        except FileNotFoundError:
            raise UploadGone() from None
        return replace(found, offset=arrived)

    async def _append(
        self, upload: Upload, chunks: AsyncIterator[bytes], checksum: Checksum | None
    ) -> tuple[int, bool]:
        """Write what arrives behind what is there; the length then, and whether the line broke."""
        arrived, is_broken = upload.offset, False
        hashed = hashlib.new(checksum.algorithm) if checksum is not None else None
        with _disk():
            out = os.open(self._partial(upload.id), os.O_WRONLY | os.O_APPEND)
        try:
            try:
                async for chunk in _gathered(chunks):
                    if arrived + len(chunk) > upload.size:
                        raise FileTooLarge() if upload.size >= LARGEST_FILE else BadUpload()
                    if hashed is not None:
                        hashed.update(chunk)
                    with _disk():
                        await asyncio.to_thread(self._write, out, chunk)
                    arrived += len(chunk)
            except LineBroke:
                is_broken = True
            if checksum is not None and hashed is not None:
                holds = hmac.compare_digest(hashed.digest(), checksum.digest)
                if is_broken or not holds:
                    raise ChecksumDiffers()
            with _disk():
                await asyncio.to_thread(os.fsync, out)
        except Problem as refused:
            if checksum is not None or isinstance(refused, BadUpload):
                os.ftruncate(out, upload.offset)
            raise
        finally:
            os.close(out)
        return arrived, is_broken

    async def _finish(self, upload: Upload) -> str:
        """Make a whole upload a version; the item's id. One that may not become it is forgotten.

        Raises ChecksumDiffers, NotFound, Forbidden, QuotaReached, StorageFailed.
        """
        partial = self._partial(upload.id)
        try:
            with _disk():
                digest = await asyncio.to_thread(digest_of, partial)
                kind = await self._reading.kind(partial)
            if upload.sha256 and upload.sha256 != digest:
                raise ChecksumDiffers()
            async with self._turn:
                await self._db.read(lambda tx: self._target(tx, upload))
                with _disk():
                    await asyncio.to_thread(self._blobs.adopt, partial, digest)
                item_id = await self._db.write(lambda tx: self._settle(tx, upload, digest, kind))
            self._reading.came()
            await asyncio.to_thread(partial.unlink, missing_ok=True)
            return item_id
        except StorageFailed:
            raise  # kept: it may be tried again when there is room
        except Problem:
            await self._forget(upload.id)
            raise

    def _target(self, tx: Tx, upload: Upload) -> tuple[Asker, Item]:
        """Its sender as they are now, and where it goes. Raises NotFound, Forbidden."""
        try:
            asker = load_asker(tx, upload.person_id)
        except NotAtSchool:
            raise NotFound() from None
        if upload.replaces:
            return asker, reach_file(tx, asker, upload.replaces, Right.EDIT)
        return asker, reach_folder(tx, asker, upload.folder_id, Right.EDIT)

    def _settle(self, tx: Tx, upload: Upload, digest: str, kind: str) -> str:
        asker, target = self._target(tx, upload)
        self._room.require(tx, target.area, upload.size)
        now = self._clock.now()
        if target.is_folder:
            target = self._place(tx, asker, target, upload.name, now)
        version = Version(target.version + 1, digest, upload.size, kind, now, asker.name, None)
        store.add_version(tx, target.id, version, VERSIONS_KEPT)
        self._reading.want(tx, digest, kind, upload.size)
        upload_store.finished(tx, upload.id, target.id)
        publish(tx, DriveFileChanged(item_id=target.id), now)
        return target.id

    def _place(self, tx: Tx, asker: Asker, folder: Item, name: str, now: int) -> Item:
        """The file of this name in the folder (it gets a new version), or a new one."""
        there = store.named(tx, asker.keys, folder.id, folded(name))
        if there is not None and not there.is_folder:
            return there
        free = free_name(tx, asker.keys, folder.id, name)
        new = fresh_item(folder, free, asker, now, is_folder=False)
        store.add(tx, new, folded(free))
        return new

    async def _forget(self, upload_id: str) -> None:
        await self._db.write(lambda tx: upload_store.remove(tx, upload_id))
        await asyncio.to_thread(self._partial(upload_id).unlink, missing_ok=True)

    def _partial(self, upload_id: str) -> Path:
        """Named with a dot, so that backups pass it over."""
        return self._folder / f".{upload_id}"

    def _has_arrived(self, upload: Upload) -> bool:
        try:
            return self._partial(upload.id).stat().st_size == upload.size
        except FileNotFoundError:
            return False

    def _write(self, handle: int, content: bytes) -> None:
        """Raises DiskFull: others may have filled the disk since this upload began."""
        self._room.require_disk(len(content))
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(handle, rest) :]

    def _touch(self, upload_id: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with open(self._partial(upload_id), "xb"):
            pass


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
def _disk() -> Iterator[None]:
    """What the disk refuses becomes a problem with words."""
    try:
        yield
    except FileNotFoundError:
        raise UploadGone() from None
    except OSError as error:
        raise StorageFailed() from error
