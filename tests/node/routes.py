"""The words of the tables of routes: who may do what, by role. See test_routes.py.

A slice's table is `tests/node/routes_<slice>.py` with a tuple `ROUTES`:

    ROUTES = (
        Route("GET", "/newsletters", everyone(200)),
        Route("GET", "/newsletters/desk", staff(200, others=404)),
        Route("POST", "/newsletters/{id:[0-9a-f]{20}}/approve", only(APPROVERS, 303), url=waiting),
    )

The path is the one the router knows (`resource.canonical`). `url` makes the address to visit, anew
for each role: a text with `{id}` filled, or a function of the school, which may prepare what the
visit needs. Roles are visited in the order of ROLES, the least trusted first.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from tests.node.conftest import School

# Role → who of the cast plays it.
ROLES = {
    "anonymous": "",
    "guardian": "김하늘",
    "other_guardian": "이도윤",
    "student": "이지우",
    "teacher": "한지민",
    "homeroom": "박서연",
    "principal": "최은영",
    "office": "오정숙",
    "administrator": "정민호",
}
FAMILIES = ("guardian", "other_guardian", "student")
STAFF = ("teacher", "homeroom", "principal", "office", "administrator")
KEEPERS = ("office", "administrator")
SIGN_IN = 303

Url = str | Callable[[School], str | Awaitable[str]]
Data = Mapping[str, Any] | None | Callable[[School], Mapping[str, Any]]


class Route(msgspec.Struct, frozen=True):
    """A route and the status each role gets. `json`: the data go as JSON, and nobody signed in is
    answered 401 instead of being led to the sign-in page. `stream`: the answer does not end."""

    method: str
    path: str
    expected: dict[str, int]
    url: Any = ""
    data: Any = None
    json: bool = False
    headers: Any = None
    stream: bool = False


def everyone(status: int, anonymous: int = SIGN_IN) -> dict[str, int]:
    """Whoever is signed in."""
    return dict.fromkeys(ROLES, status) | {"anonymous": anonymous}


def public(status: int) -> dict[str, int]:
    """Also who is not signed in."""
    return dict.fromkeys(ROLES, status)


def staff(status: int, others: int = 404, anonymous: int = SIGN_IN) -> dict[str, int]:
    """All staff; families get `others`."""
    return everyone(others, anonymous) | dict.fromkeys(STAFF, status)


def only(
    roles: tuple[str, ...],
    status: int,
    staff: int = 403,
    others: int = 404,
    anonymous: int = SIGN_IN,
) -> dict[str, int]:
    """Some roles; other staff get `staff` (they may know that it exists), families `others`."""
    refused = everyone(others, anonymous) | dict.fromkeys(STAFF, staff)
    return refused | dict.fromkeys(roles, status)
