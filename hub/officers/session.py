"""Request → Officer: every page of the console gets its officer here.

    officer = await officer_of(request)      # raises SignInRequired, OfficerDisabled

Officers are kept in memory until a unit that touched an account commits; changes made by
`madang-hub` beside a running server are seen after `KEPT_FOR` at the latest.
"""

import contextlib

from aiohttp import web
from aiohttp.typedefs import Handler

from hub.officers.access import known
from hub.officers.model import Officer, OfficerDisabled, OfficersChanged
from kit.clock import MINUTE, Clock
from kit.db import Database
from kit.problem import NotFound
from kit.signin.web import SESSION, require_session
from kit.web.keys import VISITOR

KEPT_FOR = MINUTE


class Known:
    """Officers by account, as long as no account changes."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._kept: dict[str, tuple[Officer, int]] = {}
        self._life = 0  # counts changes, so that a slow read cannot bring old rights back
        db.on_commit(self._committed)

    def _committed(self, signals: list[object]) -> None:
        if any(isinstance(signal, OfficersChanged) for signal in signals):
            self._kept.clear()
            self._life += 1

    async def of(self, account_id: str) -> Officer:
        """Raises NotFound, OfficerDisabled."""
        kept = self._kept.get(account_id)
        now = self._clock.now()
        if kept is not None and now < kept[1]:
            return kept[0]
        life = self._life
        officer = await self._db.read(lambda tx: known(tx, account_id))
        if life == self._life:
            self._kept[account_id] = (officer, now + KEPT_FOR)
        return officer


KNOWN = web.AppKey("officers_known", Known)
OFFICER = web.RequestKey("officer", Officer)


async def officer_of(request: web.Request) -> Officer:
    """Who acts, by a session with its second factor. Raises SignInRequired, OfficerDisabled."""
    session = require_session(request)
    known: Officer | None = request.get(OFFICER)
    if known is None:
        known = await request.app[KNOWN].of(session.account_id)
        request[OFFICER] = known
        request[VISITOR] = known
    return known


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let the shell know who is there on every page, also where nobody asks (account, errors)."""
    session = request.get(SESSION)
    if session is not None and session.second_factor:
        with contextlib.suppress(NotFound, OfficerDisabled):
            await officer_of(request)
    return await handler(request)
