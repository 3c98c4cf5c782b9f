"""Meals join the server: what there is to eat, and what of it a child must not."""

from kit.card import Group, NavItem, Place
from kit.i18n import _
from kit.slice import Kept
from node.ground import Ground
from node.meals import about, web
from node.meals.acts import ACTS
from node.meals.allergies import Allergies
from node.meals.findable import FINDABLE
from node.meals.importable import importable
from node.meals.model import MealsChanged
from node.meals.service import Meals
from node.people import hearing
from node.people.model import PersonClosed
from node.slice import Slice


def join(ground: Ground) -> tuple[Meals, Slice]:
    meals = Meals(ground.db, ground.clock)
    allergies = Allergies(ground.db, ground.clock)
    return meals, Slice(
        package="node.meals",
        routes=(*web.ROUTES,),
        keep=(Kept(web.MEALS, meals), Kept(web.ALLERGIES, allergies)),
        nav=(
            Place(
                44,
                NavItem("/meals", _("급식"), "utensils", Group.SCHOOL_LIFE, phone=False),
                lambda _asker: True,
            ),
        ),
        today=meals.today_of,
        brings_cards=(MealsChanged,),
        acts=ACTS,
        hears={PersonClosed: allergies.left},
        heard_by={MealsChanged: hearing.everybody},
        findable=(FINDABLE,),
        importable=(importable(meals.changed),),
        held=about.about,
    )
