"""The rules of timetables: a class's is for its families and all staff; its homeroom teacher and the
office write it, planners of the school say on which day the lessons of another weekday are held.

    week = await timetable.week(asker, class_id, date(2026, 12, 2))
    await timetable.write_day(asker, class_id, day, {3: "과학"}, "강사 선생님 보강")
"""

from collections.abc import Mapping
from datetime import date, timedelta

from kit import audit
from kit.clock import Clock, local_date
from kit.db import Database, Tx
from kit.i18n import _
from kit.outbox import publish
from kit.problem import Invalid, NotFound
from kit.seen import check_seen
from kit.typed import one_line
from node.people import audience
from node.people.access import (
    PLANNERS,
    may_read,
    of_now,
    require_keeper,
    require_role,
    require_staff,
    with_role,
)
from node.people.model import Asker, ClassChoice, Kind
from node.ports.today import TodayAsked, TodayLine, Whose
from node.timetable import store
from node.timetable.model import (
    LONGEST_NOTE,
    LONGEST_SUBJECT,
    MOST_PERIODS,
    SCHOOL_DAYS,
    USUAL_PERIODS,
    WEEKDAYS,
    ClassWeek,
    Layers,
    Lessons,
    Move,
    TimetableAct,
    TimetableChanged,
    TimetableDay,
    of_day,
    rewritten,
)

MOVES_SHOWN = 30


class Timetable:
    """The slice's face."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def today(self) -> date:
        return local_date(self._clock.now())

    def periods(self, tx: Tx) -> int:
        """How many periods a day of the school has, by the usual weeks of its classes."""
        return max(USUAL_PERIODS, store.last_period(tx))

    async def own_classes(self, asker: Asker) -> list[tuple[str, str]]:
        """The classes of the asker's children, or a student's own: pairs of id and whose it is."""
        return await self._db.read(lambda tx: _own(tx, asker))

    async def classes(self, asker: Asker) -> tuple[list[ClassChoice], list[Move]]:
        """All classes, and the next days on which another weekday is held, for staff. Raises
        NotFound."""
        require_staff(asker)
        today = self.today().isoformat()
        return await self._db.read(
            lambda tx: (audience.classes(tx), store.moves_from(tx, today, MOVES_SHOWN))
        )

    async def week(self, asker: Asker, class_id: str, day: date) -> ClassWeek:
        """A class's week. Raises NotFound for who is neither of its families nor staff."""
        _require_reader(asker, class_id)
        return await self._db.read(lambda tx: _week(tx, class_id, day))

    async def to_write(self, asker: Asker, class_id: str, day: date) -> ClassWeek:
        """The same for who writes it. Raises NotFound."""
        require_keeper(asker, class_id)
        return await self._db.read(lambda tx: _week(tx, class_id, day))

    async def write_week(
        self, asker: Asker, class_id: str, typed: Mapping[int, Lessons], seen: str = ""
    ) -> None:
        """Who keeps a class writes its usual lessons, by weekday. What is typed as it was stays brought by
        a file. Raises NotFound, Invalid, ChangedMeanwhile; publishes TimetableChanged."""
        checked = {weekday: _checked(lessons, f"{weekday}") for weekday, lessons in typed.items()}

        def unit(tx: Tx, now: Asker) -> None:
            require_keeper(now, class_id)
            week = _week(tx, class_id, self.today())
            check_seen(seen, *week.version)
            written = {
                weekday: rewritten(week.grid.get(weekday, Layers()), {}, lessons)
                for weekday, lessons in checked.items()
                if weekday in WEEKDAYS
            }
            store.write_week(tx, class_id, written)
            self.changed(tx, now, TimetableAct.WRITE, (class_id,))

        require_keeper(asker, class_id)
        await self._db.write(of_now(asker, unit))

    async def write_day(
        self,
        asker: Asker,
        class_id: str,
        day: date,
        typed: Lessons,
        note: str = "",
        seen: str = "",
    ) -> None:
        """Who keeps a class says what is otherwise on one day; lessons as the week has them are no
        change. Raises NotFound, Invalid, ChangedMeanwhile; publishes TimetableChanged."""
        checked = _checked(typed, "day")
        note = one_line("note", note, LONGEST_NOTE)

        def unit(tx: Tx, now: Asker) -> None:
            require_keeper(now, class_id)
            found = next(one for one in _week(tx, class_id, day).days if one.day == day.isoformat())
            check_seen(seen, *found.version)
            grid = store.weeks(tx, [class_id])[class_id]
            base = grid.get(found.moved or day.isoweekday(), Layers()).lessons
            under = Layers({} if found.moved else found.layers.brought, found.layers.written)
            written = rewritten(under, base, checked)
            store.write_day(tx, class_id, day.isoformat(), written, note)
            self.changed(tx, now, TimetableAct.DAY, (class_id,))

        require_keeper(asker, class_id)
        await self._db.write(of_now(asker, unit))

    async def clear_day(self, asker: Asker, class_id: str, day: date) -> None:
        """The day is again as files and the week have it. Raises NotFound; publishes
        TimetableChanged."""

        def unit(tx: Tx, now: Asker) -> None:
            require_keeper(now, class_id)
            _choice(tx, class_id)
            store.write_day(tx, class_id, day.isoformat(), {}, "")
            self.changed(tx, now, TimetableAct.DAY, (class_id,))

        require_keeper(asker, class_id)
        await self._db.write(of_now(asker, unit))

    async def move(self, asker: Asker, day: date, grade: int, weekday: int) -> None:
        """A planner has the lessons of another weekday held on a day, by one grade or all (0). Raises
        NotFound, Forbidden, Invalid; publishes TimetableChanged."""
        if weekday not in WEEKDAYS:
            raise Invalid({"weekday": _("요일을 선택해 주세요.")})
        if day.isoweekday() == weekday:
            raise Invalid({"weekday": _("그날은 원래 그 요일입니다. 다른 요일을 선택해 주세요.")})

        def unit(tx: Tx, now: Asker) -> None:
            if grade and grade not in {one.grade for one in audience.classes(tx)}:
                raise Invalid({"grade": _("학교에 없는 학년입니다.")})
            store.put_move(tx, Move(day.isoformat(), grade, weekday))
            self.changed(tx, now, TimetableAct.MOVE, ())

        require_role(asker, *PLANNERS)
        await self._db.write(with_role(asker, PLANNERS, unit))

    async def end_move(self, asker: Asker, day: date, grade: int) -> None:
        """The day has its own lessons again. Raises NotFound, Forbidden; publishes
        TimetableChanged."""

        def unit(tx: Tx, now: Asker) -> None:
            if not store.end_move(tx, day.isoformat(), grade):
                raise NotFound()
            self.changed(tx, now, TimetableAct.MOVE, ())

        require_role(asker, *PLANNERS)
        await self._db.write(with_role(asker, PLANNERS, unit))

    def changed(self, tx: Tx, by: Asker, act: TimetableAct, classes: tuple[str, ...]) -> None:
        """Within the unit that changed lessons: who hears of it."""
        publish(tx, TimetableChanged(classes), self._clock.now())
        audit.record(tx, self._clock, by, act, classes[0] if len(classes) == 1 else "school")

    def today_of(self, tx: Tx, _asker: Asker, asked: TodayAsked) -> list[TodayLine]:
        """The day's subjects in their order, of each class once."""
        grades = {one.class_id: one.grade for one in asked.whose}
        if not asked.has_school or not grades:
            return []
        found = _days(tx, grades, [asked.on])
        return [
            _line(one, found[one.class_id][0])
            for one in asked.whose
            if found[one.class_id][0].lessons
        ]


def _line(one: Whose, day: TimetableDay) -> TodayLine:
    is_other = any(lesson.changed for lesson in day.lessons)
    return TodayLine(
        rank=10,
        icon="clock",
        label=_("시간표"),
        text=" – ".join(filter(None, (_subjects(day), day.note))),
        href=f"/timetable/{one.class_id}",
        whose=one.id,
        chip=_("요일이 바뀐 날") if day.moved else _("바뀐 수업 있음") if is_other else "",
        chip_kind="warning",
    )


def _subjects(day: TimetableDay) -> str:
    """With the number of a lesson only where one before it is left out."""
    held = [one for one in day.lessons if one.subject]
    is_whole = [one.period for one in held] == list(range(1, len(held) + 1))
    return ", ".join(one.subject if is_whole else f"{one.period} {one.subject}" for one in held)


def _own(tx: Tx, asker: Asker) -> list[tuple[str, str]]:
    own = [(one.class_id, one.name) for one in asker.children]
    if Kind.STUDENT in asker.kinds:
        sql = "SELECT class_id, name FROM people_v_student WHERE student_id = ?"
        own += [(class_id, name) for class_id, name in tx.rows(sql, (asker.id,))]
    return own


def _require_reader(asker: Asker, class_id: str) -> None:
    """Raises NotFound unless the asker is of the class's families or on the staff."""
    if not may_read(asker, {f"guardians/class:{class_id}", f"students/class:{class_id}"}):
        raise NotFound()


def _choice(tx: Tx, class_id: str) -> ClassChoice:
    """Raises NotFound where there is no such class this year."""
    found = next((one for one in audience.classes(tx) if one.id == class_id), None)
    if found is None:
        raise NotFound()
    return found


def _week(tx: Tx, class_id: str, day: date) -> ClassWeek:
    """Raises NotFound."""
    room = _choice(tx, class_id)
    monday = day - timedelta(days=day.weekday())
    saturday = (monday + timedelta(days=SCHOOL_DAYS)).isoformat()
    has_saturday = not {0, room.grade}.isdisjoint(store.moves(tx, [saturday]).get(saturday, {}))
    # The weekend only where lessons are held, or it is asked for.
    last = max(SCHOOL_DAYS + has_saturday, day.isoweekday())
    dates = [monday + timedelta(days=at) for at in range(last)]
    found = _days(tx, {class_id: room.grade}, dates)[class_id]
    return ClassWeek(class_id, room.name, tuple(found), store.weeks(tx, [class_id])[class_id])


def _days(tx: Tx, grades: Mapping[str, int], dates: list[date]) -> dict[str, list[TimetableDay]]:
    """What classes have on days; `grades`: of each class, by its id."""
    names, ids = [one.isoformat() for one in dates], list(grades)
    grids, own, moves = store.weeks(tx, ids), store.days(tx, ids, names), store.moves(tx, names)
    return {
        id: [
            of_day(
                one,
                grade,
                grids[id],
                own.get((id, name), Layers()),
                moves.get(name, {}),
            )
            for one, name in zip(dates, names, strict=True)
        ]
        for id, grade in grades.items()
    }


def _checked(lessons: Lessons, field: str) -> Lessons:
    """Lessons as they are kept. Raises Invalid."""
    if any(not 1 <= period <= MOST_PERIODS for period in lessons):
        raise Invalid({f"lesson-{field}-1": _("교시를 확인해 주세요.")})
    return {
        period: one_line(f"lesson-{field}-{period}", subject, LONGEST_SUBJECT)
        for period, subject in lessons.items()
    }
