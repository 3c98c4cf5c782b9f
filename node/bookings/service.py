"""The rules of reserving: staff take what is free in a period of a day, by one press; whose it is moves it, repeats
it and lets it go, who looks after the thing takes it back with a word.

made = await bookings.book(teacher, facility_id, date(2026, 12, 3), 2)
await bookings.repeat(teacher, made, date(2027, 2, 5))
"""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial

from msgspec.structs import replace

from kit import audit
from kit.clock import Clock, local_date
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.naming import composed
from kit.outbox import publish
from kit.problem import Forbidden, Invalid, NotFound
from kit.seen import check_seen
from kit.typed import one_line
from node.bookings import store
from node.bookings.facilities import keeps, seen_facility
from node.bookings.model import (
    AFTER_SCHOOL,
    AHEAD,
    BATCH,
    KEPT,
    LONGEST_NOTE,
    REFUSED,
    REFUSED_KEPT,
    BookingsAct,
    DayUnfit,
    Facility,
    FacilityCell,
    FacilityChanged,
    FacilityClosed,
    FacilityDay,
    FacilityTaken,
    FacilityWeek,
    OpenedReservation,
    Repeated,
    Reservation,
    ReservationChanged,
    ReservationRefused,
    period_words,
)
from node.calendar.service import Calendar
from node.notices.model import Topic, Urgency
from node.notices.service import Notices
from node.people.access import is_on_staff, of_now
from node.people.model import Asker, PersonClosed, StaffChanged
from node.ports.today import TodayAsked, TodayLine
from node.timetable.service import Timetable

SCHOOL_DAYS = 5
ON_TODAY = 20


class Bookings:
    """The slice's face."""

    def __init__(
        self, db: Database, clock: Clock, calendar: Calendar, timetable: Timetable, notices: Notices
    ) -> None:
        self._db = db
        self._clock = clock
        self._calendar = calendar
        self._timetable = timetable
        self._notices = notices

    def today(self) -> date:
        return local_date(self._clock.now())

    # Looking --------------------------------------------------------------------------------------

    async def week(self, asker: Asker, facility_id: str, day: date) -> FacilityWeek:
        """A thing's week, for staff. Raises NotFound."""
        if abs(day - self.today()) > AHEAD:
            raise NotFound()
        monday = day - timedelta(days=day.weekday())

        def work(tx: Tx) -> FacilityWeek:
            found = seen_facility(tx, asker, facility_id)
            last = monday + timedelta(days=6)
            closed = self._calendar.closed(tx, monday, last)
            taken = store.between(tx, facility_id, monday.isoformat(), last.isoformat())
            periods = self._periods(tx, taken)
            # The weekend only where it is a day of school.
            shown = [monday + timedelta(days=at) for at in range(7)]
            shown = [one for one in shown if one.weekday() < SCHOOL_DAYS or one not in closed]
            days = []
            for one in shown:
                of_day = [each for each in taken if each.day == one.isoformat()]
                cells = {at: _cell(found, asker, of_day, at) for at in periods}
                why = closed[one].title if one in closed else None
                takes = not found.closed and self._takes(tx, one)
                days.append(FacilityDay(one.isoformat(), why, takes, cells))
            return FacilityWeek(found, tuple(days), periods, keeps(asker, found))

        return await self._db.read(work)

    async def reservation(self, asker: Asker, reservation_id: str) -> OpenedReservation:
        """One reservation, for staff. Raises NotFound."""

        def work(tx: Tx) -> OpenedReservation:
            found, facility = _seen(tx, asker, reservation_id)
            return OpenedReservation(
                found,
                facility,
                self._periods(tx, [found]),
                len(store.following(tx, found.series, found.day)),
                found.person_id == asker.id,
                keeps(asker, facility),
                found.day < self.today().isoformat(),
            )

        return await self._db.read(work)

    def today_of(self, tx: Tx, asker: Asker, asked: TodayAsked) -> list[TodayLine]:
        """What the asker has reserved on the day, in one line."""
        on = asked.on.isoformat()
        own = store.own(tx, asker.id, on, on, ON_TODAY) if asker.is_staff else []
        if not own:
            return []
        text = ", ".join(f"{period_words(one.period)} {one.facility}" for one in own)
        href = f"/bookings/reserved/{own[0].id}" if len(own) == 1 else "/bookings"
        return [
            TodayLine(rank=12, icon="calendar-days", label=_("특별실·기자재"), text=text, href=href)
        ]

    # Reserving ------------------------------------------------------------------------------------

    async def book(self, asker: Asker, facility_id: str, day: date, period: int) -> str:
        """Staff take a piece of a thing; the reservation's id. The same pressed twice is one. Publishes
        ReservationChanged. Raises NotFound, FacilityTaken, FacilityClosed, DayUnfit, Invalid."""

        def unit(tx: Tx, now: Asker) -> str:
            found = seen_facility(tx, now, facility_id)
            self._require_open(tx, found, day, period)
            there = store.at(tx, found.id, [day.isoformat()], period)
            for one in there:
                if one.person_id == now.id:
                    return one.id
            _require_left(found, there, 1)
            new = Reservation(
                new_id(), found.id, day.isoformat(), period, now.id, 1, "", "", now.name
            )
            store.add(tx, new, self._clock.now())
            self._changed(tx, found.id)
            return new.id

        return await self._db.write(of_now(asker, unit))

    async def write(
        self, asker: Asker, reservation_id: str, purpose: str, pieces: int, seen: str = ""
    ) -> None:
        """Whose it is says what for and how many pieces. Publishes ReservationChanged. Raises NotFound,
        Forbidden, FacilityTaken, Invalid, TooLong, ChangedMeanwhile."""
        purpose = composed(one_line("purpose", purpose, LONGEST_NOTE))

        def unit(tx: Tx, now: Asker) -> None:
            found, facility = self._own(tx, now, reservation_id)
            check_seen(seen, found.written)
            if not 1 <= pieces <= facility.pieces:
                raise Invalid({"pieces": _("있는 수량 안에서 적어 주세요.")})
            _require_left(facility, self._beside(tx, found), pieces)
            store.write(tx, found.id, purpose, pieces)
            self._changed(tx, facility.id)

        await self._db.write(of_now(asker, unit))

    async def move(self, asker: Asker, reservation_id: str, day: date, period: int) -> None:
        """Whose it is takes another time for it; it leaves its series. Publishes ReservationChanged. Raises
        NotFound, Forbidden, FacilityTaken, FacilityClosed, DayUnfit, Invalid."""

        def unit(tx: Tx, now: Asker) -> None:
            found, facility = self._own(tx, now, reservation_id)
            self._require_open(tx, facility, day, period)
            there = store.at(tx, facility.id, [day.isoformat()], period)
            others = [one for one in there if one.id != found.id]
            if any(one.person_id == now.id for one in others):
                raise Invalid({"period": _("그 시간은 이미 예약하셨습니다.")})
            _require_left(facility, others, found.pieces)
            store.move(tx, found.id, day.isoformat(), period)
            self._changed(tx, facility.id)

        await self._db.write(of_now(asker, unit))

    async def repeat(self, asker: Asker, reservation_id: str, until: date) -> Repeated:
        """Whose it is has it every week until a day: days without school are left out, and those that others
        have. Publishes ReservationChanged. Raises NotFound, Forbidden, FacilityClosed, DayUnfit."""

        def unit(tx: Tx, now: Asker) -> Repeated:
            found, facility = self._own(tx, now, reservation_id)
            if facility.closed:
                raise FacilityClosed()
            first = date.fromisoformat(found.day)
            if not first < until <= self.today() + AHEAD:
                raise DayUnfit("until")
            wished = self._weekly(tx, first, until)
            there = store.at(tx, facility.id, wished, found.period)
            series, taken, made = found.series or new_id(), [], 0
            for day in wished:
                of_day = [one for one in there if one.day == day]
                if any(one.person_id == now.id for one in of_day):
                    continue
                if _left(facility, of_day) < found.pieces:
                    taken.append(day)
                    continue
                new = replace(found, id=new_id(), day=day, series=series)
                store.add(tx, new, self._clock.now())
                made += 1
            if made:
                store.begin_series(tx, found.id, series)
                self._changed(tx, facility.id)
            return Repeated(made, tuple(taken))

        return await self._db.write(of_now(asker, unit))

    async def cancel(
        self, asker: Asker, reservation_id: str, word: str = "", *, rest: bool = False
    ) -> str:
        """Whose it is lets it go; who looks after the thing takes it back with a word, and whose it was is told.
        `rest`: with those of its series that follow. The thing's id. Publishes ReservationChanged,
        ReservationRefused. Raises NotFound, Forbidden, Invalid, TooLong."""
        word = composed(one_line("word", word, LONGEST_NOTE))

        def unit(tx: Tx, now: Asker) -> str:
            found, facility = _seen(tx, now, reservation_id)
            is_own = found.person_id == now.id
            if found.day < self.today().isoformat() or not (is_own or keeps(now, facility)):
                raise Forbidden()
            if not is_own and not word:
                raise Invalid({"word": _("예약한 사람에게 전할 말을 적어 주세요.")})
            following = store.following(tx, found.series, found.day) if rest else []
            store.drop(tx, [found.id, *following])
            self._changed(tx, facility.id)
            if not is_own:
                self._refuse(tx, now, found, len(following) + 1, word)
            return facility.id

        return await self._db.write(of_now(asker, unit))

    def _refuse(self, tx: Tx, by: Asker, one: Reservation, count: int, word: str) -> None:
        refused_id, at = new_id(), self._clock.now()
        store.refuse(tx, refused_id, one, count, word, by.id, at)
        self._notices.tell(tx, {one.person_id: [""]}, Topic(REFUSED, refused_id), Urgency.USUAL)
        publish(tx, ReservationRefused(refused_id, one.person_id), at)
        audit.record(tx, self._clock, by, BookingsAct.REFUSE, one.facility_id)

    # By itself ------------------------------------------------------------------------------------

    def left(self, tx: Tx, event: StaffChanged | PersonClosed) -> None:
        """What somebody who is no longer on the staff had from today on is free again, and what they looked
        after has no keeper."""
        if is_on_staff(tx, event.person_id):
            return
        for facility_id in store.leave_without_keeper(tx, event.person_id):
            publish(tx, FacilityChanged(facility_id), self._clock.now())
        had = store.from_on(tx, event.person_id, self.today().isoformat())
        store.drop(tx, [id for id, _facility in had])
        for facility_id in sorted({facility_id for _id, facility_id in had}):
            self._changed(tx, facility_id)

    async def forget(self) -> int:
        """What lies a year back goes, in portions; how many."""
        before, gone = (self.today() - KEPT).isoformat(), 0
        refused_before = self._clock.now() - REFUSED_KEPT
        while portion := await self._db.write(partial(_forget, before, refused_before)):
            gone += portion
        return gone

    # Rules ----------------------------------------------------------------------------------------

    def _periods(self, tx: Tx, taken: Iterable[Reservation]) -> tuple[int, ...]:
        """The rows of a day: the school's periods and after them, and whatever is reserved."""
        last = self._timetable.periods(tx)
        return tuple(sorted({*range(1, last + 1), AFTER_SCHOOL, *(one.period for one in taken)}))

    def _takes(self, tx: Tx, day: date) -> bool:
        """Whether a day can be reserved at all: from today on, school or a weekday of a vacation."""
        if not self.today() <= day <= self.today() + AHEAD:
            return False
        closed = self._calendar.closed(tx, day, day).get(day)
        return closed is None or (closed.is_vacation and day.weekday() < SCHOOL_DAYS)

    def _require_open(self, tx: Tx, facility: Facility, day: date, period: int) -> None:
        """Raises FacilityClosed, DayUnfit, Invalid."""
        if facility.closed:
            raise FacilityClosed()
        if not self._takes(tx, day):
            raise DayUnfit()
        if period not in self._periods(tx, ()):
            raise Invalid({"period": _("교시를 골라 주세요.")})

    def _weekly(self, tx: Tx, first: date, until: date) -> list[str]:
        """The same weekday of the weeks after a day, as far as it is a day of school."""
        days = set(self._calendar.school_days(tx, first, until))
        weeks = range(1, (until - first).days // 7 + 1)
        found = [first + timedelta(weeks=at) for at in weeks]
        today = self.today()
        return [one.isoformat() for one in found if one in days and one >= today]

    def _own(self, tx: Tx, asker: Asker, reservation_id: str) -> tuple[Reservation, Facility]:
        """One that the asker may change. Raises NotFound, Forbidden."""
        found, facility = _seen(tx, asker, reservation_id)
        if found.person_id != asker.id or found.day < self.today().isoformat():
            raise Forbidden()
        return found, facility

    def _beside(self, tx: Tx, one: Reservation) -> list[Reservation]:
        """What others have at the same time."""
        there = store.at(tx, one.facility_id, [one.day], one.period)
        return [each for each in there if each.id != one.id]

    def _changed(self, tx: Tx, facility_id: str) -> None:
        publish(tx, ReservationChanged(facility_id), self._clock.now())


def _seen(tx: Tx, asker: Asker, reservation_id: str) -> tuple[Reservation, Facility]:
    """A reservation with its thing, for staff. Raises NotFound."""
    found = store.reservation(tx, reservation_id) if asker.is_staff else None
    if found is None:
        raise NotFound()
    return found, seen_facility(tx, asker, found.facility_id)


def _left(facility: Facility, taken: Iterable[Reservation]) -> int:
    return max(0, facility.pieces - sum(one.pieces for one in taken))


def _require_left(facility: Facility, taken: Iterable[Reservation], pieces: int) -> None:
    """Raises FacilityTaken."""
    if _left(facility, taken) < pieces:
        raise FacilityTaken()


def _cell(
    facility: Facility, asker: Asker, of_day: Iterable[Reservation], period: int
) -> FacilityCell:
    taken = tuple(one for one in of_day if one.period == period)
    own = next((one for one in taken if one.person_id == asker.id), None)
    return FacilityCell(taken, own, _left(facility, taken))


def _forget(before: str, refused_before: int, tx: Tx) -> int:
    old, refused = (
        store.outdated(tx, before, BATCH),
        store.outdated_refused(tx, refused_before, BATCH),
    )
    store.drop(tx, old)
    store.drop_refused(tx, refused)
    return len(old) + len(refused)
