"""Whose turn it is: who waits moves up, and families are told what became of their entries.

By itself and by hand a place is given in the one writer's unit that counts it, so that of two who give
the last place at the same moment one finds it gone.
"""

from collections.abc import Collection, Iterable, Mapping

from kit.clock import Clock
from kit.db import Tx, encode
from kit.outbox import publish
from node.notices.model import Topic, Urgency
from node.notices.service import Notices
from node.signups import entry_store, store
from node.signups.model import EntryPromoted, EntryState, PlacesAdded, Signup, SignupEntry
from node.signups.noticed import PROMOTED

AT_ONCE = 20
"""Entries that one unit moves up."""


class Turns:
    """Gives places to those who wait."""

    def __init__(self, clock: Clock, notices: Notices) -> None:
        self._clock = clock
        self._notices = notices

    def move_up(self, tx: Tx, signup: Signup, course_id: str) -> int:
        """Those who wait take free places by their turn, AT_ONCE at most; how many entries did. Siblings
        who stay together are passed over while they do not fit, and keep their turn."""
        moved = 0
        while moved < AT_ONCE:
            course = store.course(tx, course_id)
            if course is None or not course.free:
                break
            found = entry_store.next_waiting(tx, course_id, course.free)
            if found is None:
                break
            self.give_place(tx, found)
            moved += 1
        return moved

    def give_place(self, tx: Tx, entry: SignupEntry) -> None:
        """An entry that waits has a place from now on; its families are told. Publishes EntryPromoted."""
        now = self._clock.now()
        entry_store.set_state(tx, entry.id, EntryState.PLACED, now)
        store.count(tx, entry.course_id, taken=entry.children, waiting=-entry.children)
        students = entry_store.children(tx, entry.id)
        self.tell(tx, students, Topic(PROMOTED, entry.signup_id))
        publish(tx, EntryPromoted(entry.signup_id, students[0], entry.by_id), now)

    def tell(self, tx: Tx, students: Iterable[str], what: Topic) -> None:
        """Tell the guardians of some children."""
        told: dict[str, list[str]] = {}
        rows = tx.rows(
            "SELECT c.guardian_id, c.student_id FROM json_each(?) j"
            " CROSS JOIN people_v_child c ON c.student_id = j.value",
            (encode(sorted(students)),),
        )
        for guardian, student in rows:
            told.setdefault(guardian, []).append(student)
        self.tell_guardians(tx, told, what)

    def tell_guardians(self, tx: Tx, told: Mapping[str, Collection[str]], what: Topic) -> None:
        """Tell guardians by whom they are concerned: by id the ids of their children."""
        if told:
            self._notices.tell(tx, told, what, Urgency.USUAL)

    def places_added(self, tx: Tx, event: PlacesAdded, _at: str | None) -> str | None:
        """A step: some of those who wait move up to the places that a course has more."""
        signup = store.signup(tx, event.signup_id)
        if signup is None or signup.withdrawn_at is not None or not signup.promotes:
            return None
        moved = self.move_up(tx, signup, event.course_id)
        return event.course_id if moved == AT_ONCE else None
