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

What other gatekeepers ask of a route stands in its line, and fails where it is forgotten:

    proof    what a change asks of whoever acts: RIGHTS, DECISIONS, NOTHING          test_fresh.py
    nobody   why a page shows nobody's data; every other declares `@shows(…)`        test_access_log_routes.py
    piece    what answers, where that is no page; every page is walked               province/test_pages.py
    unmet    why no walk through a school full of markup is shown it                 test_planted_everywhere.py

What they ask of its tables stands beside ROUTES, where there is something to say (tests.node.tables).
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from kit.signin.fresh import DECISIONS as DECISIONS
from kit.signin.fresh import RIGHTS as RIGHTS
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


NOTHING = None
"""Being signed in is enough (or nobody need be): one's own drafts, files, questions and preferences;
what ends access; what asks for a password or a code itself."""

# Why a page shows nobody's personal data.
ENTRANCE = "the way in, and what anybody may see"
OWN = "the reader's own data, and their children's"
PUBLISHED = "what the school and the province publish"
COLLEAGUES = "colleagues' names and posts, which all staff know"
NUMBERS = "numbers, settings and empty forms"


class Route(msgspec.Struct, frozen=True):
    """A route and the status each role gets. `json`: the data go as JSON, and nobody signed in is
    answered 401 instead of being led to the sign-in page. `stream`: the answer does not end.

    `shown`: where a page shows somebody, if `url` alone does not, and `shown_to` those roles that
    see it there. `walked`: addresses which no link leads to, by who walks there
    (tests/province/test_pages.py). `speaks`: it ends, and its events carry what was typed. `basic`: whoever
    visits it signs in with the request itself, by an app password.
    """

    method: str
    path: str
    expected: dict[str, int]
    url: Any = ""
    data: Any = None
    json: bool = False
    headers: Any = None
    stream: bool = False
    proof: int | msgspec.UnsetType | None = msgspec.UNSET
    nobody: str = ""
    shown: Any = ""
    shown_to: tuple[str, ...] = ()
    piece: str = ""
    walked: Mapping[str, str] = {}
    unmet: str = ""
    speaks: bool = False
    basic: bool = False


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
