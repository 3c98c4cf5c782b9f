"""Taking a time for a child, one plan for several, moving, cancelling: by families and by teachers.

A time is taken in the one writer's unit that has seen it free, and the database refuses a second booking of
it; so of two families who press at the same moment one finds it gone. A plan takes all of its times, or none.
"""

import asyncio
from collections.abc import Mapping

from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.outbox import publish
from kit.problem import Conflict, Invalid, NotFound
from kit.typed import whole
from node.consultations import booking_store, planning, store
from node.consultations.giving import required_week
from node.consultations.herald import Herald
from node.consultations.model import (
    LONGEST_REASON,
    LONGEST_TOPIC,
    MOST_WISHES,
    YEAR,
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
    Week,
    WeekCalledOff,
    WeekPhase,
    Wish,
    Wishes,
    is_apart,
    time_taken,
)
from node.consultations.noticed import ARRANGED, GIVEN_BACK, STRUCK
from node.consultations.others import Caller, family_of, teachers_for
from node.consultations.rights import may_see, signed_child
from node.notices.model import Topic
from node.people.access import of_now
from node.people.model import Asker

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
        TimesClash, TooLong; publishes TimeTaken. A time of anybody but the homeroom teacher is private.
        """
        whole("topic", topic, LONGEST_TOPIC)

        def unit(tx: Tx, now: Asker) -> None:
            week = _readable(tx, now, week_id)
            self._require_child(tx, now, week, student_id)
            slot = store.slot(tx, slot_id)
            with_id = "" if slot is None else _with(tx, student_id, slot)
            last = booking_store.of_child(tx, week_id, student_id, now.id).get(with_id)
            if last is not None and last.booking.state is BookingState.BOOKED:
                if last.slot.id == slot_id and last.booking.by_id == now.id:
                    return
                raise TimeHeld(name=_name(now, student_id))
            self._require_open(week, last)
            free = self._free(tx, now, week, (student_id, with_id), slot_id)
            self._require_apart(tx, now, free)
            self._add(tx, now, free, (student_id, with_id), topic)

        await self._db.write(of_now(asker, unit))

    async def take_together(self, asker: Asker, week_id: str, wishes: Wishes) -> dict[Wish, Slot]:
        """One plan for all children of the asker who have no time yet, or for what they chose: without clashes,
        with time to walk, on as few days and with as little waiting as can be; what was taken.

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
    ) -> tuple[dict[Wish, list[Slot]], list[Slot], int]:
        """The free times of each wish, when the asker is elsewhere, and how long they walk."""
        week = _readable(tx, asker, week_id)
        self._require_open(week, None)
        waiting = self._waiting(tx, asker, week)
        if wishes.chosen is not None:
            if not wishes.chosen:
                raise Invalid({"wish": _("상담할 선생님을 선택해 주세요.")})
            waiting = {one: waiting[one] for one in wishes.chosen if one in waiting}
        else:
            waiting = {one: teacher for one, teacher in waiting.items() if not one[1]}
        if len(waiting) > MOST_WISHES:
            raise Invalid({"wish": _("상담은 한 번에 8건까지 예약할 수 있습니다.")})
        now = self._clock.now()
        wanted = {
            one: [slot for slot in store.free_of(tx, week_id, teacher, now) if wishes.suit(slot)]
            for one, teacher in waiting.items()
        }
        return wanted, [one.slot for one in self.held_by(tx, asker)], week.walk

    def _waiting(self, tx: Tx, asker: Asker, week: Week) -> dict[Wish, str]:
        """All consultations of this week that the asker may take for their children and nobody has taken, with the
        teacher whose times they are ("": there is none)."""
        without = self.without_time(tx, asker, week)
        teachers = store.teachers_of(tx, without)
        found = {(one, ""): teachers.get(one, ("", ""))[0] for one in without}
        for student, others in teachers_for(tx, asker, week.id).items():
            if signed_child(asker, student) is not None:
                held = booking_store.of_child(tx, week.id, student, asker.id)
                found |= {
                    (student, other): other
                    for other in others
                    if other not in held or held[other].booking.state is not BookingState.BOOKED
                }
        return found

    def without_time(self, tx: Tx, asker: Asker, week: Week) -> list[str]:
        """The children of the asker for whom they may take times of this week, and who have none with their
        homeroom teacher."""
        own = store.children_in(tx, store.keys(tx, week.id), asker.id)
        signed = [one.student_id for one in asker.children if one.may_sign]
        booked = booking_store.booked_in(tx, [week.id], signed)
        return [one for one in signed if one in own and (week.id, one) not in booked]

    def held_by(self, tx: Tx, asker: Asker) -> list[Taken]:
        """When the asker is at consultations to come that they took for their children, or gives some themselves."""
        since = self._clock.now()
        students = [child.student_id for child in asker.children]
        found = booking_store.seen_by(tx, asker.id, students, since, since + YEAR)
        own = [one for one in found if one.booking.by_id == asker.id]
        if asker.is_staff:
            own += booking_store.with_teacher(tx, asker.id, since, since + YEAR)
        return own

    async def _take_all(self, asker: Asker, week_id: str, plan: Mapping[Wish, Slot]) -> bool:
        """Take all of these times, or none: whether they were free still."""

        def unit(tx: Tx, now: Asker) -> bool:
            week = _readable(tx, now, week_id)
            self._require_open(week, None)
            waiting = self._waiting(tx, now, week)
            others = [one.slot for one in self.held_by(tx, now)]
            for wish, slot in plan.items():
                is_free = store.free_slot(tx, slot.id) == slot
                fits = all(is_apart(slot, one, week.walk) for one in others)
                if not (waiting.get(wish) == slot.teacher_id and is_free and fits):
                    return False
            for wish, slot in plan.items():
                self._add(tx, now, slot, wish, "")
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
            wish = (taken.booking.student_id, taken.booking.with_id)
            slot = self._free(tx, now, week, wish, slot_id)
            self._require_apart(tx, now, slot, without=booking_id)
            self._move(tx, now, taken, slot)
            self._herald.tell_staff(tx, [taken.slot.teacher_id], Topic(GIVEN_BACK, booking_id))

        await self._db.write(of_now(asker, unit))

    async def cancel(self, asker: Asker, week_id: str, booking_id: str) -> None:
        """A family does not come; others may take the time. Guardians who may sign, until it begins; the
        teacher is told. Cancelled twice is cancelled. Raises NotFound, TimePast; publishes TimeTaken."""

        def unit(tx: Tx, now: Asker) -> None:
            taken = _taken(tx, week_id, booking_id)
            if not may_see(now, taken.booking):
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
        if not may_see(asker, taken.booking):
            raise NotFound()
        if taken.booking.state is not BookingState.BOOKED:
            raise TimeMoved()
        self._require_to_come(taken.slot)
        return _readable(tx, asker, week_id), taken

    # Teachers -----------------------------------------------------------------------------------

    async def enter(self, asker: Asker, week_id: str, student_id: str, slot_id: str) -> None:
        """A homeroom teacher takes one of their times for a family that called; it is told; audited. The closing
        binds families alone. Raises NotFound, WeekCalledOff, TimeHeld, SlotGone; publishes TimeTaken."""

        def unit(tx: Tx, now: Asker) -> None:
            week = _standing(tx, week_id)
            if _teacher(tx, student_id) != now.id or not now.is_staff:
                raise NotFound()
            if booking_store.is_booked(tx, week_id, student_id):
                raise TimeMoved()
            slot = self._free(tx, now, week, (student_id, ""), slot_id)
            made = self._add(tx, now, slot, (student_id, ""), "")
            self._herald.tell_families(tx, [made], Topic(ARRANGED, made.id))
            audit.record(tx, self._clock, now, ConsultationAct.ENTER, week_id)

        await self._db.write(of_now(asker, unit))

    async def enter_called(self, asker: Asker, week_id: str, caller: Caller, slot_id: str) -> None:
        """Whoever gives times to others than their class takes one for a guardian who called: it is that guardian's
        as if they had taken it; they are told; audited. The same sent twice is taken once. Raises NotFound,
        WeekCalledOff, Invalid, TimeHeld, SlotGone, TimePast; publishes TimeTaken."""

        def unit(tx: Tx, now: Asker) -> None:
            week = required_week(tx, now, week_id)
            guardian, student_id = family_of(tx, now, week_id, caller)
            last = booking_store.of_child(tx, week_id, student_id, guardian.id).get(now.id)
            if last is not None and last.booking.state is BookingState.BOOKED:
                if last.slot.id == slot_id:
                    return
                raise TimeHeld(name=_name(guardian, student_id))
            slot = self._free(tx, guardian, week, (student_id, now.id), slot_id)
            made = self._add(tx, guardian, slot, (student_id, now.id), "")
            self._herald.tell_families(tx, [made], Topic(ARRANGED, made.id))
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
            self._herald.tell_families(tx, [taken.booking], Topic(ARRANGED, booking_id))
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
            self._herald.tell_families(tx, [taken.booking], Topic(STRUCK, booking_id))
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
        """Raises TimesClash where the asker is at another consultation then. Whether there is time to walk is
        theirs to judge."""
        for other in self.held_by(tx, asker):
            if other.booking.id != without and not is_apart(slot, other.slot, 0):
                raise TimesClash()

    def _free(self, tx: Tx, asker: Asker, week: Week, wish: Wish, slot_id: str) -> Slot:
        """A time of the child's homeroom teacher, or of whoever gives some to its family, that nobody has taken.
        Raises NotFound, SlotGone, TimePast."""
        slot = store.slot(tx, slot_id)
        if slot is None or store.free_slot(tx, slot_id) is None:
            raise SlotGone()
        student_id, with_id = wish
        if slot.week_id != week.id or slot.teacher_id != (with_id or _teacher(tx, student_id)):
            raise NotFound()
        if with_id and with_id not in teachers_for(tx, asker, week.id).get(student_id, ()):
            raise NotFound()
        self._require_to_come(slot)
        return slot

    def _add(self, tx: Tx, asker: Asker, slot: Slot, wish: Wish, topic: str) -> Booking:
        now = self._clock.now()
        student_id, with_id = wish
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
            with_id=with_id,
        )
        booking_store.add(tx, made, slot)
        publish(tx, time_taken(made, asker.id), now)
        return made

    def _move(self, tx: Tx, asker: Asker, taken: Taken, slot: Slot) -> None:
        now, was = self._clock.now(), taken.booking
        booking_store.move(tx, was.id, slot, now)
        publish(tx, time_taken(was, asker.id), now)

    def _end(self, tx: Tx, asker: Asker, taken: Taken, state: BookingState, reason: str) -> None:
        now, was = self._clock.now(), taken.booking
        booking_store.end(tx, was.id, state, reason, now)
        publish(tx, time_taken(was, asker.id), now)


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


def _with(tx: Tx, student_id: str, slot: Slot) -> str:
    """With whom a child is at a time, "" where that is its homeroom teacher."""
    return "" if slot.teacher_id == _teacher(tx, student_id) else slot.teacher_id


def _name(asker: Asker, student_id: str) -> str:
    return next(one.name for one in asker.children if one.student_id == student_id)
