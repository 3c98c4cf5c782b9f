"""Slice: what a part of a server brings to it.

A slice's `slice.py` has one function, `join`: it takes what the slice stands on and returns its service
and a Slice. The server's `app.py` is the list of the joins, from the bottom floor to the top; whoever
needs a service gets it there as an argument. What follows from the list (migrations, navigation, front page,
live pages, jobs, the doctor's questions, …) is put together by `kit.web.assembly`.

    def join(ground: Ground, people: People) -> tuple[Meals, Slice]:
        meals = Meals(ground.db, ground.clock, people)
        return meals, Slice(
            package=__package__,
            routes=(*web.ROUTES,),
            keep=(Kept(web.MEALS, meals),),
            nav=(Place(25, NavItem("/meals", _("급식"), "table"), shown=lambda asker: True),),
            cards=meals.cards,
        )

A Slice is data: it looks nothing up and nothing is set into it later.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Generic, TypeVar

import msgspec
from aiohttp import web
from aiohttp.typedefs import Middleware

from kit.card import Card, Place
from kit.db import Tx
from kit.detail import Detail
from kit.event import Event
from kit.finding import Check
from kit.held import Holds
from kit.jobs import Daily, Every
from kit.moves import Moving
from kit.outbox import Handler, Since
from kit.web.stages import Stage

T = TypeVar("T")


class Kept(msgspec.Struct, frozen=True):
    """What a slice's own pages read from the application."""

    key: web.AppKey[Any]
    value: object


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a server. `package`: its migrations/, locale/, templates/ and static/ lie there, and
    the last word of its name is the slice's."""

    package: str
    routes: Sequence[web.AbstractRouteDef] = ()
    api: Sequence[web.AbstractRouteDef] = ()
    """Of the listener that has no pages, where a server has one (the hub's, for nodes)."""
    keep: Sequence[Kept] = ()
    middlewares: Sequence[tuple[Stage, Middleware]] = ()

    nav: Sequence[Place] = ()
    cards: Callable[[Tx, Any, int], list[Card]] | None = None
    """`cards(tx, visitor, now)`, in one read unit with those of the others: a SELECT or two."""
    cards_rank: int = 0
    """Where they stand among cards of the same weight, the smallest first, then in floor order."""
    brings_cards: Sequence[type[Event]] = ()
    """What may put a card of its own on a front page that had none."""
    acts: Mapping[str, str] = {}
    """What its acts are called on the page of the audit log: by act a msgid."""
    details: Mapping[str, Detail | None] = {}
    """How their details are told there, by the names that the log has; None: that is for programs."""

    hears: Mapping[type[Event], Handler] = {}
    """What it does about events (kit.outbox), from `since` on."""
    since: Since = Since.NOW
    heard_by: Mapping[type[Event], Callable[[Any, Any], bool]] = {}
    """Of each event of its own, whether a page of this visitor may be told that it happened:
    `(visitor, event)`. It tells the tag, never what is in it."""

    works: Sequence[Every | Daily] = ()
    moves: Sequence[Moving] = ()
    settles: Sequence[Callable[[], Awaitable[object]]] = ()
    """Called whenever the database was opened and is up to date, also by a command."""
    lives: Sequence[Callable[[], AbstractAsyncContextManager[object]]] = ()
    """Entered in floor order while the server runs, left in reverse."""

    lets_go: Sequence[Callable[[], None]] = ()
    """Called before the listener of `api` waits for the requests that it holds open."""

    checks: Sequence[Check] = ()
    held: Holds | None = None
    """What it holds of one person."""

    @property
    def name(self) -> str:
        """The word under which its tables, events and subscription are stored."""
        return self.package.rpartition(".")[2]


S = TypeVar("S", bound=Slice)


class Joined(Generic[S]):
    """The slices of a server as they join, in floor order."""

    def __init__(self) -> None:
        self.slices: list[S] = []

    def take(self, joined: tuple[T, S]) -> T:
        """What the next one serves others with."""
        service, one = joined
        self.slices.append(one)
        return service
