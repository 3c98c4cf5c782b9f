"""What the slices of a node tell the gatekeepers: all `tests/node/routes_<slice>.py` together.

Beside ROUTES such a file may have

    UNTYPED      columns of text that nobody types into → what they hold     test_planted_everywhere.py
    sow          `async def sow(planting)`: what forms cannot plant          planting.py
    STAYS        tables that do not grow with the years → why                test_query_plans.py
    WAITING      partial indexes that stay short → what waits there
    FROM_AN_END  functions that read from an end of an index → what of it
    AT_NIGHT     functions that go through all at night → what for
    ON_REQUEST   functions that read all because somebody asks → for what
"""

from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

from tests.node.planting import Planting
from tests.node.routes import Route

Sower = Callable[[Planting], Awaitable[None]]


def modules() -> list[ModuleType]:
    """The files of all slices, by name."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("routes_*.py"))
    return [import_module(f"tests.node.{name}") for name in names]


TABLE: list[Route] = [route for one in modules() for route in one.ROUTES]
"""The routes of all of them."""


def sowers() -> list[Sower]:
    """What plants markup into the slices' own tables, in no order."""
    return [one.sow for one in modules() if hasattr(one, "sow")]


def told(name: str) -> dict[str, str]:
    """What all slices say under a name. Raises ValueError where two say something of the same."""
    found: dict[str, str] = {}
    for one in modules():
        said: dict[str, str] = getattr(one, name, {})
        if twice := found.keys() & said.keys():
            raise ValueError(f"{one.__name__}: somebody else speaks of {sorted(twice)}, too")
        found |= said
    return found
