"""Whole files from programs that cannot resume (WebDAV): hashed while they are written, a version once
all is there and durable.

    taken = await straight.take(asker, folder_id, "계획.hwp", chunks, Coming(size=1200))

No text is lost by a program's way of failing. Who saves over what a colleague changed since they opened
it gets their version, and the colleague's lies beside it as a conflict copy; what may not be saved at
all is kept as such a copy, and the program is refused. Both are told in the portal.
"""

import asyncio
import contextlib
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec

from kit.blobs import Blobs
from kit.clock import Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.outbox import publish
from kit.problem import Problem
from node.drive.model import (
    LARGEST_FILE,
    OVERWRITTEN,
    REFUSED,
    VERSIONS_KEPT,
    DriveFileChanged,
    FileTooLarge,
    Item,
    Locked,
    NameTaken,
    PreconditionFailed,
    QuotaReached,
    Right,
    Version,
    check_name,
    folded,
    person_area,
)
from node.drive.reading.texts import Reading
from node.drive.tree import lock_store, store
from node.drive.tree.held import NO_TERMS, Terms, require
from node.drive.tree.placing import free_name, fresh_item
from node.drive.tree.rights import open_area, reach_file, reach_folder
from node.drive.tree.room import Room
from node.files.arriving import LineBroke, disk
from node.files.model import BadUpload
from node.notices.model import Topic, Urgency
from node.notices.service import Notices
from node.people.access import of_now
from node.people.model import Asker

WRITE_BYTES = 1 << 20
COPY_OF = _("충돌 사본")


class Coming(msgspec.Struct, frozen=True):
    """What is known of a file before its bytes. `size`: as announced; -1: unknown. `seen`: the version
    that the sender last had of it; None: unknown. `item_id`: the file itself, where the sender may
    change it and not its folder."""

    size: int = -1
    modified_at: int | None = None
    terms: Terms = NO_TERMS
    seen: int | None = None
    item_id: str = ""


class TakenIn(msgspec.Struct, frozen=True):
    """What a file became."""

    item_id: str
    number: int
    sha256: str
    is_new: bool


class _Content(msgspec.Struct, frozen=True):
    sha256: str
    size: int
    kind: str


class Straight:
    """Takes them."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        blobs: Blobs,
        room: Room,
        reading: Reading,
        turn: asyncio.Lock,
        notices: Notices,
    ) -> None:
        self._db = db
        self._clock = clock
        self._blobs = blobs
        self._room = room
        self._reading = reading
        self._turn = turn
        self._notices = notices
        self._folder = blobs.root / "straight"
        self._coming: set[str] = set()

    async def take(
        self,
        asker: Asker,
        folder_id: str,
        name: str,
        chunks: AsyncIterator[bytes],
        coming: Coming,
    ) -> TakenIn:
        """A file, or a new version of it. A line that breaks leaves nothing. Raises NotFound,
        Forbidden, BadName, NameTaken (a folder), Locked, PreconditionFailed, FileTooLarge,
        QuotaReached, DiskFull, StorageFailed, BadUpload."""
        fit = check_name(name)

        def may(tx: Tx) -> Problem | None:
            folder, there = self._target(tx, asker, folder_id, fit, coming)
            try:
                self._require(tx, asker, folder, there, coming.terms)
            except (Locked, PreconditionFailed) as refused:
                return refused
            self._room.require(tx, (there or folder).area, max(coming.size, 0))
            return None

        if coming.size > LARGEST_FILE:
            raise FileTooLarge()
        refused = await self._db.read(may)
        await asyncio.to_thread(self._room.require_disk, max(coming.size, 0))
        async with self._arrived(chunks) as (partial, content):
            if refused is None:
                try:
                    return await self._settled(
                        partial,
                        content,
                        asker,
                        lambda tx, asker: self._settle(tx, asker, folder_id, fit, content, coming),
                    )
                except (Locked, PreconditionFailed) as late:
                    refused = late
            if content.size:
                with contextlib.suppress(QuotaReached):  # then it is refused, and that is all
                    await self._settled(
                        partial,
                        content,
                        asker,
                        lambda tx, asker: self._keep(tx, asker, folder_id, fit, content, coming),
                    )
            raise refused

    async def expire(self) -> int:
        """Remove what a kill left half-way; how many files."""
        names = await asyncio.to_thread(
            lambda: [path.name for path in self._folder.glob(".*")] if self._folder.exists() else []
        )
        left = [name for name in names if name not in self._coming]
        for name in left:
            await asyncio.to_thread((self._folder / name).unlink, missing_ok=True)
        return len(left)

    # -----------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def _arrived(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[tuple[Path, _Content]]:
        name = f".{new_id()}"
        partial = self._folder / name
        self._coming.add(name)
        try:
            yield partial, await self._written(partial, chunks)
        finally:
            await asyncio.to_thread(partial.unlink, missing_ok=True)
            self._coming.discard(name)

    async def _written(self, partial: Path, chunks: AsyncIterator[bytes]) -> _Content:
        """The next piece arrives while one is hashed and written."""
        size, hashed = 0, hashlib.sha256()
        writing: asyncio.Task[None] | None = None
        with disk():
            out = await asyncio.to_thread(self._opened, partial)
        try:
            async for piece in _pieces(chunks):
                size += len(piece)
                if size > LARGEST_FILE:
                    raise FileTooLarge()
                if writing is not None:
                    with disk():
                        await asyncio.shield(writing)
                writing = asyncio.create_task(asyncio.to_thread(self._write, out, piece, hashed))
            if writing is not None:
                with disk():
                    await asyncio.shield(writing)
        except LineBroke:
            raise BadUpload() from None
        finally:
            if writing is not None:  # its thread has the handle
                await asyncio.gather(writing, return_exceptions=True)
            os.close(out)
        with disk():
            kind = await self._reading.kind(partial)
        return _Content(hashed.hexdigest(), size, kind)

    def _opened(self, partial: Path) -> int:
        self._folder.mkdir(parents=True, exist_ok=True)
        return os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

    def _write(self, out: int, piece: bytes, hashed: "hashlib._Hash") -> None:
        self._room.require_disk(len(piece))
        hashed.update(piece)
        rest = memoryview(piece)
        while rest:
            rest = rest[os.write(out, rest) :]

    async def _settled(
        self,
        partial: Path,
        content: _Content,
        asker: Asker,
        unit: Callable[[Tx, Asker], TakenIn],
    ) -> TakenIn:
        async with self._turn:
            with disk():
                await asyncio.to_thread(self._blobs.adopt, partial, content.sha256)
            taken = await self._db.write(of_now(asker, unit))
        self._reading.came()
        return taken

    def _target(
        self, tx: Tx, asker: Asker, folder_id: str, name: str, coming: Coming
    ) -> tuple[Item, Item | None]:
        """The folder, and the file that is there. Raises NotFound, Forbidden."""
        if coming.item_id:
            there = reach_file(tx, asker, coming.item_id, Right.EDIT)
            return store.item(tx, asker.keys, folder_id) or there, there
        folder = reach_folder(tx, asker, folder_id, Right.EDIT)
        return folder, store.named(tx, asker.keys, folder_id, folded(name))

    def _beside(self, tx: Tx, asker: Asker, folder: Item, now: int) -> Item:
        """Where a copy is kept: in the folder, or in the asker's own where that is not theirs to
        change."""
        if folder.is_folder and folder.right >= Right.EDIT:
            return folder
        return open_area(tx, asker, person_area(asker.id), now)

    def _require(
        self, tx: Tx, asker: Asker, folder: Item, there: Item | None, terms: Terms
    ) -> None:
        if there is not None and there.is_folder:
            raise NameTaken()
        # A new name changes the folder, too.
        changed = [there.id] if there is not None else [folder.id]
        subject = there.id if there is not None and not there.is_unfilled else None
        require(tx, terms, asker, changed, self._clock.now(), subject=subject)

    def _settle(
        self, tx: Tx, asker: Asker, folder_id: str, name: str, content: _Content, coming: Coming
    ) -> TakenIn:
        folder, there = self._target(tx, asker, folder_id, name, coming)
        self._require(tx, asker, folder, there, coming.terms)
        self._room.require(tx, (there or folder).area, content.size)
        now = self._clock.now()
        if there is not None:
            self._keep_colleagues(tx, asker, folder, there, coming, content, now)
        target = there
        if target is None:
            target = fresh_item(folder, name, asker, now, is_folder=False)
            store.add(tx, target, folded(name))
        number = self._version(tx, asker, target, content, now, coming.modified_at)
        lock_store.know(tx, target.id, asker.id, number)
        return TakenIn(target.id, number, content.sha256, there is None or there.is_unfilled)

    def _version(
        self,
        tx: Tx,
        asker: Asker,
        target: Item,
        content: _Content,
        now: int,
        modified_at: int | None,
    ) -> int:
        number = target.version + 1
        version = Version(
            number, content.sha256, content.size, content.kind, now, asker.name, None, asker.id
        )
        store.add_version(tx, target.id, version, VERSIONS_KEPT, modified_at)
        self._reading.want(tx, content.sha256, content.kind, content.size)
        publish(tx, DriveFileChanged(item_id=target.id), now)
        return number

    def _keep_colleagues(
        self,
        tx: Tx,
        asker: Asker,
        folder: Item,
        there: Item,
        coming: Coming,
        content: _Content,
        now: int,
    ) -> None:
        """What a colleague saved since the sender looked stays in sight, beside what is saved now."""
        seen = coming.seen
        for token in coming.terms.tokens:
            lock = lock_store.lock(tx, token)
            if lock is not None and (lock.item_id, lock.person_id) == (there.id, asker.id):
                seen = lock.seen
        if seen is None or seen >= there.version or there.sha256 == content.sha256:
            return
        theirs = store.version(tx, there.id, there.version)
        if theirs is None or not theirs.size or theirs.by_id in ("", asker.id):
            return
        with contextlib.suppress(QuotaReached):  # it stays among the versions all the same
            folder = self._beside(tx, asker, folder, now)
            self._room.require(tx, folder.area, content.size + theirs.size)
            name = _copy_name(there.name)
            copy = fresh_item(
                folder, free_name(tx, asker.keys, folder.id, name), asker, now, is_folder=False
            )
            store.add(tx, copy, folded(copy.name))
            store.add_version(
                tx, copy.id, msgspec.structs.replace(theirs, number=1), VERSIONS_KEPT, None
            )
            publish(tx, DriveFileChanged(item_id=copy.id), now)
            self._notices.tell(
                tx,
                {asker.id: [""], theirs.by_id: [""]},
                Topic(OVERWRITTEN, copy.id),
                Urgency.CALM,
            )

    def _keep(
        self,
        tx: Tx,
        asker: Asker,
        folder_id: str,
        name: str,
        content: _Content,
        coming: Coming,
    ) -> TakenIn:
        """What was sent and may not be saved lies beside the file that it was for; once, however
        often a program tries."""
        folder, there = self._target(tx, asker, folder_id, name, coming)
        if there is not None and there.sha256 == content.sha256:
            return TakenIn(there.id, there.version, content.sha256, is_new=False)
        now = self._clock.now()
        folder = self._beside(tx, asker, folder, now)
        kept = store.named(tx, asker.keys, folder.id, folded(_copy_name(name)))
        if kept is not None and kept.sha256 == content.sha256:
            return TakenIn(kept.id, kept.version, content.sha256, is_new=False)
        self._room.require(tx, folder.area, content.size)
        free = free_name(tx, asker.keys, folder.id, _copy_name(name))
        copy = fresh_item(folder, free, asker, now, is_folder=False)
        store.add(tx, copy, folded(free))
        number = self._version(tx, asker, copy, content, now, None)
        self._notices.tell(tx, {asker.id: [""]}, Topic(REFUSED, copy.id), Urgency.CALM)
        return TakenIn(copy.id, number, content.sha256, is_new=True)


def _copy_name(name: str) -> str:
    """`계획.hwp` → `계획 (충돌 사본).hwp`"""
    stem, dot, suffix = name.rpartition(".")
    if not stem:
        stem, dot, suffix = name, "", ""
    end = f" ({COPY_OF}){dot}{suffix}"
    return stem[: 240 - len(end)] + end


async def _pieces(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Larger pieces, so that a thread is asked once for each megabyte."""
    waiting = bytearray()
    async for chunk in chunks:
        waiting += chunk
        if len(waiting) >= WRITE_BYTES:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)
