"""Signing in where the disk is full: the same tables in memory, so that people read on and somebody
can come in and make room. What is kept here ends with the process, or moves to the database once
that can be written again.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from kit.clock import DAY
from kit.db import Database, SQLite, StorageFailed, Tx
from kit.schema import create
from kit.signin import markers, store
from kit.signin.model import Account, Session

T = TypeVar("T")


class KnownLogin(msgspec.Struct, frozen=True):
    """What the database holds of a login: its account, the hashes of its unused recovery codes, and
    the server's key for markers."""

    login: str
    account: Account | None
    codes: list[str]
    marker_key: str | None

    @classmethod
    def of(cls, tx: Tx, login: str) -> "KnownLogin":
        account = store.account_of_login(tx, login)
        codes = store.recovery_codes(tx, account.account_id) if account is not None else []
        return cls(login, account, codes, markers.stored_key(tx))


class Spare:
    """The tables of signing in, in memory; used from the event loop alone."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._driver = SQLite(Path(":memory:"))
        self._connection = self._driver.connect(writer=True)
        create(Tx(self._connection), ("kit", "kit.signin"))
        self._moving = asyncio.Lock()
        self._proofs: dict[str, int] = {}

    def close(self) -> None:
        self._connection.close()

    async def let_in(self, login: str, unit: Callable[[Tx], T]) -> T:
        """Run a unit of signing in: on the database or, where its disk is full, here, by what the
        database holds of the login now."""
        try:
            return await self._db.write(unit)
        except StorageFailed:
            held = await self._db.read(lambda tx: KnownLogin.of(tx, login))

        def here(tx: Tx) -> T:
            _take_over(tx, held)
            return unit(tx)

        return self._run(here)

    async def session(self, token_hash: str) -> Session | None:
        """A session that is kept here; it moves to the database where that has room now, with what
        was used up for it. Ask before the database is: what moves is always in one of the two."""
        if self._run(lambda tx: store.session(tx, token_hash)) is None:
            return None
        async with self._moving:
            session = self._run(lambda tx: store.session(tx, token_hash))
            return None if session is None else await self._move(token_hash, session)

    async def _move(self, token_hash: str, session: Session) -> Session | None:
        account_id = session.account_id
        then = self._run(lambda tx: store.account(tx, account_id))
        used = self._run(lambda tx: store.used_recovery_codes(tx, account_id))

        def stands(tx: Tx) -> bool:
            now = store.account(tx, account_id)
            return now is not None and then is not None and now.generation == then.generation

        def move(tx: Tx) -> bool:
            if then is None or not stands(tx):
                return False
            store.add_session(tx, token_hash, session)
            store.use_totp_step(tx, account_id, then.totp_last_step)
            for code_hash, at in used:
                store.use_recovery_code(tx, account_id, code_hash, at)
            return True

        moved = await self._db.note(move)
        good = await self._db.read(stands) if moved is None else moved
        if moved or not good:
            self._run(lambda tx: store.forget_session(tx, token_hash))
        return session if good else None

    def keep_proof(self, session_id: str, at: int) -> None:
        """The person of a session proved at `at` (ms) who they are, which the database could not
        note."""
        self._proofs = {id: then for id, then in self._proofs.items() if then > at - DAY}
        self._proofs[session_id] = at

    def with_proof(self, session: Session) -> Session:
        """The session with what is known here of its person's last proof."""
        at = max(session.verified_at, self._proofs.get(session.id, 0))
        return msgspec.structs.replace(session, verified_at=at)

    def end_session(self, account_id: str, session_id: str) -> bool:
        """Whether there was one."""
        return bool(self._run(lambda tx: store.end_session(tx, account_id, session_id)))

    def _run(self, unit: Callable[[Tx], T]) -> T:
        self._driver.begin(self._connection, writer=True)
        try:
            result = unit(Tx(self._connection))
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
        return result


def _take_over(tx: Tx, held: KnownLogin) -> None:
    before = store.account_of_login(tx, held.login)
    now = held.account
    if before is not None and (now is None or now.generation != before.generation):
        store.end_sessions(tx, before.account_id, None)  # taken back meanwhile, with all it opened
    if now is None:
        if before is not None:
            store.close_account(tx, before.account_id, 0)
        return
    store.keep_account(tx, now)
    store.keep_recovery_codes(tx, now.account_id, held.codes)
    if held.marker_key is not None:
        markers.keep_key(tx, held.marker_key)
