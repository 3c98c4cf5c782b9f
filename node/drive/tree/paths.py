"""The drive as one tree of names, for programs that know paths alone.

    place = await paths.at(asker, ["내 드라이브", "수업", "1단원.hwp"])
    place.item                       # None: nothing has this name; place.parent is where it would lie

The first name is an area's, or that of the folder with what others share. Names are found as the drive
compares them: composed or not, in capitals or not.
"""

from collections.abc import Sequence

import msgspec

from kit.clock import Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.problem import NotFound
from node.drive.model import SCHOOL, Item, Lock, Right, clean_name, folded, numbered, person_area
from node.drive.tree import lock_store, property_store, store
from node.drive.tree.rights import areas_of, held, open_area, reach_folder
from node.people.access import of_now
from node.people.model import Asker

OWN_NAME = _("내 드라이브")
SCHOOL_NAME = _("학교")
SHARED_NAME = _("공유받음")
PAGE = 200
MOST_SHARED = 200


class Spot(msgspec.Struct, frozen=True):
    """What a path leads to. `item`: None where nothing has the name; `parent`: the folder it lies in,
    or would; None where that is not there, or no folder of the drive's. `is_top`: it is the tree's own
    (the root, an area, the folder of what is shared): it stays what and where it is."""

    name: str
    item: Item | None
    parent: Item | None
    is_top: bool = False

    def found(self) -> Item:
        """Raises NotFound."""
        if self.item is None:
            raise NotFound()
        return self.item


class TreeLine(msgspec.Struct, frozen=True):
    """A line of a listing: an item under the name that it has there, with what programs keep at it."""

    name: str
    item: Item
    properties: dict[str, str] = {}
    locks: tuple[Lock, ...] = ()
    at: int = 0
    """When it was looked at."""


class Paths:
    """Finds."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def at(self, asker: Asker, names: Sequence[str]) -> Spot:
        """What a path leads to. Raises NotFound: to what the asker may not see, also."""
        held(asker)
        if len(names) > 0 and _is(names[0], SHARED_NAME):
            return await self._db.read(lambda tx: _among_shared(tx, asker, names[1:]))
        if not names:
            return Spot("", _own_folder(asker, "", self._clock.now()), None, is_top=True)
        area = next(
            (area for name, area in _named_areas(asker) if _is(names[0], name)),
            None,
        )
        if area is None:
            return Spot(names[0], None, None)

        def look(tx: Tx) -> Spot | None:
            root = store.root(tx, asker.keys, area)
            return _down(tx, asker, root, names[0], names[1:]) if root is not None else None

        found = await self._db.read(look)
        if found is not None:
            return found

        def opened(tx: Tx, asker: Asker) -> Spot:
            root = open_area(tx, asker, area, self._clock.now())
            return _down(tx, asker, root, names[0], names[1:])

        return await self._db.write(of_now(asker, opened))

    async def top(self, asker: Asker) -> list[TreeLine]:
        """What stands at the root: the asker's areas, and the folder with what others share."""
        entries = []
        for name, _area in _named_areas(asker):
            entries.append(TreeLine(name, (await self.at(asker, [name])).found()))
        shared = _own_folder(asker, SHARED_NAME, self._clock.now())
        return [*entries, TreeLine(SHARED_NAME, shared)]

    async def shared(self, asker: Asker) -> list[TreeLine]:
        """What others share with the asker, under names of which no two are alike."""
        found = await self._db.read(lambda tx: _shared(tx, asker))
        return [TreeLine(name, item) for name, item in found.items()]

    async def page(
        self, asker: Asker, folder_id: str, after: str, *, with_properties: bool
    ) -> tuple[list[TreeLine], str]:
        """What comes in a folder behind `after` (folded), and where to go on; empty: that was all.
        Raises NotFound."""
        now = self._clock.now()

        def unit(tx: Tx) -> tuple[list[TreeLine], str]:
            reach_folder(tx, asker, folder_id)
            found = store.following(tx, asker.keys, folder_id, after, PAGE)
            entries = _entries(tx, found, now, with_properties=with_properties)
            return entries, folded(found[-1].name) if len(found) == PAGE else ""

        return await self._db.read(unit)

    async def entry(self, asker: Asker, place: Spot, *, with_properties: bool) -> TreeLine:
        """A single one, with the locks that hold for it. Raises NotFound."""
        item = place.found()
        now = self._clock.now()

        def unit(tx: Tx) -> TreeLine:
            kept = property_store.of(tx, [item.id]).get(item.id, {}) if with_properties else {}
            return TreeLine(place.name, item, kept, tuple(lock_store.of(tx, item.id, now)), now)

        return await self._db.read(unit)


def _named_areas(asker: Asker) -> list[tuple[str, str]]:
    """(name at the root, area)"""
    return [(area_name(asker, area), area) for area in areas_of(asker)]


def area_name(asker: Asker, area: str) -> str:
    """What an area is called where names of files stand; a msgid, or the department's name."""
    own = {person_area(asker.id): OWN_NAME, SCHOOL: SCHOOL_NAME}
    return own.get(area) or clean_name(area.partition(":")[2])


def _is(sent: str, name: str) -> bool:
    return folded(clean_name(sent)) == folded(name)


def _own_folder(asker: Asker, name: str, now: int) -> Item:
    """A folder that is the tree's own; it has no id."""
    return Item(
        "", "", None, 1, name, 0, 0, "", "", 0, now, asker.name, None, None, "", 0, Right.VIEW
    )


def _shared(tx: Tx, asker: Asker) -> dict[str, Item]:
    found: dict[str, Item] = {}
    items = store.shared(tx, asker.keys, person_area(asker.id), asker.id, 0, MOST_SHARED)
    for item in sorted(items, key=lambda one: one.id):
        number, name = 1, item.name
        while name in found:
            number += 1
            name = numbered(item.name, number)
        found[name] = item
    return found


def _among_shared(tx: Tx, asker: Asker, names: Sequence[str]) -> Spot:
    if not names:
        return Spot(SHARED_NAME, _own_folder(asker, SHARED_NAME, 0), None, is_top=True)
    for name, item in _shared(tx, asker).items():
        if _is(names[0], name):
            place = _down(tx, asker, item, name, names[1:])
            # It lies in somebody else's folder, out of which it is not taken from here.
            return place if len(names) > 1 else msgspec.structs.replace(place, is_top=True)
    return Spot(names[0], None, None)


def _down(tx: Tx, asker: Asker, item: Item, name: str, names: Sequence[str]) -> Spot:
    found: Item | None = item
    parent: Item | None = None
    for name in names:
        if found is None or not found.is_folder:
            return Spot(names[-1], None, None)
        parent = found
        found = store.named(tx, asker.keys, parent.id, folded(clean_name(name)))
    for one in (parent, found):
        if one is not None and one.right < Right.VIEW:
            raise NotFound()
    return Spot(name, found, parent, is_top=not names)


def _entries(tx: Tx, items: list[Item], now: int, *, with_properties: bool) -> list[TreeLine]:
    ids = [item.id for item in items]
    kept = property_store.of(tx, ids) if with_properties else {}
    locks: dict[str, list[Lock]] = {}
    for lock in lock_store.of_items(tx, ids, now):
        locks.setdefault(lock.item_id, []).append(lock)
    return [
        TreeLine(item.name, item, kept.get(item.id, {}), tuple(locks.get(item.id, ())), now)
        for item in items
    ]
