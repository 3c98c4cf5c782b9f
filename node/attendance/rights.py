"""Who sees and marks a class: the one rule of people (`may_see_class`): its homeroom teacher, and those who
answer for every class, who mark it while the teacher is away."""

from kit.db import Tx
from kit.problem import NotFound
from node.attendance import store
from node.attendance.model import ClassOfYear
from node.people.access import EVERY_CLASS, may_see_class
from node.people.model import Asker, Kind


def sees_every_class(asker: Asker) -> bool:
    return not asker.roles.isdisjoint(EVERY_CLASS)


def sees_classes(asker: Asker) -> bool:
    """Whether there is a class that the asker sees."""
    return asker.is_staff and (bool(asker.classes) or sees_every_class(asker))


def has_own(asker: Asker) -> bool:
    """Whether the asker has children here, or is one."""
    return asker.is_guardian or Kind.STUDENT in asker.kinds


def class_for(tx: Tx, asker: Asker, class_id: str) -> ClassOfYear:
    """A class of the year that the asker sees. Raises NotFound."""
    room = store.class_of_year(tx, class_id)
    if room is None or not asker.is_staff or not may_see_class(asker, class_id):
        raise NotFound()
    return room
