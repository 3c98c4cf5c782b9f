"""Attachments that come in parts, for whatever carries files (`node.files.arriving` has the bytes come).

    uploads = AttachmentUploads(ground, files, KIND, writing)      # in the carrier's join
    upload = await uploads.create(asker, Told(paper_id, "진단서.jpg", size, sha256))

The carrier says who may attach to what: when an upload begins, and once more in the unit that makes it an
attachment.
"""

import asyncio
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from kit.db import Tx
from kit.filename import own_name
from kit.ids import new_id
from kit.problem import NotFound
from node.files import upload_store
from node.files.arriving import Arriving, disk, require_disk
from node.files.model import (
    UPLOAD_KEPT,
    Carrier,
    ChecksumDiffers,
    File,
    TooLargeToAttach,
    TooManyUploads,
    Upload,
)
from node.files.service import FILE_LIMIT, LONGEST_FILE_NAME, Files
from node.files.tus import Told
from node.ground import Ground
from node.people.access import load_asker, of_now
from node.people.model import Asker, NotAtSchool

OPEN_UPLOADS = 10
"""Unfinished ones of one person: with FILE_LIMIT the bound of what one may fill the disk with."""
RESERVE = 1024**3  # bytes that the disk keeps free for everything else


class Attaching(Protocol):
    """What has things that carry files."""

    def require_attachable(self, tx: Tx, asker: Asker, thing_id: str, /) -> None:
        """Raises where the asker may not attach one more file to a thing."""

    def attach_to(self, tx: Tx, asker: Asker, thing_id: str, file: File, /) -> str:
        """Attach a stored file, where the asker may; the attachment's id."""


class AttachmentUploads(Arriving):
    """Takes attachments of one kind of carrier in."""

    def __init__(self, ground: Ground, files: Files, kind: str, carriers: Attaching) -> None:
        folder = ground.blobs.root / "incoming" / kind
        super().__init__(
            ground.db,
            ground.clock,
            folder,
            upload_store.UploadsOf(kind),
            lambda size: require_disk(folder, size, RESERVE),
        )
        self._files = files
        self._kind = kind
        self._carriers = carriers

    async def create(self, asker: Asker, told: Told) -> Upload:
        """Begin to send a file that is to be attached to a thing (`told.target`). Raises TooLargeToAttach,
        DiskFull, TooManyUploads, and what the carrier raises."""
        if told.size > FILE_LIMIT:
            raise TooLargeToAttach(megabytes=FILE_LIMIT // 1024 // 1024)

        def unit(tx: Tx, now: Asker) -> Upload:
            self._carriers.require_attachable(tx, now, told.target)
            if upload_store.open_count(tx, now.id) >= OPEN_UPLOADS:
                raise TooManyUploads()
            new = Upload(
                id=new_id(),
                person_id=now.id,
                into=told.target,
                replaces="",
                name=own_name(told.name)[:LONGEST_FILE_NAME],
                size=told.size,
                sha256=told.sha256,
                expires_at=self._clock.now() + UPLOAD_KEPT,
                became="",
            )
            upload_store.add(tx, self._kind, new)
            return new

        await asyncio.to_thread(self._require_disk, told.size)
        new = await self._db.write(of_now(asker, unit))
        await self._opened(new.id)
        return new

    async def on_their_way(self, asker: Asker, thing_id: str) -> list[Upload]:
        """The asker's uploads to a thing that are not whole yet, with what has arrived of each: from
        whatever device they go on."""
        to = Carrier(self._kind, thing_id)
        rows = await self._db.read(lambda tx: upload_store.on_their_way(tx, to, asker.id))
        sizes = await asyncio.to_thread(lambda: [self.arrived(one.id) for one in rows])
        return [
            replace(one, offset=size)
            for one, size in zip(rows, sizes, strict=True)
            if size is not None
        ]

    async def become(self, upload: Upload, partial: Path) -> str:
        """Make a whole upload an attachment; its id. Raises ChecksumDiffers, BadFile, StorageFailed,
        NotFound, and what the carrier raises."""

        def keep() -> File:  # in one go: no more files are in memory than threads
            return self._files.keep(upload.name, partial.read_bytes())

        with disk():
            file = await asyncio.to_thread(keep)
        if upload.sha256 and upload.sha256 != file.sha256:
            raise ChecksumDiffers()

        def unit(tx: Tx) -> str:
            try:
                asker = load_asker(tx, upload.person_id)
            except NotAtSchool:
                raise NotFound() from None
            attached = self._carriers.attach_to(tx, asker, upload.into, file)
            upload_store.finished(tx, upload.id, attached)
            return attached

        return await self._db.write(unit)
