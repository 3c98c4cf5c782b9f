"""Files on their way into the drive (`node.files.arriving` has the bytes come).

upload = await uploads.create(asker, folder_id, "계획.hwp", size)
upload = await uploads.write(asker, upload.id, upload.offset, chunks)  # as often as it takes
upload.became                                                      # the item, once all has arrived
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from msgspec.structs import replace

from kit.blobs import Blobs, digest_of
from kit.clock import Clock
from kit.db import Database, Tx
from kit.ids import new_id
from kit.outbox import publish
from kit.problem import NotFound
from node.drive.intake import store as upload_store
from node.drive.model import (
    LARGEST_FILE,
    OPEN_UPLOADS,
    VERSIONS_KEPT,
    DriveFileChanged,
    FileTooLarge,
    Item,
    Right,
    Version,
    clean_name,
    folded,
)
from node.drive.reading.texts import Reading
from node.drive.tree import store
from node.drive.tree.placing import free_name, fresh_item
from node.drive.tree.rights import reach, reach_file, reach_folder
from node.drive.tree.room import Room
from node.files.arriving import UNKNOWN, Arriving, disk
from node.files.model import UPLOAD_KEPT, BadUpload, ChecksumDiffers, TooManyUploads, Upload
from node.people.access import load_asker, of_now
from node.people.model import Asker, NotAtSchool


class Uploads(Arriving):
    """Takes files into the drive."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        blobs: Blobs,
        room: Room,
        reading: Reading,
        turn: asyncio.Lock,
    ) -> None:
        super().__init__(db, clock, blobs.root / "incoming", upload_store, room.require_disk)
        self._blobs = blobs
        self._room = room
        self._reading = reading
        self._turn = turn

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
                into=target.id if target.is_folder else target.parent_id or "",
                replaces="" if target.is_folder else target.id,
                name=clean_name(name),
                size=size,
                sha256=sha256,
                expires_at=self._clock.now() + UPLOAD_KEPT,
                became="",
            )
            upload_store.add(tx, new)
            return new

        await self._db.read(lambda tx: reach(tx, asker, target_id, Right.EDIT))
        await asyncio.to_thread(self._room.require_disk, size)
        new = await self._db.write(of_now(asker, unit))
        await self._opened(new.id)
        return new

    async def take(
        self, asker: Asker, target_id: str, name: str, chunks: AsyncIterator[bytes], room: int = 0
    ) -> str:
        """Take a whole file of unknown length in one go (a plain form, a program's import); the id
        of the item it became. `room`: bytes the disk must have at least. A line that breaks
        leaves nothing. Raises what `create` and `become` raise, BadUpload."""
        await asyncio.to_thread(self._room.require_disk, room)
        upload_id = new_id()
        async with self._alone(upload_id, lambda: None):
            begun = await self._begin(upload_id, asker, target_id, name, UNKNOWN, "")
            try:
                whole = replace(begun, size=LARGEST_FILE)
                try:
                    size, is_broken = await self._append(whole, chunks, None)
                except BadUpload:
                    raise FileTooLarge() from None
                if is_broken:
                    raise BadUpload()
                return await self._finish(replace(begun, size=size))
            except BaseException:
                await self._forget(upload_id)
                raise

    async def become(self, upload: Upload, partial: Path) -> str:
        """Make a whole upload a version; the item's id. Raises ChecksumDiffers, NotFound, Forbidden,
        QuotaReached, StorageFailed."""
        with disk():
            digest = await asyncio.to_thread(digest_of, partial)
            kind = await self._reading.kind(partial)
        if upload.sha256 and upload.sha256 != digest:
            raise ChecksumDiffers()
        async with self._turn:
            await self._db.read(lambda tx: self._target(tx, upload))
            with disk():
                await asyncio.to_thread(self._blobs.adopt, partial, digest)
            item_id = await self._db.write(lambda tx: self._settle(tx, upload, digest, kind))
        self._reading.came()
        return item_id

    def _target(self, tx: Tx, upload: Upload) -> tuple[Asker, Item]:
        """Its sender as they are now, and where it goes. Raises NotFound, Forbidden."""
        try:
            asker = load_asker(tx, upload.person_id)
        except NotAtSchool:
            raise NotFound() from None
        if upload.replaces:
            return asker, reach_file(tx, asker, upload.replaces, Right.EDIT)
        return asker, reach_folder(tx, asker, upload.into, Right.EDIT)

    def _settle(self, tx: Tx, upload: Upload, digest: str, kind: str) -> str:
        asker, target = self._target(tx, upload)
        self._room.require(tx, target.area, upload.size)
        now = self._clock.now()
        if target.is_folder:
            target = self._place(tx, asker, target, upload.name, now)
        version = Version(
            target.version + 1, digest, upload.size, kind, now, asker.name, None, asker.id
        )
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
