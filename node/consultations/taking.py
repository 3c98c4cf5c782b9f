"""Taking a time for a child, one plan for several, moving, cancelling: by families and by teachers.

A time is taken in the one writer's unit that has seen it free, and the database refuses a second booking of
it; so of two families who press at the same moment one finds it gone. A plan takes all of its times, or none.
"""

import asyncio
from collections.abc import Mapping

from kit import audit
from kit.clock import DAY, Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.outbox import publish
from kit.problem import Conflict, Invalid, NotFound
from kit.typed import whole
from node.consultations import booking_store, planning, store
from node.consultations.herald import Herald
from node.consultations.model import (
    LONGEST_REASON,
    LONGEST_TOPIC,
    MOST_CHILDREN,
    Booking,
    BookingState,
    ConsultationAct,
    MayNotTake,
    NoPlan,
    Slot,
    SlotGone,
    Taken,
    TimeHeld,
    TimeMoved,
    TimePast,
    TimesClash,
    TimesClosed,
    TimesNotOpen,
    TimeTaken,
    Week,
    WeekCalledOff,
    WeekPhase,
    Wishes,
    is_apart,
)
from node.consultations.noticed import ARRANGED, GIVEN_BACK, STRUCK
from node.consultations.rights import signed_child
from node.notices.model import Topic
from node.people.access import of_now
from node.people.model import Asker, PersonClosed

TRIES = 20
"""How often a plan is made anew because others took some of its times meanwhile."""


class TakingTimes:
    """Each verb is one unit: right and state; the time; the event."""

    def __init__(self, db: Database, clock: Clock, herald: Herald) -> None:
        self._db = db
        self._clock = clock
        self._herald = herald

    # Families -----------------------------------------------------------------------------------

    async def take(
        self, asker: Asker, week_id: str, student_id: str, slot_id: str, topic: str = ""
    ) -> None:
        """Take a time for a child; durable when it returns. The same sent twice is taken once. Guardians who
        may sign for a child of those for whom the week is.

        Raises NotFound, MayNotTake, TimesNotOpen, TimesClosed, WeekCalledOff, TimeHeld, SlotGone,
        TimesClash, TooLong; publishes TimeTaken.
        """
        whole("topic", topic, LONGEST_TOPIC)

        def unit(tx: Tx, now: Asker) -> None:
            week = _readable(tx, now, week_id)
            self._require_child(tx, now, week, student_id)
            last = booking_store.of_child(tx, week_id, student_id)
            if last is not None and last.booking.state is BookingState.BOOKED:
                if last.slot.id == slot_id and last.booking.by_id == now.id:
                    return
                raise TimeHeld(name=_name(now, student_id))
            self._require_open(week, last)
            slot = self._free(tx, week, student_id, slot_id)
            self._require_apart(tx, now, slot)
            self._add(tx, now, slot, student_id, topic)

        await self._db.write(of_now(asker, unit))

    async def take_together(self, asker: Asker, week_id: str, wishes: Wishes) -> dict[str, Slot]:
        """One plan for all children of the asker who have no time yet: without clashes, with time to walk, on
        as few days and with as little waiting as can be; by child what was taken.

        Raises NotFound, TimesNotOpen, TimesClosed, WeekCalledOff, NoPlan, Invalid; publishes TimeTaken.
        """
        for _try in range(TRIES):
            wanted, held, walk = await self._db.read(
                lambda tx: self._wanted(tx, asker, week_id, wishes)
            )
            if not wanted:
                return {}
            found = await asyncio.to_thread(planning.plan, wanted, held, walk)
            if found is None:
                raise NoPlan()
            if await self._take_all(asker, week_id, found):
                return found
        raise Conflict()

    def _wanted(
        self, tx: Tx, asker: Asker, week_id: str, wishes: Wishes
    ) -> tuple[dict[str, list[Slot]], list[Slot], int]:
        """The free times of each child without one, when the asker is elsewhere, and how long they walk."""
        week = _readable(tx, asker, week_id)
        self._require_open(week, None)
        waiting = self.without_time(tx, asker, week)
        if len(waiting) > MOST_CHILDREN:
            raise Invalid({"child": _("한 번에 여섯 자녀까지 예약할 수 있습니다.")})
        teachers = store.teachers_of(tx, waiting)
        now = self._clock.now()
        wanted = {
            student: [
                slot
                for slot in store.free_of(tx, week_id, teachers[student][0], now)
                if wishes.suit(slot)
            ]
            if student in teachers
            else []
            for student in waiting
        }
        return wanted, [one.slot for one in self.held_by(tx, asker)], week.walk

    def without_time(self, tx: Tx, asker: Asker, week: Week) -> list[str]:
        """The children of the asker for whom they may take times of this week, and who have none."""
        own = store.children_in(tx, store.keys(tx, week.id), asker.id)
        signed = [one.student_id for one in asker.children if one.may_sign]
        booked = booking_store.booked_in(tx, [week.id], signed)
        return [one for one in signed if one in own and (week.id, one) not in booked]

    def held_by(self, tx: Tx, asker: Asker) -> list[Taken]:
        """When the asker is at consultations to come that they took for their children."""
        since = self._clock.now()
        students = [child.student_id for child in asker.children]
        found = booking_store.booked_of(tx, students, since, since + YEAR)
        return [one for one in found if one.booking.by_id == asker.id]

    async def _take_all(self, asker: Asker, week_id: str, plan: Mapping[str, Slot]) -> bool:
        """Take all of these times, or none: whether they were free still."""

        def unit(tx: Tx, now: Asker) -> bool:
            week = _readable(tx, now, week_id)
            self._require_open(week, None)
            waiting = self.without_time(tx, now, week)
            others = [one.slot for one in self.held_by(tx, now)]
            for student, slot in plan.items():
                is_free = store.free_slot(tx, slot.id) == slot
                is_theirs = _teacher(tx, student) == slot.teacher_id
                fits = all(is_apart(slot, one, week.walk) for one in others)
                if not (student in waiting and is_free and is_theirs and fits):
                    return False
            for student, slot in plan.items():
                self._add(tx, now, slot, student, "")
            return True

        return await self._db.write(of_now(asker, unit))

    async def move(self, asker: Asker, week_id: str, booking_id: str, slot_id: str) -> None:
        """A child's time is another one now. Guardians who may sign, until the week's closing; the teacher
        is told. Raises NotFound, TimeMoved, TimesNotOpen, TimesClosed, WeekCalledOff, SlotGone,
        TimesClash, TimePast; publishes TimeTaken."""

        def unit(tx: Tx, now: Asker) -> None:
            week, taken = self._own(tx, now, week_id, booking_id)
            self._require_open(week, None)
            if taken.slot.id == slot_id:
                return
            slot = self._free(tx, week, taken.booking.student_id, slot_id)
            self._require_apart(tx, now, slot, without=booking_id)
            self._move(tx, now, taken, slot)
            self._herald.tell_staff(tx, [taken.slot.teacher_id], Topic(GIVEN_BACK, booking_id))

        await self._db.write(of_now(asker, unit))

    async def cancel(self, asker: Asker, week_id: str, booking_id: str) -> None:
        """A family does not come; others may take the time. Guardians who may sign, until it begins; the
        teacher is told. Cancelled twice is cancelled. Raises NotFound, TimePast; publishes TimeTaken."""

        def unit(tx: Tx, now: Asker) -> None:
            taken = _taken(tx, week_id, booking_id)
            if signed_child(now, taken.booking.student_id) is None:
                raise NotFound()
            if taken.booking.state is not BookingState.BOOKED:
                return
            self._require_to_come(taken.slot)
            self._end(tx, now, taken, BookingState.CANCELLED, "")
            self._herald.tell_staff(tx, [taken.slot.teacher_id], Topic(GIVEN_BACK, booking_id))

        await self._db.write(of_now(asker, unit))

    async def write_topic(self, asker: Asker, week_id: str, booking_id: str, topic: str) -> None:
        """What a guardian wants to speak about, for the teacher alone. Whoever took the time. Raises NotFound,
        TimeMoved, TooLong."""
        whole("topic", topic, LONGEST_TOPIC)

        def unit(tx: Tx, now: Asker) -> None:
            _week, taken = self._own(tx, now, week_id, booking_id)
            if taken.booking.by_id != now.id:
                raise NotFound()
            booking_store.set_topic(tx, booking_id, topic)

        await self._db.write(of_now(asker, unit))

    def _own(self, tx: Tx, asker: Asker, week_id: str, booking_id: str) -> tuple[Week, Taken]:
        """What is taken for a child of the asker's. Raises NotFound, TimeMoved, TimePast."""
        taken = _taken(tx, week_id, booking_id)
        if signed_child(asker, taken.booking.student_id) is None:
            raise NotFound()
        if taken.booking.state is not BookingState.BOOKED:
            raise TimeMoved()
        self._require_to_come(taken.slot)
        return _readable(tx, asker, week_id), taken

    # Teachers -----------------------------------------------------------------------------------

    async def enter(self, asker: Asker, week_id: str, student_id: str, slot_id: str) -> None:
        """A teacher takes one of their times for a family that called; it is told; audited. The closing
        binds families alone. Raises NotFound, WeekCalledOff, TimeHeld, SlotGone; publishes TimeTaken."""

        def unit(tx: Tx, now: Asker) -> None:
            week = _standing(tx, week_id)
            if _teacher(tx, student_id) != now.id or not now.is_staff:
                raise NotFound()
            if booking_store.is_booked(tx, week_id, student_id):
                raise TimeMoved()
            slot = self._free(tx, week, student_id, slot_id)
            made = self._add(tx, now, slot, student_id, "")
            self._herald.tell_families(tx, [student_id], Topic(ARRANGED, made))
            audit.record(tx, self._clock, now, ConsultationAct.ENTER, week_id)

        await self._db.write(of_now(asker, unit))

    async def shift(self, asker: Asker, week_id: str, booking_id: str, slot_id: str) -> None:
        """A teacher moves a family to another of their times; it is told; audited. Raises NotFound,
        TimeMoved, TimePast, WeekCalledOff, SlotGone; publishes TimeTaken."""

        def unit(tx: Tx, now: Asker) -> None:
            _standing(tx, week_id)
            taken = self._of_teacher(tx, now, week_id, booking_id)
            slot = store.free_slot(tx, slot_id)
            if slot is None or slot.teacher_id != now.id or slot.week_id != week_id:
                raise SlotGone()
            self._require_to_come(slot)
            self._move(tx, now, taken, slot)
            self._herald.tell_families(tx, [taken.booking.student_id], Topic(ARRANGED, booking_id))
            audit.record(tx, self._clock, now, ConsultationAct.MOVE, week_id)

        await self._db.write(of_now(asker, unit))

    async def strike(self, asker: Asker, week_id: str, booking_id: str, reason: str) -> None:
        """A teacher cannot keep a time: the family is told why and takes another one, after the closing too;
        nobody else takes this one; audited. Raises NotFound, TimeMoved, TimePast, Invalid, TooLong;
        publishes TimeTaken."""
        whole("reason", reason, LONGEST_REASON)
        if not reason:
            raise Invalid({"reason": _("가정에 알릴 사유를 입력해 주세요.")})

        def unit(tx: Tx, now: Asker) -> None:
            taken = self._of_teacher(tx, now, week_id, booking_id)
            self._end(tx, now, taken, BookingState.STRUCK, reason)
            store.close_slot(tx, taken.slot.id, self._clock.now())
            self._herald.tell_families(tx, [taken.booking.student_id], Topic(STRUCK, booking_id))
            audit.record(tx, self._clock, now, ConsultationAct.STRIKE, week_id)

        await self._db.write(of_now(asker, unit))

    def _of_teacher(self, tx: Tx, asker: Asker, week_id: str, booking_id: str) -> Taken:
        """What is taken of the asker's own times. Raises NotFound, TimeMoved, TimePast."""
        taken = _taken(tx, week_id, booking_id)
        if not asker.is_staff or taken.slot.teacher_id != asker.id:
            raise NotFound()
        if taken.booking.state is not BookingState.BOOKED:
            raise TimeMoved()
        self._require_to_come(taken.slot)
        return taken

    def closed(self, tx: Tx, event: PersonClosed) -> None:
        """Somebody left the school: a student's times are free again, a teacher's are given no more."""
        now = self._clock.now()
        until = now + YEAR
        for one in booking_store.booked_of(tx, [event.person_id], now, until):
            booking_store.end(tx, one.booking.id, BookingState.STRUCK, "", now)
        for one in booking_store.with_teacher(tx, event.person_id, now, until):
            booking_store.end(tx, one.booking.id, BookingState.STRUCK, _TEACHER_LEFT, now)
            self._herald.tell_families(tx, [one.booking.student_id], Topic(STRUCK, one.booking.id))
        for slot in store.between(tx, event.person_id, now, until):
            store.close_slot(tx, slot.id, now)

    # What all of them ask -----------------------------------------------------------------------

    def _require_child(self, tx: Tx, asker: Asker, week: Week, student_id: str) -> None:
        """Raises MayNotTake unless the asker may take times of this week for this child."""
        if signed_child(asker, student_id) is None:
            raise MayNotTake()
        if student_id not in store.children_in(tx, store.keys(tx, week.id), asker.id):
            raise MayNotTake()

    def _require_open(self, week: Week, last: Taken | None) -> None:
        """Raises TimesNotOpen, TimesClosed, WeekCalledOff. `last`: a family whose time the school cancelled
        takes another one after the closing, too."""
        is_owed = last is not None and last.booking.state is BookingState.STRUCK
        match week.phase(self._clock.now()):
            case WeekPhase.OPEN:
                return
            case WeekPhase.COMING:
                raise TimesNotOpen()
            case WeekPhase.WITHDRAWN:
                raise WeekCalledOff()
            case WeekPhase.CLOSED if is_owed:
                return
            case _:
                raise TimesClosed()

    def _require_to_come(self, slot: Slot) -> None:
        if slot.starts_at <= self._clock.now():
            raise TimePast()

    def _require_apart(self, tx: Tx, asker: Asker, slot: Slot, without: str = "") -> None:
        """Raises TimesClash where the asker is with the teacher of another child then. Whether there is time
        to walk is theirs to judge."""
        for other in self.held_by(tx, asker):
            if other.booking.id != without and not is_apart(slot, other.slot, 0):
                raise TimesClash()

    def _free(self, tx: Tx, week: Week, student_id: str, slot_id: str) -> Slot:
        """A time of the child's teacher that nobody has taken. Raises NotFound, SlotGone, TimePast."""
        slot = store.slot(tx, slot_id)
        if slot is None or store.free_slot(tx, slot_id) is None:
            raise SlotGone()
        if slot.week_id != week.id or slot.teacher_id != _teacher(tx, student_id):
            raise NotFound()
        self._require_to_come(slot)
        return slot

    def _add(self, tx: Tx, asker: Asker, slot: Slot, student_id: str, topic: str) -> str:
        now = self._clock.now()
        made = Booking(
            id=new_id(),
            slot_id=slot.id,
            week_id=slot.week_id,
            student_id=student_id,
            by_id=asker.id,
            topic=topic,
            state=BookingState.BOOKED,
            reason="",
            at=now,
            changed_at=now,
        )
        booking_store.add(tx, made, slot)
        publish(tx, TimeTaken(slot.week_id, student_id, asker.id), now)
        return made.id

    def _move(self, tx: Tx, asker: Asker, taken: Taken, slot: Slot) -> None:
        now, was = self._clock.now(), taken.booking
        booking_store.move(tx, was.id, slot, now)
        publish(tx, TimeTaken(was.week_id, was.student_id, asker.id), now)

    def _end(self, tx: Tx, asker: Asker, taken: Taken, state: BookingState, reason: str) -> None:
        now, was = self._clock.now(), taken.booking
        booking_store.end(tx, was.id, state, reason, now)
        publish(tx, TimeTaken(was.week_id, was.student_id, asker.id), now)


_TEACHER_LEFT = "담임 선생님이 바뀌어 상담 시간을 다시 정합니다."
YEAR = 366 * DAY


def _readable(tx: Tx, asker: Asker, week_id: str) -> Week:
    week = store.week(tx, week_id)
    if week is None or not store.is_readable(tx, asker, week_id):
        raise NotFound()
    return week


def _standing(tx: Tx, week_id: str) -> Week:
    week = store.week(tx, week_id)
    if week is None:
        raise NotFound()
    if week.withdrawn_at is not None:
        raise WeekCalledOff()
    return week


def _taken(tx: Tx, week_id: str, booking_id: str) -> Taken:
    found = booking_store.taken(tx, week_id, booking_id)
    if found is None:
        raise NotFound()
    return found


def _teacher(tx: Tx, student_id: str) -> str:
    return store.teachers_of(tx, [student_id]).get(student_id, ("", ""))[0]


def _name(asker: Asker, student_id: str) -> str:
    return next(one.name for one in asker.children if one.student_id == student_id)
