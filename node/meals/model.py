"""The words of meals: dishes with their allergens, the meals of a day, what a child must not eat."""

import enum
from datetime import date, timedelta

import msgspec

from kit.event import Event
from kit.i18n import _
from kit.seen import seen_of

LONGEST_DISH = 100  # characters
MOST_DISHES = 30  # of a meal
LONGEST_LINE = 300  # characters of a line about a meal: where its rice comes from

ALLERGENS: dict[int, str] = {
    1: _("난류"),
    2: _("우유"),
    3: _("메밀"),
    4: _("땅콩"),
    5: _("대두"),
    6: _("밀"),
    7: _("고등어"),
    8: _("게"),
    9: _("새우"),
    10: _("돼지고기"),
    11: _("복숭아"),
    12: _("토마토"),
    13: _("아황산류"),
    14: _("호두"),
    15: _("닭고기"),
    16: _("쇠고기"),
    17: _("오징어"),
    18: _("조개류(굴·전복·홍합 포함)"),
    19: _("잣"),
}
"""What a school must say of its dishes, by the number that menus print behind them (식품 등의
표시·광고에 관한 법률 시행규칙 별표 2, in the order of 나이스)."""


class Serving(enum.IntEnum):
    """Which meal of the day, as 나이스 counts them (MMEAL_SC_CODE)."""

    BREAKFAST = 1
    LUNCH = 2
    DINNER = 3

    @property
    def label(self) -> str:
        return SERVINGS[self]


SERVINGS = {
    Serving.BREAKFAST: _("조식"),
    Serving.LUNCH: _("중식"),
    Serving.DINNER: _("석식"),
}


class Dish(msgspec.Struct, frozen=True):
    """A dish with the numbers of what it holds (ALLERGENS)."""

    name: str
    allergens: tuple[int, ...] = ()

    def of(self, allergies: frozenset[int]) -> list[tuple[str, int]]:
        """What of the dish somebody must not eat: pairs of a name (msgid) and its number."""
        return [(ALLERGENS[one], one) for one in self.allergens if one in allergies]


class Meal(msgspec.Struct, frozen=True):
    """What is served. No dishes: somebody said that there is nothing."""

    dishes: tuple[Dish, ...]
    calories: str = ""
    nutrition: tuple[str, ...] = ()
    origin: tuple[str, ...] = ()


class MealOfDay(msgspec.Struct, frozen=True):
    """A meal as a file brought it and as hands wrote it."""

    day: str
    kind: Serving
    brought: Meal | None
    written: Meal | None

    @property
    def meal(self) -> Meal:
        """The one that holds."""
        return self.written or self.brought or Meal(())

    @property
    def can_go_back(self) -> bool:
        return self.brought is not None and self.written is not None


class MealDay(msgspec.Struct, frozen=True):
    """A day of school and what there is to eat; `kind` narrows what a page of a week edits."""

    day: str
    meals: tuple[MealOfDay, ...]

    @property
    def date(self) -> date:
        return date.fromisoformat(self.day)

    def of(self, kind: Serving) -> MealOfDay | None:
        return next((one for one in self.meals if one.kind is kind), None)


class MealWeek(msgspec.Struct, frozen=True):
    """Monday to Friday, and of the weekend what has a meal."""

    days: tuple[MealDay, ...]

    @property
    def monday(self) -> date:
        return self.days[0].date

    def away(self, weeks: int) -> str:
        return (self.monday + timedelta(weeks=weeks)).isoformat()

    def seen(self, kind: Serving) -> str:
        """The version guard of the form that writes one meal of each day."""
        return seen_of([day.of(kind) for day in self.days])


class WrittenMeal(msgspec.Struct, frozen=True):
    """A day's meal as somebody typed it: a dish on each line."""

    day: str
    dishes: str
    calories: str


class Eater(msgspec.Struct, frozen=True):
    """Somebody who must not eat everything, as far as the asker may know: a child of theirs, or
    themselves."""

    student_id: str
    name: str
    allergens: frozenset[int]

    @property
    def called(self) -> str:
        """A Korean name without its family name: brothers and sisters share it."""
        is_korean = 3 <= len(self.name) <= 4 and all("가" <= one <= "힣" for one in self.name)
        return self.name[-2:] if is_korean else self.name


class ChildAllergies(msgspec.Struct, frozen=True):
    """What a guardian said of a child. `agreed_at` in ms, None where nothing is kept."""

    student_id: str
    name: str
    may_sign: bool
    allergens: frozenset[int]
    agreed_at: int | None

    @property
    def seen(self) -> str:
        """The version guard of the child's form."""
        return seen_of(sorted(self.allergens), self.agreed_at)


class AllergyLine(msgspec.Struct, frozen=True):
    """A student in the list of those who must not eat everything. `today`: the dishes of the day that
    hold what they must not eat."""

    student_id: str
    class_id: str
    grade: int
    class_number: int
    number: int
    name: str
    allergens: tuple[int, ...]
    today: tuple[Dish, ...] = ()


class MealsChanged(Event, frozen=True, tag="meals.changed"):
    """There is something else to eat on these days (ISO dates)."""

    days: tuple[str, ...]


class MealsAct(enum.StrEnum):
    """Acts for the audit log. What a child must not eat is not told there."""

    WRITE = "meals:week:write"
    IMPORT = "meals:file:import"
    ALLERGIES = "meals:allergies:set"
    WITHDRAW = "meals:allergies:withdraw"
