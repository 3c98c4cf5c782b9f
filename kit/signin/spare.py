"""Signing in where the disk is full: the same tables in memory, so that people read on and somebody
can come in and make room. What is kept here ends with the process, or moves to the database once
that can be written again.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from kit.db import Database, SQLite, StorageFailed, Tx
from kit.schema import create
from kit.signin import markers, store
from kit.signin.model import Account, Session

T = TypeVar("T")


class Stored(msgspec.Struct, frozen=True):
    """What the database holds of a login: its account, the hashes of its unused recovery codes, and
    the server's key for markers."""

    login: str
    account: Account | None
    codes: list[str]
    marker_key: str | None

    @classmethod
    def of(cls, tx: Tx, login: str) -> "Stored":
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

    def close(self) -> None:
        self._connection.close()

    async def let_in(self, login: str, unit: Callable[[Tx], T]) -> T:
        """Run a unit of signing in: on the database or, where its disk is full, here, by what the
        database holds of the login now."""
        try:
            return await self._db.write(unit)
        except StorageFailed:
            held = await self._db.read(lambda tx: Stored.of(tx, login))

        def here(tx: Tx) -> T:
            _take_over(tx, held)
            return unit(tx)

        return self._run(here)

    async def session(self, token_hash: str) -> Session | None:
        """A session that is kept here; it moves to the database where that has room now."""
        session = self._run(lambda tx: store.session(tx, token_hash))
        if session is None:
            return None
        account_id = session.account_id
        then = self._run(lambda tx: store.account(tx, account_id))
        now = await self._db.read(lambda tx: store.account(tx, account_id))
        stands = then is not None and now is not None and now.generation == then.generation

        def move(tx: Tx) -> bool:
            store.add_session(tx, token_hash, session)
            return True

        if not stands or await self._db.note(move):
            self._run(lambda tx: store.forget_session(tx, token_hash))
        return session if stands else None

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


def _take_over(tx: Tx, held: Stored) -> None:
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
