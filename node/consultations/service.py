"""Consultation weeks: what there is, who reads it, a family's times, a teacher's times, the front page.

await consultations.taking.take(asker, week_id, child, slot)
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from msgspec.structs import replace

from kit.card import Card
from kit.clock import DAY, MINUTE, Clock, local, local_date
from kit.db import Database, Tx
from kit.i18n import _
from kit.problem import NotFound
from kit.wording import class_words
from node.calendar.service import Calendar
from node.consultations import booking_store, cards, store
from node.consultations.ending import TimesEnding
from node.consultations.giving import GivingTimes, copied_day, gives, joined_week
from node.consultations.herald import Herald
from node.consultations.model import (
    USUAL_BREAK,
    USUAL_LENGTH,
    YEAR,
    BookingState,
    ChildTimes,
    ChildWithout,
    ClassTimes,
    Family,
    FreeSlot,
    GivenDay,
    GivenSlot,
    GivenTimes,
    Meeting,
    OtherTeacher,
    OtherTimes,
    PlanLine,
    Slot,
    Taken,
    TeacherTimes,
    Week,
    WeekLine,
    WeekOverview,
    WeekPhase,
    WeeksPage,
    WeekView,
    WithTeacher,
    is_apart,
)
from node.consultations.others import in_words, may_join, places_within, rooms_of, teachers_for
from node.consultations.rights import (
    handles,
    handles_every_week,
    may_open_any,
    own_keys,
    signed_child,
)
from node.consultations.taking import TakingTimes
from node.consultations.weeks import WeekDesk
from node.notices.service import Notices
from node.people import audience
from node.people.access import name_of, names_of
from node.people.model import Asker, Child, Choice

PAGE = 20
ON_A_CARD = 4
NEAR = 31 * DAY
"""How far ahead a front page looks."""
MOST_LIVE = 20
"""Weeks that a front page looks at."""
LATEST = ("9999", "")
_CLASH = _("다른 상담과 겹칩니다")
_HURRY = _("다른 상담과 이동할 시간이 짧습니다")


class Consultations:
    """The slice's face: `desk` opens weeks, in `giving` teachers give times, in `taking` families take them."""

    def __init__(self, db: Database, clock: Clock, calendar: Calendar, notices: Notices) -> None:
        self._db = db
        self._clock = clock
        self._calendar = calendar
        self._notices = notices
        self.herald = Herald(notices)
        self.desk = WeekDesk(db, clock, calendar, self.herald)
        self.giving = GivingTimes(db, clock, self.herald)
        self.taking = TakingTimes(db, clock, self.herald)
        self.ending = TimesEnding(clock, self.herald)

    async def page(self, asker: Asker, before: str = "") -> WeeksPage:
        """What the asker may read, the latest first. `before`: where the page before ended."""
        now = self._clock.now()
        day, _colon, last = before.partition(":")
        begins = (day, last) if last else LATEST

        def look(tx: Tx) -> WeeksPage:
            found = store.page(tx, asker, begins, PAGE + 1)
            shown = found[:PAGE]
            more = len(found) > PAGE
            return WeeksPage(
                lines=self._lines(tx, asker, shown, now),
                before=f"{shown[-1].last_on}:{shown[-1].id}" if more else "",
                may_open=may_open_any(asker),
            )

        return await self._db.read(look)

    def _lines(self, tx: Tx, asker: Asker, weeks: Sequence[Week], now: int) -> list[WeekLine]:
        signed = [one.student_id for one in asker.children if one.may_sign]
        booked = booking_store.booked_in(tx, [one.id for one in weeks], signed)
        lines = []
        for one in weeks:
            phase = one.phase(now)
            taken = sum(week == one.id for week, _student in booked)
            is_open = phase is WeekPhase.OPEN and bool(signed)
            missing = len(self.taking.without_time(tx, asker, one)) if is_open else 0
            lines.append(WeekLine(one, phase, missing, taken))
        return lines

    def _readable(self, tx: Tx, asker: Asker, week_id: str) -> Week:
        week = store.week(tx, week_id)
        if week is None or not (handles(asker, week) or store.is_readable(tx, asker, week_id)):
            raise NotFound()
        return week

    async def places(self, asker: Asker, chosen: Sequence[str] = ()) -> list[Choice]:
        """For which families the asker may open a week, with those that are chosen already."""

        def look(tx: Tx) -> list[Choice]:
            offered = audience.places(tx)
            allowed = None if handles_every_week(asker) else own_keys(tx, asker) | set(chosen)
            return [
                one
                for choices in offered.values()
                for one in choices
                if one.key.startswith("guardians")
                and "/group:" not in one.key
                and (allowed is None or one.key in allowed)
            ]

        return await self._db.read(look)

    # A family -----------------------------------------------------------------------------------

    async def view(self, asker: Asker, week_id: str) -> WeekView:
        """A week for whoever may read it, with the times of their children. Raises NotFound."""
        now = self._clock.now()

        def look(tx: Tx) -> WeekView:
            week = self._readable(tx, asker, week_id)
            keys = store.keys(tx, week_id)
            children, other_days = self._children(tx, asker, week, keys)
            without = [one for one in children if one.may_take and not one.is_taken]
            days = other_days.union(*(one.free for one in without))
            return WeekView(
                week=week,
                phase=week.phase(now),
                audience=list(audience.labels(tx, keys).values()),
                author=name_of(tx, week.author_id),
                children=children,
                off=self._days_off(tx, week),
                together=len(without),
                days=sorted(days),
                gives=gives(tx, asker, week_id),
                joins=may_join(asker),
                handles=handles(asker, week),
            )

        view = await self._db.read(look)
        seen = _shown(view.children)
        if asker.is_staff or seen:  # what the page shows need not be told any more
            await self._db.note(lambda tx: self._done(tx, asker, [week_id, *seen]))
        return view

    async def with_teacher(self, asker: Asker, week_id: str, teacher_id: str) -> WithTeacher:
        """The times of a member of staff for those children of the asker to whose families they give some, or for
        whom the asker took one. Raises NotFound where there are none."""

        def look(tx: Tx) -> WithTeacher:
            week = self._readable(tx, asker, week_id)
            offered, held = teachers_for(tx, asker, week_id), self.taking.held_by(tx, asker)
            names = names_of(tx, [teacher_id])
            teacher = OtherTeacher(
                teacher_id,
                names.get(teacher_id, ""),
                store.positions(tx, [teacher_id]).get(teacher_id, ""),
            )
            children = []
            for child in asker.children:
                last = booking_store.of_child(tx, week_id, child.student_id, asker.id)
                is_offered = teacher_id in offered.get(child.student_id, ())
                if signed_child(asker, child.student_id) and (is_offered or teacher_id in last):
                    whose = teacher_id if is_offered else ""
                    of = (whose, teacher.name)
                    children.append(
                        self._child(tx, asker, week, child, of, last.get(teacher_id), held)
                    )
            if not children:
                raise NotFound()
            return WithTeacher(week, week.phase(self._clock.now()), teacher, children)

        return await self._db.read(look)

    def _done(self, tx: Tx, asker: Asker, abouts: Sequence[str]) -> None:
        for about in abouts:
            self._notices.done(tx, asker.id, about, self._clock.now())

    def _days_off(self, tx: Tx, week: Week) -> list[date]:
        """The days of a week on which is no school."""
        open_days = set(self._calendar.school_days(tx, week.first_on, week.last_on))
        return [day for day in _days(week) if day not in open_days]

    def _children(
        self, tx: Tx, asker: Asker, week: Week, keys: Sequence[str]
    ) -> tuple[list[ChildTimes], set[date]]:
        """The asker's children with their homeroom teachers and who else gives them times; the days of these."""
        if not asker.is_guardian:
            return [], set()
        own = store.children_in(tx, keys, asker.id)
        teachers, held = store.teachers_of(tx, own), self.taking.held_by(tx, asker)
        others = teachers_for(tx, asker, week.id)
        last = {
            child: booking_store.of_child(tx, week.id, child, asker.id) for child in sorted(own)
        }
        people = {one for of in (*others.values(), *last.values()) for one in of if one}
        names, positions = names_of(tx, sorted(people)), store.positions(tx, people)
        days = store.free_days(tx, week.id, people, self._clock.now()) if people else {}
        is_open = week.phase(self._clock.now()) is WeekPhase.OPEN
        children: list[ChildTimes] = []
        open_days: set[date] = set()
        for child in asker.children:
            if (known := last.get(child.student_id)) is None:
                continue
            homeroom = teachers.get(child.student_id, ("", ""))
            times = self._child(tx, asker, week, child, homeroom, known.get(""), held)
            is_signed = signed_child(asker, child.student_id) is not None
            offered = others.get(child.student_id, set()) if is_signed and is_open else set()
            for one in offered:
                open_days.update(days.get(one, ()))
            signed = known if is_signed else {}
            lines = [
                OtherTeacher(
                    *(one, names.get(one, ""), positions.get(one, "")),
                    len(days.get(one, ())) if one in offered else 0,
                    _in_state(signed.get(one), BookingState.BOOKED),
                    _in_state(signed.get(one), BookingState.STRUCK),
                )
                for one in offered | (known.keys() - {""})
            ]
            lines = [one for one in lines if one.taken or one.struck or one.teacher_id in offered]
            lines.sort(key=lambda one: (one.position, one.name, one.teacher_id))
            children.append(replace(times, others=lines))
        return children, open_days

    def _child(
        self,
        tx: Tx,
        asker: Asker,
        week: Week,
        child: Child,
        teacher_of: tuple[str, str],
        last: Taken | None,
        held: Sequence[Taken],
    ) -> ChildTimes:
        """A child's times with one teacher (id, "" where none are free for it, and name)."""
        is_own = last is not None and last.booking.by_id == asker.id
        if (
            last is not None and not is_own
        ):  # what it is about is for whoever wrote it and for the teacher
            last = replace(last, booking=replace(last.booking, topic=""))
        state = None if last is None else last.booking.state
        teacher_id, teacher = teacher_of
        phase = week.phase(self._clock.now())
        is_signed = signed_child(asker, child.student_id) is not None
        seen = last if is_signed else None
        may_take = is_signed and (
            phase is WeekPhase.OPEN or (phase is WeekPhase.CLOSED and state is BookingState.STRUCK)
        )
        others = [one.slot for one in held if last is None or one.booking.id != last.booking.id]
        slots = (
            store.free_of(tx, week.id, teacher_id, self._clock.now())
            if may_take and teacher_id
            else []
        )
        return ChildTimes(
            student_id=child.student_id,
            name=child.name,
            class_name=child.class_name,
            teacher=teacher,
            may_take=may_take,
            is_taken=state is BookingState.BOOKED,
            taken=_in_state(seen, BookingState.BOOKED),
            is_own=is_own,
            struck=_in_state(seen, BookingState.STRUCK),
            free=_by_day([_weighed(slot, others, week.walk) for slot in slots]),
        )

    # A teacher ----------------------------------------------------------------------------------

    async def times(self, asker: Asker, week_id: str) -> TeacherTimes:
        """A teacher's times of a week, who has taken them, to whom they are open. Homeroom teachers of its
        classes, and who gives some or may. Raises NotFound, WeekCalledOff."""
        now = self._clock.now()

        def look(tx: Tx) -> TeacherTimes:
            week = joined_week(tx, asker, week_id)
            slots = store.slots_of(tx, week_id, asker.id)
            families = _families(tx, slots)
            off = set(self._days_off(tx, week))
            days = [
                GivenDay(
                    on=day,
                    has_school=day not in off,
                    is_past=day < local_date(now),
                    slots=[
                        GivenSlot(one, families.get(one.id), one.starts_at <= now)
                        for one in slots
                        if one.day == day
                    ],
                    copies=copied_day([one.day for one in slots], day),
                )
                for day in _days(week)
            ]
            return TeacherTimes(
                week=week,
                phase=week.phase(now),
                days=days,
                pending=self._pending(tx, asker, week),
                usual=_usual(tx, asker, slots),
                gives=gives(tx, asker, week_id),
                places=places_within(tx, store.keys(tx, week_id)),
                opened=store.opened(tx, week_id).get(asker.id, ()),
                rooms=rooms_of(tx, asker, week_id),
            )

        found = await self._db.read(look)
        about = (week_id, *(one.booking.id for one in found.families))

        def seen(tx: Tx) -> None:
            self._done(tx, asker, about)

        await self._db.note(seen)
        return found

    def _pending(self, tx: Tx, asker: Asker, week: Week) -> list[ChildWithout]:
        """The children of the asker's classes of a week who have no time in it."""
        rooms = {one.class_id for one in store.classes(tx, store.keys(tx, week.id))}
        listed = [
            line for room in sorted(asker.classes & rooms) for line in store.class_list(tx, room)
        ]
        booked = booking_store.booked_in(tx, [week.id], [student for student, *_rest in listed])
        return [ChildWithout(*line) for line in listed if (week.id, line[0]) not in booked]

    async def overview(self, asker: Asker, week_id: str) -> WeekOverview:
        """How a week fares in all of its classes, in numbers. Those who handle it. Raises NotFound."""

        def look(tx: Tx) -> WeekOverview:
            week = store.week(tx, week_id)
            if week is None or not handles(asker, week):
                raise NotFound()
            keys = store.keys(tx, week_id)
            rooms = store.classes(tx, keys)
            sums, sizes = store.sums(tx, week_id), store.sizes(tx, [one.class_id for one in rooms])
            names = names_of(tx, sorted({one.teacher_id for one in rooms if one.teacher_id}))
            classes = [
                ClassTimes(
                    *(one.class_id, one.grade, one.number, one.teacher_id),
                    names.get(one.teacher_id or "", ""),
                    *sums.get(one.teacher_id or "", (0, 0, 0))[:2],
                    sizes.get(one.class_id, 0),
                )
                for one in rooms
            ]
            return WeekOverview(
                week,
                week.phase(self._clock.now()),
                classes,
                _others(tx, week, sums),
                store.staff(tx),
                places_within(tx, keys),
            )

        return await self._db.read(look)

    # Everybody's own ----------------------------------------------------------------------------

    async def own_plan(self, asker: Asker) -> list[PlanLine]:
        """The consultations to come of the asker: of their children, and with them as a teacher."""
        since = self._clock.now()
        return await self._db.read(lambda tx: plan_lines(tx, asker, since, since + YEAR))

    def cards(self, tx: Tx, asker: Asker, now: int) -> list[Card]:
        """For families what they have to choose and what they chose; for teachers what they have to give and
        who comes."""
        live = store.live(tx, asker, local_date(now), MOST_LIVE)
        found = []
        if live and asker.is_guardian:
            takes = [one for one in live if one.phase(now) is WeekPhase.OPEN]
            waiting = [(one, self._waiting(tx, asker, one)) for one in takes]
            found += cards.choosing([(one, names) for one, names in waiting if names], now)
        if live and asker.is_staff:
            gaps = self._to_give(tx, asker, live)
            found += cards.giving(gaps[:ON_A_CARD], now)
        if live:
            lines = plan_lines(tx, asker, now, now + NEAR)
            found += cards.coming(lines[:ON_A_CARD], len(lines))
        return found

    def _waiting(self, tx: Tx, asker: Asker, week: Week) -> list[str]:
        names = {child.student_id: child.name for child in asker.children}
        return [names[one] for one in self.taking.without_time(tx, asker, week)]

    def _to_give(self, tx: Tx, asker: Asker, live: Sequence[Week]) -> list[Week]:
        """Weeks of the asker's classes, or opened by them, in which they have given no time yet."""
        weeks = [one.id for one in live]
        given, opened = store.gives_in(tx, asker.id, weeks), store.opened_in(tx, asker.id, weeks)
        return [
            one
            for one in live
            if one.id not in given
            and (
                one.id in opened
                or any(
                    room.class_id in asker.classes
                    for room in store.classes(tx, store.keys(tx, one.id))
                )
            )
        ]


def plan_lines(tx: Tx, asker: Asker, since: int, until: int) -> list[PlanLine]:
    """The asker's consultations that begin between two moments (ms), the earliest first."""
    children = {child.student_id: child for child in asker.children if child.may_sign}
    lines = [
        PlanLine(
            one.booking.id,
            one.slot,
            one.booking.student_id,
            children[one.booking.student_id].name,
            is_private=one.booking.is_private,
        )
        for one in booking_store.seen_by(tx, asker.id, children, since, until)
    ]
    if asker.is_staff:
        slots = [one.slot for one in booking_store.with_teacher(tx, asker.id, since, until)]
        families = _families(tx, slots)
        lines += [
            PlanLine(
                *(family.booking.id, slot, family.booking.student_id, family.child, True),
                family.booking.is_private,
            )
            for slot in slots
            for family in (families[slot.id],)
        ]
    return sorted(lines, key=lambda one: (one.slot.starts_at, one.booking_id))


def _families(tx: Tx, slots: Sequence[Slot]) -> dict[str, Family]:
    """By time who has taken it."""
    bookings = booking_store.of_slots(tx, [one.id for one in slots])
    students = {one.student_id for one in bookings}
    names = names_of(tx, sorted(students | {one.by_id for one in bookings}))
    rooms, relations = store.places(tx, students), store.relations(tx, students)
    found = {}
    for one in bookings:
        relation = relations.get((one.student_id, one.by_id), "")
        class_name, number = rooms.get(one.student_id, ("", None))
        found[one.slot_id] = Family(
            one,
            names.get(one.student_id, ""),
            class_name,
            number,
            names.get(one.by_id, "") if relation else "",
            relation,
        )
    return found


def _in_state(last: Taken | None, state: BookingState) -> Taken | None:
    return last if last is not None and last.booking.state is state else None


def _shown(children: Sequence[ChildTimes]) -> list[str]:
    """The bookings that a page of a week shows."""
    shown = [one for child in children for one in (child.taken or child.struck,)]
    shown += [one.taken or one.struck for child in children for one in child.others]
    return [one.booking.id for one in shown if one is not None]


def _others(tx: Tx, week: Week, sums: Mapping[str, tuple[int, int, int]]) -> list[OtherTimes]:
    """How a week fares with those who opened their times."""
    opened = store.opened(tx, week.id)
    names, positions = names_of(tx, sorted(opened)), store.positions(tx, opened)
    found = []
    for one, keys in opened.items():
        given, _of_class, taken = sums.get(one, (0, 0, 0))
        words = in_words(tx, keys)
        found.append(
            OtherTimes(one, names.get(one, ""), positions.get(one, ""), words, given, taken)
        )
    return sorted(found, key=lambda one: (one.position, one.name, one.teacher_id))


def _days(week: Week) -> list[date]:
    length = (week.last_on - week.first_on).days + 1
    return [week.first_on + timedelta(days=at) for at in range(length)]


def _weighed(slot: Slot, others: Sequence[Slot], walk: int) -> FreeSlot:
    """Whether the guardian can be there after (or before) their other consultations."""
    if not all(is_apart(slot, other, 0) for other in others):
        return FreeSlot(slot, _CLASH, is_clash=True)
    if not all(is_apart(slot, other, walk) for other in others):
        return FreeSlot(slot, _HURRY)
    return FreeSlot(slot)


def _by_day(slots: Sequence[FreeSlot]) -> dict[date, list[FreeSlot]]:
    days: dict[date, list[FreeSlot]] = {}
    for one in slots:
        days.setdefault(one.slot.day, []).append(one)
    return days


def _usual(tx: Tx, asker: Asker, slots: Sequence[Slot]) -> GivenTimes:
    """How the teacher gave times on the last day, else an afternoon in their own classroom."""
    if not slots:
        return GivenTimes(
            (), "14:40", "16:40", USUAL_LENGTH, USUAL_BREAK, Meeting.VISIT, _room(tx, asker)
        )
    last = [one for one in slots if one.day == slots[-1].day]
    length = (last[0].ends_at - last[0].starts_at) // MINUTE
    pause = (last[1].starts_at - last[0].ends_at) // MINUTE if len(last) > 1 else USUAL_BREAK
    begins, ends = local(last[0].starts_at), local(last[-1].ends_at)
    return GivenTimes(
        *((), f"{begins:%H:%M}", f"{ends:%H:%M}", length, pause),
        *(last[-1].meeting, last[-1].place or _room(tx, asker)),
    )


def _room(tx: Tx, asker: Asker) -> str:
    """The classroom of the asker's class."""
    for class_id in sorted(asker.classes):
        row = tx.row("SELECT grade, number FROM people_v_class WHERE id = ?", (class_id,))
        if row is not None:
            return f"{class_words(*row)} 교실"
    return ""
