"""Request → Asker: every page of the node gets its asker here.

    asker = await asker_of(request)      # raises SignInRequired, NotAtSchool

Askers are kept in memory until a unit that touched people commits, so a right that ends in a
transaction has ended with its commit. Changes made by another process (`madang-node import`
beside a running server) are seen after `KEPT_FOR` at the latest.
"""

import contextlib

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from kit.clock import MINUTE, Clock
from kit.db import Database
from kit.problem import SignInRequired
from kit.signin.web import SESSION
from kit.web.keys import VISITOR
from node.people.access import load_asker, who_signed
from node.people.model import (
    Asker,
    FamiliesChanged,
    NotAtSchool,
    PeopleChanged,
    PersonClosed,
    StaffChanged,
)

KEPT_FOR = MINUTE
MOST_KEPT = 10_000

CHANGES = (PeopleChanged, FamiliesChanged, StaffChanged, PersonClosed)


class _Kept(msgspec.Struct, frozen=True):
    asker: Asker
    until: int


class Askers:
    """Askers by account, as long as nothing about people changes."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._life = 0  # counts invalidations, so that a slow read cannot bring old rights back
        db.on_commit(self._committed)

    def _committed(self, signals: list[object]) -> None:
        if any(isinstance(signal, CHANGES) for signal in signals):
            self._kept.clear()
            self._life += 1

    async def of(self, account_id: str) -> Asker:
        """The asker behind an account. Raises NotAtSchool."""
        kept = self._kept.get(account_id)
        now = self._clock.now()
        if kept is not None and now < kept.until:
            return kept.asker
        life = self._life
        asker = await self._db.glance(lambda tx: load_asker(tx, account_id))
        if life == self._life:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[account_id] = _Kept(asker, now + KEPT_FOR)
        return asker

    async def signer(self, account_id: str) -> Asker:
        """Somebody without any right but to what they have signed. Raises NotAtSchool."""
        return await self._db.read(lambda tx: who_signed(tx, account_id))


ASKERS = web.AppKey("askers", Askers)
ASKER = web.RequestKey("asker", Asker)


async def asker_of(request: web.Request) -> Asker:
    """Who asks. Raises SignInRequired when nobody is signed in, NotAtSchool when the account is
    tied to nothing at this school any more."""
    known: Asker | None = request.get(ASKER)
    if known is not None:
        return known
    session = request.get(SESSION)
    if session is None:
        raise SignInRequired()
    asker = await request.app[ASKERS].of(session.account_id)
    request[ASKER] = asker
    request[VISITOR] = asker
    return asker


async def signer_of(request: web.Request) -> Asker:
    """Who asks for what they have signed: also somebody whom nothing ties to the school any more,
    for a receipt is its signer's. Raises SignInRequired, NotAtSchool."""
    try:
        return await asker_of(request)
    except NotAtSchool:
        account_id = request[SESSION].account_id
        return await request.app[ASKERS].signer(account_id)


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let the shell know who is there on every page, also where nobody asks (account, errors)."""
    if SESSION in request:
        with contextlib.suppress(NotAtSchool):
            await asker_of(request)
    return await handler(request)
