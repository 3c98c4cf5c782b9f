"""What of meals can be found, by everybody at the school: what there is to eat on a day. Nothing of who
must not eat it."""

from datetime import date, timedelta

from kit.clock import HOUR, moment
from kit.db import Tx
from kit.i18n import _
from node.meals import store
from node.meals.model import ALLERGENS, Dish, MealOfDay, MealsChanged
from node.ports.findable import Document, Findable, Moved

EVERYBODY = frozenset({"guardians", "students", "staff"})
_WEEKDAYS = "월화수목금토일"


def _documents(tx: Tx, day: str) -> list[Document]:
    meals = [one for one in store.of_days(tx, [day]) if one.meal.dishes]
    if not meals:
        return []
    when = date.fromisoformat(day)
    on = f"{when.month}월 {when.day}일 {_WEEKDAYS[when.weekday()]}요일"
    noon = moment(when.year, when.month, when.day, 12)
    after = when + timedelta(days=1)
    return [
        Document(
            subject=f"meals:{day}",
            kind="meal",
            title=f"{when.year}년 {on} 급식",
            note="",
            href=f"/meals?day={day}",
            text="\n\n".join(_text(one, on) for one in meals),
            at=noon - 12 * HOUR,
            keys=EVERYBODY,
            valid_until=moment(after.year, after.month, after.day),
        )
    ]


def _text(one: MealOfDay, on: str) -> str:
    """As somebody would answer: which meal, on which day, what there is."""
    served = {1: "조식(아침)", 2: "중식(점심)", 3: "석식(저녁)"}[one.kind]
    told = f"{on} {served} 급식 메뉴는 {', '.join(map(_dish, one.meal.dishes))}입니다."
    return told + (f" 열량은 {one.meal.calories}입니다." if one.meal.calories else "")


def _dish(dish: Dish) -> str:
    held = "·".join(ALLERGENS[one] for one in dish.allergens)
    return dish.name + (f"({held})" if held else "")


FINDABLE = Findable(
    about="meals",
    kinds={"meal": _("급식")},
    documents=_documents,
    keys=lambda tx, day: EVERYBODY if _documents(tx, day) else frozenset(),
    moved_by={MealsChanged: lambda _tx, event: Moved(event.days)},
    readable="EXISTS (SELECT 1 FROM meals_v_day d WHERE d.day = {id})",
    params=lambda _asker: (),
)
