"""Files of those who left the school and of departments without members: handed over as a whole,
seen by nobody before.

Who leaves (전근, 퇴직) holds no key any more, so nobody reads their own area. A department is its name:
when it is renamed or dissolved, nobody holds the key of the former one. The principal or the
administrator hands such an area to a colleague or a department; they do not look into it themselves.
"""

import msgspec

from kit.clock import Clock
from kit.db import Database, Tx
from kit.problem import NotFound
from node.drive.model import (
    BadShare,
    DriveAct,
    clean_name,
    department_area,
    folded,
    person_area,
)
from node.drive.tree import store
from node.drive.tree.placing import free_name, item_in
from node.drive.tree.rights import make_area
from node.drive.tree.room import Room
from node.drive.tree.telling import announce, note
from node.people.access import name_of, require_role, with_role
from node.people.audience import audience_of, is_held
from node.people.model import Asker, Audience, Kind, Role, Scope

DECIDERS = (Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.ADMINISTRATOR)


class LeftArea(msgspec.Struct, frozen=True):
    """The area of somebody who left or of a department without members: `id` of its root; `kind`
    is person or department; files and bytes in it."""

    id: str
    kind: str
    name: str
    files: int
    size: int


class Leaving:
    """Hands over."""

    def __init__(self, db: Database, clock: Clock, room: Room) -> None:
        self._db = db
        self._clock = clock
        self._room = room

    async def areas(self, asker: Asker) -> list[LeftArea]:
        """Areas with files that belong to nobody on the staff any more. Raises NotFound, Forbidden."""
        require_role(asker, *DECIDERS)
        return await self._db.read(_left)

    async def hand_over(self, asker: Asker, root_id: str, key: str) -> str:
        """Move everything of such an area into a new folder of a colleague (`staff/person:ID`) or
        a department (`staff/department:NAME`); the folder's id. What lies in its trash expires.

        Raises NotFound, Forbidden, BadShare (nobody of that key), QuotaReached.
        """
        require_role(asker, *DECIDERS)

        def unit(tx: Tx, asker: Asker) -> str:
            left = next((area for area in _left(tx) if area.id == root_id), None)
            if left is None:
                raise NotFound()
            area = _area_of(tx, key)
            now = self._clock.now()
            target = make_area(tx, area, _owner(tx, area), now)
            self._room.require(tx, area, left.size)
            name = free_name(tx, "[]", target, clean_name(left.name))
            folder = item_in(area, target, name, asker, now, is_folder=True)
            store.add(tx, folder, folded(folder.name))
            for child_id in store.child_ids(tx, root_id):
                store.move(tx, child_id, folder.id, area)
            announce(tx, folder.id, now, content=True)
            what = {"of": left.name, "to": key, "files": left.files}
            note(tx, self._clock, asker, DriveAct.HAND_OVER, folder, **what)
            return folder.id

        return await self._db.write(with_role(asker, DECIDERS, unit))


def _left(tx: Tx) -> list[LeftArea]:
    left = []
    for root_id, area, owner, files, size in store.left_areas(tx):
        kind, _colon, of = area.partition(":")
        left.append(LeftArea(root_id, kind, owner if kind == "person" else of, files, size))
    return left


def _area_of(tx: Tx, key: str) -> str:
    """The area of a colleague's or a department's key. Raises BadShare."""
    if not is_held(tx, [key]):
        raise BadShare()
    match audience_of(key):
        case Audience(Kind.STAFF, Scope.PERSON, person_id):
            return person_area(person_id)
        case Audience(Kind.STAFF, Scope.DEPARTMENT, department):
            return department_area(department)
        case _:
            raise BadShare()


def _owner(tx: Tx, area: str) -> str:
    kind, _colon, of = area.partition(":")
    return name_of(tx, of) if kind == "person" else ""
