"""Who gets what of meals: everybody reads what there is to eat, whoever keeps meals writes; a child's
allergies are their guardians', and few staff see the list."""

from node.meals import store
from node.meals.model import Dish, Meal, MealOfDay, Serving
from node.meals.web import ALLERGIES
from tests.node.conftest import School
from tests.node.planting import Planting
from tests.node.routes import (
    DECISIONS,
    KEEPERS,
    NOTHING,
    OWN,
    PUBLISHED,
    Route,
    everyone,
    only,
    staff,
)
from tests.planted import SHORT

GUARDIANS = ("guardian", "other_guardian")


def child(school: School) -> str:
    return f"/meals/allergies/{school.id('이지우')}"


def taken_back(school: School) -> str:
    return f"{child(school)}/withdraw"


async def with_allergy(school: School) -> str:
    """A child of 3-2 must not eat everything."""
    guardian = await school.asker("김하늘")
    await school.app[ALLERGIES].say(guardian, school.id("이지우"), [5], agrees=True)
    return "/meals/allergies/list"


async def both(school: School) -> str:
    """A day whose meal a file brought and hands wrote over."""
    meals = [Meal((Dish("쌀밥"),)), Meal((Dish("보리밥"),))]
    one = MealOfDay("2026-11-22", Serving.LUNCH, *meals)
    await school.db.write(lambda tx: store.put(tx, [one]))
    return "/meals/write/back"


ROUTES = (
    Route("GET", "/meals", everyone(200), nobody=OWN),
    Route("GET", "/meals/week", everyone(200), nobody=OWN),
    Route("GET", "/meals/write", only(KEEPERS, 200), nobody=PUBLISHED),
    Route(
        "POST",
        "/meals/write",
        only(KEEPERS, 303),
        url="/meals/write?day=2026-11-21",
        data={"dishes-2026-11-21": "쌀밥\n쇠고기미역국(5.6.16)"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/meals/write/back",
        only(KEEPERS, 303),
        url=both,
        data={"day": "2026-11-22", "kind": "2"},
        proof=NOTHING,
    ),
    Route(
        "GET",
        "/meals/allergies",
        everyone(404) | dict.fromkeys(GUARDIANS, 200),
        nobody=OWN,
    ),
    Route(
        "GET",
        "/meals/allergies/{student}",
        everyone(404) | {"guardian": 200},
        url=child,
        nobody=OWN,
    ),
    Route(
        "POST",
        "/meals/allergies/{student}",
        everyone(404) | {"guardian": 303},
        url=child,
        data={"allergens": "2", "agrees": "1"},
        proof=DECISIONS,
    ),
    Route(
        "POST",
        "/meals/allergies/{student}/withdraw",
        everyone(404) | {"guardian": 303},
        url=taken_back,
        proof=DECISIONS,
    ),
    Route(
        "GET",
        "/meals/allergies/list",
        staff(404) | dict.fromkeys(("homeroom", "administrator"), 200),
        shown=with_allergy,
    ),
)

IDS = {"/meals/allergies": "SELECT student_id FROM people_v_student"}

UNTYPED = {
    "meals_meal.day": "a day",
    "meals_allergy.allergens": "numbers of allergens",
}


async def sow(planting: Planting) -> None:
    """A meal that a file brought and hands wrote over."""

    def planted() -> Meal:
        texts = (planting.typed(part) for part in ("calories", "nutrition", "origin"))
        calories, nutrition, origin = texts
        return Meal((Dish(planting.typed("dish", SHORT)),), calories, (nutrition,), (origin,))

    one = MealOfDay("2026-11-23", Serving.LUNCH, planted(), planted())
    await planting.school.db.write(lambda tx: store.put(tx, [one]))


FROM_AN_END = {"node.meals.store.next_day": "the next day that has a meal"}
ON_REQUEST = {"node.meals.store.lines_of_school": "the list of who must not eat everything"}
