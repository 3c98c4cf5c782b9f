"""Moving and copying as programs do it: to a name, over what is there if they say so.

Nothing that is moved over is lost: a file gets what came as new versions behind its own, so that it
stays what is shared, found and linked; a folder goes to the trash.

Office saves by names: it puts the file aside under one of its own (`~WRL0001.tmp`), gives what it wrote
the file's name, and deletes what it put aside. The file comes back under its name with what was written
as its next version, and what is deleted is the written file with the former content.
"""

import asyncio

from msgspec.structs import replace

from kit.clock import MINUTE, Clock
from kit.db import Database, Tx
from kit.outbox import publish
from kit.problem import Forbidden
from node.drive.model import (
    DEEPEST,
    VERSIONS_KEPT,
    DriveAct,
    DriveFileChanged,
    Item,
    NameTaken,
    NotThere,
    Right,
    Version,
    check_name,
    folded,
)
from node.drive.tree import aside_store, lock_store, property_store, store
from node.drive.tree.held import Terms, require
from node.drive.tree.placing import fresh_item
from node.drive.tree.rights import reach, reach_folder, reach_to_take
from node.drive.tree.room import Room
from node.drive.tree.telling import announce, note
from node.people.access import of_now
from node.people.model import Asker

COPIED_AT_ONCE = 50
ASIDE = 10 * MINUTE  # how long a program may take between putting a file aside and its next move


class Carrying:
    """Moves and copies. Both answer whether the name was free."""

    def __init__(self, db: Database, clock: Clock, room: Room) -> None:
        self._db = db
        self._clock = clock
        self._room = room

    async def expire(self) -> None:
        """Forget what programs put aside and never took up again: it stays as they called it."""
        before = self._clock.now() - ASIDE
        await self._db.write(lambda tx: aside_store.forget(tx, before))

    async def move(
        self, asker: Asker, item_id: str, folder_id: str, name: str, terms: Terms, *, over: bool
    ) -> bool:
        """Raises NotFound, Forbidden, BadName, NameTaken (`over` is not set), NotThere, Locked,
        PreconditionFailed, QuotaReached."""
        fit = check_name(name)

        def unit(tx: Tx, asker: Asker) -> bool:
            now = self._clock.now()
            folder = reach_folder(tx, asker, folder_id, Right.EDIT)
            item = reach_to_take(tx, asker, item_id)
            there = self._there(tx, asker, folder, fit, item)
            changed = [item.id, item.parent_id or "", folder.id, there.id if there else ""]
            require(tx, terms, asker, changed, now, deep=item.id, subject=item.id)
            too_deep = store.depth_of(tx, folder.id) + 1 + store.height_of(tx, item.id) > DEEPEST
            if too_deep or store.is_within(tx, folder.id, item.id):
                raise NotThere()
            if there is not None and not over:
                raise NameTaken()
            self._leave_area(tx, asker, item, folder)
            if there is not None and not there.is_folder and not item.is_folder:
                self._become(tx, item, there, now)
                return False
            if there is not None:
                self._clear(tx, asker, there, item, terms, now)
            is_within = item.parent_id == folder.id and not item.is_folder
            aside = self._aside(tx, asker, folder, fit, now) if is_within and not there else None
            if aside is not None:
                self._come_back(tx, aside, item, fit, now)
                return True
            if is_within and _is_own_name(fit):
                aside_store.put(tx, item.id, folder.id, folded(item.name), now)
            store.call(tx, item.id, item.id, item.id)  # neither name is taken on the way
            if item.parent_id != folder.id:
                store.move(tx, item.id, folder.id, folder.area)
            store.call(tx, item.id, fit, folded(fit))
            lock_store.end_of(tx, item.id, now)
            announce(tx, item.id, now, content=True)
            return there is None

        return await self._db.write(of_now(asker, unit))

    async def copy(
        self,
        asker: Asker,
        item_id: str,
        folder_id: str,
        name: str,
        terms: Terms,
        *,
        over: bool,
        deep: bool = True,
    ) -> bool:
        """A folder is copied in portions, so that others write between them; one that ends half-way
        leaves what it has copied. Raises what `move` raises."""
        fit = check_name(name)

        def unit(tx: Tx, asker: Asker) -> tuple[bool, str]:
            now = self._clock.now()
            folder = reach_folder(tx, asker, folder_id, Right.EDIT)
            item = reach(tx, asker, item_id)
            there = self._there(tx, asker, folder, fit, item)
            named = store.named(tx, asker.keys, folder.id, folded(fit))
            if named is not None and named.id == item.id:  # under other capitals
                raise Forbidden()
            changed = [folder.id, there.id if there else ""]
            require(tx, terms, asker, changed, now, subject=item.id)
            too_deep = store.depth_of(tx, folder.id) + 1 + store.height_of(tx, item.id) > DEEPEST
            if too_deep or store.is_within(tx, folder.id, item.id):
                raise NotThere()
            if there is not None and not over:
                raise NameTaken()
            self._room.require(tx, folder.area, item.size)
            if there is not None and (there.is_folder or item.is_folder):
                self._clear(tx, asker, there, item, terms, now)
                there, was_there = None, True
            else:
                was_there = there is not None
            made = self._copied(tx, asker, item, folder, fit, there, now)
            return not was_there, made if item.is_folder and deep else ""

        was_free, made = await self._db.write(of_now(asker, unit))
        if made:
            await self._fill(asker, item_id, made)
        return was_free

    async def _fill(self, asker: Asker, source_id: str, target_id: str) -> None:
        waiting = [(source_id, target_id, "")]
        while waiting:
            source, target, after = waiting.pop()

            def unit(
                tx: Tx, asker: Asker, source: str = source, target: str = target, after: str = after
            ) -> tuple[list[tuple[str, str, str]], str]:
                reach_folder(tx, asker, source)
                folder = reach_folder(tx, asker, target, Right.EDIT)
                found = store.following(tx, asker.keys, source, after, COPIED_AT_ONCE)
                size = sum(item.size for item in found)
                self._room.require(tx, folder.area, size)
                now, folders = self._clock.now(), []
                for item in found:
                    made = self._copied(tx, asker, item, folder, item.name, None, now)
                    if item.is_folder:
                        folders.append((item.id, made, ""))
                return folders, folded(found[-1].name) if len(found) == COPIED_AT_ONCE else ""

            folders, after = await self._db.write(of_now(asker, unit))
            waiting += folders
            if after:
                waiting.append((source, target, after))
            await asyncio.sleep(0)

    def _there(self, tx: Tx, asker: Asker, folder: Item, name: str, item: Item) -> Item | None:
        """What has the name already; not the item itself under other capitals. Raises Forbidden
        where source and destination are one, NotThere where the item lies within what is there."""
        there = store.named(tx, asker.keys, folder.id, folded(name))
        if there is None:
            return None
        if there.id == item.id:
            if there.name == name:
                raise Forbidden()
            return None
        if store.is_within(tx, item.id, there.id):
            raise NotThere()
        return there

    def _leave_area(self, tx: Tx, asker: Asker, item: Item, folder: Item) -> None:
        if item.area == folder.area:
            return
        if item.right < Right.OWN:
            raise Forbidden()
        self._room.require(tx, folder.area, store.used_below(tx, item.id))
        areas = {"from": item.area, "to": folder.area}
        note(tx, self._clock, asker, DriveAct.MOVE, item, **areas)

    def _clear(self, tx: Tx, asker: Asker, there: Item, item: Item, terms: Terms, now: int) -> None:
        """What is there goes to the trash."""
        reach_to_take(tx, asker, there.id)
        require(tx, Terms(tokens=terms.tokens), asker, [there.id], now, deep=there.id)
        store.throw_away(tx, there.id, now, asker.name)
        announce(tx, there.id, now)

    def _aside(self, tx: Tx, asker: Asker, folder: Item, name: str, now: int) -> Item | None:
        """The file that had this name in the folder until a program put it aside a moment ago."""
        item_id = aside_store.named(tx, folder.id, folded(name), now - ASIDE)
        found = store.item(tx, asker.keys, item_id) if item_id else None
        is_there = found is not None and found.parent_id == folder.id and found.gone_with is None
        return found if is_there and found and found.right >= Right.EDIT else None

    def _come_back(self, tx: Tx, aside: Item, item: Item, name: str, now: int) -> None:
        former = store.version(tx, aside.id, aside.version)
        self._append(tx, item, aside, now)
        if former is not None:
            number = item.version + 1
            store.add_version(tx, item.id, replace(former, number=number), VERSIONS_KEPT, None)
        for one in (item, aside):
            store.call(tx, one.id, one.id, one.id)
            lock_store.end_of(tx, one.id, now)
            publish(tx, DriveFileChanged(item_id=one.id), now)
        store.call(tx, item.id, aside.name, folded(aside.name))
        store.call(tx, aside.id, name, folded(name))
        aside_store.remove(tx, aside.id)

    def _become(self, tx: Tx, item: Item, there: Item, now: int) -> None:
        """A file is what another was, which is no more."""
        self._append(tx, item, there, now)
        property_store.copy(tx, item.id, there.id)
        lock_store.hand_on(tx, item.id, there.id, now)
        announce(tx, item.id, now)
        store.erase(tx, item.id)

    def _append(self, tx: Tx, item: Item, there: Item, now: int) -> None:
        """A file's versions behind those of another. Empty ones before the last are what programs make
        before they write."""
        number = there.version
        for version in reversed(store.versions(tx, item.id)):
            if version.size or version.number == item.version:
                number += 1
                new = replace(version, number=number, restored_from=None)
                store.add_version(tx, there.id, new, VERSIONS_KEPT, item.modified_at)
        publish(tx, DriveFileChanged(item_id=there.id), now)

    def _copied(
        self,
        tx: Tx,
        asker: Asker,
        item: Item,
        folder: Item,
        name: str,
        there: Item | None,
        now: int,
    ) -> str:
        """An item's newest content under a name, or as a new version of what is there; its id."""
        target = there
        if target is None:
            target = fresh_item(folder, name, asker, now, is_folder=bool(item.is_folder))
            store.add(tx, target, folded(name))
        if not item.is_folder and not item.is_unfilled:
            new = Version(
                target.version + 1,
                item.sha256,
                item.size,
                item.media_type,
                now,
                asker.name,
                None,
                asker.id,
            )
            store.add_version(tx, target.id, new, VERSIONS_KEPT, item.modified_at)
            publish(tx, DriveFileChanged(item_id=target.id), now)
        property_store.copy(tx, item.id, target.id)
        return target.id


def _is_own_name(name: str) -> bool:
    """Whether programs call files so that they put aside."""
    return name.startswith("~") or name.endswith("~") or name.lower().endswith(".tmp")
