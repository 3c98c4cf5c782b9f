"""Times end with the right to them: a child leaves, a teacher leaves, a guardian is one no more."""

from kit.clock import Clock
from kit.db import Tx
from kit.outbox import publish
from node.consultations import booking_store, store
from node.consultations.herald import Herald
from node.consultations.model import YEAR, BookingState, Taken, time_taken
from node.consultations.noticed import GIVEN_BACK, STRUCK
from node.notices.model import Topic
from node.people.access import is_on_staff
from node.people.model import FamiliesChanged, PersonClosed, StaffChanged

PORTION = 50
_NEW_HOMEROOM = "담임 선생님이 바뀌어 상담 시간을 다시 정합니다."
_LEFT = "선생님이 학교를 떠나 상담하지 못합니다."


class TimesEnding:
    """What it does about events of people, in their units."""

    def __init__(self, clock: Clock, herald: Herald) -> None:
        self._clock = clock
        self._herald = herald

    def person_closed(self, tx: Tx, event: PersonClosed) -> None:
        """Somebody left the school: a student's times are free again, a teacher's are given no more."""
        now = self._clock.now()
        for one in booking_store.booked_of(tx, [event.person_id], now, now + YEAR):
            booking_store.end(tx, one.booking.id, BookingState.STRUCK, "", now)
        self._left(tx, event.person_id)

    def staff_changed(self, tx: Tx, event: StaffChanged) -> None:
        """Who left the staff and stays a guardian gives no more times, either."""
        if not is_on_staff(tx, event.person_id):
            self._left(tx, event.person_id)

    def _left(self, tx: Tx, teacher_id: str) -> None:
        now = self._clock.now()
        for one in booking_store.with_teacher(tx, teacher_id, now, now + YEAR):
            reason = _LEFT if one.booking.is_private else _NEW_HOMEROOM
            self._end(tx, one, BookingState.STRUCK, reason)
            self._herald.tell_families(tx, [one.booking], Topic(STRUCK, one.booking.id))
        for slot in store.between(tx, teacher_id, now, now + YEAR):
            store.close_slot(tx, slot.id, now)
        store.close_opened(tx, teacher_id)

    def families_changed(
        self, tx: Tx, _event: FamiliesChanged, _after: str | None = None
    ) -> str | None:
        """A step: what is known to a guardian alone, who may not sign for the child any more, is free again;
        nobody else could cancel it. The teacher is told."""
        some = booking_store.without_guardian(tx, self._clock.now(), PORTION)
        for one in some:
            self._end(tx, one, BookingState.CANCELLED, "")
            self._herald.tell_staff(tx, [one.slot.teacher_id], Topic(GIVEN_BACK, one.booking.id))
        return "" if len(some) == PORTION else None

    def _end(self, tx: Tx, taken: Taken, state: BookingState, reason: str) -> None:
        now, was = self._clock.now(), taken.booking
        booking_store.end(tx, was.id, state, reason, now)
        publish(tx, time_taken(was, was.by_id), now)
