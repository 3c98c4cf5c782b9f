"""Who may what of a survey. Who reads it is asked at people.access, by its audience; who is asked holds one
of its keys: staff read what families are asked, and answer for nobody."""

from collections.abc import Iterable

from node.people.access import EVERY_CLASS
from node.people.audience import audience_of
from node.people.model import Asker, Kind, Scope
from node.surveys.model import Survey

ASKED = "a.key IN (SELECT value FROM json_each(?))"
"""For a table aliased `a` with a column `key`; one parameter, the keys of the asker."""


def may_publish(asker: Asker, keys: Iterable[str]) -> bool:
    """Whether the asker may ask these people: the staff any of them, families of their own classes the
    homeroom teacher, others those who answer for the whole school."""
    return asker.is_staff and (handles_every(asker) or all(_is_own(asker, key) for key in keys))


def _is_own(asker: Asker, key: str) -> bool:
    found = audience_of(key)
    if found is None:
        return False
    return found.kind is Kind.STAFF or (found.scope is Scope.CLASS and found.of in asker.classes)


def handles_every(asker: Asker) -> bool:
    return not asker.roles.isdisjoint(EVERY_CLASS)


def handles(asker: Asker, survey: Survey) -> bool:
    """Whether the asker sees the results and moves the closing: the author, and those who answer for the
    whole school."""
    return asker.is_staff and (survey.author_id == asker.id or handles_every(asker))
