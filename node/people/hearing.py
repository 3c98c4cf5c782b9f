"""Whose pages may be told that something happened: the words of `Slice.heard_by`.

Staff hear of everything; what a page is told is a tag, and what it then shows is asked anew.
"""

from collections.abc import Callable
from typing import TypeVar

from kit.event import Event
from node.people.model import Asker

E = TypeVar("E", bound=Event)
HeardBy = Callable[[Asker, E], bool]


def staff(asker: Asker, _event: Event) -> bool:
    """Staff: nobody of the families."""
    return asker.is_staff


def everybody(_asker: Asker, _event: Event) -> bool:
    """Everybody: families too, whomever it concerns, as the school has published something."""
    return True


def person(of: Callable[[E], str]) -> HeardBy[E]:
    """Staff, and the person whom it concerns."""
    return lambda asker, event: asker.is_staff or asker.id == of(event)


def answer(child: Callable[[E], str], guardian: Callable[[E], str]) -> HeardBy[E]:
    """Staff, the guardians of the child, and whoever did it."""
    return lambda asker, event: (
        asker.is_staff
        or asker.id == guardian(event)
        or any(one.student_id == child(event) for one in asker.children)
    )
