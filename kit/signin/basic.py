"""Signing in with each request (HTTP Basic, RFC 7617): for programs that know no session.

    account_id = await basic.who(request.headers.get("Authorization", ""), address=…, door="drive")

By an app password, or by the account's own where no second factor is set. What was right is known in
memory for a while, so that a hash of 0.2 s is not made for each of a thousand requests; that the account
is as it was then is asked anew each time. Several requests at once with the same password are one try.
"""

import asyncio
import base64
import binascii
import hashlib
import secrets

import msgspec

from kit.clock import MINUTE, Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.problem import Problem
from kit.signin import apps, store
from kit.signin.apps import AppPassword
from kit.signin.model import Account, SignInRefused
from kit.signin.service import SignIn

KNOWN_FOR = 15 * MINUTE
MOST_KNOWN = 5_000


class ProgramRefused(Problem):
    """The password is right, and does not do for a program."""

    code = "program-refused"
    status = 401
    text = _(
        "2단계 인증을 사용하거나 임시 비밀번호인 계정입니다. 포털에서 만든 앱 암호로 연결해 주세요."
    )


class _Known(msgspec.Struct, frozen=True):
    """A password that was right: of which account, as it was then; until when (ms)."""

    account_id: str
    secrets: tuple[int, str | None, str | None]
    until: int


class BasicSignIn:
    """Who sends a request, by its Authorization header."""

    def __init__(self, db: Database, clock: Clock, signin: SignIn) -> None:
        self._db = db
        self._clock = clock
        self._signin = signin
        self._key = secrets.token_bytes(32)
        self._known: dict[bytes, _Known] = {}
        self._under_way: dict[bytes, asyncio.Task[str]] = {}

    async def who(self, authorization: str, *, address: str, door: str) -> str:
        """The account's id. Raises SignInRefused, ProgramRefused, TooMany, Busy."""
        login, password = _typed(authorization)

        def look(tx: Tx) -> tuple[Account | None, AppPassword | None]:
            account = store.account_of_login(tx, login)
            by_app = apps.which(tx, account.account_id, door, password) if account else None
            return account, by_app

        account, by_app = await self._db.glance(look)
        now = self._clock.now()
        if account is not None and by_app is not None:
            used = by_app
            if apps.is_to_be_noted(used, now):
                await self._db.note(lambda tx: apps.note(tx, used, now))
            return account.account_id
        typed = f"{door}\0{login}\0{password}".encode()
        digest = hashlib.blake2b(typed, key=self._key).digest()
        known = self._known.get(digest)
        if known is not None and account is not None and now < known.until:
            if known.secrets == account.secrets:
                return known.account_id
            del self._known[digest]
        task = self._under_way.get(digest)
        if task is None:
            task = asyncio.create_task(self._checked(digest, login, password, address, door))
            self._under_way[digest] = task
            task.add_done_callback(lambda done: self._ended(digest, done))
        return await asyncio.shield(task)

    def _ended(self, digest: bytes, task: asyncio.Task[str]) -> None:
        self._under_way.pop(digest, None)
        if not task.cancelled():
            task.exception()  # whoever waits hears of it; nobody may

    async def _checked(
        self, digest: bytes, login: str, password: str, address: str, door: str
    ) -> str:
        checked = await self._signin.check_password(login, password, address=address, door=door)
        await self._db.write(lambda tx: self._signin.settle(tx, checked))
        account = checked.account
        if account.totp_secret is not None or account.password_temporary:
            raise ProgramRefused()
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        until = self._clock.now() + KNOWN_FOR
        self._known[digest] = _Known(account.account_id, account.secrets, until)
        return account.account_id


def _typed(authorization: str) -> tuple[str, str]:
    """(login, password). Raises SignInRefused."""
    scheme, _space, sent = authorization.partition(" ")
    if scheme.lower() != "basic" or len(sent) > 2_000:
        raise SignInRefused()
    try:
        login, colon, password = base64.b64decode(sent, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise SignInRefused() from None
    if not colon or "\0" in login:
        raise SignInRefused()
    return login.strip().lower(), password
