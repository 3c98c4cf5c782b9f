"""Who is told of consultations: of a child's those who may sign for it, of a private one whoever took it; the
teacher."""

from collections.abc import Collection, Iterable, Mapping

from kit.db import Tx, encode
from node.consultations.model import Booking
from node.notices.model import Topic, Urgency
from node.notices.service import Notices


class Herald:
    """Tells families and teachers, in the unit in which it happens."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices

    def tell_families(self, tx: Tx, bookings: Iterable[Booking], what: Topic) -> None:
        """Tell the guardians who know of some times, tens of them: those who may sign for the child, of a private
        one whoever took it."""
        knows = {(one.student_id, one.by_id if one.is_private else "") for one in bookings}
        told: dict[str, list[str]] = {}
        rows = tx.rows(
            "SELECT c.guardian_id, c.student_id FROM json_each(?) j"
            " CROSS JOIN people_v_child c ON c.student_id = j.value AND c.may_sign = 1",
            (encode(sorted({student for student, _guardian in knows})),),
        )
        for guardian, student in rows:
            if not knows.isdisjoint({(student, ""), (student, guardian)}):
                told.setdefault(guardian, []).append(student)
        self.tell_guardians(tx, told, what)

    def tell_guardians(self, tx: Tx, told: Mapping[str, Collection[str]], what: Topic) -> None:
        """Tell guardians by whom they are concerned: by id the ids of their children."""
        if told:
            self._notices.tell(tx, told, what, Urgency.USUAL)

    def tell_staff(self, tx: Tx, people: Iterable[str], what: Topic) -> None:
        """Tell some of the staff in their own right."""
        told = dict.fromkeys(people, ("",))
        if told:
            self._notices.tell(tx, told, what, Urgency.USUAL)
