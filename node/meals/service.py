"""The rules of meals: what there is to eat is for everybody at the school, written by whoever keeps it.

    week = await meals.week(asker, date(2026, 12, 2))
    await meals.write(asker, week.monday, Serving.LUNCH, [WrittenMeal("2026-12-02", "쌀밥\\n김치(9)", "")])

What a child must not eat is kept by `node.meals.allergies`.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from msgspec.structs import replace

from kit import audit
from kit.clock import Clock, local_date
from kit.db import Database, Tx
from kit.i18n import _
from kit.outbox import publish
from kit.problem import Invalid, NotFound
from kit.seen import check_seen
from kit.typed import one_line
from node.meals import store
from node.meals.dishes import OddDish, dishes
from node.meals.model import (
    LONGEST_LINE,
    Eater,
    Meal,
    MealDay,
    MealOfDay,
    MealsAct,
    MealsChanged,
    MealWeek,
    Serving,
    WrittenMeal,
)
from node.people.access import CATERERS, require_role, with_role
from node.people.model import Asker, Kind
from node.ports.today import TodayAsked, TodayLine

SCHOOL_DAYS = 5  # of a week, from Monday
SHOWN_OF_A_DAY = 6  # dishes; the page has them all


class Meals:
    """The slice's face."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def today(self) -> date:
        return local_date(self._clock.now())

    async def day(self, asker: Asker, day: date) -> tuple[MealDay, list[Eater], str | None]:
        """A day's meals, which of the asker's must not eat everything, and the next day that has
        meals, where this one has none. For everybody at the school."""

        def work(tx: Tx) -> tuple[MealDay, list[Eater], str | None]:
            meals = tuple(store.of_days(tx, [day.isoformat()]))
            later = None if meals else store.next_day(tx, day.isoformat())
            return MealDay(day.isoformat(), meals), store.eaters(tx, own(asker)), later

        return await self._db.read(work)

    async def week(self, asker: Asker, day: date) -> tuple[MealWeek, list[Eater]]:
        """The meals of the week of a day, and which of the asker's must not eat everything."""
        return await self._db.read(lambda tx: (_week(tx, day), store.eaters(tx, own(asker))))

    async def to_write(self, asker: Asker, day: date) -> MealWeek:
        """The week of a day for who writes meals. Raises NotFound, Forbidden."""
        require_role(asker, *CATERERS)
        return await self._db.read(lambda tx: _week(tx, day))

    async def write(
        self,
        asker: Asker,
        day: date,
        kind: Serving,
        typed: Sequence[WrittenMeal],
        seen: str = "",
    ) -> int:
        """Who writes meals writes one meal of each day of a week; how many are others now. A day whose
        text is as it was stays what it is: brought by a file. An emptied one has nothing to eat.

        Raises NotFound, Forbidden, Invalid, ChangedMeanwhile; publishes MealsChanged.
        """
        require_role(asker, *CATERERS)
        read = _read(typed)

        def unit(tx: Tx, now: Asker) -> int:
            week = _week(tx, day)
            check_seen(seen, [one.of(kind) for one in week.days])
            changed = [
                after
                for one in week.days
                if one.day in read
                and (after := _rewritten(one.of(kind), one.day, kind, read[one.day])) is not None
            ]
            if changed:
                store.put(tx, changed)
                self.changed(tx, now, MealsAct.WRITE, [one.day for one in changed])
            return len(changed)

        return await self._db.write(with_role(asker, CATERERS, unit))

    async def go_back(self, asker: Asker, day: date, kind: Serving) -> None:
        """What hands wrote of a meal goes, what a file brought holds again. Raises NotFound,
        Forbidden; publishes MealsChanged."""

        def unit(tx: Tx, now: Asker) -> None:
            found = MealDay(day.isoformat(), tuple(store.of_days(tx, [day.isoformat()]))).of(kind)
            if found is None or not found.can_go_back:
                raise NotFound()
            store.put(tx, [replace(found, written=None)])
            self.changed(tx, now, MealsAct.WRITE, [found.day])

        require_role(asker, *CATERERS)
        await self._db.write(with_role(asker, CATERERS, unit))

    def changed(self, tx: Tx, by: Asker, act: MealsAct, days: Sequence[str]) -> None:
        """Within the unit that changed meals of these days: who hears of it."""
        publish(tx, MealsChanged(tuple(sorted(set(days)))), self._clock.now())
        audit.record(tx, self._clock, by, act, min(days))

    def today_of(self, tx: Tx, _asker: Asker, asked: TodayAsked) -> list[TodayLine]:
        """What there is to eat, and what of it whom of those asked for must not."""
        meals = [one for one in store.of_days(tx, [asked.on.isoformat()]) if one.meal.dishes]
        if not meals:
            return []
        eaters = store.eaters(tx, [one.student_id for one in asked.whose if one.student_id])
        lines = [_line(one) for one in meals]
        return lines + [found for one in eaters if (found := _warning(one, meals)) is not None]


def own(asker: Asker) -> list[str]:
    """Whose allergies the asker sees beside dishes: those of their children, a student their own."""
    children = [one.student_id for one in asker.children]
    return [*children, asker.id] if Kind.STUDENT in asker.kinds else children


def _line(one: MealOfDay) -> TodayLine:
    names = [dish.name for dish in one.meal.dishes]
    more = f" 외 {len(names) - SHOWN_OF_A_DAY}" if len(names) > SHOWN_OF_A_DAY else ""
    return TodayLine(
        rank=40,
        icon="utensils",
        label=_("급식") if one.kind is Serving.LUNCH else one.kind.label,
        text=", ".join(names[:SHOWN_OF_A_DAY]) + more,
        href=f"/meals?day={one.day}",
    )


def _warning(eater: Eater, meals: Sequence[MealOfDay]) -> TodayLine | None:
    """The dishes that somebody must not eat, and what is in them."""
    dishes = [dish for one in meals for dish in one.meal.dishes if dish.of(eater.allergens)]
    if not dishes:
        return None
    held = {pair for dish in dishes for pair in dish.of(eater.allergens)}
    return TodayLine(
        rank=45,
        icon="triangle-alert",
        label=_("알레르기 주의"),
        text=", ".join(dish.name for dish in dishes),
        href=f"/meals?day={meals[0].day}",
        whose=eater.student_id,
        words=tuple(name for name, _number in sorted(held, key=lambda pair: pair[1])),
        chip_kind="danger",
    )


def _week(tx: Tx, day: date) -> MealWeek:
    monday = day - timedelta(days=day.weekday())
    names = [(monday + timedelta(days=at)).isoformat() for at in range(7)]
    found: dict[str, list[MealOfDay]] = {}
    for one in store.of_days(tx, names):
        found.setdefault(one.day, []).append(one)
    return MealWeek(
        tuple(
            MealDay(name, tuple(found.get(name, ())))
            for at, name in enumerate(names)
            if at < SCHOOL_DAYS or name in found
        )
    )


def _read(typed: Sequence[WrittenMeal]) -> dict[str, Meal]:
    """The meals that somebody typed, by day. Raises Invalid with a text for the first day that cannot
    be read."""
    read = {}
    for one in typed:
        try:
            calories = one_line(f"calories-{one.day}", one.calories, LONGEST_LINE)
            read[one.day] = Meal(dishes(one.dishes), calories)
        except OddDish as odd:
            raise Invalid({f"dishes-{one.day}": odd.reason}, **odd.params) from odd
    return read


def _rewritten(found: MealOfDay | None, day: str, kind: Serving, typed: Meal) -> MealOfDay | None:
    """What becomes of a day's meal; None: nothing."""
    before = found or MealOfDay(day, kind, None, None)
    held = before.meal
    if (typed.dishes, typed.calories) == (held.dishes, held.calories):
        return None
    if not typed.dishes and before.brought is None:
        return replace(before, written=None)
    whole = replace(typed, nutrition=held.nutrition, origin=held.origin)
    return replace(before, written=None if whole == before.brought else whole)
