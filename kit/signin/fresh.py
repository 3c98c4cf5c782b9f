"""How lately somebody must have proved who they are before a request of theirs acts.

    @ROUTES.post("/admin/people/{id}/roles")
    @within(RIGHTS)
    async def set_roles(request): ...

A page of somebody else's making that acts in a session, or whoever finds a device unlocked, knows
neither password nor passkey: they change no right and decide nothing. The middleware
(kit.signin.fresh_web) asks before the handler does; each slice's table of routes (tests/node and
tests/hub, `routes_<slice>.py`) tells what every route that changes something asks for.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiohttp import web

from kit.clock import HOUR, MINUTE
from kit.problem import SignInAgain
from kit.signin.attempts import CLOCK_SET_BACK
from kit.signin.model import Session

RIGHTS = 10 * MINUTE
"""For roles, resets of sign-ins, and settings of who reaches what."""
DECISIONS = 12 * HOUR
"""For what is signed, approved or published: asked once in a working day on each device."""

H = TypeVar("H", bound=Callable[[web.Request], Awaitable[web.StreamResponse]])
_MARK = "__madang_within__"


def within(limit: int) -> Callable[[H], H]:
    """Declare that a route acts only for whoever proved who they are within `limit` (ms)."""

    def mark(handler: H) -> H:
        setattr(handler, _MARK, limit)
        return handler

    return mark


def declared(handler: Any) -> int | None:
    """The limit of a route's handler (ms); None where being signed in is enough."""
    limit: int | None = getattr(handler, _MARK, None)
    return limit


def check(handler: Any, session: Session, now: int) -> None:
    """Raises SignInAgain where the session's person proved themselves too long ago."""
    limit = declared(handler)
    if limit is None:
        return
    # A proof of the future was given under a clock that was wrong: nobody knows how old it is.
    if not -CLOCK_SET_BACK <= now - session.verified_at <= limit:
        raise SignInAgain()
