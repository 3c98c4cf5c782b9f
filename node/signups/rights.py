"""Who may what of a sign-up. Who reads it is asked at people.access, by its audience."""

from collections.abc import Iterable

from kit.problem import NotFound
from node.people.access import EVERY_CLASS, may_see_class
from node.people.model import Asker, Audience, Kind, Scope
from node.signups.model import Signup


def may_publish(asker: Asker, keys: Iterable[str]) -> bool:
    """Whether the asker may ask these families: of one's own classes their homeroom teacher, of others
    those who answer for the whole school."""
    own = {Audience(Kind.GUARDIAN, Scope.CLASS, one).key for one in asker.classes}
    return asker.is_staff and (handles_every_class(asker) or set(keys) <= own)


def handles_every_class(asker: Asker) -> bool:
    return not asker.roles.isdisjoint(EVERY_CLASS)


def handles_all(asker: Asker, signup: Signup) -> bool:
    """Whether the asker sees all who signed up, and changes places and closing: the author, and those who
    answer for the whole school."""
    return asker.is_staff and (signup.author_id == asker.id or handles_every_class(asker))


def sees_pupil(asker: Asker, signup: Signup, class_id: str) -> bool:
    """Whether the asker sees that a child of this class signed up."""
    return handles_all(asker, signup) or (asker.is_staff and may_see_class(asker, class_id))


def sees_list(asker: Asker, signup: Signup) -> bool:
    """Whether the asker is offered the list: some of it may be theirs."""
    return handles_all(asker, signup) or (asker.is_staff and bool(asker.classes))


def require_writer(asker: Asker, signup: Signup) -> None:
    """Raises NotFound unless the asker writes this draft: its author, and who may publish it."""
    if not handles_all(asker, signup):
        raise NotFound()
