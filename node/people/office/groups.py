"""Groups of people: which there are, and who is in them."""

from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx
from kit.problem import Conflict, NotFound
from node.people.access import OFFICE, is_on_staff, require_role, with_role
from node.people.model import (
    Asker,
    GroupLine,
    PeopleAct,
    StaffLine,
    StaffOfGroup,
    check_name,
)
from node.people.roster import group_store, store
from node.people.roster.verbs import Roster


class Groups:
    """What the office does with groups."""

    def __init__(self, db: Database, clock: Clock, roster: Roster) -> None:
        self._db = db
        self._clock = clock
        self._roster = roster

    async def lines(self, asker: Asker) -> list[GroupLine]:
        """All, with how many are in each."""
        require_role(asker, *OFFICE)
        return await self._db.read(group_store.groups)

    async def members(self, asker: Asker, group_id: str) -> tuple[GroupLine, list[StaffLine]]:
        """A group and who is in it. Raises NotFound."""
        require_role(asker, *OFFICE)

        def look(tx: Tx) -> tuple[GroupLine, list[StaffLine]]:
            found = group_store.group(tx, group_id)
            if found is None:
                raise NotFound()
            return found, group_store.group_members(tx, group_id)

        return await self._db.read(look)

    async def add(self, asker: Asker, name: str, kind: str) -> str:
        """A group; its id. Raises Conflict when the name is taken, Invalid."""
        require_role(asker, *OFFICE)
        check_name(name)

        def work(tx: Tx, asker: Asker) -> str:
            group_id = self._roster.add_group(tx, name, kind)
            if not group_id:
                raise Conflict()
            audit.record(tx, self._clock, asker, PeopleAct.GROUP, group_id, name=name)
            return group_id

        return await self._db.write(with_role(asker, OFFICE, work))

    async def set_member(self, asker: Asker, group_id: str, person_id: str, member: bool) -> None:
        """Put somebody into a group or take them out. Raises NotFound, StaffOfGroup: like a
        department, a group of staff opens papers, and is an administrator's to give."""
        require_role(asker, *OFFICE)

        def work(tx: Tx, asker: Asker) -> None:
            if group_store.group(tx, group_id) is None or store.person(tx, person_id) is None:
                raise NotFound()
            if member and not asker.is_administrator and is_on_staff(tx, person_id):
                raise StaffOfGroup()
            self._roster.set_member(tx, group_id, person_id, member)
            self._roster.families_changed(tx, "group", [person_id])
            audit.record(
                tx, self._clock, asker, PeopleAct.GROUP, group_id, person=person_id, member=member
            )

        await self._db.write(with_role(asker, OFFICE, work))
