"""Writing notices: drafts, corrections not sent yet, their files, and whom they may be for."""

import asyncio
from collections.abc import Callable
from pathlib import PurePath

from msgspec.structs import replace

from hub.broadcasts import store
from hub.broadcasts.access import shown, writable
from hub.broadcasts.model import (
    MAX_FILE,
    MAX_FILES,
    MEDIA_TYPES,
    Choices,
    FileRefused,
    Notice,
    NoticeContent,
    Target,
    content_of,
)
from hub.officers.access import ACTING, require_acting, with_role
from hub.officers.model import Officer
from hub.schools.service import Schools
from kit.blobs import Blobs
from kit.clock import Clock
from kit.db import Database, Tx
from kit.filename import own_name
from kit.ids import new_id
from kit.problem import NotFound
from kit.seen import check_seen
from protocol.official import NoticeAttachment

FileChange = Callable[[tuple[NoticeAttachment, ...]], tuple[NoticeAttachment, ...]]
LISTED = 60  # schools up to which they are shown to be ticked


class Drafts:
    """What is written and not sent: its writer's, until `Broadcasts.send`."""

    def __init__(self, db: Database, clock: Clock, blobs: Blobs, schools: Schools) -> None:
        self._db = db
        self._clock = clock
        self._schools = schools
        self.blobs = blobs

    async def notice(self, officer: Officer, notice_id: str) -> Notice:
        """To go on writing. Raises NotFound, NothingToSend, BeingCorrected."""
        return await self._db.read(lambda tx: writable(tx, officer, notice_id))

    async def save(
        self,
        officer: Officer,
        notice_id: str | None,
        content: NoticeContent,
        target: Target,
        seen: str = "",
    ) -> str:
        """Keep a draft, or a correction to be sent later; attachments stay as they are. Its id.

        `seen`: the version it was written from. Raises NotFound, NothingToSend, BeingCorrected,
        ChangedMeanwhile.
        """

        def unit(tx: Tx, officer: Officer) -> str:
            known = writable(tx, officer, notice_id) if notice_id else None
            if known is not None:
                check_seen(seen, *known.written)
            files = known.content.attachments if known else ()
            kept = replace(content, attachments=files)
            saved = known.id if known else new_id()
            now = self._clock.now()
            store.save_draft(tx, saved, kept, target, officer.id, officer.name, now)
            return saved

        return await self._db.write(with_role(officer, ACTING, unit))

    async def attach(self, officer: Officer, notice_id: str, name: str, body: bytes) -> None:
        """Add a file to what is being worked on. Raises FileRefused, NotFound."""
        require_acting(officer)
        name = own_name(name)
        media_type = MEDIA_TYPES.get(PurePath(name).suffix.lower().lstrip("."))
        if media_type is None or not 0 < len(body) <= MAX_FILE:
            raise FileRefused()
        digest = await asyncio.to_thread(self.blobs.put, body)
        file = NoticeAttachment(name=name, media_type=media_type, size=len(body), sha256=digest)

        def add(files: tuple[NoticeAttachment, ...]) -> tuple[NoticeAttachment, ...]:
            kept = [one for one in files if one.sha256 != digest]
            if len(kept) >= MAX_FILES:
                raise FileRefused()
            return (*kept, file)

        await self._change_files(officer, notice_id, add)

    async def detach(self, officer: Officer, notice_id: str, sha256: str) -> None:
        """Take a file out of what is being worked on."""
        require_acting(officer)
        await self._change_files(
            officer, notice_id, lambda files: tuple(f for f in files if f.sha256 != sha256)
        )

    async def _change_files(self, officer: Officer, notice_id: str, change: FileChange) -> None:
        def unit(tx: Tx, officer: Officer) -> None:
            known = writable(tx, officer, notice_id)
            content = replace(known.content, attachments=change(known.content.attachments))
            now = self._clock.now()
            store.save_draft(tx, known.id, content, known.target, officer.id, officer.name, now)

        await self._db.write(with_role(officer, ACTING, unit))

    async def attachment(self, officer: Officer, notice_id: str, sha256: str) -> NoticeAttachment:
        """Raises NotFound."""
        notice = await self._db.read(lambda tx: shown(tx, officer, notice_id))
        for file in notice.content.attachments:
            if file.sha256 == sha256:
                return file
        raise NotFound()

    async def discard(self, officer: Officer, notice_id: str) -> None:
        """Throw a draft away, or a correction: what was sent stands again. A notice that was sent
        is taken back instead. Raises NotFound, NothingToSend, BeingCorrected."""

        def unit(tx: Tx, officer: Officer) -> None:
            known = writable(tx, officer, notice_id)
            sent = store.revision(tx, notice_id, known.revision)
            if sent is None:
                store.drop_draft(tx, notice_id)
            else:
                store.drop_correction(tx, notice_id, content_of(sent), self._clock.now())

        await self._db.write(with_role(officer, ACTING, unit))

    async def choices(self, officer: Officer) -> Choices:
        """What a target may be made of, from the schools there are."""
        return await self._db.read(self._choices)

    def _choices(self, tx: Tx) -> Choices:
        schools = self._schools.addressable(tx)
        return Choices(
            kinds=tuple(sorted({school.kind for school in schools})),
            districts=tuple(sorted({school.district for school in schools} - {""})),
            rings=tuple(sorted({school.ring for school in schools} - {""})),
            schools=tuple((school.school_id, school.name) for school in schools)
            if len(schools) <= LISTED
            else (),
        )
