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
from kit.problem import NotFound, Problem
from kit.typed import lines, whole
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
from node.files.service import FILE_LIMIT, LONGEST_FILE_NAME, LONGEST_WORDS, Files
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
        """Attach a stored file, with its `words` where the thing shows them, where the asker may; the
        attachment's id."""


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

    async def describe(self, asker: Asker, upload_id: str, thing_id: str, words: str) -> str:
        """Put down what a file on its way to a thing says or shows; the id of what it became meanwhile, which
        its carrier describes then. Raises NotFound, TooLong."""
        kept = whole("words", lines(words).strip(), LONGEST_WORDS)

        def unit(tx: Tx, now: Asker) -> str:
            found = self._rows.upload(tx, upload_id)
            if found is None or found.person_id != now.id or found.into != thing_id:
                raise NotFound()
            upload_store.describe(tx, upload_id, kept)
            return found.became

        return await self._db.write(of_now(asker, unit))

    async def expire(self) -> int:
        """Forget as well what is on its way to a thing that is no more, or whose sender may not attach to it
        any more: its sender sees it nowhere."""
        lost = await self._db.read(self._lost)
        for upload_id in lost:
            async with self._alone(upload_id, lambda: None):
                await self._forget(upload_id)
        return len(lost) + await super().expire()

    def _lost(self, tx: Tx) -> list[str]:
        found = []
        for one in self._rows.unfinished(tx):
            try:
                self._carriers.require_attachable(tx, load_asker(tx, one.person_id), one.into)
            except (NotFound, NotAtSchool):
                found.append(one.id)
            except Problem:
                pass  # not now: it may come to be open again
        return found

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
            described = replace(file, words=upload_store.words(tx, upload.id))
            attached = self._carriers.attach_to(tx, asker, upload.into, described)
            upload_store.finished(tx, upload.id, attached)
            return attached

        return await self._db.write(unit)
