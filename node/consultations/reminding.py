"""The day before, families and teachers are reminded; what families wrote is forgotten in time."""

from datetime import timedelta

from kit.clock import Clock, local_date, moment
from kit.db import Database, Tx
from node.consultations import booking_store
from node.consultations.herald import Herald
from node.consultations.model import TOPICS_KEPT, Taken
from node.consultations.noticed import SOON, TEACHING
from node.notices.model import Topic

PORTION = 50


class ConsultationReminders:
    """The work of the day, in portions."""

    def __init__(self, db: Database, clock: Clock, herald: Herald) -> None:
        self._db = db
        self._clock = clock
        self._herald = herald

    async def remind(self) -> None:
        """Daily: of each consultation until the end of tomorrow its family is told once, and so is its teacher
        of all of a week together."""
        told: set[tuple[str, str]] = set()
        while len(await self._db.write(lambda tx: self._portion(tx, told))) == PORTION:
            pass

    def _portion(self, tx: Tx, told: set[tuple[str, str]]) -> list[Taken]:
        now = self._clock.now()
        day = local_date(now) + timedelta(days=2)
        ends = moment(day.year, day.month, day.day)
        some = booking_store.to_remind(tx, now, ends, PORTION)
        for one in some:
            self._herald.tell_families(tx, [one.booking], Topic(SOON, one.booking.id))
            teacher = (one.booking.week_id, one.slot.teacher_id)
            if teacher not in told:
                told.add(teacher)
                self._herald.tell_staff(tx, [one.slot.teacher_id], Topic(TEACHING, teacher[0]))
        booking_store.reminded(tx, [one.booking.id for one in some], now)
        return some

    async def forget(self) -> None:
        """Nightly: topics of consultations that lie TOPICS_KEPT back."""
        before = self._clock.now() - TOPICS_KEPT
        forget = booking_store.forget_topics
        while await self._db.write(lambda tx: forget(tx, before, PORTION)) == PORTION:
            pass
