"""Who may what of a consultation week. Who reads it is asked at people.access, by its audience.

When and where a guardian comes is for those who may sign for the child, and for the teacher: a parent whose
rights are less need not know when the other one is at the school. What is to be spoken about is for whoever
wrote it and for the teacher. That somebody speaks with another member of staff than the homeroom teacher is for
these two alone: a school cannot know from whom a family keeps that it needs the counsellor.
"""

from collections.abc import Iterable

from kit.db import Tx
from node.consultations.model import Booking, Week
from node.people.access import EVERY_CLASS
from node.people.model import Asker, Audience, Child, Kind, Scope


def handles_every_week(asker: Asker) -> bool:
    return not asker.roles.isdisjoint(EVERY_CLASS)


def handles(asker: Asker, week: Week) -> bool:
    """Whether the asker changes a week and sees how it fares: its author, and those who answer for the
    whole school."""
    return asker.is_staff and (week.author_id == asker.id or handles_every_week(asker))


def may_open_any(asker: Asker) -> bool:
    """Whether there is anybody for whom the asker may open a week."""
    return asker.is_staff and (handles_every_week(asker) or bool(asker.classes))


def may_open(tx: Tx, asker: Asker, keys: Iterable[str]) -> bool:
    """Whether the asker may open a week for these families: a homeroom teacher for their class and its
    grade, for others those who answer for the whole school."""
    return asker.is_staff and (handles_every_week(asker) or set(keys) <= own_keys(tx, asker))


def own_keys(tx: Tx, asker: Asker) -> set[str]:
    """The families of a homeroom teacher's classes, and of their grades."""
    found = set()
    for class_id in asker.classes:
        grade = tx.value("SELECT grade FROM people_v_class WHERE id = ?", (class_id,))
        found.add(Audience(Kind.GUARDIAN, Scope.CLASS, class_id).key)
        if grade is not None:
            found.add(Audience(Kind.GUARDIAN, Scope.GRADE, str(grade)).key)
    return found


def may_see(asker: Asker, booking: Booking) -> bool:
    """Whether a time is the asker's as a guardian: to see, to move, to cancel."""
    is_known = not booking.is_private or booking.by_id == asker.id
    return is_known and signed_child(asker, booking.student_id) is not None


def signed_child(asker: Asker, student_id: str) -> Child | None:
    """The child, where it is one of the asker's for whom they may sign."""
    for child in asker.children:
        if child.student_id == student_id and child.may_sign:
            return child
    return None
