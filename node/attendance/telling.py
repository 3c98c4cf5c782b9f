"""Whom a mark is told: the guardians of a child who is not at school, and of whom nobody has said why.

They are told once: again only when it became graver, or when the child was there after all. What was told stands
with the mark.
"""

from kit.db import Tx
from node.attendance import store
from node.attendance.model import Cause, Mark, Presence
from node.notices.model import Topic, Urgency
from node.notices.service import Notices

KIND = "attendance:"
"""Before the presence of which guardians are told: the kind of a notice."""
GRAVITY = {Presence.LATE.value: 1, Presence.ABSENT.value: 2}
"""Of what guardians are told, the graver the higher."""


def thing(student_id: str, day: str) -> str:
    """A child's day as the thing a notice is about."""
    return f"{student_id}/{day}"


def has_word(mark: Mark) -> bool:
    """Whether the school knows why."""
    return mark.cause is not Cause.UNKNOWN or bool(mark.reason)


class GuardianTelling:
    """Tells guardians."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices

    def tell(
        self, tx: Tx, student_id: str, day: str, mark: Mark, told: str, *, is_explained: bool
    ) -> str:
        """Within the unit that marks; as what guardians know the day from now on."""
        is_unknown = not is_explained and not has_word(mark)
        if is_unknown and GRAVITY.get(mark.presence, 0) > GRAVITY.get(told, 0):
            self._say(tx, student_id, day, mark.presence)
            return mark.presence.value
        if told and not mark.is_away:
            self._say(tx, student_id, day, Presence.PRESENT)
            return ""
        return told

    def _say(self, tx: Tx, student_id: str, day: str, presence: Presence) -> None:
        people = store.guardians(tx, student_id)
        about = thing(student_id, day)
        kinds = {KIND + one for one in (*GRAVITY, Presence.PRESENT.value)}
        self._notices.take_back(tx, people, kinds, about)
        if people:
            told = dict.fromkeys(people, (student_id,))
            self._notices.tell(tx, told, Topic(KIND + presence.value, about), Urgency.USUAL)
