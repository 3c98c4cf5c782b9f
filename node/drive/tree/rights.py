"""Who may what in the drive: the one place where an item is looked up for an asker.

Rights come from shares (audience keys of staff) on the item and on every folder above it. The root of
an area carries the area's own shares: a person's area is theirs; a department's belongs to its
members; the school's is read by all staff, changed by heads and the office, decided by principals
and the administrator.
"""

import msgspec

from kit.db import Tx
from kit.ids import new_id
from kit.problem import Forbidden, NotFound
from node.drive.model import SCHOOL, Item, Right, department_area, person_area
from node.drive.tree import store
from node.people.access import require_staff
from node.people.audience import audience_of, person_key
from node.people.model import Asker, Audience, Kind, Role, Scope

STAFF = Audience(Kind.STAFF).key


def held(asker: Asker) -> str:
    """The asker's keys as JSON. Raises NotFound: only staff know that there is a drive."""
    require_staff(asker)
    return asker.keys


def reach(tx: Tx, asker: Asker, item_id: str, right: Right = Right.VIEW) -> Item:
    """An item in its place. Raises NotFound when the asker may not see it or it is in the trash,
    Forbidden when they may see it but not do this."""
    found = reach_gone(tx, asker, item_id, right)
    if found.gone_with is not None:
        raise NotFound()
    return found


def reach_gone(tx: Tx, asker: Asker, item_id: str, right: Right) -> Item:
    """An item in its place or in the trash. Raises NotFound, Forbidden."""
    found = store.item(tx, held(asker), item_id)
    if found is None or found.right < Right.VIEW:
        raise NotFound()
    if found.right < right:
        raise Forbidden()
    return found


def reach_folder(tx: Tx, asker: Asker, item_id: str, right: Right = Right.VIEW) -> Item:
    """A folder in its place. Raises NotFound, Forbidden."""
    found = reach(tx, asker, item_id, right)
    if not found.is_folder:
        raise NotFound()
    return found


def reach_file(tx: Tx, asker: Asker, item_id: str, right: Right = Right.VIEW) -> Item:
    """A file in its place. Raises NotFound, Forbidden."""
    found = reach(tx, asker, item_id, right)
    if found.is_folder:
        raise NotFound()
    return found


def reach_to_take(tx: Tx, asker: Asker, item_id: str) -> Item:
    """An item that the asker may take out of its folder: they must be allowed to change that
    folder. Raises NotFound, Forbidden."""
    found = reach(tx, asker, item_id, Right.EDIT)
    if not may_take(tx, asker, found):
        raise Forbidden()
    return found


def may_take(tx: Tx, asker: Asker, item: Item) -> bool:
    """Whether the asker may change the folder that an item lies in."""
    above = store.item(tx, held(asker), item.parent_id) if item.parent_id is not None else None
    return above is not None and above.right >= Right.EDIT


def areas_of(asker: Asker) -> list[str]:
    """The areas an asker belongs to: their own, their departments', the school's."""
    held = [audience_of(key) for key in msgspec.json.decode(asker.keys, type=list[str])]
    departments = [
        department_area(one.of) for one in held if one and one.scope is Scope.DEPARTMENT and one.of
    ]
    return [person_area(asker.id), *sorted(departments), SCHOOL]


def open_area(tx: Tx, asker: Asker, area: str, now: int) -> Item:
    """The root of an area of the asker's, made on first use. Raises NotFound."""
    found = store.item(tx, held(asker), make_area(tx, area, asker.name, now))
    if found is None or found.right < Right.VIEW:
        raise NotFound()
    return found


def make_area(tx: Tx, area: str, owner: str, now: int) -> str:
    """The id of an area's root; a missing one is made together with the area's own shares.
    `owner` is the name of the person whose area it is, kept for when they have left."""
    found = store.root(tx, "[]", area)
    if found is not None:
        return found.id
    name = owner if area.startswith("person:") else ""
    fresh = Item(new_id(), area, None, 1, "", 0, 0, "", "", now, now, name, None, None, "", 0, 0)
    store.add(tx, fresh, "")
    for key, right in _own_shares(area).items():
        store.put_share(tx, fresh.id, key, right, now, "", "")
    return fresh.id


def _own_shares(area: str) -> dict[str, Right]:
    kind, _colon, of = area.partition(":")
    if kind == "person":
        return {person_key(of): Right.OWN}
    if kind == "department":
        return {Audience(Kind.STAFF, Scope.DEPARTMENT, of).key: Right.OWN}
    roles = {
        Role.PRINCIPAL: Right.OWN,
        Role.VICE_PRINCIPAL: Right.OWN,
        Role.ADMINISTRATOR: Right.OWN,
        Role.HEAD: Right.EDIT,
        Role.OFFICE: Right.EDIT,
    }
    own = {Audience(Kind.STAFF, Scope.ROLE, role).key: right for role, right in roles.items()}
    return {STAFF: Right.VIEW} | own
