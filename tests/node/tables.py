"""What the slices of a node tell the gatekeepers: all `tests/node/routes_<slice>.py` together.

Beside ROUTES such a file may have

    HOLDS_NOBODY why it holds nothing of a person                            test_privacy_cases.py
    IDS          beginnings of addresses with an id → SQL of all ids             walking.py
    UNTYPED      columns of text that nobody types into → what they hold     test_planted_everywhere.py
    sow          `async def sow(planting)`: what forms cannot plant          planting.py
    STAYS        tables that do not grow with the years → why                test_query_plans.py
    WAITING      partial indexes that stay short → what waits there
    FROM_AN_END  functions that read from an end of an index → what of it
    AT_NIGHT     functions that go through all at night → what for
    ON_REQUEST   functions that read all because somebody asks → for what
"""

from collections.abc import Awaitable, Callable

from tests.node.planting import Planting
from tests.node.routes import Route
from tests.tables import modules_of, told_by

MODULES = modules_of("node")
TABLE: list[Route] = [route for one in MODULES for route in one.ROUTES]
"""The routes of all of them."""


def sowers() -> list[Callable[[Planting], Awaitable[None]]]:
    """What plants markup into the slices' own tables."""
    return [one.sow for one in MODULES if hasattr(one, "sow")]


def told(name: str) -> dict[str, str]:
    """What all slices say under one of the names above."""
    return told_by(MODULES, name)
