"""How menus write a dish, what it holds behind it: `쇠고기미역국(5.6.16)`, `배추김치9.13.`, `우유②`.

dish("쇠고기미역국(5.6.16)")      # Dish("쇠고기미역국", (5, 6, 16))
dishes("기장밥<br/>배추김치 (9.13)")
"""

import re

from kit.i18n import _
from kit.naming import composed
from node.meals.model import ALLERGENS, LONGEST_DISH, MOST_DISHES, Dish

_NUMBER = r"\d{1,2}"
_BEHIND = re.compile(
    rf"\s*(?:\(\s*(?P<within>{_NUMBER}(?:\s*[.,·]\s*{_NUMBER})*)\s*[.,]?\s*\)"
    rf"|(?<![\d.])(?P<bare>{_NUMBER}(?:\.{_NUMBER})*)\.)(?P<mark>[*★]*)\s*$"
)
_CIRCLED = {ord("①") + at: f"({at + 1})" for at in range(20)}
_BREAK = re.compile(r"<br\s*/?>|\n", re.IGNORECASE)


class OddDish(Exception):
    """A dish cannot be read. `reason` is a msgid with `params`."""

    def __init__(self, reason: str, **params: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.params = params


def lines(text: str) -> list[str]:
    """The lines of a text that 나이스 breaks by `<br/>` and people by a line end."""
    return [line for line in map(composed, _BREAK.split(text)) if line]


def dishes(text: str) -> tuple[Dish, ...]:
    """All dishes of a meal. Raises OddDish."""
    found = tuple(map(dish, lines(text)))
    if len(found) > MOST_DISHES:
        raise OddDish(_("음식은 %(most)s가지까지 입력할 수 있습니다."), most=MOST_DISHES)
    return found


def dish(line: str) -> Dish:
    """One dish. Raises OddDish."""
    text = re.sub(r"\)\(", ".", line.translate(_CIRCLED))
    behind = _BEHIND.search(text)
    name, numbers = text, tuple[int, ...]()
    if behind is not None and behind.start():
        name = text[: behind.start()] + behind["mark"]
        numbers = tuple(map(int, re.findall(_NUMBER, behind["within"] or behind["bare"])))
    wrong = next((one for one in numbers if one not in ALLERGENS), None)
    if wrong is not None:
        raise OddDish(
            _("‘%(dish)s’: 알레르기 번호 %(number)s번은 없습니다(1~19)."), dish=line, number=wrong
        )
    if len(name) > LONGEST_DISH:
        raise OddDish(_("‘%(dish)s…’: 음식 이름이 너무 깁니다."), dish=name[:20])
    return Dish(name, tuple(dict.fromkeys(numbers)))


def as_typed(one: Dish) -> str:
    """A dish as somebody types it."""
    return one.name + (f"({'.'.join(map(str, one.allergens))})" if one.allergens else "")
