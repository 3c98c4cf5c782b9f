"""What the slices of the hub tell the gatekeepers: all `tests/hub/routes_<slice>.py` together.

Beside ROUTES such a file may have

    UNTYPED      columns of text that nobody types into → what they hold     test_planted_everywhere.py
    sow          `async def sow(planting)`: what forms cannot plant          planting.py
    STAYS        tables that do not grow with the years → why                test_query_plans.py
    WAITING      partial indexes that stay short → what waits there
    FROM_AN_END  functions that read from an end of an index → what of it
    ON_REQUEST   functions that read all because somebody asks → for what
"""

from collections.abc import Awaitable, Callable

from tests.hub.planting import Planting
from tests.hub.routes import Route
from tests.tables import modules_of, told_by

MODULES = modules_of("hub")
TABLE: list[Route] = [route for one in MODULES for route in one.ROUTES]
"""The routes of all of them."""


def sowers() -> list[Callable[[Planting], Awaitable[None]]]:
    """What plants markup into the slices' own tables."""
    return [one.sow for one in MODULES if hasattr(one, "sow")]


def told(name: str) -> dict[str, str]:
    """What all slices say under one of the names above."""
    return told_by(MODULES, name)
