"""The words of the hub's tables of routes: who may do what in the console, by role. See test_routes.py.

A slice's table is `tests/hub/routes_<slice>.py` with a tuple `ROUTES`:

    ROUTES = (
        Route("GET", "/directory", (303, 200, 200, 200)),
        Route("POST", "/notices/new", (303, 403, 303, 303), data={"title": "안내"}, proof=NOTHING),
    )

What other gatekeepers ask of a route stands in its line, and fails where it is forgotten:

    proof    what a change asks of whoever acts: RIGHTS, DECISIONS, NOTHING     test_fresh.py
    piece    what answers, where that is no page; every page is walked          province/test_pages.py

What they ask of its tables stands beside ROUTES, where there is something to say (tests.hub.tables).
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from kit.signin.fresh import DECISIONS as DECISIONS
from kit.signin.fresh import RIGHTS as RIGHTS

NOTHING = None
"""Drafts, which nobody outside the console sees; what asks for a password itself."""


class Route(msgspec.Struct, frozen=True):
    """A route, by its path without the patterns of its parts, and the status that an anonymous visitor,
    a viewer, an officer and an administrator get."""

    method: str
    path: str
    expected: tuple[int, int, int, int]
    data: Mapping[str, Any] = {}
    proof: int | msgspec.UnsetType | None = msgspec.UNSET
    piece: str = ""
