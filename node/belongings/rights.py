"""Who may do what with a thing that was found: everybody at the school sees what is there and may claim it;
who noted it, and the office, hand it over."""

from kit.db import Tx
from kit.problem import NotFound
from node.belongings import store
from node.belongings.model import FoundThing, Owner
from node.people.access import OFFICE, require_staff
from node.people.model import Asker, Kind


def hands_over(asker: Asker, thing: FoundThing) -> bool:
    return asker.is_staff and (thing.by_id == asker.id or hands_over_all(asker))


def hands_over_all(asker: Asker) -> bool:
    return not asker.roles.isdisjoint(OFFICE)


def owners_of(asker: Asker) -> list[Owner]:
    """Whose a thing may be of which the asker says that they know it."""
    children = [Owner(one.student_id, one.name, False) for one in asker.children]
    if asker.is_staff or Kind.STUDENT in asker.kinds:
        children.append(Owner(asker.id, asker.name, True))
    return children


def seen_thing(tx: Tx, asker: Asker, thing_id: str) -> FoundThing:
    """A thing that the asker may see: one that is there, one they claimed, one they hand over. Raises
    NotFound."""
    found = store.thing(tx, thing_id)
    if found is None or not (
        found.closed_at is None
        or hands_over(asker, found)
        or store.own_claims(tx, asker.id, sorted(asker.own), thing_id)
    ):
        raise NotFound()
    return found


def own_thing(tx: Tx, asker: Asker, thing_id: str) -> FoundThing:
    """A thing that the asker hands over, a closed one too. Raises NotFound."""
    require_staff(asker)
    found = store.thing(tx, thing_id)
    if found is None or not hands_over(asker, found):
        raise NotFound()
    return found
