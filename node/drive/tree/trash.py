"""What was thrown away: for 30 days it can be taken back, then it is gone with its content."""

from collections.abc import Sequence

from kit.clock import Clock
from kit.db import Database, Tx
from kit.problem import Forbidden, NotFound
from node.drive.model import TRASH_KEPT, DriveAct, Item, Right, folded, person_area
from node.drive.reading.contents import KeptContents
from node.drive.tree import store
from node.drive.tree.held import Terms, require
from node.drive.tree.placing import free_name
from node.drive.tree.rights import held, reach, reach_gone, reach_to_take
from node.drive.tree.telling import announce, note
from node.people.access import of_now
from node.people.model import Asker

ERASED_AT_ONCE = 200


class Trash:
    """Throws away, takes back, erases."""

    def __init__(self, db: Database, clock: Clock, contents: KeptContents) -> None:
        self._db = db
        self._clock = clock
        self._contents = contents

    async def throw_away(
        self, asker: Asker, item_ids: Sequence[str], terms: Terms | None = None
    ) -> int:
        """Throw items away; they can be taken back for 30 days. `terms`: of a program, for which
        locks hold. Raises NotFound, Forbidden, Locked, PreconditionFailed."""

        def unit(tx: Tx, asker: Asker) -> int:
            now = self._clock.now()
            for item_id in item_ids:
                item = reach_to_take(tx, asker, item_id)
                if terms is not None:
                    changed = [item_id, item.parent_id or ""]
                    require(tx, terms, asker, changed, now, deep=item_id, subject=item_id)
                if item.is_unfilled:
                    store.erase(tx, item_id)
                    continue
                store.throw_away(tx, item_id, now, asker.name)
                announce(tx, item_id, now)
            return len(item_ids)

        return await self._db.write(of_now(asker, unit))

    async def listing(self, asker: Asker) -> list[Item]:
        """What was thrown away out of folders that the asker may change, the latest first."""
        keys = held(asker)
        return await self._db.read(lambda tx: store.trash(tx, keys))

    async def restore(self, asker: Asker, item_ids: Sequence[str]) -> list[Item]:
        """Take items back to where they were, for those who may change that folder; when it is
        gone, to the root of the area; under another name when theirs was taken meanwhile.
        Raises NotFound, Forbidden."""

        def unit(tx: Tx, asker: Asker) -> list[Item]:
            return [self._restore(tx, asker, item_id) for item_id in item_ids]

        return await self._db.write(of_now(asker, unit))

    def _restore(self, tx: Tx, asker: Asker, item_id: str) -> Item:
        item = reach_gone(tx, asker, item_id, Right.EDIT)
        if item.trashed_at is None or item.parent_id is None:
            raise NotFound()
        parent = store.item(tx, asker.keys, item.parent_id)
        if parent is None or parent.gone_with is not None:
            parent = store.root(tx, asker.keys, item.area)
        if parent is None or parent.right < Right.EDIT:
            raise Forbidden()
        if parent.id != item.parent_id:
            store.move(tx, item_id, parent.id, parent.area)
        name = free_name(tx, asker.keys, parent.id, item.name)
        store.bring_back(tx, item_id, name, folded(name))
        announce(tx, item_id, self._clock.now())
        return reach(tx, asker, item_id)

    async def erase(self, asker: Asker, item_ids: Sequence[str]) -> int:
        """Remove items from the trash for good: only whoever decides over them, since nobody can
        take them back. Raises NotFound, Forbidden."""

        def unit(tx: Tx, asker: Asker) -> int:
            for item_id in item_ids:
                self._erase(tx, asker, reach_gone(tx, asker, item_id, Right.OWN))
            return len(item_ids)

        done = await self._db.write(of_now(asker, unit))
        await self._contents.sweep()
        return done

    async def empty(self, asker: Asker) -> int:
        """Remove for good what lies in the trash of the asker's own area."""
        held(asker)

        def unit(tx: Tx, asker: Asker) -> int:
            keys = held(asker)
            found = store.trash_of_area(tx, keys, person_area(asker.id))
            for item in found:
                if store.item(tx, keys, item.id) is not None:  # not gone with one above it
                    self._erase(tx, asker, item)
            return len(found)

        done = await self._db.write(of_now(asker, unit))
        await self._contents.sweep()
        return done

    def _erase(self, tx: Tx, asker: Asker, item: Item) -> None:
        if item.trashed_at is None:
            raise NotFound()
        note(tx, self._clock, asker, DriveAct.ERASE, item, name=item.name, area=item.area)
        announce(tx, item.id, self._clock.now())
        store.erase(tx, item.id)

    async def expire(self) -> int:
        """Remove for good what lay in the trash for 30 days; how much that was."""
        removed = 0

        def unit(tx: Tx) -> int:
            now = self._clock.now()
            due = store.trashed_before(tx, now - TRASH_KEPT, ERASED_AT_ONCE)
            for item_id in due:
                announce(tx, item_id, now)
                store.erase(tx, item_id)
            return len(due)

        while done := await self._db.write(unit):
            removed += done
        return removed
