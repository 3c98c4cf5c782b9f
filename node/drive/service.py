"""The drive: folders and files of the staff.

listing = await drive.listing(asker, folder_id)
await drive.trash.throw_away(asker, [file_id])      # 30 days to take it back
path, item = await drive.content(asker, file_id)
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from kit.blobs import Blobs
from kit.card import Card, Entry
from kit.clock import DAY, Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.outbox import publish
from kit.problem import Forbidden, NotFound
from node.drive.intake.straight import Straight
from node.drive.intake.uploads import Uploads
from node.drive.model import (
    DEEPEST,
    VERSIONS_KEPT,
    Area,
    Details,
    DriveAct,
    DriveFileChanged,
    Item,
    Limits,
    Listing,
    NameTaken,
    NotThere,
    Right,
    Version,
    check_name,
    folded,
    person_area,
)
from node.drive.reading import store as texts
from node.drive.reading.contents import KeptContents
from node.drive.reading.texts import Reading
from node.drive.tree import lock_store, store
from node.drive.tree.carrying import Carrying
from node.drive.tree.held import NO_TERMS, Terms, require
from node.drive.tree.leaving import Leaving
from node.drive.tree.locks import Locks
from node.drive.tree.packing import Packing
from node.drive.tree.paths import Paths
from node.drive.tree.placing import fresh_item
from node.drive.tree.properties import Properties
from node.drive.tree.rights import (
    areas_of,
    held,
    may_take,
    open_area,
    reach,
    reach_file,
    reach_folder,
    reach_to_take,
)
from node.drive.tree.room import Room
from node.drive.tree.sharing import Sharing
from node.drive.tree.telling import announce, note
from node.drive.tree.trash import Trash
from node.files.making import Pages
from node.files.model import Preview
from node.notices.service import Notices
from node.people.access import of_now
from node.people.model import Asker

PAGE = 200
NEWS = 7 * DAY  # how long something newly shared stands on the front page


class Drive:
    """The slice's face. `blobs` is the drive's own place: what is erased here is gone."""

    def __init__(
        self, db: Database, clock: Clock, blobs: Blobs, limits: Limits, notices: Notices
    ) -> None:
        self._db = db
        self._clock = clock
        self._blobs = blobs
        turn = asyncio.Lock()  # a content is taken in or removed, never both at once
        self.room = Room(blobs.root, limits)
        self.reading = Reading(db, clock, blobs, turn)
        self.contents = KeptContents(db, blobs, turn)
        self.trash = Trash(db, clock, self.contents)
        self.sharing = Sharing(db, clock)
        self.leaving = Leaving(db, clock, self.room)
        self.uploads = Uploads(db, clock, blobs, self.room, self.reading, turn)
        self.straight = Straight(db, clock, blobs, self.room, self.reading, turn, notices)
        self.paths = Paths(db, clock)
        self.packing = Packing(db, clock, blobs)
        self.carrying = Carrying(db, clock, self.room)
        self.locks = Locks(db, clock)
        self.properties = Properties(db, clock)

    # Looking ---------------------------------------------------------------------------------

    async def areas(self, asker: Asker) -> list[Area]:
        """The asker's own area first, then their departments', then the school's."""
        held(asker)
        names = areas_of(asker)

        def look(tx: Tx) -> list[Area] | None:
            roots = [store.root(tx, asker.keys, name) for name in names]
            found = [root for root in roots if root is not None]
            return (
                [self.room.area(tx, root) for root in found] if len(found) == len(roots) else None
            )

        known = await self._db.read(look)
        if known is not None:
            return known
        now = self._clock.now()

        def unit(tx: Tx, asker: Asker) -> list[Area]:
            return [self.room.area(tx, open_area(tx, asker, name, now)) for name in areas_of(asker)]

        return await self._db.write(of_now(asker, unit))

    async def item(self, asker: Asker, item_id: str) -> Item:
        """A folder or file. Raises NotFound."""
        return await self._db.read(lambda tx: reach(tx, asker, item_id))

    async def listing(
        self, asker: Asker, folder_id: str, order: str = "name", page: int = 1
    ) -> Listing:
        """A page of a folder. `order` is name, changed or size. Raises NotFound."""
        order = order if order in store.ORDERS else "name"
        page = min(max(page, 1), 10_000)

        def unit(tx: Tx) -> Listing:
            folder = reach_folder(tx, asker, folder_id)
            found = store.children(tx, asker.keys, folder_id, order, PAGE + 1, (page - 1) * PAGE)
            root = store.root(tx, asker.keys, folder.area)
            return Listing(
                folder,
                store.path(tx, asker.keys, folder_id),
                found[:PAGE],
                page + 1 if len(found) > PAGE else None,
                self.room.area(tx, root or folder),
                _open_by(tx, found[:PAGE], self._clock.now()),
            )

        return await self._db.read(unit)

    async def folders(self, asker: Asker, folder_id: str) -> list[Item]:
        """The folders in a folder. Raises NotFound."""

        def unit(tx: Tx) -> list[Item]:
            reach_folder(tx, asker, folder_id)
            return store.folders(tx, asker.keys, folder_id)

        return await self._db.read(unit)

    async def details(self, asker: Asker, item_id: str) -> Details:
        """A folder or file with versions (all for those who may change it, else the newest),
        shares (for those who may decide) and text. Raises NotFound."""

        def unit(tx: Tx) -> Details:
            found = reach(tx, asker, item_id)
            shares, inherited = self.sharing.of(tx, found) if found.may_decide else ([], [])
            versions = store.versions(tx, item_id)
            return Details(
                found,
                store.path(tx, asker.keys, item_id),
                [one for one in versions if found.may_edit or one.number == found.version],
                shares,
                inherited,
                texts.text(tx, found.sha256) if found.sha256 else None,
                may_take(tx, asker, found),
            )

        return await self._db.read(unit)

    async def shared(self, asker: Asker) -> list[Item]:
        """What others share with the asker, the latest changed first."""
        keys = held(asker)
        return await self._db.read(
            lambda tx: store.shared(tx, keys, person_area(asker.id), asker.id, 0)
        )

    async def content(
        self, asker: Asker, item_id: str, number: int | None = None
    ) -> tuple[Path, Item, Version]:
        """Where a file's content lies, of its newest or of an earlier version. Earlier ones are
        for those who may change it: what was taken out before a file was shared stays unseen.
        Raises NotFound, Forbidden."""

        def unit(tx: Tx) -> tuple[Item, Version]:
            found = reach_file(tx, asker, item_id)
            if number not in (None, found.version) and not found.may_edit:
                raise Forbidden()
            version = store.version(tx, item_id, found.version if number is None else number)
            if version is None:
                raise NotFound()
            return found, version

        found, version = await self._db.read(unit)
        return self._blobs.path(version.sha256), found, version

    async def pages(self, asker: Asker, item_id: str) -> tuple[Item, Pages]:
        """A file with the pictures of its pages. Raises NotFound."""

        def unit(tx: Tx) -> tuple[Item, Preview]:
            found = reach_file(tx, asker, item_id)
            seen = texts.text(tx, found.sha256)
            if seen is None:
                raise NotFound()
            return found, seen

        found, seen = await self._db.read(unit)
        return found, Pages(seen, self._blobs)

    def cards(self, tx: Tx, asker: Asker, now: int) -> list[Card]:
        """What was shared with the asker in the last days."""
        if not asker.is_staff:
            return []
        found = store.shared(tx, asker.keys, person_area(asker.id), asker.id, now - NEWS, 5)
        if not found:
            return []
        lines = tuple(
            Entry(one.name, f"/drive/{one.id}", one.changed_by, at=one.changed_at) for one in found
        )
        return [Card("drive", _("새로 공유받은 파일"), "folder", "/drive/shared", entries=lines)]

    # Changing --------------------------------------------------------------------------------

    async def create_folder(
        self, asker: Asker, parent_id: str, name: str, terms: Terms = NO_TERMS
    ) -> Item:
        """Raises NotFound, Forbidden, BadName, NameTaken, NotThere (too deep), Locked,
        PreconditionFailed."""
        name = check_name(name)

        def unit(tx: Tx, asker: Asker) -> Item:
            parent = reach_folder(tx, asker, parent_id, Right.EDIT)
            require(tx, terms, asker, [parent_id], self._clock.now())
            if store.depth_of(tx, parent_id) + 1 > DEEPEST:
                raise NotThere()
            if store.named(tx, asker.keys, parent_id, folded(name)) is not None:
                raise NameTaken()
            new = fresh_item(parent, name, asker, self._clock.now(), is_folder=True)
            store.add(tx, new, folded(name))
            return reach(tx, asker, new.id)

        return await self._db.write(of_now(asker, unit))

    async def rename(self, asker: Asker, item_id: str, name: str) -> Item:
        """Raises NotFound, Forbidden (also: the root of an area), BadName, NameTaken."""
        return await self.change(asker, item_id, name=name)

    async def move(self, asker: Asker, item_ids: Sequence[str], folder_id: str) -> int:
        """Move items into a folder; all or none. Into another area only whoever decides over them.

        Raises NotFound, Forbidden, NameTaken, NotThere, QuotaReached.
        """

        def unit(tx: Tx, asker: Asker) -> int:
            for item_id in item_ids:
                self._move(tx, asker, item_id, folder_id)
            return len(item_ids)

        return await self._db.write(of_now(asker, unit))

    async def change(
        self, asker: Asker, item_id: str, *, folder_id: str | None = None, name: str | None = None
    ) -> Item:
        """Move an item, give it another name, or both; all or nothing. Raises what `move` and
        `rename` raise."""
        fit = check_name(name) if name is not None else None

        def unit(tx: Tx, asker: Asker) -> Item:
            if folder_id is not None:
                self._move(tx, asker, item_id, folder_id)
            if fit is not None:
                self._rename(tx, asker, item_id, fit)
            return reach(tx, asker, item_id)

        return await self._db.write(of_now(asker, unit))

    def _rename(self, tx: Tx, asker: Asker, item_id: str, name: str) -> None:
        found = reach(tx, asker, item_id, Right.EDIT)
        if found.parent_id is None:
            raise Forbidden()
        other = store.named(tx, asker.keys, found.parent_id, folded(name))
        if other is not None and other.id != item_id:
            raise NameTaken()
        now = self._clock.now()
        store.rename(tx, item_id, name, folded(name), now, asker.name)
        if not found.is_folder:
            publish(tx, DriveFileChanged(item_id=item_id), now)

    def _move(self, tx: Tx, asker: Asker, item_id: str, folder_id: str) -> None:
        folder = reach_folder(tx, asker, folder_id, Right.EDIT)
        item = reach_to_take(tx, asker, item_id)
        if item.parent_id == folder.id:
            return
        too_deep = store.depth_of(tx, folder.id) + 1 + store.height_of(tx, item.id) > DEEPEST
        if too_deep or store.is_within(tx, folder.id, item.id):
            raise NotThere()
        if store.named(tx, asker.keys, folder.id, folded(item.name)) is not None:
            raise NameTaken()
        if item.area != folder.area:
            if item.right < Right.OWN:
                raise Forbidden()
            self.room.require(tx, folder.area, store.used_below(tx, item.id))
            areas = {"from": item.area, "to": folder.area}
            note(tx, self._clock, asker, DriveAct.MOVE, item, **areas)
        store.move(tx, item.id, folder.id, folder.area)
        is_elsewhere = item.area != folder.area  # the area is found by, too
        announce(tx, item.id, self._clock.now(), content=is_elsewhere)

    async def restore_version(self, asker: Asker, item_id: str, number: int) -> Version:
        """Make an earlier version the newest one again; nothing is lost. Raises NotFound,
        Forbidden, QuotaReached."""

        def unit(tx: Tx, asker: Asker) -> Version:
            found = reach_file(tx, asker, item_id, Right.EDIT)
            old = store.version(tx, item_id, number)
            if old is None:
                raise NotFound()
            if old.number == found.version:
                return old
            self.room.require(tx, found.area, old.size)
            now = self._clock.now()
            new = Version(
                found.version + 1,
                old.sha256,
                old.size,
                old.media_type,
                now,
                asker.name,
                restored_from=number,
                by_id=asker.id,
            )
            store.add_version(tx, item_id, new, VERSIONS_KEPT)
            publish(tx, DriveFileChanged(item_id=item_id), now)
            return new

        return await self._db.write(of_now(asker, unit))

    async def half_way(self) -> int:
        """Forget uploads that nobody came back for, locks that are long over and names to which no
        content came; how many uploads and names."""
        await self.carrying.expire()
        forgotten = await self.uploads.expire()
        return forgotten + await self.straight.expire() + await self.locks.expire()

    async def expire(self) -> int:
        """Remove for good what lay in the trash for 30 days, and what came to nothing; how much of the
        trash that was."""
        removed = await self.trash.expire()
        await self.uploads.expire()
        await self.straight.expire()
        await self.contents.sweep()
        return removed


def _open_by(tx: Tx, items: list[Item], now: int) -> dict[str, str]:
    names: dict[str, list[str]] = {}
    for lock in lock_store.of_items(tx, [item.id for item in items], now):
        of = names.setdefault(lock.item_id, [])
        if lock.person_name not in of:
            of.append(lock.person_name)
    return {item_id: ", ".join(of) for item_id, of in names.items()}
