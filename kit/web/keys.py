"""Typed keys under which a server's shared parts hang on its aiohttp application."""

from typing import Protocol

from aiohttp import web

from kit.acts import Acts
from kit.clock import Clock
from kit.db import Database
from kit.jobs import Jobs
from kit.moves import Moves
from kit.outbox import Outbox
from kit.problem import Help

CLOCK = web.AppKey("clock", Clock)
DB = web.AppKey("db", Database)
OUTBOX = web.AppKey("outbox", Outbox)
JOBS = web.AppKey("jobs", Jobs)
MOVES = web.AppKey("moves", Moves)
ACTS = web.AppKey("acts", Acts)


class Visitor(Protocol):
    """Whoever is signed in, as far as the shell must know."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def language(self) -> str:
        """What they chose for themselves; empty: nothing."""

    @property
    def help(self) -> Help: ...


VISITOR = web.RequestKey("visitor", Visitor)
# The account behind the request's session or, when that has ended, the one it belonged to: only to
# know whose unsent words wait here, never a right to anything.
OWNER = web.RequestKey("owner", str)
# What the templates put beside hx-* for this session alone, by its id, which nobody else is told;
# htmx acts nowhere else (js/madang.js).
HX_MARK = web.RequestKey("hx_mark", str)
SIGNED_IN = web.RequestKey("signed_in", bool)  # set where OWNER's session holds
