"""Teachers give their times: many at one press, those of another day once more, one taken back; to whom."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta

from kit import audit
from kit.clock import MINUTE, Clock, local, moment
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.outbox import publish
from kit.problem import Invalid, NotFound
from kit.typed import one_line
from node.consultations import booking_store, store
from node.consultations.herald import Herald
from node.consultations.model import (
    BREAKS,
    LENGTHS,
    LONGEST_PLACE,
    MOST_TIMES,
    ConsultationAct,
    GivenTimes,
    Meeting,
    PlaceInUse,
    Slot,
    SlotGone,
    TimesGiven,
    Week,
    WeekCalledOff,
)
from node.consultations.noticed import OPENED
from node.consultations.others import check_within, may_join
from node.consultations.rights import handles
from node.notices.model import Topic
from node.people.access import is_on_staff, name_of, of_now
from node.people.model import Asker


class GivingTimes:
    """Each verb is one unit: right, the times, the event."""

    def __init__(self, db: Database, clock: Clock, herald: Herald) -> None:
        self._db = db
        self._clock = clock
        self._herald = herald

    async def give(self, asker: Asker, week_id: str, given: GivenTimes) -> tuple[int, int]:
        """Times on these days; how many are new, and how many were left out because they have passed or the
        teacher has others then. The same given twice is given once. Homeroom teachers of the week's
        classes, and whose times are open to others of its families. Raises NotFound, WeekCalledOff, PlaceInUse, Invalid, TooLong; publishes TimesGiven."""
        one_line("place", given.place, LONGEST_PLACE)
        _check(given)

        def unit(tx: Tx, now: Asker) -> tuple[int, int]:
            week = required_week(tx, now, week_id)
            wanted = [
                slot
                for day in given.days
                if week.first_on <= day <= week.last_on
                for slot in _of_day(week_id, now.id, day, given)
            ]
            return self._add(tx, week, now, wanted)

        return await self._db.write(of_now(asker, unit))

    async def copy(self, asker: Asker, week_id: str, day: date) -> tuple[int, int]:
        """The times of the nearest day before (else after) that has some, on this day; as `give`. Raises
        NotFound, WeekCalledOff, PlaceInUse; publishes TimesGiven."""

        def unit(tx: Tx, now: Asker) -> tuple[int, int]:
            week = required_week(tx, now, week_id)
            own = store.slots_of(tx, week_id, now.id)
            source = copied_day([one.day for one in own], day)
            if source is None or not week.first_on <= day <= week.last_on:
                raise NotFound()
            wanted = [_on(one, day) for one in own if one.day == source]
            return self._add(tx, week, now, wanted)

        return await self._db.write(of_now(asker, unit))

    def _add(self, tx: Tx, week: Week, asker: Asker, wanted: Sequence[Slot]) -> tuple[int, int]:
        if not wanted:
            return 0, 0
        begins, ends = wanted[0].starts_at, max(one.ends_at for one in wanted)
        longest = max(LENGTHS) * MINUTE
        own = store.between(tx, asker.id, min(begins, ends) - longest, ends)
        now = self._clock.now()
        new = [
            one
            for one in wanted
            if one.starts_at > now and not any(_overlap(one, other) for other in own)
        ]
        if len(store.slots_of(tx, week.id, asker.id)) + len(new) > MOST_TIMES:
            raise Invalid({"days": _("한 상담주간에 상담 시간은 300개까지 등록할 수 있습니다.")})
        self._require_places(tx, asker, new)
        store.add_slots(tx, new)
        if new:
            publish(tx, TimesGiven(week.id, asker.id), now)
        return len(new), len(wanted) - len(new)

    def _require_places(self, tx: Tx, asker: Asker, new: Sequence[Slot]) -> None:
        """Raises PlaceInUse where another teacher sees families in the same place at the same time."""
        visits = [one for one in new if one.spot]
        if not visits:
            return
        begins = min(one.starts_at for one in visits) - max(LENGTHS) * MINUTE
        ends = max(one.ends_at for one in visits)
        for other in store.in_place(tx, visits[0].place, begins, ends):
            if other.teacher_id != asker.id and any(_overlap(one, other) for one in visits):
                at = local(other.starts_at)
                raise PlaceInUse(
                    teacher=name_of(tx, other.teacher_id),
                    at=f"{at.month}월 {at.day}일 {at:%H:%M}",
                )

    async def open_to(self, asker: Asker, week_id: str, keys: Collection[str]) -> None:
        """The asker's times are open to these families of the week, and no others beside their class. Teachers, and
        whom the author added. Raises NotFound, WeekCalledOff, Invalid; publishes TimesGiven."""

        def unit(tx: Tx, now: Asker) -> None:
            self._open(tx, joined_week(tx, now, week_id), now.id, keys)

        await self._db.write(of_now(asker, unit))

    async def add_teacher(
        self, asker: Asker, week_id: str, teacher_id: str, keys: Collection[str]
    ) -> None:
        """A member of staff may give times to these families of a week (none: to none any more), and is told so;
        audited. Those who handle the week. Raises NotFound, WeekCalledOff, Invalid; publishes TimesGiven."""

        def unit(tx: Tx, now: Asker) -> None:
            week = store.week(tx, week_id)
            if week is None or not handles(now, week):
                raise NotFound()
            if week.withdrawn_at is not None:
                raise WeekCalledOff()
            if not is_on_staff(tx, teacher_id):
                raise Invalid({"teacher": _("선생님을 선택해 주세요.")})
            self._open(tx, week, teacher_id, keys)
            name = name_of(tx, teacher_id)
            audit.record(tx, self._clock, now, ConsultationAct.ADD, week_id, name=name)
            if keys and teacher_id != now.id:
                self._herald.tell_staff(tx, [teacher_id], Topic(OPENED, week_id))

        await self._db.write(of_now(asker, unit))

    def _open(self, tx: Tx, week: Week, teacher_id: str, keys: Collection[str]) -> None:
        check_within(tx, keys, store.keys(tx, week.id))
        store.write_opened(tx, week.id, teacher_id, sorted(set(keys)))
        publish(tx, TimesGiven(week.id, teacher_id), self._clock.now())

    async def take_back(self, asker: Asker, week_id: str, slot_id: str) -> None:
        """A time that nobody has taken is given no more. Its teacher. Raises NotFound, SlotGone where a family
        was quicker; publishes TimesGiven."""

        def unit(tx: Tx, now: Asker) -> None:
            slot = store.slot(tx, slot_id)
            if slot is None or slot.week_id != week_id or slot.teacher_id != now.id:
                raise NotFound()
            if booking_store.of_slots(tx, [slot_id]):
                raise SlotGone()
            at = self._clock.now()
            store.close_slot(tx, slot_id, at)
            publish(tx, TimesGiven(week_id, now.id), at)

        await self._db.write(of_now(asker, unit))


def joined_week(tx: Tx, asker: Asker, week_id: str) -> Week:
    """The week in which the asker gives times, or may. Raises NotFound, WeekCalledOff."""
    week = store.week(tx, week_id)
    joins = may_join(asker) and store.is_readable(tx, asker, week_id)
    if week is None or not (joins or gives(tx, asker, week_id)):
        raise NotFound()
    if week.withdrawn_at is not None:
        raise WeekCalledOff()
    return week


def required_week(tx: Tx, asker: Asker, week_id: str) -> Week:
    """The week in which the asker gives times. Raises NotFound, WeekCalledOff."""
    week = store.week(tx, week_id)
    if week is None or not gives(tx, asker, week_id):
        raise NotFound()
    if week.withdrawn_at is not None:
        raise WeekCalledOff()
    return week


def gives(tx: Tx, asker: Asker, week_id: str) -> bool:
    """Whether the asker is the homeroom teacher of a class of the week, opened their times in it, or has given
    some."""
    if not asker.is_staff:
        return False
    own = {one.class_id for one in store.classes(tx, store.keys(tx, week_id))}
    return (
        not asker.classes.isdisjoint(own)
        or bool(store.opened_in(tx, asker.id, [week_id]))
        or bool(store.gives_in(tx, asker.id, [week_id]))
    )


def copied_day(days: Sequence[date], day: date) -> date | None:
    """Whose times a day takes over: the last one before it, else the first one behind it."""
    before, after = [one for one in days if one < day], [one for one in days if one > day]
    return max(before) if before else min(after, default=None)


def _check(given: GivenTimes) -> None:
    wrong = {}
    if not given.days:
        wrong["days"] = _("상담할 날을 선택해 주세요.")
    begins, ends = minutes_of(given.begins), minutes_of(given.ends)
    if begins is None:
        wrong["begins"] = _("시작 시각을 입력해 주세요.")
    elif ends is None or ends < begins + given.length:
        wrong["ends"] = _("끝나는 시각은 시작 시각보다 상담 한 번의 길이만큼 늦어야 합니다.")
    if given.length not in LENGTHS or given.pause not in BREAKS:
        wrong["length"] = _("상담 시간과 쉬는 시간을 목록에서 선택해 주세요.")
    if given.meeting is Meeting.VISIT and not given.place:
        wrong["place"] = _("방문 상담이면 장소를 입력해 주세요.")
    if wrong:
        raise Invalid(wrong)


def minutes_of(clock: str) -> int | None:
    """Minutes since midnight of a wall-clock time as an input writes it, `14:40`; None of anything else."""
    hours, colon, minutes = clock.partition(":")
    if not (colon and hours.isascii() and minutes.isascii()):
        return None
    if not (hours.isdecimal() and minutes.isdecimal() and len(hours) == len(minutes) == 2):
        return None
    at = 60 * int(hours) + int(minutes)
    return at if int(minutes) < 60 and int(hours) < 24 else None


def _of_day(week_id: str, teacher_id: str, day: date, given: GivenTimes) -> Iterator[Slot]:
    midnight = moment(day.year, day.month, day.day)
    begins, ends = minutes_of(given.begins) or 0, minutes_of(given.ends) or 0
    for at in range(begins, ends - given.length + 1, given.length + given.pause):
        starts = midnight + at * MINUTE
        yield Slot(
            id=new_id(),
            week_id=week_id,
            teacher_id=teacher_id,
            starts_at=starts,
            ends_at=starts + given.length * MINUTE,
            meeting=given.meeting,
            place=given.place if given.meeting is not Meeting.PHONE else "",
        )


def _on(slot: Slot, day: date) -> Slot:
    """The same time on another day; Seoul has no summer time."""
    later = (day - slot.day) // timedelta(days=1) * 24 * 60 * MINUTE
    return Slot(
        new_id(), slot.week_id, slot.teacher_id, slot.starts_at + later, slot.ends_at + later,
        slot.meeting, slot.place,
    )  # fmt: skip


def _overlap(one: Slot, other: Slot) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at
